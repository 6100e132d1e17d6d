/**
 * Fields of hashes that expire. Redis 7.0 has none of it, so what is expected stands here. The
 * clock of these tests stands still until it is moved.
 */

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { Core } from "../../examples/redis/core.ts";
import { type TestCore, testCore } from "../helpers/core-session.ts";

const START = 1_700_000_000_000;

interface Timed extends TestCore {
  time: { now: number };
  /** Sends a line of words. */
  ask(line: string): string;
}

function timedCore(): Timed {
  const made = testCore({ "notify-keyspace-events": "Ehg" });
  const time = { now: START };
  const clock = { get: () => time.now, set: () => {} };
  Object.defineProperty(made.core.clock, "now", clock);
  return { ...made, time, ask: (line) => made.send(line.split(" ")) };
}

/** An array of integers, strings and nulls as RESP2 has it. */
function reply(...items: (number | string | null)[]): string {
  const one = (item: number | string | null) => {
    if (item === null) return "$-1\r\n";
    return typeof item === "number" ? `:${item}\r\n` : `$${item.length}\r\n${item}\r\n`;
  };
  return `*${items.length}\r\n${items.map(one).join("")}`;
}

function error(text: string): string {
  return `-ERR ${text}\r\n`;
}

for (const [form, filler] of [
  ["listpackex", "short"],
  ["hashtable", "x".repeat(100)],
] as const) {
  t.test(`fields of a ${form} expire one by one, and the key with the last`, async (t) => {
    const { ask, time } = timedCore();
    ask(`hset h a 1 b 2 c 3 filler ${filler}`);
    t.equal(ask("hexpire h 10 fields 3 a b nosuch"), reply(1, 1, -2));
    t.equal(ask("hpexpire h 20500 FIELDS 1 c"), reply(1));
    t.match(ask("object encoding h"), form);
    t.equal(ask("httl h fields 5 a b c filler nosuch"), reply(10, 10, 21, -1, -2));
    t.equal(ask("hpttl h fields 2 a c"), reply(10_000, 20_500));
    t.equal(ask("hexpiretime h fields 1 a"), reply(START / 1000 + 10));
    t.equal(ask("hpexpiretime h fields 2 c filler"), reply(START + 20_500, -1));
    t.equal(ask("hpersist h fields 4 b c filler nosuch"), reply(1, 1, -1, -2));
    t.equal(ask("hexpire h 5 fields 1 b"), reply(1));
    time.now += 9_999;
    t.equal(ask("hmget h a b c"), reply("1", null, "3"));
    t.equal(ask("httl h fields 2 a b"), reply(1, -2));
    time.now += 1;
    t.equal(ask("hget h a"), "$-1\r\n");
    t.equal(ask("hexists h a"), ":0\r\n");
    t.equal(ask("hlen h"), ":2\r\n");
    t.equal(ask("hgetall h"), reply("c", "3", "filler", filler));
    t.equal(ask("hexpire h 1 fields 2 c filler"), reply(1, 1));
    time.now += 1000;
    t.equal(ask("hlen h"), ":0\r\n");
    t.equal(ask("exists h"), ":0\r\n");
  });

  t.test(`commands that change a field of a ${form}`, async (t) => {
    const { ask, time } = timedCore();
    ask(`hset h a 1 b 2 c 3 d 4 filler ${filler}`);
    ask("hexpire h 10 fields 4 a b c d");
    ask("hset h a 5");
    t.equal(ask("httl h fields 1 a"), reply(-1), "HSET has it stay");
    ask("hincrby h b 5");
    ask("hincrbyfloat h c 0.5");
    t.equal(ask("httl h fields 2 b c"), reply(10, 10), "a number that grows does not");
    t.equal(ask("hsetnx h d 9"), ":0\r\n");
    ask("hdel h d");
    ask("hset h d 6");
    t.equal(ask("httl h fields 1 d"), reply(-1), "one that is new again");
    time.now += 10_000;
    t.equal(ask("hincrby h b 5"), ":5\r\n", "from nothing");
    t.equal(ask("httl h fields 1 b"), reply(-1));
    t.equal(ask("hset h c 1"), ":1\r\n", "new");
    t.equal(ask("hget h c"), "$1\r\n1\r\n");
    t.equal(ask("hstrlen h c"), ":1\r\n");
    t.equal(ask("hdel h c c"), ":1\r\n");
  });
}

