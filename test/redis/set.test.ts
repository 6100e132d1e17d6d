// Sets: the exact bytes of their replies, ours and the referee's.

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { type Request, sameEdits, sameScripts } from "../helpers/referee.ts";

// Sets of integers have an order of their own in Redis; of others, only what needs none is
// compared.

// biome-ignore format: a script is read line by line
const MEMBERS: readonly Request[] = [
  "sadd s 3 1 2 3", "sadd s 1", "smembers s", "scard s", "sismember s 1", "sismember s 9",
  "smismember s 1 9 2", "srem s 1 9", "smembers s", "srem s 2 3", "exists s", "srem none a",
  "scard none", "smembers none", "sismember none a", "smismember none a b", "sadd s", "srem s",
  "smismember s", "sadd w a", "smembers w", "type w", "object encoding w", "sadd i 1 2",
  "object encoding i", "sadd i x", "object encoding i", "srem i x", "object encoding i",
  "sadd big 9223372036854775807 -9223372036854775808 0", "smembers big", "object encoding big",
  "sadd big 9223372036854775808", "object encoding big", "sadd z 01", "object encoding z",
  "set str v", "sadd str a", "srem str a", "smembers str", "scard str", "sismember str a",
  "smismember str a", ["sadd", "bin", Buffer.from([0, 255, 13, 10])], "smembers bin", "sadd e \"\"",
  "smembers e",
  "sscan none 0 foo", "sscan none 0 count 0",
];

// biome-ignore format: a script is read line by line
const TAKING: readonly Request[] = [
  "spop none", "spop none 3", "spop none 0", "srandmember none", "srandmember none 3",
  "srandmember none -3", "sadd s 1", "srandmember s", "srandmember s 5", "srandmember s -3",
  "srandmember s 0", "srandmember s x", "srandmember s 1 2", "spop s 0", "spop s -1", "spop s x",
  "spop s 1 2", "spop s", "exists s", "sadd s 1 2 3", "srandmember s 10", "spop s 10", "exists s",
  "sadd s a", "spop s 1", "set str v", "spop str", "spop str 1", "srandmember str", "sadd a 1 2",
  "smove a b 1", "smove a b 9", "smembers a", "smembers b", "smove a b 2", "exists a",
  "smove a b 1", "smove b b 1", "smove b b 9", "smove b str 1", "smove str b 1", "smove none str 1",
  "smove b", "smembers b",
];

// biome-ignore format: a script is read line by line
const ALGEBRA: readonly Request[] = [
  "sadd a 1 2 3 4 5", "sadd b 4 5 6", "sadd c 5 6 7", "sinter a b", "sinter a b c", "sinter a",
  "sinter a none", "sunion a b c", "sunion a none", "sunion none", "sdiff a b c", "sdiff a a",
  "sdiff a none", "sdiff none a", "sinterstore d a b", "smembers d", "sunionstore d a b c",
  "smembers d", "sdiffstore d a b", "smembers d", "sdiffstore d a a", "exists d",
  "sinterstore a a b", "smembers a", "set str v", "sinterstore str a b", "type str", "set str v",
  "sinter a str", "sunion str a", "sdiff a str", "sunionstore d a str", "sinter none str",
  "sinter str none", "sintercard 2 a b", "sintercard 2 a b limit 1", "sintercard 2 a b limit 0",
  "sintercard 0 a", "sintercard x a", "sintercard 3 a b", "sintercard 2 a b limit -1",
  "sintercard 2 a b limit x", "sintercard 2 a b foo 1", "sintercard 2 a b limit",
  "sintercard 1 none", "sintercard 1 a b", "sinter", "sunionstore d", "sscan a 0",
  "sscan a 0 match 4", "sscan a 0 count 1", "sscan a x", "sscan none 0", "sscan str 0",
  "sscan a 0 foo", "sscan a", "sscan a 0 count 0",
];

t.test("the referee answers the same", (t) => sameScripts(t, { MEMBERS, TAKING, ALGEBRA }));

t.test("random edits of sets of integers give the same sets", async (t) => {
  const random = new Random(13);
  const key = () => random.pick(["a", "b", "c"]);
  const member = () => random.below(20) - 10;
  const forms: (() => Request)[] = [
    () => ["sadd", key(), member(), member()],
    () => ["srem", key(), member(), member()],
    () => ["smove", key(), key(), member()],
    () => [random.pick(["sinter", "sunion", "sdiff"]), key(), key()],
    () => [random.pick(["sinterstore", "sunionstore", "sdiffstore"]), key(), key(), key()],
    () => ["smembers", key()],
    () => ["sintercard", 2, key(), key(), "limit", random.below(3)],
  ];
  const requests = Array.from({ length: 3000 }, () => random.pick(forms)());
  await sameEdits(t, requests);
});

t.test("a set holds each member once", async (t) => {
  const { send } = testCore();
  t.equal(send(["sadd", "s", "a", "b", "a"]), ":2\r\n");
  t.equal(send(["sismember", "s", "a"]), ":1\r\n");
  t.equal(send(["scard", "s"]), ":2\r\n");
  send(["hello", 3]);
  t.match(send(["smembers", "s"]), /^~2\r\n/);
  t.match(send(["spop", "s", 2]), /^~2\r\n/);
  t.equal(send(["exists", "s"]), ":0\r\n", "an emptied set is gone");
});

t.test("random members are members, as many and as different as asked for", async (t) => {
  const { send } = testCore();
  for (let i = 0; i < 100; i++) send(["sadd", "s", `m${i}`]);
  for (const count of [1, 10, 60, 99, 100, 200]) {
    const drawn = [...send(["srandmember", "s", count]).matchAll(/m\d+/g)].map(([m]) => m);
    t.equal(new Set(drawn).size, Math.min(count, 100), `${count} different ones`);
  }
  const repeated = [...send(["srandmember", "s", -500]).matchAll(/m\d+/g)];
  t.equal(repeated.length, 500);
  t.equal(send(["srandmember", "s", "-9223372036854775807"]), "-ERR value is out of range\r\n");
});

t.test("SSCAN returns every member that stays, while others come and go", async (t) => {
  const { send } = testCore();
  for (let i = 0; i < 2000; i++) send(["sadd", "s", `stay:${i}`]);
  const seen = new Set<string>();
  let cursor = "0";
  let turn = 0;
  do {
    const reply = send(["sscan", "s", cursor, "count", 50]);
    cursor = reply.split("\r\n")[2] as string;
    for (const [member] of reply.matchAll(/stay:\d+/g)) seen.add(member);
    for (let i = 0; i < 30; i++) send(["sadd", "s", `go:${turn}:${i}`]);
    for (let i = 0; i < 20; i++) send(["srem", "s", `go:${turn}:${i}`]);
    turn++;
  } while (cursor !== "0");
  t.equal(seen.size, 2000);
});
