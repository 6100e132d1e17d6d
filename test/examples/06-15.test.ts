/** The packets under both, the client of 07, and the web server. */

import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { Conversation } from "../../examples/http/conversation.ts";
import { AF_INET, close, SOCK_DGRAM, sendto, socket } from "../../lib/index.ts";
import { listFds } from "../../lib/inspect/fds.ts";
import { reservePort } from "../helpers/ports.ts";
import { Connection, eventually } from "../helpers/redis-server.ts";
import { ours, Run, run } from "../helpers/run.ts";

async function start(t: Test, name: string, argument: string): Promise<Run> {
  const program = new Run(t, ours(`examples/${name}.js`, argument));
  await program.printed(/\n/);
  return program;
}

const skip = process.getuid?.() !== 0 && "packet sockets are for root";

t.test(
  "06: a run of 01 is a handshake, two segments of data, and two FINs",
  { skip },
  async (t) => {
    const port = `${reservePort(t)}`;
    const packets = await start(t, "06-packets", port);
    await start(t, "01-server", port);
    await run(t, ours("examples/01-client.js", port));
    await packets.printed(/FIN ACK[\s\S]+FIN ACK[\s\S]+> \S+ TCP ACK\n$/);
    const { output, errors } = await packets.stop("SIGINT");
    const [, client] = /\n127\.0\.0\.1:(\d+) > \S+ TCP SYN\n/.exec(output) ?? [];
    const named = output.replaceAll(`:${client} `, ":client ").replaceAll(`:${port} `, ":server ");
    const lines = named.split("\n");
    t.equal(errors, "");
    t.equal(lines.shift(), `watching port ${port} on lo`);
    const [there, back] = [
      "127.0.0.1:client > 127.0.0.1:server ",
      "127.0.0.1:server > 127.0.0.1:client ",
    ];
    // A bare ACK may come alone or ride on the next segment: the kernel decides by its clock.
    const said = lines.filter((line, i) => i < 3 || !line.endsWith("TCP ACK"));
    t.strictSame(said.slice(0, 5), [
      `${there}TCP SYN`,
      `${back}TCP SYN ACK`,
      `${there}TCP ACK`,
      `${there}TCP PSH ACK, 5 bytes: "hello"`,
      `${back}TCP PSH ACK, 5 bytes: "hello"`,
    ]);
    t.equal(lines.filter((line) => line.endsWith("TCP FIN ACK")).length, 2);
  },
);

