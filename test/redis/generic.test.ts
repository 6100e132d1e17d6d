// Keys, their expiry, OBJECT and whole databases: the exact bytes of their replies.

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { type TestCore, testCore } from "../helpers/core-session.ts";
import { type Request, sameScripts } from "../helpers/referee.ts";

const NIL = "$-1\r\n";
const OK = "+OK\r\n";
const NO_SUCH_KEY = "-ERR no such key\r\n";

/** 2100, in seconds and milliseconds. */
const LATER = 4102444800;
const LATER_MS = LATER * 1000;

// biome-ignore format: a script is read line by line
const FINDING: readonly Request[] = [
  "mset a 1 b 2 c 3", "exists a", "exists a a none b", "exists", "touch a b none a", "touch",
  "type a", "type none", "type", "rpush l 1", "type l", "del a none a", "del", "exists a",
  "unlink b l none", "unlink", "dbsize", "dbsize 1", "keys", "keys *", "keys z*", "randomkey",
  "flushdb", "randomkey", "randomkey x", "keys *", ["set", "\0\r\n\xff", 1], "keys *", "keys ?*",
  "exists \"\\x00\\r\\n\\xff\"", "scan 0", "scan 0 match \"\\x00*\"", "scan 0 match x*",
  "scan 0 count 100", "scan 0 type string", "scan 0 type STRING", "scan 0 type list",
  "scan 0 type nonsense", "scan 0 match * type string count 5", "scan", "scan 0 count",
  "scan 0 count 0", "scan 0 count -1", "scan 0 count abc", "scan 0 match", "scan 0 type",
  ["scan", "0\0x"], ["scan", "\0x"], ["scan", "x\0"], "scan -0", "scan +0", "scan 0x0",
  "scan 0 foo bar", "scan 0 match a foo", "scan abc", "scan \" 1\"", "scan 1x", "scan -",
  "scan 18446744073709551616", "scan 0x10", "scan \"\"", "scan +0", "scan -0", "scan 00",
];

// biome-ignore format: a script is read line by line
const RENAMING: readonly Request[] = [
  "rename none x", "rename none none", "renamenx none x", "rename a", "set a 1 ex 100",
  "rename a b", "ttl b", "get b", "exists a", "rename b b", "ttl b", "renamenx b b", "set c 2",
  "renamenx b c", "renamenx b d", "ttl d", "rename c d", "ttl d", "get d", "rpush l x",
  "rename l d", "type d", "lrange d 0 -1", "rename d \"\"", "type \"\"", "set e 1", "renamenx e",
];

// biome-ignore format: a script is read line by line
const COPYING: readonly Request[] = [
  "copy none x", "copy a", "set a 1 exat 4102444800", "copy a b", "get b", "expiretime b",
  "copy a b", "copy a b replace", "copy a a", "copy a a replace", "copy none none", "copy a a db 1",
  "copy a a db 1", "copy a a db 1 replace", "copy a c db 99", "copy a c db -1", "copy a c db abc",
  "copy a c db", "copy a c db 99999999999", "copy a c db 99999999999999999999", "copy a c foo",
  "copy a c replace db 2", "copy a d db 1 db 3", "select 1", "keys *", "expiretime a", "select 3",
  "keys *", "select 0", "rpush l x y", "copy l m", "rpush m z", "lrange l 0 -1", "lrange m 0 -1",
  "copy l a replace", "ttl a", "type a", "move a 1", "move a 2", "exists a", "move none 1",
  "move l 0", "move l 99", "move l -1", "move l abc", "move l 99999999999", "move l",
  "set v 1 exat 4102444800", "move v 5", "select 5", "expiretime v", "select 0", "exists v",
  "move v 5",
  // What is not there takes nothing away, not even what has expired and waits for that.
  "debug set-active-expire 0", "set late v px 1", "debug sleep 0.01", "copy none late", "dbsize",
  "rename none late", "dbsize", "renamenx none late", "dbsize", "get late", "dbsize",
  "debug set-active-expire 1",
  "set text 12", "append text 3", "copy text raw", "object encoding raw", "set whole 12",
  "copy whole int", "object encoding int", "incrbyfloat whole 1", "copy whole short",
  "object encoding short",
];

