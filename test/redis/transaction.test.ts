/** MULTI, EXEC, DISCARD, WATCH and UNWATCH, by one client and by two. */

import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { encodeRequest, type TestCore, testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, type Referee, requestWords, startReferee } from "../helpers/referee.ts";

/** Lines for two clients: `a: multi`, `b: set k v`; `sleep` waits until `EXPIRY` is over. */
type Script = readonly string[];

/** Milliseconds: long enough that a busy machine sends the next request before it is over. */
const EXPIRY = 400;

/** Which number a connection has depends on the tests before. */
function withoutId(reply: string): string {
  return reply.replace(/(\r\nid\r\n):\d+/, "$1:0");
}

function of<T>(sessions: { a: T; b: T }, line: string): T {
  return line.startsWith("a") ? sessions.a : sessions.b;
}

async function runOurs(ours: TestCore, script: Script): Promise<string[]> {
  const sessions = { a: ours.connect(), b: ours.connect() };
  const replies: string[] = [];
  for (const line of script) {
    if (line === "sleep") await sleep(EXPIRY + 50);
    else replies.push(withoutId(ours.send(requestWords(line.slice(3)), of(sessions, line))));
  }
  return replies;
}

async function runReferee(t: Test, referee: Referee, script: Script): Promise<string[]> {
  const sessions = { a: await referee.connect(t), b: await referee.connect(t) };
  const replies: string[] = [];
  for (const line of script) {
    if (line === "sleep") await sleep(EXPIRY + 50);
    else replies.push(withoutId(await of(sessions, line).send(line.slice(3))));
  }
  return replies;
}

t.test("EXEC runs what was queued and answers all of it", (t) => {
  const { send } = testCore();
  t.equal(send(["multi"]), "+OK\r\n");
  t.equal(send(["set", "key", "1"]), "+QUEUED\r\n");
  t.equal(send(["incr", "key"]), "+QUEUED\r\n");
  t.equal(send(["lpush", "key", "x"]), "+QUEUED\r\n");
  t.equal(send(["get", "key"]), "+QUEUED\r\n");
  t.equal(
    send(["exec"]),
    "*4\r\n+OK\r\n:2\r\n" +
      "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n$1\r\n2\r\n",
  );
  t.equal(send(["exec"]), "-ERR EXEC without MULTI\r\n");
  t.end();
});

t.test("what is queued outlives the buffer it arrived in", (t) => {
  const { core, send, session } = testCore();
  send(["multi"]);
  const request = encodeRequest(["set", "key", "value"]);
  core.feed(session, request, 0, request.length);
  request.fill("x");
  send(["exec"]);
  t.equal(send(["get", "key"]), "$5\r\nvalue\r\n");
  t.end();
});

t.test("a change by another client, even to the same value, breaks a WATCH", (t) => {
  const { connect, send } = testCore();
  const other = connect();
  send(["set", "key", "value"]);
  send(["watch", "key"]);
  send(["set", "key", "value"], other);
  send(["multi"]);
  send(["set", "key", "mine"]);
  t.equal(send(["exec"]), "*-1\r\n");
  t.equal(send(["get", "key"]), "$5\r\nvalue\r\n");
  t.end();
});

t.test("a client that is gone watches nothing", (t) => {
  const { core, connect, send } = testCore();
  const other = connect();
  send(["watch", "a", "b"], other);
  t.ok(core.database(0).isObserved);
  core.disconnected(other);
  t.equal(core.database(0).isObserved, false);
  t.end();
});

t.test("MONITOR shows the requests of a transaction when they run", (t) => {
  const { connect, send } = testCore();
  const monitor = connect();
  send(["monitor"], monitor);
  for (const request of ["multi", "set a 1", "exec"]) send(request.split(" "));
  const names = [...monitor.pushed.matchAll(/\] "(\w+)"/g)].map((match) => match[1]);
  t.same(names, ["multi", "set", "exec"]);
  t.end();
});

t.test("CLIENT LIST shows how much is queued", (t) => {
  const { connect, send } = testCore();
  const other = connect();
  send(["multi"], other);
  send(["set", "key", "value"], other);
  const line = send(["client", "list", "id", other.id]);
  t.match(line, / flags=x /);
  t.match(line, / multi=1 /);
  t.match(line, / multi-mem=11 /);
  t.end();
});

