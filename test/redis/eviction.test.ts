/** maxmemory and its eight policies. */

import t from "tap";
import type { Settings } from "../../examples/redis/config.ts";
import { type TestCore, testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, sameReplies, startReferee } from "../helpers/referee.ts";

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
const VALUE = "x".repeat(1000);
const LIMIT = 2_000_000;

function limited(policy: Settings["maxmemory-policy"], more: Partial<Settings> = {}): TestCore {
  return testCore({ maxmemory: LIMIT, "maxmemory-policy": policy, ...more } as Partial<Settings>);
}

function used({ core }: TestCore): number {
  return core.databases.reduce((sum, db) => sum + db.bytes, 0);
}

function exists({ send }: TestCore, key: string): boolean {
  return send(["exists", key]) === ":1\r\n";
}

t.test("noeviction refuses what needs memory, and nothing else", (t) => {
  const ours = limited("noeviction");
  const { send } = ours;
  let keys = 0;
  while (send(["set", `key:${keys}`, VALUE]) === "+OK\r\n") keys++;
  t.ok(keys > 1000 && keys < 2000, `${keys} keys fit`);
  t.equal(send(["set", "one", "more"]), OOM);
  t.equal(send(["lpush", "list", "x"]), OOM);
  t.equal(send(["get", "key:0"]), `$1000\r\n${VALUE}\r\n`);
  t.equal(send(["expire", "key:0", "100"]), ":1\r\n");
  t.equal(ours.core.stats.evictedKeys, 0);
  for (let i = 0; i < 10; i++) t.equal(send(["del", `key:${i}`]), ":1\r\n");
  t.equal(send(["set", "one", "more"]), "+OK\r\n");
  t.end();
});

t.test("a transaction that needs memory is refused, and may be ended", (t) => {
  const { send } = limited("noeviction");
  send(["multi"]);
  t.equal(send(["set", "queued", "before"]), "+QUEUED\r\n");
  const other = testCore();
  t.ok(other);
  send(["exec"]);
  while (send(["set", `key:${Math.random()}`, VALUE]) === "+OK\r\n");
  send(["multi"]);
  t.equal(send(["get", "k"]), OOM);
  t.match(send(["exec"]), /^-EXECABORT/);
  send(["multi"]);
  t.equal(send(["discard"]), "+OK\r\n");
  t.end();
});

for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"] as const) {
  t.test(`${policy} keeps within the limit, and takes keys of all kinds`, (t) => {
    const ours = limited(policy);
    for (let i = 0; i < 3000; i++) {
      t.equal(ours.send(["set", `key:${i}`, VALUE]), "+OK\r\n");
      if (i % 10 === 0) ours.send(["rpush", `list:${i}`, VALUE]);
    }
    t.ok(used(ours) <= LIMIT + 5000, `${used(ours)} bytes`);
    t.ok(ours.core.stats.evictedKeys > 1000);
    t.match(ours.send(["info", "stats"]), `evicted_keys:${ours.core.stats.evictedKeys}`);
    t.end();
  });
}

for (const policy of ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"] as const) {
  t.test(`${policy} takes only keys that have an expiry`, (t) => {
    const ours = limited(policy);
    for (let i = 0; i < 500; i++) ours.send(["set", `stay:${i}`, VALUE]);
    for (let i = 0; i < 3000; i++) {
      t.equal(ours.send(["set", `go:${i}`, VALUE, "ex", 1000 + i]), "+OK\r\n");
    }
    t.ok(used(ours) <= LIMIT + 5000);
    let kept = 0;
    for (let i = 0; i < 500; i++) if (exists(ours, `stay:${i}`)) kept++;
    t.equal(kept, 500);
    while (ours.send(["set", `more:${Math.random()}`, VALUE]) === "+OK\r\n");
    t.equal(ours.core.database(0).volatileSize, 0, "then none is left to take");
    t.end();
  });
}

/** How many of 200 keys that were favoured outlive 3000 others. */
function survivors(ours: TestCore, favour: (key: string) => void): number {
  const { core, send } = ours;
  for (let i = 0; i < 200; i++) send(["set", `favourite:${i}`, VALUE, "ex", 100_000]);
  for (let i = 0; i < 3000; i++) {
    core.clock.now += 20;
    favour(`favourite:${i % 200}`);
    send(["set", `other:${i}`, VALUE, "ex", 1000]);
  }
  let kept = 0;
  for (let i = 0; i < 200; i++) if (exists(ours, `favourite:${i}`)) kept++;
  return kept;
}

