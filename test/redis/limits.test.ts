/**
 * Every size has a limit, and nothing a client does harms the others: too many, too long, too slow,
 * too early, gone too soon. Each test has a server process of its own, and real sockets.
 *
 * https://redis.io/docs/latest/develop/reference/clients/
 */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { encodeRequest, testCore } from "../helpers/core-session.ts";
import {
  type Connection,
  eventually,
  type RedisServer,
  startServer,
  withServer,
} from "../helpers/redis-server.ts";

const MB = 1024 * 1024;
const PONG = "+PONG\r\n";
const request = (...words: string[]) => encodeRequest(words).toString("latin1");
const protocolError = (text: string) => `-ERR Protocol error: ${text}\r\n`;

/** More than the heap grows by itself between two collections of its garbage. */
const HEADROOM = 120 * MB;

/** Waits for a line of the server's log. */
const logged = ({ program }: RedisServer, text: string) =>
  eventually(() => program.output.includes(text), 30);

/** What the process has reserved for itself, touched or not, in bytes. proc(5): VmData */
function reservedMemory({ pid }: RedisServer): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmData:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function idOf(client: Connection): Promise<string> {
  return /^:(\d+)\r\n$/.exec(await client.send("CLIENT ID\r\n"))?.[1] as string;
}

/** Number of clients the server knows, the asking one included. */
async function clientCount(client: Connection): Promise<number> {
  return (await client.send("CLIENT LIST\r\n")).split("\n").filter((l) => l.includes("addr="))
    .length;
}

/** Asks until the server knows `count` clients. */
async function settlesAt(client: Connection, count: number): Promise<boolean> {
  for (let i = 0; i < 1000; i++) {
    if ((await clientCount(client)) === count) return true;
    await sleep(10);
  }
  return false;
}

withServer("maxclients: one more is told why, and closed", ["--maxclients", "2"], async (t, s) => {
  const [first, second] = [await s.connect(), await s.connect()];
  t.equal(await first.send("PING\r\n"), PONG);
  t.equal(await second.send("PING\r\n"), PONG);
  for (let i = 0; i < 3; i++) {
    const third = await s.connect();
    t.equal(await third.rest(), "-ERR max number of clients reached\r\n");
  }
  t.equal(await first.send("PING\r\n"), PONG);
  second.destroy();
  t.ok(await settlesAt(first, 1));
  t.equal(await (await s.connect()).send("PING\r\n"), PONG, "a place has become free");
  t.match(await first.send("INFO stats\r\n"), "rejected_connections:3\r\n");
});

t.test("who is silent, or behind for too long, is closed after that time", async (t) => {
  const limit = ["--client-output-buffer-limit", "normal 0 1mb 1"];
  const servers = [await startServer(t, ["--timeout", "1"]), await startServer(t, limit)] as const;
  const [silent, watcher] = await Promise.all(servers.map((server) => server.connect()));
  const busy = await servers[0].connect();
  await watcher.send(`SETRANGE big ${16 * MB} x\r\n`);
  const behind = await servers[1].connect();
  behind.pause();
  behind.write("GET big\r\n");
  t.equal(await silent.send("PING\r\n"), PONG);
  while (!silent.closed) {
    t.equal(await busy.send("PING\r\n"), PONG);
    await sleep(100);
  }
  t.equal(await silent.rest(), "");
  t.ok(await logged(servers[1], "does not read its replies"));
  t.ok(await settlesAt(watcher, 1));
  t.ok((await behind.rest()).length < 16 * MB);
  for (const server of servers) await server.stop();
});

withServer(
  "a client that reads no replies is closed at its limit, while others are served",
  ["--client-output-buffer-limit", "normal 8mb 0 0"],
  async (t, server) => {
    const healthy = await server.connect();
    await healthy.send(`SETRANGE big ${MB - 1} x\r\n`);
    const before = server.memory;
    let peak = 0;
    for (const requests of [1, 10_000]) {
      const greedy = await server.connect();
      greedy.pause();
      let served = 0;
      for (let i = 0; i < 100; i++) {
        greedy.write("GET big\r\n".repeat(requests));
        if ((await healthy.send("PING\r\n")) === PONG) served++;
        peak = Math.max(peak, server.memory);
      }
      t.equal(served, 100, "somebody else is served");
      t.ok(await settlesAt(healthy, 1), "it is closed");
      t.ok((await greedy.rest()).length < 64 * MB);
    }
    t.ok(peak - before < HEADROOM, `${(peak - before) / MB} MB more`);
    t.match(await healthy.send("INFO stats\r\n"), "client_output_buffer_limit_disconnections:2");
  },
);