t.test("conditions", async (t) => {
  const { ask } = timedCore();
  ask("hset h a 1");
  t.equal(ask("hexpire h 10 xx fields 1 a"), reply(0));
  t.equal(ask("hexpire h 10 gt fields 1 a"), reply(0));
  t.equal(ask("hexpire h 10 nx fields 1 a"), reply(1));
  t.equal(ask("hexpire h 20 nx fields 1 a"), reply(0));
  t.equal(ask("hexpire h 10 gt fields 1 a"), reply(0));
  t.equal(ask("hexpire h 10 lt fields 1 a"), reply(0));
  t.equal(ask("hexpire h 11 gt fields 1 a"), reply(1));
  t.equal(ask("hexpire h 9 LT fields 1 a"), reply(1));
  t.equal(ask("hexpire h 8 xx fields 1 a"), reply(1));
  ask("hset h b 1");
  t.equal(ask("hexpire h 10 lt fields 1 b"), reply(1), "a field that stays outlasts any other");
  t.equal(ask("hexpire h 0 gt fields 1 a"), reply(0), "the condition comes first");
});

t.test("a time that is past removes the field at once", async (t) => {
  const { ask } = timedCore();
  ask("hset h a 1 b 2 c 3");
  t.equal(ask("hexpire h 0 fields 1 a"), reply(2));
  t.equal(ask("hgetall h"), reply("b", "2", "c", "3"));
  t.equal(ask(`hpexpireat h ${START} fields 1 b`), reply(2));
  t.equal(ask(`hexpireat h ${START / 1000 - 1} fields 2 c b`), reply(2, -2));
  t.equal(ask("exists h"), ":0\r\n");
});

t.test("what is refused", async (t) => {
  const { ask } = timedCore();
  const number = error("value is not an integer or out of range");
  const missing = error("Mandatory argument FIELDS is missing or not at the right position");
  const count = error("The `numfields` parameter must match the number of arguments");
  ask("hset h a 1");
  ask("set s v");
  const wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
  for (const [line, expected] of [
    ["hexpire h 1 fields 1", error("wrong number of arguments for 'hexpire' command")],
    ["hexpire s x fields 1 a", wrongType],
    ["hexpire h x fields 1 a", number],
    ["hexpire h -1 fields 1 a", error("invalid expire time, must be >= 0")],
    ["hexpire h 99999999999 fields 1 a", error("invalid expire time in 'hexpire' command")],
    [
      "hpexpireat h 70368744177664 fields 1 a",
      error("invalid expire time in 'hpexpireat' command"),
    ],
    ["hexpire h 1 field 1 a", missing],
    ["hexpire h 1 nx 1 fields a", missing],
    ["hexpire h 1 fields 0 a", error("Parameter `numFields` should be greater than 0")],
    ["hexpire h 1 fields a a", error("Parameter `numFields` should be greater than 0")],
    ["hexpire h 1 fields 2 a", count],
    ["hexpire none 1 fields 2 a b", reply(-2, -2)],
    ["httl h fields 1", error("wrong number of arguments for 'httl' command")],
    ["httl h 1 fields a", missing],
    ["httl h fields 0 a", error("Number of fields must be a positive integer")],
    ["httl h fields 2 a", count],
    ["httl s fields 1 a", wrongType],
    ["httl none fields 1 a", reply(-2)],
    ["hpersist none fields 1 a", reply(-2)],
    ["hpersist h fields 3 a", count],
    ["hgetdel h fields 2 a", count],
    ["hgetdel h field 1 a", missing],
    ["hgetdel none fields 2 a b", reply(null, null)],
    ["hgetdel s fields 2 a b", wrongType],
    ["hgetex h ex 1 fields", count],
    ["hgetex h ex x fields 1 a", number],
    ["hgetex h ex 1 px 1 fields 1 a", missing],
    ["hgetex h keepttl fields 1 a", missing],
    ["hgetex none persist fields 2 a b", reply(null, null)],
    ["hsetex h fields 1 a", error("wrong number of arguments for 'hsetex' command")],
    ["hsetex h fields 2 a 1", error("wrong number of arguments for 'hsetex' command")],
    ["hsetex h fields x a 1", error("invalid number of fields")],
    ["hsetex h fnx fxx fields 1 a 1", error("Only one of FXX or FNX arguments can be specified")],
    [
      "hsetex h ex 1 keepttl fields 1 a 1",
      error("Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"),
    ],
    ["hsetex h what fields 1 a 1", error("unknown argument: what")],
    ["hsetex h fnx fields 1 a ex", ":0\r\n"],
    ["hsetex h fnx keepttl a ex", error("unknown argument: a")],
    ["hsetex h ex -1 fields 1 a 1", error("invalid expire time, must be >= 0")],
    ["hsetex s fields 1 a 1", wrongType],
  ] as const) {
    t.equal(ask(line), expected, line);
  }
  t.equal(ask("httl h fields 1 a"), reply(-1), "nothing of it had an effect");
});

