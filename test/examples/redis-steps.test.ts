/** The Redis that grows: every step as a process, spoken to in exact bytes. */

import t, { type Test } from "tap";
import { HashTable } from "../../examples/redis-steps/hash-table.ts";
import { Connection } from "../helpers/redis-server.ts";
import { freePort, ours, Run, run } from "../helpers/run.ts";

async function start(t: Test, step: string) {
  const port = await freePort();
  const server = new Run(t, ours(`examples/redis-steps/${step}.js`, `${port}`));
  await server.printed(/listening.*\n/);
  return { server, port, open: () => Connection.open(t, { host: "127.0.0.1", port }) };
}

/** A request as redis-cli writes it. */
function request(...args: string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
}

type Exchange = [args: string[], reply: string];

const STRINGS: Exchange[] = [
  [["PING"], "+PONG\r\n"],
  [["get", "a"], "$-1\r\n"],
  [["SET", "a", "\0\r\n\xff"], "+OK\r\n"],
  [["GET", "a"], "$4\r\n\0\r\n\xff\r\n"],
  [["SET", "", ""], "+OK\r\n"],
  [["GET", ""], "$0\r\n\r\n"],
  [["DEL", "a", "b", "", "a"], ":2\r\n"],
  [["GET"], "-ERR wrong number of arguments for 'get' command\r\n"],
  [["toString"], "-ERR unknown command 'tostring'\r\n"],
  [["a\r\nb"], "-ERR unknown command 'a  b'\r\n"],
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
    ["GET a\r\n", "expected * and a length"],
    ["*1\r\n:1\r\n", "expected $ and a length"],
    ["*1025\r\n", "expected * and a length"],
    ["*1\r\n$16777217\r\n", "expected $ and a length"],
    [`*${"1".repeat(40)}`, "too long a length"],
  ];
  for (const [sent, why] of cases) {
    const connection = await open();
    connection.write(sent);
    t.equal(await connection.rest(), `-ERR Protocol error: ${why}\r\n`);
  }
}

t.test("01 says what it heard", async (t) => {
  const { server, open } = await start(t, "01-framing");
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
  const connection = await open();
  await converse(t, connection, STRINGS);
  connection.end();
  await connection.rest();
  await refuses(t, open);
  t.equal((await server.stop("SIGINT")).errors, "");
});

for (const step of ["03-event-loop", "04-hash-table"]) {
  t.test(`${step} serves many, and redis-cli is content`, async (t) => {
    const { server, port, open } = await start(t, step);
    const [one, two] = [await open(), await open()];
    one.write("*2\r\n$3\r\nGE");
    await converse(t, two, STRINGS);
    two.reset();
    one.write("T\r\n$1\r\na\r\n");
    t.equal(await one.take(5), "$-1\r\n", "half a request waited for its other half");
    await refuses(t, open);
    const cli = (...args: string[]) => run(t, ["redis-cli", "-p", `${port}`, ...args]);
    t.equal((await cli("SET", "greeting", "hello")).output, "OK\n");
    t.equal((await cli("GET", "greeting")).output, "hello\n");
    t.equal((await server.stop("SIGINT")).errors, "");
  });
}

t.test("the hash table says what a Map says, while it grows", async (t) => {
  const [table, map] = [new HashTable<number>(), new Map<string, number>()];
  let rehashing = 0;
  for (let i = 0; i < 20_000; i++) {
    const key = `${(i * 7919) % 5003}`;
    if (i % 3 === 2) {
      if (table.delete(key) !== map.delete(key)) t.fail(`delete ${key}`);
    } else {
      table.set(key, i);
      map.set(key, i);
    }
    if (table.isRehashing) rehashing++;
    const other = `${(i * 31) % 5003}`;
    if (table.get(other) !== map.get(other)) t.fail(`get ${other}`);
  }
  t.equal(table.size, map.size);
  for (const [key, value] of map) if (table.get(key) !== value) t.fail(`lost ${key}`);
  t.ok(rehashing > 500, "much of it happened between two tables");
});
