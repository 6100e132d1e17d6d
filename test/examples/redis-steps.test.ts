/** The Redis that grows: every step as a process, spoken to in exact bytes. */

import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { Random } from "../helpers/random.ts";
import { type Connection, eventually } from "../helpers/redis-server.ts";
import { request, start } from "../helpers/redis-steps.ts";
import { NO_REFEREE, RefereeSession, startReferee } from "../helpers/referee.ts";
import { run } from "../helpers/run.ts";

const MB = 1 << 20;

type Exchange = [args: string[], reply: string];

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NO_INTEGER = "-ERR value is not an integer or out of range\r\n";
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

const SORTED_SETS: Exchange[] = [
  [["ZADD", "z", "1", "one", "2.5", "two", "1", "\0"], ":3\r\n"],
  [["ZADD", "z", "2.6", "two", "+INF", "most"], ":1\r\n"],
  [["ZSCORE", "z", "two"], "$18\r\n2.6000000000000001\r\n"],
  [["ZSCORE", "z", "none"], "$-1\r\n"],
  [["ZRANK", "z", "one"], ":1\r\n"],
  [["ZRANK", "none", "one"], "$-1\r\n"],
  [["ZCARD", "z"], ":4\r\n"],
  [
    ["ZRANGE", "z", "0", "-2", "withscores"],
    request("\0", "1", "one", "1", "two", "2.6000000000000001"),
  ],
  [["ZRANGE", "z", "-1", "9223372036854775807"], request("most")],
  [["ZRANGE", "z", "2", "1"], "*0\r\n"],
  [["ZRANGEBYSCORE", "z", "(1", "inf", "WITHSCORES", "LIMIT", "1", "5"], request("most", "inf")],
  [["ZRANGEBYSCORE", "z", "-inf", "1"], request("\0", "one")],
  [["ZRANGEBYLEX", "z", "[\0", "(p", "limit", "1", "-1"], request("one")],
  [["ZADD", "z", "x", "one"], "-ERR value is not a valid float\r\n"],
  [["ZADD", "z", "1", "one", "2"], "-ERR syntax error\r\n"],
  [["ZRANGE", "z", "0", "9223372036854775808"], NO_INTEGER],
  [["ZRANGE", "z", "0", "1", "BOTH"], "-ERR syntax error\r\n"],
  [["ZRANGEBYSCORE", "z", "0", "[1"], "-ERR min or max is not a float\r\n"],
  [["ZRANGEBYLEX", "z", "a", "+"], "-ERR min or max not valid string range item\r\n"],
  [["GET", "z"], WRONG_TYPE],
  [["SET", "s", "1"], "+OK\r\n"],
  [["ZADD", "s", "1", "a"], WRONG_TYPE],
  [["ZREM", "z", "one", "none", "\0"], ":2\r\n"],
  [["ZREM", "z", "two", "most"], ":2\r\n"],
  [["DEL", "z", "s"], ":1\r\n"],
];

const TTLS: Exchange[] = [
  [["SET", "t", "1"], "+OK\r\n"],
  [["TTL", "t"], ":-1\r\n"],
  [["EXPIRE", "t", "100"], ":1\r\n"],
  [["TTL", "t"], ":100\r\n"],
  [["SET", "t", "2"], "+OK\r\n"],
  [["PTTL", "t"], ":-1\r\n"],
  [["PERSIST", "t"], ":0\r\n"],
  [["PEXPIRE", "t", "9000000"], ":1\r\n"],
  [["PERSIST", "t"], ":1\r\n"],
  [["TTL", "t"], ":-1\r\n"],
  [["EXPIRE", "t", "9223372036854775807"], "-ERR invalid expire time in 'expire' command\r\n"],
  [["PEXPIRE", "t", "1.5"], NO_INTEGER],
  [["PEXPIRE", "t", "-1"], ":1\r\n"],
  [["GET", "t"], "$-1\r\n"],
  [["PTTL", "t"], ":-2\r\n"],
  [["EXPIRE", "t", "1"], ":0\r\n"],
];

const FREEING: Exchange[] = [
  [["SET", "u", "1"], "+OK\r\n"],
  [["ZADD", "v", "1", "a"], ":1\r\n"],
  [["EXPIRE", "v", "100"], ":1\r\n"],
  [["UNLINK", "u", "v", "w", "u"], ":2\r\n"],
  [["TTL", "v"], ":-2\r\n"],
  [["ZADD", "v", "1", "a"], ":1\r\n"],
  [["FLUSHALL", "ASYNC"], "+OK\r\n"],
  [["SET", "u", "1"], "+OK\r\n"],
  [["FLUSHALL", "LATER"], "-ERR syntax error\r\n"],
  [["flushall"], "+OK\r\n"],
  [["DEL", "u", "v"], ":0\r\n"],
];

