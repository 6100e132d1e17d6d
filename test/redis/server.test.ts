/** TIME ROLE LASTSAVE LOLWUT SHUTDOWN MONITOR, SLOWLOG MEMORY, and DEBUG. */

import t from "tap";
import { type TestCore, testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, sameReplies, startReferee } from "../helpers/referee.ts";

t.test("TIME is the clock, in seconds and microseconds", async (t) => {
  const before = Date.now();
  const reply = testCore().send(["time"]);
  const [, seconds, microseconds] = /^\*2\r\n\$10\r\n(\d+)\r\n\$\d\r\n(\d+)\r\n$/.exec(reply) ?? [];
  const told = Number(seconds) * 1000 + Number(microseconds) / 1000;
  t.ok(told >= before - 3 && told <= Date.now() + 3, `${told} is now`);
  t.ok(Number(microseconds) < 1e6);
});

t.test("ROLE and LASTSAVE of a master that saves nothing", async (t) => {
  const { core, send } = testCore();
  t.equal(send(["role"]), "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
  t.equal(send(["lastsave"]), `:${Math.floor(core.stats.startedAt / 1000)}\r\n`);
});

t.test("LOLWUT draws something else every time, and ends with the version", async (t) => {
  const { send } = testCore();
  const picture = send(["lolwut"]);
  t.ok(picture.endsWith("\n\nRedis ver. 7.0.15\n\r\n"));
  t.not(send(["lolwut"]), picture);
  t.ok(Buffer.byteLength(picture) === picture.length, "in plain ASCII");
  t.match(send(["lolwut", "version", "5", "10"]), /Redis ver. 7\.0\.15/);
  t.equal(send(["lolwut", "version", "x"]), "-ERR value is not an integer or out of range\r\n");
});

t.test("SHUTDOWN ends the server and answers nothing", async (t) => {
  for (const words of [[], ["nosave"], ["NOW", "FORCE"], ["save", "force"]]) {
    const { send, logged } = testCore();
    t.equal(send(["shutdown", ...words]), "");
    t.equal(logged.at(-1), "shutdown");
  }
});

t.test("SHUTDOWN SAVE is refused, since nothing could be saved", async (t) => {
  const { send, logged } = testCore();
  t.equal(send(["shutdown", "save"]), "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
  t.notOk(logged.includes("shutdown"));
});

t.test("MONITOR shows the requests of all, but not those of administrators", async (t) => {
  const { send, connect, session } = testCore();
  const watcher = connect();
  t.equal(send(["monitor"], watcher), "+OK\r\n");
  send(["set", 'k"\\', Buffer.from([0, 10, 255])]);
  send(["select", "2"]);
  send(["config", "get", "port"]);
  send(["nosuch"]);
  const lines = watcher.pushed.split("\r\n").map((line) => line.replace(/^\+\d{10}\.\d{6} /, ""));
  t.same(lines, [
    '[0 127.0.0.1:50000] "set" "k\\"\\\\" "\\x00\\n\\xff"',
    '[2 127.0.0.1:50000] "select" "2"',
    "",
  ]);
  t.match(send(["ping"], watcher), /^\+PONG\r\n\+\d+\.\d+ \[0 [^\]]+\] "ping"\r\n$/);
  watcher.pushed = "";
  t.equal(send(["reset"], watcher), "+RESET\r\n");
  send(["ping"], session);
  t.equal(watcher.pushed, "", "RESET ends it");
});

t.test("SLOWLOG keeps the newest entries, shortened", async (t) => {
  const { send } = testCore({ "slowlog-log-slower-than": 0, "slowlog-max-len": 3 });
  send(["client", "setname", "me"]);
  send(["set", "key", "x".repeat(200)]);
  send(["mget", ...Array.from({ length: 40 }, (_, i) => `k${i}`)]);
  send(["config", "set", "slowlog-log-slower-than", "-1"]);
  t.equal(send(["slowlog", "len"]), ":3\r\n");
  const newest = send(["slowlog", "get", "1"]);
  t.match(newest, /^\*1\r\n\*6\r\n:2\r\n:\d+\r\n:\d+\r\n\*32\r\n\$4\r\nmget\r\n/);
  t.match(newest, "... (10 more arguments)");
  t.ok(newest.endsWith("$15\r\n127.0.0.1:50000\r\n$2\r\nme\r\n"));
  t.match(send(["slowlog", "get", "-1"]), `${"x".repeat(128)}... (72 more bytes)`);
  t.ok(send(["slowlog", "get"]).startsWith("*3\r\n"));
  t.equal(send(["slowlog", "get", "0"]), "*0\r\n");
  t.equal(send(["slowlog", "reset"]), "+OK\r\n");
  t.equal(send(["slowlog", "len"]), ":0\r\n");
});

function usage({ send }: TestCore, ...words: string[]): number {
  return Number(/^:(\d+)\r\n$/.exec(send(["memory", "usage", ...words]))?.[1]);
}

t.test("MEMORY USAGE grows with what it estimates", async (t) => {
  const ours = testCore();
  const db = ours.core.database(0);
  db.setStringValue("small", "x");
  db.setStringValue("large", "x".repeat(10_000));
  db.setStringValue("a much longer name of a key than the other", "x");
  const small = usage(ours, "small");
  t.ok(small > 20 && small < 100, `${small} bytes for one`);
  const large = usage(ours, "large");
  t.ok(large > 10_000 && large < 10_200, `${large} bytes for ten thousand`);
  t.ok(usage(ours, "a much longer name of a key than the other") > small + 30);
  t.equal(ours.send(["memory", "usage", "nosuch"]), "$-1\r\n");
  t.notOk(ours.core.stats.keyspaceMisses, "and counts no miss");
});

t.test("MEMORY USAGE of a collection follows its elements", async (t) => {
  const ours = testCore();
  const fillers: Record<string, (i: number) => string[]> = {
    list: (i) => ["rpush", "list", `element ${i}`],
    set: (i) => ["sadd", "set", `element ${i}`],
    hash: (i) => ["hset", "hash", `field ${i}`, "value"],
    zset: (i) => ["zadd", "zset", `${i}`, `element ${i}`],
  };
  for (const [key, fill] of Object.entries(fillers)) {
    ours.send(fill(0));
    const one = usage(ours, key);
    for (let i = 1; i < 1000; i++) ours.send(fill(i));
    const all = usage(ours, key);
    // A list is packed: an element takes little more than its bytes.
    t.ok(all > one + 999 * 12 && all < one + 999 * 500, `${key}: ${one}, ${all}`);
    t.equal(usage(ours, key, "samples", "0"), all);
  }
});

t.test("MEMORY STATS, DOCTOR, MALLOC-STATS and PURGE", async (t) => {
  const { core, send } = testCore();
  core.database(2).setStringValue("key", "value");
  send(["hello", "3"]);
  t.match(send(["memory", "stats"]), /^%28\r\n\$14\r\npeak\.allocated\r\n:\d+\r\n/);
  t.match(send(["memory", "stats"]), /\$10\r\nkeys\.count\r\n:1\r\n/);
  t.match(
    send(["memory", "stats"]),
    /\$4\r\ndb\.2\r\n%2\r\n\$23\r\noverhead\.hashtable\.main\r\n:/,
  );
  t.match(send(["memory", "stats"]), /\$13\r\nfragmentation\r\n,\d+/);
  t.match(send(["memory", "doctor"]), /^=\d+\r\ntxt:\w/);
  t.match(send(["memory", "malloc-stats"]), /heap_size_limit: \d+\n/);
  t.equal(send(["memory", "purge"]), "+OK\r\n");
});

t.test("DEBUG is closed unless enable-debug-command opens it", async (t) => {
  t.match(testCore().send(["debug", "jmap"]), /^-ERR DEBUG command not allowed\. If the enable/);
  t.equal(testCore({ "enable-debug-command": "yes" }).send(["debug", "jmap"]), "+OK\r\n");
  t.equal(testCore({ "enable-debug-command": "local" }).send(["debug", "jmap"]), "+OK\r\n");
});

t.test("`local` is a loopback address or a unix socket", async (t) => {
  const cases: [string, boolean][] = [
    ["127.0.0.1:1", true],
    ["127.9.9.9:1", true],
    ["[::1]:1", true],
    ["/tmp/s:0", true],
    ["10.0.0.1:1", false],
    ["[::2]:1", false],
    ["[::ffff:127.0.0.1]:1", true],
    ["1.127.0.1:9", false],
  ];
  for (const [address, isLocal] of cases) {
    const { send, session } = testCore({ "enable-debug-command": "local" });
    Object.assign(session, { address });
    t.equal(send(["debug", "jmap"]) === "+OK\r\n", isLocal, address);
  }
});

t.test("DEBUG SLEEP stops everything for that long", async (t) => {
  const { send } = testCore({ "enable-debug-command": "yes" });
  const before = performance.now();
  t.equal(send(["debug", "sleep", "0.05"]), "+OK\r\n");
  t.ok(performance.now() - before >= 50);
  t.equal(send(["debug", "sleep", "x"]), "+OK\r\n");
  t.ok(performance.now() - before < 5000);
});

t.test("DEBUG SET-ACTIVE-EXPIRE 0 keeps expired keys until they are asked for", async (t) => {
  const { core, send } = testCore({ "enable-debug-command": "yes" });
  const db = core.database(0);
  send(["debug", "set-active-expire", "0"]);
  db.setExpiry(db.setStringValue("key", "value"), Date.now() - 1);
  core.cron();
  t.equal(db.size, 1);
  send(["debug", "set-active-expire", "1"]);
  core.cron();
  t.equal(db.size, 0);
});

t.test("DEBUG OBJECT, LOG, ERROR, POPULATE, STRINGMATCH-LEN, CHANGE-REPL-ID", async (t) => {
  const { core, send, logged } = testCore({ "enable-debug-command": "yes" });
  core.database(0).setStringValue("key", "12");
  t.match(
    send(["debug", "object", "key"]),
    /^\+Value at:0x0 refcount:1 encoding:int serializedlength:\d+ lru:\d+ lru_seconds_idle:0\r\n$/,
  );
  send(["debug", "log", "hello"]);
  t.same(logged, ["DEBUG LOG: hello"]);
  t.equal(send(["debug", "error", "MY error\r\n+OK"]), "-MY error  +OK\r\n");
  t.equal(send(["debug", "populate", "3", "p", "10"]), "+OK\r\n");
  t.equal(core.database(0).size, 4);
  t.equal(send(["get", "p:2"]), "$10\r\nvalue:2\0\0\0\r\n");
  t.equal(send(["debug", "stringmatch-len", "100000", "*a*a*a*b"]), ":0\r\n");
  t.equal(send(["debug", "stringmatch-len", "10", "x*"]), ":1\r\n");
  const { replicationId } = core.identity;
  send(["debug", "change-repl-id"]);
  t.not(core.identity.replicationId, replicationId);
});

const TYPES = [
  "string",
  "integer",
  "double",
  "bignum",
  "null",
  "array",
  "set",
  "map",
  "attrib",
  "push",
  "verbatim",
  "true",
  "false",
  "nosuch",
  "constructor",
];

t.test("DEBUG PROTOCOL push comes before the reply", async (t) => {
  const { send } = testCore({ "enable-debug-command": "yes" });
  send(["hello", "3"]);
  t.equal(
    send(["debug", "protocol", "push"]),
    ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n" +
      "$40\r\nSome real reply following the push reply\r\n",
  );
});

t.test("the real server answers the same", async (t) => {
  // No slow log: on a busy machine anything may take 10 ms.
  const referee = await startReferee(t, "--slowlog-log-slower-than", "-1");
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const ours = testCore({ "enable-debug-command": "yes", "slowlog-log-slower-than": -1 });
  // biome-ignore format: a list of commands reads better in lines
  await sameReplies(t, referee, ours, [
    "time x", "role", "role x", "lastsave x", "lolwut version x", "monitor x",
    "shutdown x", "shutdown save nosave", "shutdown abort", "shutdown abort now",
    "slowlog", "slowlog nosuch", "slowlog get", "slowlog get -1", "slowlog get -2",
    "slowlog get x", "slowlog get 1 2", "slowlog len", "slowlog len x", "slowlog reset",
    "latency", "latency nosuch", "latency latest", "latency latest x", "latency history",
    "latency history x", "latency graph x", "latency graph", "latency reset", "latency reset x",
    "latency histogram nosuch", "memory", "memory nosuch", "memory usage", "memory usage k",
    "memory usage k samples", "memory usage k samples -1", "memory usage k samples x",
    "memory usage k x 1", "memory purge", "memory purge x", "memory doctor x", "memory stats x",
    "debug", "debug nosuch", "debug object", "debug object k", "debug object a b", "debug jmap x",
    "debug sleep", "debug sleep 0", "debug sleep x", "debug set-active-expire",
    "debug set-active-expire 1", "debug set-active-expire 1 2", "debug error", "debug error 'X y'",
    "debug log", "debug log x", "debug change-repl-id", "debug change-repl-id x",
    "debug quicklist-packed-threshold", "debug quicklist-packed-threshold x",
    "debug quicklist-packed-threshold 1", "debug quicklist-packed-threshold 5gb",
    "debug quicklist-packed-threshold 100b", "debug quicklist-packed-threshold 0",
    "debug listpack k", "debug quicklist k", "debug pause-cron 0", "debug replybuffer resizing 1",
    "debug populate", "debug populate x", "debug populate -1", "debug populate 2", "get key:1",
    "debug populate 2 p 9", "get p:1", "debug protocol", "debug reload", "flushall",
    ...TYPES.map((type) => `debug protocol ${type}`),
  ]);
  ours.send(["hello", "3"]);
  await referee.send("hello 3");
  // The referee takes what is pushed for a reply of its own.
  const protocols = TYPES.filter((type) => type !== "push").map((type) => `debug protocol ${type}`);
  await sameReplies(t, referee, ours, [...protocols, "latency histogram nosuch", "slowlog get"]);
});

t.test("the cron says when more keys have expired than there was time for", async (t) => {
  const { core } = testCore();
  const db = core.database(0);
  for (let i = 0; i < 50_000; i++) db.setExpiry(db.setStringValue(`key:${i}`, "v"), Date.now() - 1);
  t.equal(core.cron(), true);
  t.ok(db.size > 0);
  for (let cycles = 0; core.expireMore() && cycles < 50_000; cycles++);
  t.ok(db.size < 50, `${db.size} are left for the next time`);
  t.equal(core.cron(), false);
});