withServer(
  "a MONITOR that reads nothing is closed, and does not hold up what it watches",
  ["--client-output-buffer-limit", "normal 8mb 0 0"],
  async (t, server) => {
    const [healthy, monitor] = [await server.connect(), await server.connect()];
    t.equal(await monitor.send("MONITOR\r\n"), "+OK\r\n");
    monitor.pause();
    const long = request("DEL", ...Array.from({ length: 8 }, () => "x".repeat(60_000)));
    for (let i = 0; i < 60; i++) t.equal(await healthy.send(long), ":0\r\n");
    t.ok(await settlesAt(healthy, 1));
    t.ok((await monitor.rest()).length < 30 * MB);
  },
);

withServer(
  "unauthenticated: no long requests, until the password is told",
  ["--requirepass", "secret"],
  async (t, server) => {
    const denied = "-NOAUTH Authentication required.\r\n";
    const refused = async (bytes: string, error: string) => {
      const client = await server.connect();
      client.write(bytes);
      t.equal(await client.rest(), protocolError(error), JSON.stringify(bytes.slice(0, 40)));
    };
    await refused("*11\r\n", "unauthenticated multibulk length");
    await refused("*2147483647\r\n", "unauthenticated multibulk length");
    await refused("*1\r\n$16385\r\n", "unauthenticated bulk length");
    await refused("*2\r\n$4\r\nAUTH\r\n$500000000\r\n", "unauthenticated bulk length");
    await refused("*x\r\n", "invalid multibulk length");

    const client = await server.connect();
    const long = request("DEL", ..."abcdefghij");
    t.equal(await client.send(request("DEL", ..."abcdefghi")), denied);
    t.equal(await client.send(request("GET", "x".repeat(16_384))), denied);
    t.equal(await client.send(request("AUTH", "wrong")), WRONG_PASSWORD);
    t.equal(await client.send(request("AUTH", "secret") + long), "+OK\r\n:0\r\n", "in one write");
    t.equal(await client.send(request("GET", "x".repeat(16_385))), "$-1\r\n");
    t.equal(await client.send("RESET\r\n"), "+RESET\r\n");
    t.equal(await client.send("GET x\r\n"), denied);
    client.write(long);
    t.equal(await client.rest(), protocolError("unauthenticated multibulk length"));
  },
);

const WRONG_PASSWORD = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

withServer(
  "unauthenticated: neither queries nor replies take much memory",
  ["--requirepass", "secret"],
  async (t, server) => {
    const known = await server.connect();
    t.equal(await known.send("AUTH secret\r\n"), "+OK\r\n");
    const before = server.memory;
    for (let i = 0; i < 2; i++) {
      const flood = await server.connect();
      flood.pause();
      flood.write("GET x\r\n".repeat(500_000));
      t.equal(await known.send("PING\r\n"), PONG);
    }
    t.ok(await settlesAt(known, 1), "who floods is closed");
    t.ok(server.memory - before < HEADROOM);

    // Only what has to wait can pile up: nothing else of that length would be read to its end.
    const waiting = await server.connect();
    t.equal(await known.send("CLIENT PAUSE 60000 ALL\r\n"), "+OK\r\n");
    waiting.write(`AUTH secret\r\n${"x".repeat(MB + 100_000)}`);
    t.equal(await waiting.rest(), "");
    t.ok(await logged(server, `its query buffer exceeds ${MB} bytes`));
  },
);

withServer(
  "client-query-buffer-limit: an endless request ends its client only",
  ["--client-query-buffer-limit", "1mb"],
  async (t, server) => {
    const other = await server.connect();
    const endless = [
      `*2\r\n$4\r\nECHO\r\n$100000000\r\n${"x".repeat(2 * MB)}`,
      `*1000000\r\n${"$1\r\nx\r\n".repeat(400_000)}`,
      `MULTI\r\n${request("SET", "key", "x".repeat(1000)).repeat(2000)}`,
    ];
    for (const bytes of endless) {
      const client = await server.connect();
      client.write(bytes);
      t.notMatch(await client.rest(), /-ERR/);
      t.equal(await other.send("EXISTS key\r\n"), ":0\r\n");
    }
    t.match(await other.send("INFO stats\r\n"), "client_query_buffer_limit_disconnections:3\r\n");
  },
);

