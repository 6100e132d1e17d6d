/** Client-side caching: who is told that what it has read has changed, and how. */

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { startReferee } from "../helpers/referee.ts";
import { type Scenario, sameScenarios } from "../helpers/scenario.ts";

const INVALID_KEY = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nkey\r\n";

t.test("who has read a key is told once that it changed", (t) => {
  const { connect, core, send } = testCore();
  const reader = connect();
  send(["hello", "3"], reader);
  t.equal(send(["client", "tracking", "on"], reader), "+OK\r\n");
  send(["get", "key"], reader);
  t.match(send(["info"]), /tracking_clients:1\r\n(?:.*\r\n)*tracking_total_keys:1\r\n/);
  send(["set", "key", "1"]);
  t.equal(reader.take(), INVALID_KEY);
  send(["set", "key", "2"]);
  t.equal(reader.take(), "");
  core.disconnected(reader);
  t.equal(core.database(0).isObserved, false, "nobody listens any longer");
  t.end();
});

t.test("keys that expire or are evicted", async (t) => {
  const { connect, core, send } = testCore();
  const reader = connect();
  send(["hello", "3"], reader);
  send(["client", "tracking", "on"], reader);
  send(["set", "key", "1", "px", "300"]);
  send(["get", "key"], reader);
  reader.take();
  await sleep(400);
  core.cron();
  t.equal(reader.take(), INVALID_KEY);
  for (let i = 0; i < 200; i++) send(["set", `key:${i}`, "x".repeat(10_000)]);
  for (let i = 0; i < 200; i++) send(["get", `key:${i}`], reader);
  reader.take();
  send(["config", "set", "maxmemory", "1mb", "maxmemory-policy", "allkeys-random"]);
  send(["set", "other", "1"]);
  t.match(reader.take(), /^>2\r\n\$10\r\ninvalidate\r\n\*1\r\n\$\d+\r\nkey:\d+\r\n/);
});

t.test("the table has a limit", (t) => {
  const { connect, core, send } = testCore();
  const reader = connect();
  send(["hello", "3"], reader);
  send(["client", "tracking", "on"], reader);
  send(["config", "set", "tracking-table-max-keys", "2"]);
  send(["get", "key"], reader);
  t.equal(send(["mget", "b", "c"], reader), `*2\r\n_\r\n_\r\n${INVALID_KEY}`);
  t.equal(core.tracking.keys, 2);
  t.end();
});

t.test("keys nobody can be told of any longer", (t) => {
  const { connect, core, send } = testCore();
  const [reader, target] = [connect(), connect()];
  send(["hello", "3"], reader);
  send(["hello", "3"], target);
  send(["client", "tracking", "on", "redirect", String(target.id)], reader);
  send(["get", "key"], reader);
  target.close();
  core.disconnected(target);
  send(["set", "key", "1"]);
  t.equal(reader.take(), `>2\r\n$21\r\ntracking-redir-broken\r\n:${target.id}\r\n`);
  t.equal(send(["client", "getredir"], reader), `:${target.id}\r\n`);
  t.equal(
    send(["client", "trackinginfo"], reader),
    "%3\r\n$5\r\nflags\r\n~2\r\n$2\r\non\r\n$15\r\nbroken_redirect\r\n" +
      `$8\r\nredirect\r\n:${target.id}\r\n$8\r\nprefixes\r\n*0\r\n`,
  );
  t.match(send(["client", "list"]), /flags=tR .* redir=\d+ /);
  t.end();
});