t.test(
  "06: the datagrams of 05 are one packet each, and nothing else is sent",
  { skip },
  async (t) => {
    const port = `${reservePort(t)}`;
    const packets = await start(t, "06-packets", port);
    await start(t, "05-datagram", port);
    await run(t, ours("examples/05-datagram-client.js", port));
    await packets.printed(/six"\n/);
    const { output } = await packets.stop("SIGINT");
    const lines = output.replaceAll(/:\d+ > /g, ":client > ").split("\n");
    t.strictSame(lines, [
      `watching port ${port} on lo`,
      `127.0.0.1:client > 127.0.0.1:${port} UDP, 3 bytes: "one"`,
      `127.0.0.1:client > 127.0.0.1:${port} UDP, 12 bytes: "a longer one"`,
      `127.0.0.1:client > 127.0.0.1:${port} UDP, 5 bytes: "three"`,
      `127.0.0.1:client > 127.0.0.1:${port} UDP, 4 bytes: "four"`,
      `127.0.0.1:client > 127.0.0.1:${port} UDP, 4 bytes: "five"`,
      `127.0.0.1:client > 127.0.0.1:${port} UDP, 3 bytes: "six"`,
      "",
    ]);
  },
);

t.test("06: what others send leaves it its room, however busy they are", { skip }, async (t) => {
  const port = reservePort(t);
  const packets = await start(t, "06-packets", `${port}`);
  packets.process.kill("SIGSTOP");
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  const send = (bytes: Buffer, port: number) =>
    sendto(fd, bytes, bytes.length, 0, { family: AF_INET, address: "127.0.0.1", port });
  const other = reservePort(t);
  // More than the kernel keeps for a socket: net.core.rmem_default, twice.
  for (let i = 0; i < 100; i++) send(Buffer.alloc(60_000), other);
  send(Buffer.from("heard"), port);
  close(fd);
  packets.process.kill("SIGCONT");
  await packets.printed(/UDP, 5 bytes: "heard"\n/);
  t.equal((await packets.stop("SIGINT")).output.split("\n").length, 3);
});

t.test("07: the client and the server of a name", async (t) => {
  const name = `fdkit-07-${process.pid}`;
  const server = await start(t, "07-unix", name);
  await server.printed(/listening/);
  t.strictSame(await run(t, ours("examples/07-unix-client.js", name)), {
    ending: [0, null],
    output: "the server answers: hello\n",
    errors: "",
  });
  t.equal((await server.stop("SIGINT")).errors, "");
});

/** What the web server answers, byte by byte. */
function answer(status: string, text: string, connection: string): string {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\n`;
  return `${head}Content-Length: ${text.length}\r\nConnection: ${connection}\r\n\r\n${text}`;
}

const HELLO = "Hello from a file descriptor. There is more at /more.\n";
const MORE = "This connection stays open for your next request.\n";

t.test("15: requests are answered however they are cut, on one connection", async (t) => {
  const port = reservePort(t);
  const server = await start(t, "15-http", `${port}`);
  const open = () => Connection.open(t, { host: "127.0.0.1", port });
  const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const post = "POST /more?a=1 HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\n\r\nhello";
  const none = "GET /none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\r\n";
  const [gotten, posted, missed] = [
    answer("200 OK", HELLO, "keep-alive"),
    answer("200 OK", MORE, "keep-alive"),
    answer("404 Not Found", "404 Not Found\n", "keep-alive"),
  ];
  const keeper = await open();
  keeper.write(`${get + post}\r\n${none}${get}`);
  const all = gotten + posted + missed + gotten;
  t.equal(await keeper.take(all.length), all);
  for (const byte of post + get) keeper.write(byte);
  t.equal(await keeper.take((posted + gotten).length), posted + gotten);
  keeper.write("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close, TE\r\n\r\nignored");
  t.equal(await keeper.rest(), answer("200 OK", HELLO, "close").slice(0, -HELLO.length));

  const patient = await open();
  patient.write("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  t.equal(await patient.takeUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  t.equal(await patient.send("hi"), gotten);
  const old = await open();
  old.write("GET / HTTP/1.0\r\n\r\n");
  t.equal(await old.rest(), answer("200 OK", HELLO, "close"));
  const oldKeeper = await open();
  t.equal(await oldKeeper.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), gotten);
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("15: a body may come in chunks, and is followed by the next request", async (t) => {
  const head = "POST /more HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n";
  const chunks = "5\r\nhello\r\n00A ;a=b\r\n0123456789\r\n0\r\nA-Trailer: x\r\n\r\n";
  const request = `${head}${chunks}GET / HTTP/1.1\r\nHost: x\r\n\r\n`;
  const answers = answer("200 OK", MORE, "keep-alive") + answer("200 OK", HELLO, "keep-alive");
  for (const size of [1, 2, 7, request.length]) {
    const conversation = new Conversation();
    for (let at = 0; at < request.length; at += size) {
      conversation.hear(Buffer.from(request.slice(at, at + size)));
    }
    t.equal(conversation.output.toString(), answers, `${size} bytes at a time`);
    t.equal(conversation.isUnfinished, false);
  }
  const unfinished = new Conversation();
  unfinished.hear(Buffer.from(head + chunks.slice(0, -2)));
  t.equal(unfinished.output.length, 0);
});

t.test("15: what is wrong or too much is refused, and the connection ends", async (t) => {
  const port = reservePort(t);
  const server = await start(t, "15-http", `${port}`);
  const start11 = "POST / HTTP/1.1\r\nHost: x\r\n";
  const chunked = `${start11}Transfer-Encoding: chunked\r\n`;
  const refused: [sent: string, status: string][] = [
    ["hello\r\n", "400 Bad Request"],
    ["GET / HTTP/2.0\r\n", "400 Bad Request"],
    ["GET / HTTP/1.1\r\n\r\n", "400 Bad Request"],
    [`${start11}no colon\r\n`, "400 Bad Request"],
    [`${start11} folded: line\r\n`, "400 Bad Request"],
    [`${start11}space : before\r\n`, "400 Bad Request"],
    [`${start11}Content-Length: -1\r\n`, "400 Bad Request"],
    [`${start11}Content-Length: 1\r\nContent-Length: 1\r\n`, "400 Bad Request"],
    [`GET /${"x".repeat(9000)}`, "414 URI Too Long"],
    [`${start11}a: ${"x".repeat(9000)}`, "431 Request Header Fields Too Large"],
    [start11 + "a: b\r\n".repeat(101), "431 Request Header Fields Too Large"],
    [`${start11}Content-Length: 1048577\r\n`, "413 Content Too Large"],
    [`${start11}Transfer-Encoding: gzip, chunked\r\n`, "501 Not Implemented"],
    [`${chunked}Transfer-Encoding: chunked\r\n`, "400 Bad Request"],
    [`${chunked}Content-Length: 5\r\n\r\n`, "400 Bad Request"],
    ["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", "400 Bad Request"],
    [`${chunked}\r\nfive\r\n`, "400 Bad Request"],
    [`${chunked}\r\n-1\r\n`, "400 Bad Request"],
    [`${chunked}\r\n5\r\nhello!\r\n`, "400 Bad Request"],
    [`${chunked}\r\n100001\r\n`, "413 Content Too Large"],
    [`${chunked}\r\n80000\r\n${"x".repeat(0x80000)}\r\n80001\r\n`, "413 Content Too Large"],
    [`${chunked}\r\n1;${"x".repeat(9000)}`, "431 Request Header Fields Too Large"],
    [`${chunked}\r\n0\r\nno colon\r\n`, "400 Bad Request"],
    [`${chunked}\r\n0\r\n${"a: b\r\n".repeat(101)}`, "431 Request Header Fields Too Large"],
    ["BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "501 Not Implemented"],
    ["HEAD / HTTP/1.1\r\nHost: x\r\n\r\nhello\r\n", "400 Bad Request"],
  ];
  for (const [sent, status] of refused) {
    const connection = await Connection.open(t, { host: "127.0.0.1", port });
    connection.write(sent);
    const rest = await connection.rest();
    t.equal(rest.slice(rest.lastIndexOf("HTTP/1.1 ")), answer(status, `${status}\n`, "close"));
  }
  t.equal((await server.stop("SIGINT")).errors, "");
});

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const TIMEOUT = answer("408 Request Timeout", "408 Request Timeout\n", "close");

/** Sends a byte now and then, as long as somebody takes them. */
function drip({ socket }: Connection): void {
  const timer = setInterval(() => socket.write("x"), 200);
  socket.on("close", () => clearInterval(timer));
}

t.test("15: nobody keeps a connection by silence, or by a request without end", async (t) => {
  const port = reservePort(t);
  const server = await start(t, "15-http", `${port}`);
  const sockets = () => {
    return listFds(server.process.pid).filter(({ kind }) => kind === "socket").length;
  };
  const before = sockets();
  const open = () => Connection.open(t, { host: "127.0.0.1", port });
  const clients = await Promise.all(Array.from({ length: 7 }, open));
  const [silent, kept, half, slow, rude, deaf, busy] = clients;
  t.match(await kept.send(GET), /^HTTP\/1\.1 200 OK\r\n/);
  half.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell");
  slow.write("GET / HTTP/1.1\r\nHost: ");
  drip(slow);
  rude.write("no request\r\n");
  rude.socket.removeAllListeners("end"); // whatever it is told, it stays
  drip(rude);
  deaf.pause();
  deaf.write(GET.repeat(100_000));
  const ends = Promise.all([silent, kept, half, slow, rude].map((client) => client.rest()));
  let haveEnded = false;
  ends.then(() => {
    haveEnded = true;
  });
  while (!haveEnded) {
    t.match(await busy.send(GET), /^HTTP\/1\.1 200 OK\r\n/, "who goes on asking stays");
    await sleep(200);
  }
  const refusal = answer("400 Bad Request", "400 Bad Request\n", "close");
  t.strictSame(await ends, ["", "", TIMEOUT, TIMEOUT, refusal]);
  busy.end();
  t.ok(await eventually(() => sockets() === before, 30), "who does not read is gone as well");
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("15: the time that a line takes grows with its length, not with its square", async (t) => {
  const line = `a: x${" ".repeat(8000)}x\r\n`;
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${line.repeat(90)}`);
  const { user } = process.cpuUsage();
  new Conversation().hear(bytes);
  const spent = process.cpuUsage().user - user;
  t.ok(spent < 1_000_000, `${spent} microseconds; with a square it would be ten seconds`);
});