// biome-ignore format: a script is read line by line
const EXPIRING: readonly Request[] = [
  "set k v", "ttl k", "pttl k", "expiretime k", "pexpiretime k", "ttl none", "pttl none",
  "expiretime none", "pexpiretime none", "expire none 10", "expire k 100", "ttl k", "persist k",
  "persist k", "ttl k", "persist none", "persist", `expireat k ${LATER}`, "expiretime k",
  "pexpiretime k", `pexpireat k ${LATER_MS + 499}`, "expiretime k", `pexpireat k ${LATER_MS + 500}`,
  "expiretime k", "pexpireat k 9007199254740991", "pexpiretime k", "expire k", "expire k abc",
  "expire k 1.5", "expire k 99999999999999999999", "expire k 9223372036854775807",
  "expire k 9223372036854775", "expire k -9223372036854775807", "pexpire k 9223372036854775807",
  "expireat k 9223372036854775808", "expireat k 9223372036854775807", "expireat k 9223372036854776",
  "expireat k -9223372036854776", "expire k 10 foo", "expire k abc foo", "expire k 10 nx xx",
  "expire k 10 nx gt", "expire k 10 lt nx", "expire k 10 gt lt", "expire k 10 gt lt nx",
  "expire k 10 xx gt", "expire none 10 foo", "expire k 1 nx nx", "persist k", "expire k 100 xx",
  "expire k 100 gt", "expire k 100 xx lt", "expire k 100 nx", "ttl k", "expire k 50 nx",
  "expire k 50 gt", "ttl k", "expire k 200 gt", "ttl k", "expire k 300 lt", "ttl k",
  "expire k 100 lt", "ttl k", "expire k 90 xx lt", "ttl k", "expire k 300 XX GT", "ttl k",
  "persist k", "expire k 70 lt", "ttl k", `expireat k ${LATER} xx`, `expireat k ${LATER} gt`,
  `expireat k ${LATER} lt`, "expire k 0 gt", "expire k -1 lt", "exists k", "set k v", "pexpire k 0",
  "get k", "set k v", "expireat k 1", "get k", "set k v", "pexpireat k -1", "exists k", "set k v",
  "pexpire k -9223372036854775808", "get k", "rpush l x", "expire l 100", "ttl l", "rpush l y",
  "ttl l", "expire l -1", "type l",
  ["expire", "none", 1, "a\0b"],
];

// biome-ignore format: a script is read line by line
const INSPECTING: readonly Request[] = [
  "object", "object foo", "object encoding", "object encoding a b", "object encoding none",
  "object refcount none", "object idletime none", "object freq none", "set a 1",
  "object encoding a", "object refcount a", "object freq a", "set a 9999", "object refcount a",
  "set a 10000", "object refcount a", "set a -1", "object refcount a", "set a abc",
  "object refcount a", "object encoding a", ["set", "a", "x".repeat(44)], "object encoding a",
  ["set", "a", "x".repeat(45)], "object encoding a", "set a 9223372036854775807",
  "object encoding a", "set a 9223372036854775808", "object encoding a", "set a 01",
  "object encoding a", "append a 1", "object encoding a", "incr a", "object encoding a", "set s x",
  "setrange s 0 y", "object encoding s", "copy s c", "object refcount c",
  "config set maxmemory-policy allkeys-lfu", "object idletime a", "object freq none",
  "config set maxmemory-policy noeviction", "object freq a",
];