withServer(
  "proto-max-bulk-len: for what is sent, and for what commands make of it",
  ["--proto-max-bulk-len", "1mb"],
  async (t, server) => {
    const client = await server.connect();
    const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
    t.equal(await client.send(request("SET", "key", "x".repeat(MB))), "+OK\r\n");
    t.equal(await client.send(request("APPEND", "key", "x")), tooLong);
    t.equal(await client.send(`SETRANGE key ${MB} x\r\n`), tooLong);
    t.equal(await client.send("STRLEN key\r\n"), `:${MB}\r\n`);
    t.equal(await client.send(`CONFIG SET proto-max-bulk-len ${2 * MB}\r\n`), "+OK\r\n");
    t.equal(await client.send(request("APPEND", "key", "x")), `:${MB + 1}\r\n`);
    client.write(`*2\r\n$4\r\nECHO\r\n$${2 * MB + 1}\r\n`);
    t.equal(await client.rest(), protocolError("invalid bulk length"));
  },
);

withServer("a value of 64 MB arrives in pieces, and comes back", [], async (t, server) => {
  const client = await server.connect();
  const other = await server.connect();
  // A period of a prime length: no piece looks like another one.
  const pattern = Buffer.from(Array.from({ length: 65_521 }, (_, i) => i * (i >> 8)));
  const value = Buffer.alloc(64 * MB, pattern);
  client.write(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${value.length}\r\n`);
  for (let at = 0; at < value.length; at += 99_999) {
    client.write(value.subarray(at, at + 99_999));
  }
  t.equal(await other.send("PING\r\n"), PONG, "others are served meanwhile");
  client.write("\r\n");
  t.equal(await client.take(), "+OK\r\n");
  client.write("GET key\r\n");
  const header = `$${value.length}\r\n`;
  const reply = await client.take(header.length + value.length + 2);
  t.ok(reply === `${header}${value.toString("latin1")}\r\n`);
});

withServer("lengths that are only announced take no memory", [], async (t, server) => {
  const clients: Connection[] = [];
  for (let i = 0; i < 40; i++) clients.push(await server.connect());
  const [other] = clients;
  t.equal(await other.send("PING\r\n"), PONG);
  const before = [server.memory, reservedMemory(server)];
  // Each piece is read by itself: room is made for what follows when a length is known already.
  for (const piece of ["*1000000\r\n$3\r\nDEL\r\n", "$536870912\r\n", "x", "y"]) {
    for (const client of clients.slice(1)) client.write(piece);
    t.equal(await other.send("PING\r\n"), PONG);
  }
  const after = [server.memory, reservedMemory(server)];
  for (const i of [0, 1]) t.ok(after[i] - before[i] < 64 * MB, `${(after[i] - before[i]) / MB} MB`);
  const buffers = [...(await other.send("CLIENT LIST\r\n")).matchAll(/ qbuf-free=(\d+)/g)];
  t.equal(buffers.length, 40);
  for (const [, free] of buffers) t.ok(Number(free) < 64 * 1024, `${free} bytes are reserved`);
});

type Sends = [Connection, string][];

/** Makes the server find what `clients` send meanwhile in one batch of events, in their order. */
async function inOneBatch(t: Test, server: RedisServer, sends: Sends): Promise<void> {
  const sleeper = await server.connect();
  t.equal(await sleeper.send("PING\r\n"), PONG);
  sleeper.write("DEBUG SLEEP 0.2\r\n");
  await sleep(20);
  for (const [client, bytes] of sends) client.write(bytes);
  t.equal(await sleeper.take(), "+OK\r\n");
  sleeper.destroy();
}

const DEBUG = ["--enable-debug-command", "yes"];

withServer("a killed client's requests of the same batch are not run", DEBUG, async (t, server) => {
  const [killer, victim, other] = [
    await server.connect(),
    await server.connect(),
    await server.connect(),
  ];
  const id = await idOf(victim);
  await inOneBatch(t, server, [
    [killer, `CLIENT KILL ID ${id}\r\nPING\r\n`],
    [victim, "SET key fromvictim\r\n"],
    [other, "PING\r\n"],
  ]);
  t.equal(await victim.rest(), "");
  t.equal(await killer.take(9), `:1\r\n${PONG}`);
  t.equal(await other.take(), PONG);
  t.equal(await other.send("EXISTS key\r\n"), ":0\r\n");
  t.equal(await other.send(`CLIENT KILL ID ${id}\r\n`), ":0\r\n");
  t.equal(await other.send("CLIENT KILL 127.0.0.1:1\r\n"), "-ERR No such client\r\n");
  other.write(`CLIENT KILL ID ${await idOf(other)} SKIPME no\r\nSET key x\r\n`);
  t.equal(await other.rest(), ":1\r\n", "one's own connection ends after the reply");
  t.equal(await killer.send("EXISTS key\r\n"), ":0\r\n");
});

withServer(
  "of clients that kill each other in one batch, one is left",
  DEBUG,
  async (t, server) => {
    const killers: Connection[] = [];
    const baseline = server.openFds;
    for (let i = 0; i < 20; i++) killers.push(await server.connect());
    for (const killer of killers) t.equal(await killer.send("PING\r\n"), PONG);
    await inOneBatch(
      t,
      server,
      killers.map((killer) => [killer, "CLIENT KILL TYPE normal SKIPME yes\r\nINCR survivors\r\n"]),
    );
    const newcomer = await server.connect();
    t.equal(await newcomer.send("GET survivors\r\n"), "$1\r\n1\r\n");
    t.ok(await eventually(() => killers.filter(({ closed }) => closed).length === 19));
    t.ok(await eventually(() => server.openFds === baseline + 2));
  },
);

withServer("CLIENT PAUSE holds requests back, in order, until UNPAUSE", [], async (t, server) => {
  const [admin, writer, reader] = await Promise.all([1, 2, 3].map(() => server.connect()));
  t.equal(await admin.send("CLIENT PAUSE 60000 WRITE\r\n"), "+OK\r\n");
  writer.write("GET key\r\nSET key 1\r\nINCR key\r\nGET key\r\n");
  t.equal(await writer.take(), "$-1\r\n", "reads go on");
  t.equal(await reader.send("GET key\r\n"), "$-1\r\n");
  writer.write("INCR key\r\n");
  const leaver = await server.connect();
  leaver.write("SET key leaver\r\n");
  t.equal(await reader.send("PING\r\n"), PONG);
  leaver.reset();
  t.ok(await settlesAt(reader, 3), "who was held back may leave");
  t.equal(writer.waiting, 0);
  t.equal(await admin.send("CLIENT UNPAUSE\r\n"), "+OK\r\n");
  t.equal(await writer.takeUntil(":3\r\n"), "+OK\r\n:2\r\n$1\r\n2\r\n:3\r\n");

  t.equal(await admin.send("CLIENT PAUSE 100\r\nPING\r\n"), "+OK\r\n");
  t.equal(await admin.take(), PONG, "it ends by itself");
});

withServer("MONITOR shows what another client does", [], async (t, server) => {
  const [monitor, client] = [await server.connect(), await server.connect()];
  t.equal(await monitor.send("MONITOR\r\n"), "+OK\r\n");
  const batch = `${request("SET", 'a "b"\r\n', "\0\xff") + request("SELECT", "3")}get a\r\n`;
  client.write(`${batch}AUTH secret\r\nNOSUCH x\r\nGET\r\nPING end\r\n`);
  await client.takeUntil("end\r\n");
  const port = client.socket.localPort;
  const lines = (await monitor.takeUntil('"end"\r\n')).split("\r\n");
  t.strictSame(
    lines.map((line) => line.replace(/^\+\d{10}\.\d{6} /, "")),
    [
      `[0 127.0.0.1:${port}] "SET" "a \\"b\\"\\r\\n" "\\x00\\xff"`,
      `[3 127.0.0.1:${port}] "SELECT" "3"`,
      `[3 127.0.0.1:${port}] "get" "a"`,
      `[3 127.0.0.1:${port}] "AUTH" "(redacted)"`,
      `[3 127.0.0.1:${port}] "PING" "end"`,
      "",
    ],
  );
  monitor.destroy();
  t.ok(await settlesAt(client, 1));
});

t.test("MONITOR shows the beginning of a long request", async (t) => {
  const { send, connect } = testCore();
  const monitor = connect();
  send(["monitor"], monitor);
  send(["echo", Buffer.alloc(100_000, 0xff)]);
  t.ok(monitor.pushed.endsWith(`"${"\\xff".repeat(65_536)}... (34464 more bytes)"\r\n`));
  monitor.pushed = "";
  send(["del", ...Array.from({ length: 300_000 }, () => "x")]);
  t.match(monitor.pushed.slice(-40), / "x" "x" \.\.\. \(\d{5} more arguments\)\r\n$/);
  t.ok(monitor.pushed.length < 2 * MB);
});

t.test("an argument too long for a string is no harm", async (t) => {
  const { core, session } = testCore();
  const length = 512 * MB;
  for (const name of ["nosuch", "client"]) {
    const bytes = Buffer.alloc(length + 100);
    const head = bytes.write(`*2\r\n$6\r\n${name}\r\n$${length}\r\n`);
    bytes.write("x".repeat(200), head);
    core.feed(session, bytes, 0, head + length + 2);
    const reply = core.reply.buffer.toString("latin1", 0, core.reply.length);
    t.match(reply, `'${"x".repeat(128)}'`);
    t.equal(reply.length, reply.trimEnd().length + (name === "nosuch" ? 3 : 2));
  }
});

withServer("an HTTP request is closed without a reply, and logged", [], async (t, server) => {
  for (const bytes of ["POST / HTTP/1.1\r\n\r\n", "Host: localhost\r\n", request("post", "/")]) {
    const client = await server.connect();
    client.write(`${bytes}SET key fromweb\r\n`);
    t.equal(await client.rest(), "", JSON.stringify(bytes));
  }
  t.equal(server.program.output.split("Possible SECURITY ATTACK").length, 4);
  t.equal(await (await server.connect()).send("EXISTS key\r\n"), ":0\r\n");
});

withServer("a client that resets in the midst of a reply costs nothing", [], async (t, server) => {
  const other = await server.connect();
  t.equal(await other.send(`SETRANGE big ${16 * MB} x\r\n`), `:${16 * MB + 1}\r\n`);
  const baseline = server.openFds;
  for (let i = 0; i < 5; i++) {
    const client = await server.connect();
    client.write("GET big\r\nGET big\r\n");
    t.ok((await client.take(100_000)).startsWith(`$${16 * MB + 1}\r\n`));
    client.pause();
    client.reset();
    t.equal(await other.send("PING\r\n"), PONG);
  }
  t.ok(await settlesAt(other, 1));
  t.ok(await eventually(() => server.openFds === baseline));
});

/** Ways to leave: at once, cut off, with a reset, politely, after an error. */
const LEAVE: ((client: Connection) => void)[] = [
  (client) => client.destroy(),
  (client) => client.reset(),
  (client) => {
    client.write("*2\r\n$4\r\nECHO\r\n$100\r\nx");
    client.end();
  },
  (client) => client.write("PING\r\nQUIT\r\n"),
  (client) => client.write("*x\r\n"),
  (client) => {
    client.write("MULTI\r\nWATCH key\r\nSET key x\r\nMONITOR\r\n");
    client.reset();
  },
];

withServer("200 clients that come and go leave nothing behind", [], async (t, server) => {
  const other = await server.connect();
  t.equal(await other.send("PING\r\n"), PONG);
  const baseline = server.openFds;
  for (let batch = 0; batch < 4; batch++) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
    for (const [i, client] of clients.entries()) LEAVE[i % LEAVE.length](client);
    t.equal(await other.send("PING\r\n"), PONG);
  }
  t.ok(await settlesAt(other, 1));
  t.ok(await eventually(() => server.openFds === baseline), `${server.openFds} of ${baseline}`);
});

/** Leaves the server one fd to open, the one with the lowest free number. prlimit(1) */
function leaveOneFd({ pid }: RedisServer): void {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let free = 0;
  while (open.has(free)) free++;
  execFileSync("prlimit", ["--pid", `${pid}`, `--nofile=${free + 1}`]);
}

withServer("without free fds it rests, and accepts again when one is", [], async (t, server) => {
  leaveOneFd(server);
  const served = await server.connect();
  t.equal(await served.send("PING\r\n"), PONG);
  const waiting = await server.connect();
  waiting.write("PING\r\n");
  t.ok(await logged(server, "Accepting pauses"));
  const [before, began] = [server.cpuTime, performance.now()];
  const pauses = () => server.program.output.split("Accepting pauses").length - 1;
  const pausesBefore = pauses();
  await sleep(500);
  const elapsed = performance.now() - began;
  t.equal(waiting.waiting, 0);
  t.ok(pauses() - pausesBefore <= elapsed / 100 + 2, `${pauses()} pauses`);
  t.ok(server.cpuTime - before < elapsed / 2, `${server.cpuTime - before} ms of CPU`);
  t.equal(await served.send("PING\r\n"), PONG, "who is there is served");
  served.destroy();
  t.equal(await waiting.take(), PONG);
});

withServer("memory that can't be had costs who asks for it, and no one else", [], async (t, s) => {
  const other = await s.connect();
  const greedy = await s.connect();
  t.equal(await other.send("PING\r\n"), PONG);
  const limit = reservedMemory(s) + 200 * MB;
  execFileSync("prlimit", ["--pid", `${s.pid}`, `--data=${limit}`]);
  greedy.write(`*2\r\n$4\r\nECHO\r\n$${400 * MB}\r\n`);
  const piece = Buffer.alloc(MB);
  for (let i = 0; i < 400 && !greedy.closed; i++) {
    greedy.write(piece);
    t.equal(await other.send("PING\r\n"), PONG);
  }
  t.equal(await greedy.rest(), "");
  t.ok(await logged(s, "Array buffer allocation failed"));
  t.equal(await other.send("SET key value\r\n"), "+OK\r\n");
});

withServer("keys expire that nobody asks for", [], async (t, server) => {
  const client = await server.connect();
  client.write("SET stays x\r\nSELECT 5\r\n");
  for (let i = 0; i < 1000; i++) client.write(`SET key:${i} x PX ${1 + (i % 50)}\r\n`);
  client.write("PING end\r\n");
  await client.takeUntil("end\r\n");
  let size = "";
  for (let i = 0; i < 1000 && size !== ":0\r\n"; i++) {
    size = await client.send("DBSIZE\r\n");
    await sleep(10);
  }
  t.equal(size, ":0\r\n");
  t.match(await client.send("INFO stats\r\n"), "expired_keys:1000\r\n");
  await client.send("SELECT 0\r\n");
  t.equal(await client.send("DBSIZE\r\n"), ":1\r\n");
});

withServer("CLIENT REPLY OFF and SKIP drop replies, those of errors too", [], async (t, server) => {
  const exchanges: [string, string][] = [
    ["CLIENT REPLY SKIP\r\nPING dropped\r\nPING end\r\n", "$3\r\nend\r\n"],
    ["CLIENT REPLY SKIP\r\nNOSUCH\r\nPING end\r\n", "$3\r\nend\r\n"],
    ["CLIENT REPLY SKIP\r\nMULTI\r\nPING\r\nEXEC\r\n", "+QUEUED\r\n*1\r\n+PONG\r\n"],
    ["CLIENT REPLY OFF\r\nPING\r\nNOSUCH\r\nSET key\r\nCLIENT REPLY ON\r\n", "+OK\r\n"],
    ["CLIENT REPLY OFF\r\nMULTI\r\nPING\r\nEXEC\r\nCLIENT REPLY ON\r\n", "+OK\r\n"],
    ["CLIENT REPLY OFF\r\nCLIENT REPLY SKIP\r\nPING\r\nCLIENT REPLY ON\r\n", "+OK\r\n"],
  ];
  const client = await server.connect();
  for (const [bytes, replies] of exchanges) {
    client.write(bytes);
    t.equal(await client.take(replies.length), replies, JSON.stringify(bytes));
  }
  client.write("CLIENT REPLY OFF\r\nPING\r\n*x\r\n");
  t.equal(await client.rest(), "", "and of malformed requests");
});

withServer("what a client sends never breaks the line of an error", [], async (t, server) => {
  const evil = "x\r\n+OK\r\n$-1\r\n\n\r";
  const requests = [
    [evil],
    ["nosuch", evil, evil],
    ["client", evil],
    ["client", "kill", evil],
    ["client", "kill", "type", evil],
    ["client", "kill", "user", evil],
    ["client", "list", "type", evil],
    ["client", "setname", evil],
    ["client", "setinfo", evil, "x"],
    ["config", evil],
    ["config", "set", evil, "x"],
    ["config", "set", "maxmemory", evil],
    ["config", "set", "appendfsync", evil],
    ["config", "set", "requirepass", "x", "port", evil],
    ["debug", "error", `ERR ${evil}`],
    ["hello", evil],
    ["hello", "3", evil],
    ["auth", evil],
    ["auth", evil, evil],
    ["object", "freq", evil, evil],
    ["object", evil],
    ["command", "getkeys", evil],
    ["slowlog", evil],
    ["lolwut", "version", evil],
  ];
  const client = await server.connect();
  for (const words of requests) {
    const reply = await client.send(request(...words));
    t.match(reply, /^-[A-Z]+ [^\r\n]*\r\n$/, words.join(" "));
  }
  t.equal(await client.send("PING\r\n"), PONG, "and the replies are in step");
});