const SCRIPTS: readonly Script[] = [
  ["a: exec", "a: discard", "a: multi", "a: multi", "a: exec", "a: multi x", "a: exec x"],
  ["a: multi", "a: nosuch", "a: set k v", "a: exec", "a: get k"],
  ["a: multi", "a: get", "a: exec", "a: exec"],
  ["a: multi", "a: exec x", "a: exec"],
  ["a: multi", "a: watch k", "a: set k v", "a: exec"],
  ["a: multi", "a: set k v", "a: discard", "a: get k", "a: discard"],
  ["a: multi", "a: select 3", "a: set k v", "a: exec", "a: get k", "a: select 0", "a: get k"],
  ["a: multi", "a: ping", "a: reset", "a: exec"],
  ["a: multi", "a: shutdown", "a: exec"],
  ["a: multi", "a: hello 3", "a: hgetall nosuch", "a: get nosuch", "a: exec", "a: hello 2"],
  ["a: hello 3", "a: watch k", "b: set k 1", "a: multi", "a: exec"],
  ["a: multi", "a: client getname", "a: unwatch", "a: object nosuch k", "a: exec"],
  ["a: multi", "a: flushall", "a: dbsize", "a: exec"],
  ["a: unwatch", "a: unwatch x", "a: watch", "a: multi", "a: unwatch", "a: exec"],
];

/** What breaks a WATCH on `k`, and what does not; the first part is what was there before. */
const CHANGES: readonly [before: Script, change: Script][] = [
  [[], ["b: set k v"]],
  [[], ["b: set other v"]],
  [[], ["b: del k"]],
  [["b: set k v"], ["b: get k"]],
  [["b: set k v"], ["b: del k"]],
  [["b: set k v"], ["b: append k x"]],
  [["b: set k v"], ["b: setrange k 0 ''"]],
  [["b: set k v"], ["b: set k v nx"]],
  [["b: set k 1"], ["b: incr k"]],
  [["b: set k v"], ["b: expire k 100"]],
  [["b: set k v"], ["b: persist k"]],
  [["b: set k v ex 100"], ["b: persist k"]],
  [["b: set k v"], ["b: rename k l"]],
  [["b: set l v"], ["b: rename l k"]],
  [["b: set l v"], ["b: copy l k"]],
  [["b: set k v"], ["b: copy k l"]],
  [["b: set k v"], ["b: move k 5", "b: select 5", "b: del k", "b: select 0"]],
  [["b: set k v"], ["b: getex k persist"]],
  [["b: set k v"], ["b: touch k", "b: object encoding k", "b: type k"]],
  [["b: rpush k a b"], ["b: lpop k"]],
  [["b: rpush k a b"], ["b: lpop k 2"]],
  [["b: rpush k a b"], ["b: lset k 0 a"]],
  [["b: rpush k a b"], ["b: lrem k 0 x"]],
  [["b: rpush k a b"], ["b: ltrim k 0 -1"]],
  [["b: rpush l a b"], ["b: lmove l k left right"]],
  [["b: sadd k a"], ["b: sadd k a"]],
  [["b: sadd k a"], ["b: sadd k b"]],
  [["b: sadd k a"], ["b: srem k x"]],
  [["b: sadd k a"], ["b: spop k"]],
  [["b: sadd l a"], ["b: sinterstore k l nosuch"]],
  [["b: sadd l a"], ["b: sunionstore k l"]],
  [["b: sadd k a"], ["b: sunionstore l k"]],
  [["b: sadd l a"], ["b: smove l k a"]],
  [["b: hset k f v"], ["b: hset k f v"]],
  [["b: hset k f v"], ["b: hdel k x"]],
  [["b: hset k f v"], ["b: hdel k f"]],
  [["b: hset k f v"], ["b: hsetnx k f w"]],
  [["b: hset k f 1"], ["b: hincrby k f 0"]],
  [["b: set k v"], ["b: flushall"]],
  [[], ["b: flushall"]],
  [["b: set k v"], ["b: flushdb"]],
  [["b: set k v"], ["b: swapdb 0 1", "b: swapdb 0 1"]],
  [[], ["b: swapdb 0 1", "b: swapdb 0 1"]],
  [[`b: set k v px ${EXPIRY}`], ["sleep"]],
  [[`b: set k v px ${EXPIRY}`, "sleep"], ["b: get k"]],
  [
    ["b: select 1", "b: set k v"],
    ["b: set k w", "b: select 0"],
  ],
];

t.test("the real server answers the same", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const ours = testCore();
  const whole = CHANGES.map(([before, change]) => {
    return [...before, "a: watch k", ...change, "a: multi", "a: echo unbroken", "a: exec"];
  });
  for (const script of [...SCRIPTS, ...whole]) {
    const clean = ["b: flushall", ...script, "b: flushall"];
    const expected = await runReferee(t, referee, clean);
    t.strictSame(await runOurs(ours, clean), expected, script.join("; "));
  }
});
