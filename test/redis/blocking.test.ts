/** Blocking commands: who is served when, with what, and how a wait ends otherwise. */

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { encodeRequest, testCore } from "../helpers/core-session.ts";
import { withServer } from "../helpers/redis-server.ts";
import { requestWords, startReferee } from "../helpers/referee.ts";
import { type Scenario, sameScenarios } from "../helpers/scenario.ts";

t.test("a push serves who waits, and what it sent meanwhile runs then", (t) => {
  const { connect, core, send, session } = testCore();
  const other = connect();
  t.equal(send(["blpop", "none", "key", "0"]), "", "it waits");
  t.equal(send(["set", "later", "1"]), "", "what is behind it waits, too");
  t.equal(send(["get", "later"], other), "$-1\r\n");
  t.equal(core.blocking.size, 1);
  t.equal(send(["rpush", "key", "a", "b"], other), ":2\r\n");
  t.equal(session.take(), "*2\r\n$3\r\nkey\r\n$1\r\na\r\n+OK\r\n");
  t.equal(core.blocking.size, 0);
  t.equal(send(["get", "later"], other), "$1\r\n1\r\n");
  t.equal(send(["lrange", "key", "0", "-1"], other), "*1\r\n$1\r\nb\r\n");
  t.end();
});

t.test("a client that is gone takes nothing", (t) => {
  const { connect, core, send } = testCore();
  const [first, second] = [connect(), connect()];
  send(["blpop", "key", "0"], first);
  send(["blpop", "key", "0"], second);
  first.close();
  send(["rpush", "key", "a"]);
  t.equal(first.take(), "");
  t.equal(second.take(), "*2\r\n$3\r\nkey\r\n$1\r\na\r\n");
  core.disconnected(first);
  t.equal(core.blocking.size, 0);
  t.equal(core.database(0).objectObserver, undefined, "nobody looks for a key any longer");
  t.end();
});

t.test("CLIENT LIST, INFO and CLIENT REPLY know who waits", (t) => {
  const { connect, send } = testCore();
  const waiter = connect();
  send(["client", "reply", "off"], waiter);
  send(["blpop", "key", "100"], waiter);
  t.match(send(["client", "list"]), / flags=b .* cmd=blpop /);
  t.match(send(["info", "clients"]), /blocked_clients:1\r\n.*\r\nclients_in_timeout_table:1\r\n/);
  t.equal(send(["rpush", "key", "a"]), ":1\r\n");
  t.equal(waiter.take(), "", "its replies are off");
  t.equal(send(["exists", "key"]), ":0\r\n");
  t.match(send(["info", "clients"]), /blocked_clients:0\r\n.*\r\nclients_in_timeout_table:0\r\n/);
  t.end();
});

t.test("a thousand clients wait, and each element serves one", (t) => {
  const { connect, core, send } = testCore();
  const waiters = Array.from({ length: 1000 }, () => connect());
  for (const waiter of waiters) send(["blpop", "key", "other", "0"], waiter);
  t.equal(core.blocking.size, 1000);
  send(["rpush", "key", ...Array.from({ length: 999 }, (_, i) => `${i}`)]);
  const served = waiters.map((waiter) => waiter.take());
  t.equal(served[0], "*2\r\n$3\r\nkey\r\n$1\r\n0\r\n");
  t.equal(served[998], "*2\r\n$3\r\nkey\r\n$3\r\n998\r\n");
  t.equal(served[999], "");
  t.equal(core.blocking.size, 1);
  t.equal(send(["client", "unblock", String(waiters[999]?.id), "error"]), ":1\r\n");
  t.equal(core.database(0).isObserved, false, "nobody waits any longer");
  t.end();
});

t.test("WAITAOF, which is newer than 7.0", async (t) => {
  const { send, session } = testCore();
  t.equal(send(["waitaof", "0", "0", "0"]), "*2\r\n:0\r\n:0\r\n");
  t.match(send(["waitaof", "1", "0", "0"]), /^-ERR WAITAOF cannot be used when numlocal is set/);
  t.match(send(["waitaof", "2", "0", "0"]), /^-ERR value is out of range, value must between/);
  t.match(send(["waitaof", "0", "-1", "0"]), /^-ERR value is out of range, must be positive/);
  t.equal(send(["waitaof", "0", "x", "0"]), "-ERR value is out of range, must be positive\r\n");
  t.equal(send(["waitaof", "0", "1", "-1"]), "-ERR timeout is negative\r\n");
  t.equal(send(["waitaof", "0", "1", "50"]), "");
  while (session.pushed === "") await sleep(10);
  t.equal(session.take(), "*2\r\n:0\r\n:0\r\n");
});