t.test("HSETEX sets fields with one time for all", async (t) => {
  const { ask, time } = timedCore();
  t.equal(ask("hsetex h fxx ex 10 fields 1 a 1"), ":0\r\n");
  t.equal(ask("exists h"), ":0\r\n");
  t.equal(ask("hsetex h fnx ex 10 fields 2 a 1 b 2"), ":1\r\n");
  t.equal(ask("httl h fields 2 a b"), reply(10, 10));
  t.equal(ask("hsetex h fnx px 1 fields 2 c 1 b 2"), ":0\r\n", "one of them is there");
  t.equal(ask("hsetex h fxx px 5000 fields 2 a 1 c 2"), ":0\r\n", "one of them is not");
  t.equal(ask("hsetex h fxx keepttl fields 1 a 3"), ":1\r\n");
  t.equal(ask("httl h fields 1 a"), reply(10));
  t.equal(ask(`hsetex h pxat ${START + 7000} fields 1 b 4`), ":1\r\n");
  t.equal(ask("hpttl h fields 1 b"), reply(7000));
  t.equal(ask("hsetex h fields 1 b 5"), ":1\r\n");
  t.equal(ask("httl h fields 1 b"), reply(-1));
  t.equal(ask("hsetex h exat 1 fields 1 b 5"), ":1\r\n", "a time that is past");
  t.equal(ask("hgetall h"), reply("a", "3"));
  time.now += 10_000;
  t.equal(ask("hsetex h fnx fields 1 a 6"), ":1\r\n", "one that has expired is not there");
  t.equal(ask("hgetall h"), reply("a", "6"));
});

t.test("HGETEX and HGETDEL read, and change what they read", async (t) => {
  const { ask } = timedCore();
  ask("hset h a 1 b 2 c 3");
  t.equal(ask("hgetex h fields 2 a none"), reply("1", null));
  t.equal(ask("hgetex h ex 10 fields 3 a none b"), reply("1", null, "2"));
  t.equal(ask("httl h fields 3 a b c"), reply(10, 10, -1));
  t.equal(ask("hgetex h persist fields 2 a c"), reply("1", "3"));
  t.equal(ask("httl h fields 2 a b"), reply(-1, 10));
  t.equal(ask(`hgetex h pxat ${START - 1} fields 1 b`), reply("2"));
  t.equal(ask("hgetdel h fields 3 a b a"), reply("1", null, null));
  t.equal(ask("hgetdel h fields 1 c"), reply("3"));
  t.equal(ask("exists h"), ":0\r\n");
});

t.test("the times go where the hash goes", async (t) => {
  const { ask, time } = timedCore();
  ask("hset h a 1 b 2");
  ask("hexpire h 10 fields 1 a");
  ask("copy h copied");
  ask("rename h renamed");
  ask("copy renamed other db 1");
  ask("move renamed 2");
  ask("hpersist copied fields 1 a");
  t.equal(ask("httl copied fields 1 a"), reply(-1));
  for (const db of [1, 2]) {
    ask(`select ${db}`);
    const key = db === 1 ? "other" : "renamed";
    t.equal(ask(`httl ${key} fields 2 a b`), reply(10, -1));
    time.now = START + 10_000;
    t.equal(ask(`hgetall ${key}`), reply("b", "2"));
    time.now = START;
  }
});

t.test("events", async (t) => {
  const { ask, connect, send, time } = timedCore();
  const listener = connect();
  send(["psubscribe", "__keyevent*"], listener);
  const events = () => [...listener.take().matchAll(/@0__:(\w+)/g)].map(([, name]) => name);
  events();
  const after = (line: string) => {
    ask(line);
    return events();
  };
  t.strictSame(after("hset h a 1 b 2 c 3 d 4"), ["hset"]);
  t.strictSame(after("hexpire h 10 fields 2 a b"), ["hexpire"]);
  t.strictSame(after("hexpire h 10 nx fields 2 a none"), []);
  t.strictSame(after("hpersist h fields 1 b"), ["hpersist"]);
  t.strictSame(after("hpersist h fields 1 b"), []);
  t.strictSame(after("hgetex h ex 20 fields 1 b"), ["hexpire"]);
  t.strictSame(after("hgetex h persist fields 1 b"), ["hpersist"]);
  t.strictSame(after("hsetex h ex 10 fields 1 c 1"), ["hset", "hexpire"]);
  t.strictSame(after("hsetex h exat 10 fields 1 c 1"), ["hset", "hdel"]);
  t.strictSame(after("hgetdel h fields 1 b"), ["hdel"]);
  t.strictSame(after("hexpire h 0 fields 1 d"), ["hdel"]);
  time.now += 10_000;
  t.strictSame(after("hget h a"), ["hexpired", "del"]);
  t.strictSame(after("hset h a 1"), ["hset"]);
  t.strictSame(after("hgetex h ex 0 fields 1 a"), ["hdel", "del"]);
});