/** What each step has learned. */
const STEPS: [step: string, exchanges: Exchange[]][] = [
  ["03-event-loop", []],
  ["04-hash-table", []],
  ["05-sorted-set", SORTED_SETS],
  ["06-idle-timers", SORTED_SETS],
  ["07-ttl-heap", [...SORTED_SETS, ...TTLS]],
  ["08-lazy-free", [...SORTED_SETS, ...TTLS, ...FREEING]],
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
  const { server, port, open } = await start(t, "01-framing");
  await survivesResets(open);
  const connection = await open();
  await converse(t, connection, [
    [["SET", "a", "\0\xff"], "$8\r\nSET a \0\xff\r\n"],
    [["x"], "$1\r\nx\r\n"],
  ]);
  connection.end();
  t.equal(await connection.rest(), "");
  await refuses(t, open);
  // Before its first prompt it asks COMMAND DOCS, and it aborts over an array that is none.
  const { ending, output } = await run(t, ["redis-cli", "-p", `${port}`], "SET a 1\n");
  t.strictSame([ending, output], [[0, null], "SET a 1\n"]);
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

/** A step, and what it imports of ours. */
function filesOf(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = readFileSync(`examples/redis-steps/${name}`, "utf8");
  for (const [, imported] of text.matchAll(/ from "\.\/(.+)";$/gm)) filesOf(imported, seen);
  return seen;
}

t.test("02 has as many lines of code as it says, with all that it imports", async (t) => {
  const files = [...filesOf("02-get-set-del.ts")];
  t.strictSame(files.sort(), ["02-get-set-del.ts", "commands.ts", "resp.ts", "strings.ts"]);
  const texts = files.map((name) => readFileSync(`examples/redis-steps/${name}`, "utf8"));
  const code = texts.join("").replace(/\/\*[\s\S]*?\*\/|^ *\/\/.*/gm, "");
  const lines = code.split("\n").filter((line) => line.trim() !== "");
  t.match(texts[0], `in ${lines.length} lines`);
  t.ok(lines.length <= 120);
});

for (const [step, learned] of STEPS) {
  t.test(`${step} serves many, and redis-cli is content`, async (t) => {
    const { server, port, open, countSockets } = await start(t, step);
    const sockets = countSockets();
    const [one, two] = [await open(), await open()];
    one.write("*2\r\n$3\r\nGE");
    await converse(t, two, [...STRINGS, ...learned, ...UNKNOWN]);
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
    const prompt = await run(t, ["redis-cli", "-p", `${port}`], "GET greeting\n");
    t.equal(prompt.output, "hello\n", "also where it asks for documentation first");
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

t.test("06 closes who says nothing, and nobody else", async (t) => {
  const { server, open } = await start(t, "06-idle-timers");
  const began = performance.now();
  const [quiet, half, slow] = [await open(), await open(), await open()];
  half.write("*1\r\n$4\r\n");
  const closed = Promise.all([quiet.rest(), half.rest()]);
  // One byte a second is enough to stay.
  for (const piece of ["*1\r", "\n", "$", "4", "\r", "\nPING"]) {
    slow.write(piece);
    await sleep(1000);
  }
  t.strictSame(await closed, ["", ""]);
  t.ok(performance.now() - began >= 5000);
  slow.write("\r\n");
  t.equal(await slow.take(7), "+PONG\r\n");
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("07 ends keys at their time, asked for or not", async (t) => {
  const { server, open } = await start(t, "07-ttl-heap");
  const connection = await open();
  const set = (i: number) => request("SET", `${i}`, "1") + request("PEXPIRE", `${i}`, "50");
  connection.write(Array.from({ length: 5000 }, (_, i) => set(i)).join(""));
  t.match(await connection.take(5000 * 9), /^(\+OK\r\n:1\r\n)+$/);
  const isGone = async () => (await connection.send(request("GET", "4999"))) === "$-1\r\n";
  t.ok(await eventually(isGone));
  t.equal(await connection.send(request("PTTL", "0")), ":-2\r\n");
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("08 frees big values off the loop, and DEL in it", async (t) => {
  const { server, open, memory } = await start(t, "08-lazy-free");
  const [connection, other] = [await open(), await open()];
  const names = Array.from({ length: 32 }, (_, i) => `${i}`);
  const fill = async () => {
    for (const name of names) connection.write(request("SET", name, "x".repeat(MB)));
    await connection.take(32 * 5);
  };
  const freed = (bytes: number) => server.printed(new RegExp(`threads freed ${bytes} bytes`));
  await fill();
  connection.write(request("UNLINK", ...names.slice(16)));
  await freed(16 * MB);
  connection.write(request("UNLINK", ...names));
  await freed(32 * MB); // so both threads have started, and take no more memory for themselves
  t.equal(await connection.take(10), ":16\r\n:16\r\n");
  await fill();
  const before = memory();
  connection.write(request("UNLINK", ...names));
  other.write(request("PING"));
  t.strictSame([await connection.take(5), await other.take(7)], [":32\r\n", "+PONG\r\n"]);
  await freed(64 * MB);
  t.ok(memory() < before - 24 * MB, "the memory is the system's again");
  await fill();
  await fill();
  await freed(96 * MB); // what was overwritten
  connection.write(request("PEXPIRE", "0", "1"));
  await freed(97 * MB); // what expired
  connection.write(request("DEL", ...names.slice(0, 9)));
  await server.printed(/the loop freed 8388608 bytes\n/);
  connection.write(request("SET", "small", "1") + request("FLUSHALL", "ASYNC"));
  await freed((97 + 23) * MB);
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("08 unlinks a big sorted set while another client is served", async (t) => {
  const { server, open } = await start(t, "08-lazy-free");
  const [connection, other] = [await open(), await open()];
  for (let i = 0; i < 50; i++) {
    const pairs = Array.from({ length: 500 }, (_, j) => [`${j % 7}`, `${i}:${j}`]);
    connection.write(request("ZADD", "z", ...pairs.flat()));
  }
  t.equal(await connection.take(50 * 6), ":500\r\n".repeat(50));
  t.equal(await connection.send(request("ZCARD", "z")), ":25000\r\n");
  connection.write(request("UNLINK", "z") + request("ZCARD", "z"));
  t.equal(await other.send(request("PING")), "+PONG\r\n");
  t.equal(await connection.take(8), ":1\r\n:0\r\n");
  t.equal((await server.stop("SIGINT")).errors, "");
});

/** Commands on few keys and names, so that most of them meet something. */
function randomRequest(random: Random): string[] {
  const key = random.pick(["a", "b", "c"]);
  const name = () => random.letters("xyz", random.below(4));
  const score = () => random.pick(["0", "1", "-1.5", "0.1", "1e17", "3.0e-7", "+inf", "-inf"]);
  const rank = () => `${random.below(20) - 10}`;
  const bound = () => random.pick(["", "("]) + score();
  const lex = () => random.pick(["-", "+", `[${name()}`, `(${name()}`]);
  const limit = () => random.pick([[], ["LIMIT", rank(), rank()]]);
  const scores = () => random.pick([[], ["WITHSCORES"]]);
  return random.pick([
    () => ["ZADD", key, score(), name(), score(), name()],
    () => ["ZADD", key, random.pick(["1", "x", "", "1e999", "nan"]), name()],
    () => ["ZREM", key, name(), name()],
    () => ["ZSCORE", key, name()],
    () => ["ZRANK", key, name()],
    () => ["ZCARD", key],
    () => ["ZRANGE", key, rank(), rank(), ...scores()],
    () => ["ZRANGEBYSCORE", key, bound(), bound(), ...scores(), ...limit()],
    () => ["ZADD", "same", "1", name(), "1", name()],
    () => ["ZRANGEBYLEX", "same", lex(), lex(), ...limit()],
    () =>
      random.pick([
        ["SET", key, name()],
        ["GET", key],
        ["DEL", key],
        ["UNLINK", key, "b"],
      ]),
    () =>
      random.pick([
        ["EXPIRE", key, "1000"],
        ["TTL", key],
        ["PERSIST", key],
        ["PTTL", "d"],
      ]),
    () => random.pick([["EXPIRE", key, "-1"], ["EXPIRE", key, "x"], ["GET"], ["ZADD", key, "1"]]),
  ])();
}

t.test("the real server gives the same replies", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const { server, port } = await start(t, "08-lazy-free");
  const learned = [...STRINGS, ...SORTED_SETS, ...TTLS, ...FREEING];
  const replies = await referee.sendAll(learned.map(([args]) => args));
  t.strictSame(
    learned.map(([, reply]) => reply),
    replies,
    "to all that the steps above are asked",
  );
  const socket = connect(port, "127.0.0.1");
  const steps = new RefereeSession(socket);
  t.teardown(() => steps.close());
  const random = new Random(20);
  const requests = Array.from({ length: 6000 }, () => randomRequest(random));
  const [expected, found] = await Promise.all([referee.sendAll(requests), steps.sendAll(requests)]);
  const different = found.findIndex((reply, i) => reply !== expected[i]);
  t.equal(different, -1, `${requests[different]}: ${found[different]} not ${expected[different]}`);
  t.equal((await server.stop("SIGINT")).errors, "");
});