t.test("SWAPDB brings a key to those who wait", (t) => {
  const { connect, send } = testCore();
  const waiter = connect();
  send(["blpop", "key", "0"], waiter);
  send(["select", "1"]);
  send(["rpush", "key", "a"]);
  t.equal(waiter.take(), "", "it waits in another database");
  send(["swapdb", "0", "1"]);
  t.equal(waiter.take(), "*2\r\n$3\r\nkey\r\n$1\r\na\r\n");
  t.end();
});

withServer("over sockets: served, timed out, gone, shut down", [], async (t, server) => {
  const [waiter, gone, pusher] = await Promise.all([1, 2, 3].map(() => server.connect()));
  if (waiter === undefined || gone === undefined || pusher === undefined) return;
  gone.write(request("blpop k 0"));
  await pusher.send(request("ping"));
  while (!(await pusher.send(request("info clients"))).includes("blocked_clients:1\r"));
  waiter.write(request("blpop k 0") + request("ping after"));
  while (!(await pusher.send(request("info clients"))).includes("blocked_clients:2\r"));
  gone.destroy();
  while (!(await pusher.send(request("info clients"))).includes("blocked_clients:1\r"));
  t.equal(await pusher.send(request("rpush k one two")), ":2\r\n");
  t.equal(await waiter.takeUntil("after\r\n"), "*2\r\n$1\r\nk\r\n$3\r\none\r\n$5\r\nafter\r\n");
  t.equal(await pusher.send(request("llen k")), ":1\r\n");
  t.equal(await waiter.send(request("brpop none 0.3")), "*-1\r\n");
  waiter.write(request("brpop none 0"));
});

function request(line: string): string {
  return encodeRequest(requestWords(line)).toString("latin1");
}