// biome-ignore format: a script is read line by line
const DATABASES: readonly Request[] = [
  "set a 1", "select 1", "set b 1", "set c 1", "dbsize", "flushdb", "dbsize", "set b 1", "select 0",
  "dbsize", "swapdb 0 1", "keys *", "select 1", "keys *", "swapdb 1 1", "swapdb 0 99",
  "swapdb 99 0", "swapdb -1 0", "swapdb a 0", "swapdb 0 a", "swapdb a b", "swapdb 99999999999 0",
  "swapdb 0 99999999999", "swapdb 0", "flushdb foo", "flushdb sync async", "flushdb async",
  "dbsize", "flushall foo", "flushall async sync", "flushall SYNC", "select 0", "dbsize",
  "flushall", "flushdb SYNC",
  "select 4294967296", "select -1", "select x", "select 1.5",
];

t.test("the referee answers the same", (t) =>
  sameScripts(t, { FINDING, RENAMING, COPYING, EXPIRING, INSPECTING, DATABASES }),
);

t.test("keys are counted, removed and found by a pattern", async (t) => {
  const { send } = testCore();
  send(["mset", "one", 1, "two", 2, "three", 3]);
  t.equal(send(["exists", "one", "one", "four"]), ":2\r\n");
  t.same(sorted(send(["keys", "t*"])), ["three", "two"]);
  t.same(sorted(send(["keys", "*"])), ["one", "three", "two"]);
  t.equal(send(["del", "one", "one"]), ":1\r\n");
  t.equal(send(["unlink", "two", "three"]), ":2\r\n");
  t.equal(send(["randomkey"]), NIL);
  t.equal(send(["type", "one"]), "+none\r\n");
});

t.test("KEYS removes nothing, and SCAN those expired keys that it was asked for", async (t) => {
  const { send } = testCore({ "enable-debug-command": "yes" });
  send(["debug", "set-active-expire", "0"]);
  send(["mset", "a", 1, "b", 2, "c", 3]);
  for (const key of ["a", "b"]) send(["pexpire", key, 1]);
  send(["debug", "sleep", "0.003"]);
  t.equal(send(["keys", "*"]), "*1\r\n$1\r\nc\r\n");
  t.equal(send(["dbsize"]), ":3\r\n");
  t.equal(send(["scan", 0, "match", "z*"]), "*2\r\n$1\r\n0\r\n*0\r\n");
  t.equal(send(["dbsize"]), ":3\r\n");
  send(["scan", 0, "match", "a"]);
  t.equal(send(["dbsize"]), ":2\r\n");
  send(["scan", 0, "type", "list"]);
  t.equal(send(["dbsize"]), ":1\r\n");
});

t.test("a whole SCAN finds every key once, whatever COUNT says", async (t) => {
  const { send } = testCore();
  const names = Array.from({ length: 100 }, (_, i) => `key:${i}`);
  for (const name of names) send(["set", name, 1]);
  for (const count of [1, 7, 100, 1e6]) {
    t.same(scanAll(send, ["count", count]).sort(), [...names].sort(), `COUNT ${count}`);
  }
  const ending5 = names.filter((name) => name.endsWith("5"));
  t.same(scanAll(send, ["match", "*5", "count", 9]).sort(), ending5.sort());
  t.same(scanAll(send, ["type", "list"]), []);
});

t.test("SCAN finds the keys that stay while others come and go", async (t) => {
  const { send } = testCore();
  const kept = Array.from({ length: 50 }, (_, i) => `kept:${i}`);
  for (const [i, name] of kept.entries()) send(["mset", name, 1, `gone:${i}`, 1]);
  let change = 0;
  const found = scanAll(send, ["count", 3], () => {
    send(["del", `gone:${change}`]);
    send(["set", `new:${change++}`, 1]);
  });
  for (const name of kept) t.ok(found.includes(name), name);
});

t.test("an expired key is gone for every command", async (t) => {
  const { core, send } = testCore();
  for (const name of ["a", "b", "c"]) send(["set", name, 1, "px", 1]);
  send(["set", "stays", 1]);
  await sleep(5);
  t.equal(send(["get", "a"]), NIL);
  t.equal(send(["rename", "b", "x"]), NO_SUCH_KEY);
  t.equal(send(["keys", "*"]), "*1\r\n$5\r\nstays\r\n");
  t.equal(send(["expire", "c", 10]), ":0\r\n");
  t.equal(send(["dbsize"]), ":1\r\n");
  t.equal(core.database(0).expired, 3);
});