t.test("HSCAN without values, and without what has expired", async (t) => {
  const { ask, time } = timedCore();
  ask("hset h a 1 b 2 c 3");
  t.equal(ask("hscan h 0 novalues"), `*2\r\n$1\r\n0\r\n${reply("a", "b", "c")}`);
  t.equal(ask("hscan h 0 novalues match b count 10"), `*2\r\n$1\r\n0\r\n${reply("b")}`);
  t.equal(ask("hscan h 0 count 10 NOVALUES"), `*2\r\n$1\r\n0\r\n${reply("a", "b", "c")}`);
  ask("hexpire h 1 fields 1 b");
  time.now += 1000;
  t.equal(ask("hscan h 0"), `*2\r\n$1\r\n0\r\n${reply("a", "1", "c", "3")}`);
  ask("sadd s m");
  t.equal(ask("sscan s 0 novalues"), error("syntax error"));
});

/** A hash of which all fields but one expire at the same time. */
function fillWithExpiring(core: Timed, fields: number): void {
  for (let i = 0; i < fields; i++) core.ask(`hset h field:${i} ${i}`);
  for (let i = 0; i < fields; i += 100) {
    const names = Array.from({ length: 100 }, (_, n) => `field:${i + n}`);
    core.ask(`hexpire h 10 fields 100 ${names.join(" ")}`);
  }
  core.ask("hset h stays 1");
}

t.test("a thousand fields that expire at once are gone at once", async (t) => {
  const core = timedCore();
  const { ask, send, time } = core;
  fillWithExpiring(core, 1000);
  time.now += 9_999;
  t.equal(ask("hlen h"), ":1001\r\n");
  time.now += 1;
  const dump = /^\$\d+\r\n(.*)\r\n$/s.exec(ask("dump h"))?.[1] as string;
  t.equal(send(["restore", "copy", 0, Buffer.from(dump, "latin1")]), "+OK\r\n");
  t.equal(ask("hgetall copy"), reply("stays", "1"));
  t.equal(ask("hget h field:999"), "$-1\r\n");
  t.equal(ask("hgetall h"), reply("stays", "1"));
  t.equal(ask("hkeys h"), reply("stays"));
  t.equal(ask("hrandfield h"), "$5\r\nstays\r\n");
  t.equal(ask("hrandfield h 5"), reply("stays"));
  t.equal(ask("hrandfield h -2"), reply("stays", "stays"));
  t.match(ask("hscan h 0 count 2000"), reply("stays", "1"));
  t.equal(ask("hset h field:998 again"), ":1\r\n");
  t.equal(ask("hdel h field:997"), ":0\r\n");
  t.equal(ask("hmget h field:998 field:997"), reply("again", null));
  for (let i = 0; i < 10; i++) ask("hget h stays");
  t.equal(ask("hlen h"), ":2\r\n", "and by and by their memory");
});

function runCron(core: Core): void {
  for (let i = 0; i < 100; i++) core.cron();
}

t.test("what nobody asks for expires as well", async (t) => {
  const { connect, core, send } = testCore({ "notify-keyspace-events": "Ehg" });
  const listener = connect();
  send(["psubscribe", "__keyevent*"], listener);
  for (let i = 0; i < 50; i++) {
    send(["hset", `h${i}`, "a", 1, "b", 2]);
    send(["hpexpire", `h${i}`, 1, "fields", 1, "a"]);
    send(["hset", `whole${i}`, "a", 1]);
    send(["hpexpire", `whole${i}`, 1, "fields", 1, "a"]);
  }
  send(["hset", "later", "a", 1]);
  send(["hpexpire", "later", 1_000_000, "fields", 1, "a"]);
  send(["rename", "h7", "renamed"]);
  listener.take();
  await sleep(5);
  runCron(core);
  const events = listener.take();
  t.equal(events.match(/hexpired\r\n/g)?.length, 100);
  t.equal(events.match(/:del\r\n/g)?.length, 50);
  t.match(events, /hexpired\r\n\$7\r\nrenamed/);
  t.equal(send(["dbsize"]), ":51\r\n");
  t.equal(core.database(0).expiring.size, 1, "nothing is remembered for longer than needed");
});