const SCENARIOS: Record<string, Scenario> = {
  "what counts as reading": [
    "a client tracking on",
    "b mset k 1 j 2 i 3",
    "b rpush l 1 2",
    "a get k",
    "a mget j none",
    "a lrange l 0 -1",
    "a exists i",
    "a get l",
    "b set k 2",
    "b set k 3",
    "b incr j",
    "b rpop l",
    "b del l i",
    "b set none 1",
    "a set own 1",
    "a get own",
    "a set own 2",
    "a set own 3",
    "a sintercard 2 s1 s2",
    "b sadd s2 x",
    "a strlen k",
    "b rename k kk",
    "b expire j 100",
    "a get j",
    "b expire j 200",
    "a get j",
    "b persist j",
    "a ttl j",
    "b append j x",
  ],
  noloop: [
    "a client tracking on noloop",
    "a get k",
    "a set k 1",
    "b set k 2",
    "a get k",
    "b set k 3",
    "a client trackinginfo",
  ],
  optin: [
    "a client tracking on optin",
    "a get k",
    "b set k 1",
    "a client caching yes",
    "a client trackinginfo",
    "a get k",
    "a get j",
    "a client trackinginfo",
    "b mset k 2 j 2",
    "a client caching no",
    "a client caching yes",
    "a multi",
    "a get k",
    "a get j",
    "a exec",
    "b mset k 3 j 3",
    "a get k",
    "b set k 1",
  ],
  optout: [
    "a client tracking on optout",
    "a get k",
    "b set k 1",
    "a client caching no",
    "a client trackinginfo",
    "a get k",
    "b set k 2",
    "a client caching yes",
    "a get k",
    "b set k 2",
  ],
  bcast: [
    "a client tracking on bcast prefix user: prefix item:",
    "c client tracking on bcast",
    "a client trackinginfo",
    "c client trackinginfo",
    "b set user:1 x",
    "b set other x",
    "b mset user:3 1 item:1 2 user:2 3",
    "b del user:1",
    "a set user:9 1",
    "a client tracking on bcast prefix more:",
    "a client trackinginfo",
    "b set more:1 1",
    "a client tracking off",
    "b set user:1 x",
    "a client trackinginfo",
  ],
  "bcast and noloop": [
    "a client tracking on bcast noloop",
    "a set k 1",
    "b set k 2",
    "a multi",
    "a set k 3",
    "a set j 4",
    "a exec",
  ],
  "redirection to a subscriber": [
    "b subscribe __redis__:invalidate",
    "a client tracking on redirect $b",
    "a get k",
    "c set k 1",
    "a get k",
    "a set k 2",
    "c flushall",
    "a client tracking off",
    "a client getredir",
  ],
  "redirection to one who can't listen": [
    "a client tracking on redirect $b",
    "a get k",
    "c set k 1",
    "a client tracking on",
    "a get k",
    "c set k 1",
    "c flushdb",
  ],
  "bcast by redirection": [
    "b subscribe __redis__:invalidate",
    "a client tracking on bcast redirect $b prefix p",
    "c mset p1 1 p2 2 q 3",
  ],
  flush: [
    "a client tracking on",
    "b client tracking on bcast",
    "a get k",
    "c flushall",
    "c set k 1",
    "c flushdb",
    "a flushall",
    "a get k",
    "c select 1",
    "c flushdb",
    "c set k 1",
  ],
  "in a transaction": [
    "a client tracking on",
    "a get k",
    "a multi",
    "a get j",
    "a set k 1",
    "a get k",
    "a exec",
    "b mset k 1 j 1",
  ],
  "clients that wait": [
    "a client tracking on",
    "b blpop l 0",
    "a llen l",
    "c rpush l 1",
    "a llen l",
    "c rpush l 1",
    "c lpop l",
  ],
  "expired keys": ["a client tracking on", "b set k 1 px 400", "a get k", "sleep 900", "b get k"],
  reset: ["a client tracking on", "a get k", "a reset", "b set k 1", "a client trackinginfo"],
  errors: [
    "a client caching yes",
    "a client tracking",
    "a client tracking x",
    "a client tracking on x",
    "a client tracking on redirect",
    "a client tracking on redirect x",
    "a client tracking on redirect 123456",
    "a client tracking on redirect $b redirect $b",
    "a client tracking on prefix a",
    "a client tracking on bcast optin",
    "a client tracking on optin optout",
    "a client tracking on bcast prefix ab prefix a",
    "a client tracking on bcast prefix ab prefix c",
    "a client tracking on bcast prefix abc",
    "a client tracking on",
    "a client caching yes",
    "a client caching x",
    "a client tracking off",
    "a client tracking off",
    "a client tracking on optin",
    "a client tracking on optout",
    "a client tracking on",
    "a client trackinginfo",
    "a client caching no",
    "a client getredir x",
    "b ping",
  ],
};

t.test("as Redis does", async (t) => {
  await sameScenarios(t, await startReferee(t), SCENARIOS);
});