const SCENARIOS: Record<string, Scenario> = {
  "first come, first served": [
    "a blpop k 0",
    "b brpop k 0",
    "c blpop k 0",
    "d rpush k 1 2 3 4",
    "d lrange k 0 -1",
  ],
  "one push serves as many as there are elements": [
    "a blpop k 0",
    "b blpop k 0",
    "c lpush k 1",
    "c lpush k 2 3",
    "c exists k",
  ],
  "the key that became ready first": [
    "a blpop x y z 0",
    "b multi",
    "b rpush z 1",
    "b rpush x 2",
    "b exec",
    "b keys *",
  ],
  "one key named twice": ["a blpop k k 0", "b rpush k 1 2", "b llen k"],
  "an element is there already": [
    "a rpush k 1 2 3",
    "a blpop none k 0",
    "a brpop k 0.5",
    "a blmove k t left right 0",
    "a exists k",
    "a zadd z 1 a 2 b 3 c 4 d",
    "a bzpopmin none z 0",
    "a bzpopmax z 0",
    "a bzmpop 0 2 none z min",
    "a bzmpop 0 1 z max count 10",
    "a rpush k 1 2 3 4",
    "a blmpop 0 2 none k right",
    "a blmpop 0 1 k left count 2",
    "a brpoplpush k t 0",
  ],
  "within MULTI nobody waits": [
    "a multi",
    "a blpop k 0",
    "a brpop k 0",
    "a blmove k t left right 0",
    "a brpoplpush k t 0",
    "a blmpop 0 1 k left",
    "a bzpopmin k 0",
    "a bzpopmax k 0",
    "a bzmpop 0 1 k min",
    "a wait 1 0",
    "a exec",
    "a ping",
  ],
  "served when EXEC is over": [
    "a blpop k 0",
    "b multi",
    "b rpush k 1",
    "b lrange k 0 -1",
    "b del k",
    "b rpush k 2 3",
    "b exec",
    "b lrange k 0 -1",
  ],
  "a key that went again": [
    "a blpop k 0",
    "b multi",
    "b rpush k 1",
    "b del k",
    "b exec",
    "b rpush k 2",
  ],
  "a chain of moves": [
    "a blmove x y left right 0",
    "b blmove y z left right 0",
    "c blpop z 0",
    "d rpush x 1",
    "d keys *",
  ],
  "round in a circle": [
    "a blmove x x left right 0",
    "b brpoplpush x y 0",
    "c rpush x 1 2",
    "c lrange x 0 -1",
    "c lrange y 0 -1",
  ],
  "a target of a wrong type": [
    "a set y str",
    "a rpush l 1",
    "b blmove x y left right 0",
    "c blpop x 0",
    "a rpush x 1",
    "a blmove l y left right 0",
    "a exists x",
  ],
  "keys of a wrong type": [
    "a set s 1",
    "a zadd z 1 m",
    "a rpush l 1",
    "a blpop s 0",
    "a blpop none s 0",
    "a bzpopmin l 0",
    "a blpop l s 0",
    "a blmpop 0 2 s none left",
    "a bzmpop 0 1 s min",
    "a brpoplpush s l 0",
    "b blpop k 0",
    "a set k 1",
    "a del k",
    "a sadd k 1",
    "a del k",
    "a zadd k 1 m",
    "a del k",
    "a rpush k 1",
  ],
  "lists and sorted sets of one name": [
    "a blpop k 0",
    "b bzpopmin k 0",
    "c zadd k 1 m 2 n",
    "c del k",
    "c rpush k 1",
  ],
  "sorted sets": [
    "a bzpopmin k 0",
    "b bzpopmax k 0",
    "c bzmpop 0 2 j k max count 2",
    "d zadd k 1 a 2 b 3 c 4 d 5 e",
    "d zrange k 0 -1 withscores",
    "a bzpopmax j 0",
    "d zadd j 1.5 x",
    "a bzmpop 0 1 q min",
    "d zincrby q 3 y",
  ],
  "several elements for one": [
    "a blmpop 0 2 j k left count 3",
    "b blmpop 0 1 k right count 10",
    "c rpush k 1 2 3 4 5",
  ],
  "keys that come otherwise": [
    "a blpop k 0",
    "b rpush j 1",
    "b rename j k",
    "a blpop k 0",
    "b rpush j 2",
    "b copy j k",
    "a blpop k 0",
    "b select 3",
    "b rpush k 3",
    "b move k 0",
    "a blpop k 0",
    "b select 0",
    "b lmove j k left left",
    "b rpush n 2 1",
    "a blpop k 0",
    "b sort n store k",
    "b del k",
    "a bzpopmin k 0",
    "b zadd z 1 m",
    "b zunionstore k 1 z",
    "a bzpopmin k 0",
    "b zrangestore k z 0 -1",
  ],
  "flushed while it waits": ["a blpop k 0", "b flushall", "b rpush k 1", "b flushall"],
  "the time is over": [
    "a blpop k 0.3",
    "b blmove k t left right 0.3",
    "c brpoplpush k t 0.3",
    "d blmpop 0.3 1 k left",
    "e bzpopmin k 0.3",
    "f bzmpop 0.3 1 k min",
    "g wait 1 300",
    "a ping",
    "sleep 1000",
    "h rpush k 1",
    "h llen k",
  ],
  "wrong timeouts": [
    "a blpop k x",
    "a blpop k -1",
    "a blpop k 1e30",
    "a blpop k nan",
    'a blpop k ""',
    "a blpop k",
    "a brpop k 0x",
    "a blmove k t left right x",
    "a blmove k t x right x",
    "a brpoplpush k t -0.1",
    "a blmpop x 1 k left",
    "a blmpop 0 0 k left",
    "a blmpop 0 1 k x",
    "a blmpop 0 1 k left count 0",
    "a blmpop 0 2 k left",
    "a bzmpop 0 a k min",
    "a bzmpop -1 1 k min",
    "a bzmpop 0 1 k left",
    "a wait x 0",
    "a wait 1 x",
    "a wait 1 -1",
    "a wait 0 0",
    "a wait -1 100",
  ],
  "CLIENT UNBLOCK": [
    "a blpop k 0",
    "b client unblock $a",
    "a blpop k 0",
    "b client unblock $a timeout",
    "a blpop k 0",
    "b client unblock $a error",
    "a ping",
    "b client unblock $a",
    "b client unblock $b",
    "b client unblock 123456789",
    "b client unblock x",
    "b client unblock $a what",
    "a blmove k t left left 0",
    "b client unblock $a",
    "a wait 1 0",
    "b client unblock $a",
    "a wait 1 0",
    "b client unblock $a error",
    "a bzmpop 0 1 k min",
    "b client unblock $a",
  ],
  "a victim of CLIENT KILL": [
    "a blpop k 0",
    "b blpop k 0",
    "c client kill id $a",
    "c rpush k 1",
    "c llen k",
  ],
  "a pause while it waits": [
    "a blpop k 0",
    "b client pause 500 write",
    "c rpush k 1",
    "d ping",
    "sleep 1000",
    "d llen k",
    "a blpop k 0",
    "b client pause 600000 write",
    "b rpush k 2",
    "c client unpause",
    "d exists k",
  ],
  "watched keys": ["a watch t", "b blmove k t left left 0", "c rpush k 1", "a multi", "a exec"],
  "replies are off": ["a client reply skip", "a blpop k 0", "b rpush k 1", "a ping", "b llen k"],
  "what is behind a wait": [
    "a blpop k 0",
    "a ping one",
    "a blpop k 0",
    "a ping two",
    "b rpush k 1",
    "b rpush k 2",
    "b ping",
  ],
};

t.test("as Redis does", async (t) => {
  await sameScenarios(t, await startReferee(t), SCENARIOS);
});