t.test("the recently used, the often used, the long to live outlive the others", (t) => {
  const clocked = (policy: Settings["maxmemory-policy"]) => {
    const ours = limited(policy, { "maxmemory-samples": 10, "lfu-log-factor": 0 });
    // The clock of the test moves by itself.
    ours.core.clock.hasTurns = true;
    ours.core.clock.isFresh = true;
    return ours;
  };
  const lru = clocked("allkeys-lru");
  const recent = survivors(lru, (key) => lru.send(["get", key]));
  t.ok(recent > 180, `lru kept ${recent} of 200`);
  const lfu = clocked("allkeys-lfu");
  const often = survivors(lfu, (key) => lfu.send(["get", key]));
  t.ok(often > 180, `lfu kept ${often} of 200`);
  const ttl = clocked("volatile-ttl");
  const long = survivors(ttl, () => {});
  t.ok(long > 180, `ttl kept ${long} of 200`);
  t.end();
});

t.test("all databases give keys", (t) => {
  const ours = limited("allkeys-lru");
  for (let i = 0; i < 3000; i++) {
    ours.send(["select", i % 3]);
    ours.send(["set", `key:${i}`, VALUE]);
  }
  const sizes = [0, 1, 2].map((i) => ours.core.database(i).size);
  t.ok(
    sizes.every((size) => size > 200 && size < 900),
    `${sizes}`,
  );
  t.end();
});

t.test("CONFIG SET maxmemory works at once", (t) => {
  const ours = testCore();
  for (let i = 0; i < 1000; i++) ours.send(["set", `key:${i}`, VALUE]);
  ours.send(["config", "set", "maxmemory-policy", "allkeys-random"]);
  ours.send(["config", "set", "maxmemory-eviction-tenacity", "100"]);
  ours.send(["config", "set", "maxmemory", "500kb"]);
  ours.send(["get", "nosuch"]);
  t.ok(used(ours) <= 512_000, `${used(ours)}`);
  t.match(ours.send(["info", "memory"]), "maxmemory_human:500.00K");
  t.end();
});

t.test("OBJECT FREQ counts under an LFU policy, from the time it was chosen", (t) => {
  const { core, send } = testCore({ "maxmemory-policy": "allkeys-lfu", "lfu-log-factor": 0 });
  send(["set", "key", "value"]);
  t.equal(send(["object", "freq", "key"]), ":5\r\n");
  for (let i = 0; i < 10; i++) send(["get", "key"]);
  t.equal(send(["object", "freq", "key"]), ":15\r\n");
  t.match(send(["object", "idletime", "key"]), /^-ERR An LFU maxmemory policy is selected/);
  t.ok(core);
  t.end();
});

t.test("CLIENT NO-TOUCH leaves no trace", (t) => {
  const { send } = testCore({ "maxmemory-policy": "allkeys-lfu", "lfu-log-factor": 0 });
  send(["set", "key", "value"]);
  send(["client", "no-touch", "on"]);
  for (let i = 0; i < 10; i++) send(["get", "key"]);
  t.equal(send(["object", "freq", "key"]), ":5\r\n");
  send(["client", "no-touch", "off"]);
  send(["get", "key"]);
  t.equal(send(["object", "freq", "key"]), ":6\r\n");
  t.end();
});

t.test("the real server answers the same", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  await sameReplies(t, referee, testCore(), [
    "object freq k",
    "set k v",
    "object freq k",
    "object idletime k",
    "config set maxmemory-policy allkeys-lfu",
    "set j v",
    "object freq j",
    "object idletime j",
    "config set maxmemory-policy nosuch",
    "config set maxmemory 1",
    "config set maxmemory-policy noeviction",
    "set k v",
    "lpush l x",
    "get k",
    "multi",
    "set a b",
    "exec",
    "incr n",
    "expire k 100",
    "del k",
    "config set maxmemory 0",
    "set k v",
  ]);
});
