/** The clock of a turn, and which commands are timed: examples/redis/{clock,timing}.ts. */

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { Clock } from "../../examples/redis/clock.ts";
import { encodeRequest, testCore } from "../helpers/core-session.ts";

t.test("a transport with turns reads the clock once per turn", async (t) => {
  const clock = new Clock();
  clock.hasTurns = true;
  clock.read();
  t.ok(clock.isFresh);
  t.ok(Math.abs(clock.now - Date.now()) <= 50, "it is the time of day");
  t.ok(Number.isInteger(clock.now));
  const before = clock.now;
  clock.endTurn();
  t.notOk(clock.isFresh);
  await sleep(5);
  clock.read();
  t.ok(clock.now > before);
});

t.test("without turns no reading serves twice", async (t) => {
  const clock = new Clock();
  clock.read();
  t.notOk(clock.isFresh);
});

t.test("a command that took long makes the clock go on within its batch", async (t) => {
  const { core, session } = testCore({ "enable-debug-command": "yes" });
  const requests = [
    ["set", "key", "value", "px", "20"],
    ["debug", "sleep", "0.05"],
    ["get", "key"],
  ];
  const bytes = Buffer.concat(requests.map((words) => encodeRequest(words)));
  core.feed(session, bytes, 0, bytes.length);
  const replies = core.reply.buffer.toString("latin1", 0, core.reply.length);
  t.equal(replies, "+OK\r\n+OK\r\n$-1\r\n");
});

t.test("the slow log has what is slow by its work", async (t) => {
  const { send } = testCore({ "enable-debug-command": "yes", "slowlog-log-slower-than": 20_000 });
  send(["debug", "sleep", "0.03"]);
  t.match(send(["slowlog", "get", "1"]), /\$5\r\ndebug\r\n\$5\r\nsleep\r\n/);
});

t.test("below a millisecond the slow log has every command", async (t) => {
  const { send } = testCore({ "slowlog-log-slower-than": 0, "slowlog-max-len": 500 });
  for (let i = 0; i < 100; i++) send(["get", "key"]);
  t.equal(send(["slowlog", "len"]), ":100\r\n");
});

t.test("of brief commands a sample is timed and stands for all", async (t) => {
  const { core, send } = testCore();
  for (let i = 0; i < 1000; i++) send(["get", "key"]);
  const get = core.table.byName("get");
  t.equal(get?.calls, 1000);
  t.ok(get !== undefined && get.microseconds > 0);
  get?.resetStats();
  t.equal(get?.microseconds, 0);
  send(["get", "key"]);
  t.ok(get !== undefined && get.microseconds > 0, "the first call is timed");
});

t.test("one timed call stands for those since the one before", async (t) => {
  const get = testCore().core.table.byName("get");
  if (get === undefined) throw new Error("GET is gone");
  get.calls = 1;
  get.addTime(5);
  t.equal(get.microseconds, 5);
  get.calls = 65;
  get.addTime(2);
  t.equal(get.microseconds, 5 + 64 * 2);
});
