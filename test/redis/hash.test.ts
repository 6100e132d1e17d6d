// Hashes: the exact bytes of their replies, ours and the referee's.

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { type Request, sameEdits, sameScripts } from "../helpers/referee.ts";

// biome-ignore format: a script is read line by line
const FIELDS: readonly Request[] = [
  "hset h a 1 b 2", "hset h a 3 c 4", "hset h a", "hset h a 1 b", "hset h", "hget h a",
  "hget h none", "hget none a", "hget h", "hmget h a none c", "hmget none a b", "hmget h",
  "hgetall h", "hgetall none", "hkeys h", "hvals h", "hkeys none", "hvals none", "hlen h",
  "hlen none", "hexists h a", "hexists h none", "hexists none a", "hstrlen h a", "hstrlen h none",
  "hstrlen none a", "hsetnx h a 9", "hsetnx h d 5", "hsetnx new a 1", "hget new a",
  "hmset h e 6 f 7", "hmset h e", "hgetall h", "hdel h a none b", "hgetall h", "hdel h c d e f",
  "exists h", "hdel none a", "hdel h",
  ["hset", "bin", Buffer.from([0, 255]), Buffer.from([13, 10])], "hgetall bin", "hset e \"\" \"\"",
  "hgetall e", "hstrlen e \"\"", "type e", "object encoding e", "set s v", "hset s a 1", "hget s a",
  "hgetall s", "hdel s a", "hsetnx s a 1", "hlen s", "hscan s 0",
];

// biome-ignore format: a script is read line by line
const NUMBERS: readonly Request[] = [
  "hincrby h n 5", "hincrby h n -7", "hincrby h n x", "hincrby h n 1.5", "hset h s abc",
  "hincrby h s 1", "hincrby h n 9223372036854775807", "hincrby h n 9223372036854775807",
  "hincrby h n", "hset h sp \" 1\"", "hincrby h sp 1", "hincrbyfloat h f 1.5",
  "hincrbyfloat h f 0.1", "hincrbyfloat h f -1e3", "hget h f", "hincrbyfloat h s 1",
  "hincrbyfloat h f x", "hincrbyfloat h f inf", "hincrbyfloat h f nan", "hincrbyfloat h n 1",
  "hincrbyfloat h sp 1", "hgetall h", "hincrbyfloat h f 1e400", "set s v", "hincrby s n 1",
  "hincrbyfloat s n 1",
];

// biome-ignore format: a script is read line by line
const SCANS: readonly Request[] = [
  "hset h a 1 b 2 c 3", "hscan h 0", "hscan h 0 match a*", "hscan h 0 count 1", "hscan h 0 count 0",
  "hscan h x", "hscan h 0 foo", "hscan h 0 match", "hscan none 0", "hscan h", "hscan none x",
  "hrandfield none", "hrandfield none 5", "hrandfield none 5 withvalues", "hrandfield h 0",
  "hrandfield h x", "hrandfield h 1 foo", "hrandfield h 1 withvalues foo", "hrandfield h 10",
  "hrandfield h 10 withvalues", "hrandfield h 3 WITHVALUES", "hset one f v", "hrandfield one",
  "hrandfield one -3", "hrandfield one -2 withvalues", "set s v", "hrandfield s", "hrandfield s 1",
  ["hset", "long", "f", "x".repeat(64)], "object encoding long",
  ["hset", "long", "f", "x".repeat(65)], "object encoding long", "hset long f x",
  "object encoding long",
  "hscan none 0 foo", "hscan none 0 match", "hscan none 0 count x",
];

t.test("the referee answers the same", (t) => sameScripts(t, { FIELDS, NUMBERS, SCANS }));

t.test("random edits of a hash give the same hash", async (t) => {
  const random = new Random(12);
  const field = () => random.letters("abcdefg", 1);
  const forms: (() => Request)[] = [
    () => ["hset", "h", field(), random.below(100), field(), random.below(100)],
    () => ["hdel", "h", field(), field()],
    () => ["hincrby", "h", field(), random.below(100) - 50],
    () => ["hincrbyfloat", "h", field(), random.below(100) / 8],
    () => ["hsetnx", "h", field(), "n"],
    () => ["hgetall", "h"],
  ];
  const requests = Array.from({ length: 3000 }, () => random.pick(forms)());
  await sameEdits(t, requests);
});

t.test("a hash gives what was put into it", async (t) => {
  const { send } = testCore();
  t.equal(send(["hset", "h", "name", "fd", "size", 3]), ":2\r\n");
  t.equal(send(["hget", "h", "name"]), "$2\r\nfd\r\n");
  t.equal(send(["hgetall", "h"]), "*4\r\n$4\r\nname\r\n$2\r\nfd\r\n$4\r\nsize\r\n$1\r\n3\r\n");
  send(["hello", 3]);
  t.equal(send(["hgetall", "h"]), "%2\r\n$4\r\nname\r\n$2\r\nfd\r\n$4\r\nsize\r\n$1\r\n3\r\n");
  t.equal(send(["hdel", "h", "name", "size"]), ":2\r\n");
  t.equal(send(["exists", "h"]), ":0\r\n", "an emptied hash is gone");
});

t.test("HSCAN returns every field that stays, while others come and go", async (t) => {
  const { send } = testCore();
  for (let i = 0; i < 2000; i++) send(["hset", "h", `stay:${i}`, i]);
  t.equal(send(["object", "encoding", "h"]), "$9\r\nhashtable\r\n");
  const seen = new Set<string>();
  let cursor = "0";
  let turn = 0;
  do {
    const reply = send(["hscan", "h", cursor, "count", 50]);
    cursor = reply.split("\r\n")[2] as string;
    for (const [field] of reply.matchAll(/stay:\d+/g)) seen.add(field);
    for (let i = 0; i < 30; i++) send(["hset", "h", `go:${turn}:${i}`, i]);
    for (let i = 0; i < 20; i++) send(["hdel", "h", `go:${turn}:${i}`]);
    turn++;
  } while (cursor !== "0");
  t.equal(seen.size, 2000);
});

t.test("more random fields than memory can hold are refused", async (t) => {
  const { send } = testCore();
  send(["hset", "h", "f", "v"]);
  t.equal(send(["hrandfield", "h", "-9223372036854775807"]), "-ERR value is out of range\r\n");
});