t.test("15: header values are taken without the blanks around them", async (t) => {
  const conversation = new Conversation();
  conversation.hear(Buffer.from("POST / HTTP/1.1\r\nhost:x\r\ncontent-length: \t 2 \t\r\n\r\nhi"));
  t.match(conversation.output.toString(), /^HTTP\/1\.1 200 OK\r\n/);
  const vertical = new Conversation();
  vertical.hear(Buffer.from("POST / HTTP/1.1\r\nhost:x\r\ncontent-length: 2\v\r\n\r\nhi"));
  t.match(vertical.output.toString(), /^HTTP\/1\.1 400 /);
});

t.test("15: curl is content, and uses its connection twice", async (t) => {
  const port = `${reservePort(t)}`;
  await start(t, "15-http", port);
  const url = `http://127.0.0.1:${port}`;
  const format = "%{http_code} %{num_connects}\n";
  const urls = [`${url}/`, `${url}/more`, `${url}/none`];
  t.equal(
    (await run(t, ["curl", "-s", "-w", format, ...urls])).output,
    `${HELLO}200 1\n${MORE}200 0\n404 Not Found\n404 0\n`,
  );
  const large = ["-s", "-w", format, "-H", "Expect: 100-continue", "--data-binary", "@-", urls[0]];
  for (const coding of [[], ["-H", "Transfer-Encoding: chunked"]]) {
    const { output } = await run(t, ["curl", ...coding, ...large], "x".repeat(1 << 20));
    t.equal(output, `${HELLO}200 1\n`);
  }
});