t.test("TTL counts down and EXPIRE takes it up again", async (t) => {
  const { send } = testCore();
  send(["set", "k", "v", "px", 60_000]);
  t.equal(send(["ttl", "k"]), ":60\r\n");
  const left = Number(send(["pttl", "k"]).slice(1));
  t.ok(left > 59_000 && left <= 60_000, `${left} ms`);
  t.equal(send(["expire", "k", 10, "gt"]), ":0\r\n");
  t.equal(send(["expire", "k", 10, "lt"]), ":1\r\n");
  t.equal(send(["ttl", "k"]), ":10\r\n");
  t.equal(send(["persist", "k"]), ":1\r\n");
  t.equal(send(["ttl", "k"]), ":-1\r\n");
  t.equal(send(["ttl", "none"]), ":-2\r\n");
});

t.test("a time beyond all calendars is kept, nearly to the millisecond", async (t) => {
  const { send } = testCore();
  send(["set", "k", "v"]);
  t.equal(send(["pexpireat", "k", "9223372036854775807"]), ":1\r\n");
  t.equal(send(["pexpiretime", "k"]), ":9223372036854774784\r\n");
  t.equal(send(["expireat", "k", "9223372036854775"]), ":1\r\n");
  t.equal(send(["get", "k"]), "$1\r\nv\r\n");
});

t.test("COPY makes a value of its own", async (t) => {
  const { send } = testCore();
  send(["set", "a", "1"]);
  t.equal(send(["copy", "a", "b"]), ":1\r\n");
  send(["append", "b", "2"]);
  t.equal(send(["get", "a"]), "$1\r\n1\r\n");
  t.equal(send(["copy", "a", "b"]), ":0\r\n");
  t.equal(send(["copy", "a", "b", "replace", "db", 1]), ":1\r\n");
  t.equal(send(["copy", "a", "a"]), "-ERR source and destination objects are the same\r\n");
});

t.test("SWAPDB changes what everybody connected sees", async (t) => {
  const { send, connect } = testCore();
  const other = connect();
  send(["set", "k", "v"]);
  send(["select", 3], other);
  t.equal(send(["swapdb", 0, 3]), OK);
  t.equal(send(["exists", "k"]), ":0\r\n");
  t.equal(send(["get", "k"], other), "$1\r\nv\r\n");
});

t.test("asking about a key does not use it", async (t) => {
  const { core, send } = testCore();
  send(["set", "k", "v"]);
  const idle = () => core.database(0).idleTime(core.database(0).peekName("k"));
  await sleep(20);
  for (const command of ["exists", "type", "ttl", "pttl", "expiretime"]) {
    send([command, "k"]);
    t.ok(idle() >= 9, command);
  }
  t.equal(send(["object", "idletime", "k"]), ":0\r\n");
  send(["touch", "k"]);
  t.equal(idle(), 0);
});

t.test("OBJECT HELP lists the subcommands", async (t) => {
  const help = testCore().send(["object", "help"]);
  for (const name of ["ENCODING", "FREQ", "IDLETIME", "REFCOUNT", "HELP"]) {
    t.match(help, `+${name}`);
  }
});

/** The bulk strings in a reply. */
function strings(reply: string): string[] {
  return [...reply.matchAll(/\$\d+\r\n(.*)\r\n/g)].map((match) => match[1] as string);
}

function sorted(reply: string): string[] {
  return strings(reply).sort();
}

/** Every name that a whole SCAN finds; `between` runs after each step. */
function scanAll(
  send: TestCore["send"],
  options: (string | number)[],
  between = () => {},
): string[] {
  const found: string[] = [];
  let cursor = "0";
  do {
    const [next = "0", ...names] = strings(send(["scan", cursor, ...options]));
    found.push(...names);
    cursor = next;
    between();
  } while (cursor !== "0");
  return found;
}
