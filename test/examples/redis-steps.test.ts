/** The Redis that grows: every step as a process, spoken to in exact bytes. */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { type Connection, eventually } from "../helpers/redis-server.ts";
import { request, start } from "../helpers/redis-steps.ts";
import { run } from "../helpers/run.ts";

const MB = 1 << 20;

type Exchange = [args: string[], reply: string];

const NO_COMMAND = "-ERR wrong number of arguments for";

const STRINGS: Exchange[] = [
  [["PING"], "+PONG\r\n"],
  [["get", "a"], "$-1\r\n"],
  [["SET", "a", "\0\r\n\xff"], "+OK\r\n"],
  [["GET", "a"], "$4\r\n\0\r\n\xff\r\n"],
  [["SET", "", ""], "+OK\r\n"],
  [["GET", ""], "$0\r\n\r\n"],
  [["DEL", "a", "b", "", "a"], ":2\r\n"],
  [["GET"], `${NO_COMMAND} 'get' command\r\n`],
];

/** What the real server says in other words. */
const UNKNOWN: Exchange[] = [
  [["toString"], "-ERR unknown command 'tostring'\r\n"],
  [["a\r\nb"], "-ERR unknown command 'a  b'\r\n"],
  [["COMMAND", "DOCS"], "-ERR unknown command 'command'\r\n"],
];

/** Speaks an exchange in one write, and once more byte by byte. */
async function converse(t: Test, connection: Connection, exchanges: Exchange[]): Promise<void> {
  const sent = exchanges.map(([args]) => request(...args)).join("");
  const replies = exchanges.map(([, reply]) => reply).join("");
  connection.write(sent);
  t.equal(await connection.take(replies.length), replies, "in one write");
  for (const byte of sent) connection.write(byte);
  t.equal(await connection.take(replies.length), replies, "byte by byte");
}

async function refuses(t: Test, open: () => Promise<Connection>): Promise<void> {
  const cases = [
    ["GET key value\r\n", "expected * and a length"],
    ["*1\r\n:1\r\n", "expected $ and a length"],
    ["*-1\r\n", "expected * and a length"],
    ["*1025\r\n", "expected * and a length"],
    ["*1\r\n$16777217\r\n", "expected $ and a length"],
    [`*${"1".repeat(40)}`, "expected * and a length"],
  ];
  for (const [sent, why] of cases) {
    const connection = await open();
    connection.write(sent);
    t.equal(await connection.rest(), `-ERR Protocol error: ${why}\r\n`);
  }
}

async function refusesLong(t: Test, open: () => Promise<Connection>): Promise<void> {
  const connection = await open();
  connection.write(`*2\r\n$16777216\r\n${"x".repeat(16 * MB)}\r\n$16777216\r\n`);
  t.equal(await connection.rest(), "-ERR Protocol error: too long a request\r\n");
}

/** Clients that go without a word, before and in the middle of a request and of a reply. */
async function survivesResets(open: () => Promise<Connection>): Promise<void> {
  (await open()).reset();
  const [half, deaf] = [await open(), await open()];
  half.write("*2\r\n$3\r\nGE");
  half.reset();
  deaf.pause();
  deaf.write(request("PING").repeat(1000));
  deaf.reset();
}

t.test("01 says what it heard", async (t) => {
  const { server, open } = await start(t, "01-framing");
  await survivesResets(open);
  const connection = await open();
  const heard = request("SET", "a", "1");
  await converse(t, connection, [
    [["SET", "a", "1"], heard],
    [["x"], request("x")],
  ]);
  connection.end();
  t.equal(await connection.rest(), "");
  await refuses(t, open);
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("02 is a Redis for one client after another", async (t) => {
  const { server, open } = await start(t, "02-get-set-del");
  await survivesResets(open);
  const connection = await open();
  await converse(t, connection, [...STRINGS, ...UNKNOWN]);
  connection.end();
  await connection.rest();
  await refuses(t, open);
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("02 has as many lines of code as it says", async (t) => {
  const read = (name: string) => readFileSync(`examples/redis-steps/${name}.ts`, "utf8");
  const texts = ["02-get-set-del", "commands", "resp", "strings"].map(read);
  const code = texts.join("").replace(/\/\*[\s\S]*?\*\/|^ *\/\/.*/gm, "");
  const lines = code.split("\n").filter((line) => line.trim() !== "");
  t.match(texts[0], `in ${lines.length} lines`);
});

for (const step of ["03-event-loop", "04-hash-table"]) {
  t.test(`${step} serves many, and redis-cli is content`, async (t) => {
    const { server, port, open, countSockets } = await start(t, step);
    const sockets = countSockets();
    const [one, two] = [await open(), await open()];
    one.write("*2\r\n$3\r\nGE");
    await converse(t, two, [...STRINGS, ...UNKNOWN]);
    two.reset();
    one.write("T\r\n$1\r\na\r\n");
    t.equal(await one.take(5), "$-1\r\n", "half a request waited for its other half");
    one.end();
    await refuses(t, open);
    await refusesLong(t, open);
    await survivesResets(open);
    const cli = (...args: string[]) => run(t, ["redis-cli", "-p", `${port}`, ...args]);
    t.equal((await cli("SET", "greeting", "hello")).output, "OK\n");
    t.equal((await cli("GET", "greeting")).output, "hello\n");
    t.ok(await eventually(() => countSockets() === sockets), "every connection is closed");
    t.equal((await server.stop("SIGINT")).errors, "");
  });
}

t.test("who asks for more than fits is answered in pieces", async (t) => {
  const { server, open } = await start(t, "03-event-loop");
  const [greedy, modest] = [await open(), await open()];
  greedy.write(request("SET", "big", "x".repeat(16 * MB)));
  t.equal(await greedy.take(5), "+OK\r\n");
  greedy.pause();
  // In one string these replies would be longer than any string may be.
  greedy.write(request("GET", "big").repeat(33));
  t.equal(await modest.send(request("PING")), "+PONG\r\n");
  greedy.socket.resume();
  greedy.write(request("PING"));
  let size = 0;
  for (let text = ""; !text.endsWith("+PONG\r\n"); size += text.length) text = await greedy.take();
  t.equal(size, 33 * (16 * MB + "$16777216\r\n\r\n".length) + "+PONG\r\n".length);
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("a long request in small pieces is not copied for each of them", async (t) => {
  const { server, open } = await start(t, "03-event-loop");
  const connection = await open();
  connection.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$8388608\r\n`);
  connection.write("x".repeat(8 * MB - 3000));
  // To copy 8 MB for each of these would take seconds, in which nobody else is served.
  for (let i = 0; i < 3000; i++) {
    connection.write("x");
    if (i % 10 === 0) await sleep(0);
  }
  const before = performance.now();
  t.equal(await (await open()).send(request("PING")), "+PONG\r\n");
  connection.write("\r\n");
  t.equal(await connection.take(5), "+OK\r\n");
  t.ok(performance.now() - before < 2000);
  t.equal((await server.stop("SIGINT")).errors, "");
});
