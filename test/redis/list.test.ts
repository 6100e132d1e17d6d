// Lists: the exact bytes of their replies, ours and the referee's.

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { NO_REFEREE, type Request, sameScripts, startReferee } from "../helpers/referee.ts";

// biome-ignore format: a script is read line by line
const ENDS: readonly Request[] = [
  "lpush l a b c", "lrange l 0 -1", "rpush l d e", "lrange l 0 -1", "llen l", "lpop l", "rpop l",
  "lrange l 0 -1", "lpop l 2", "rpop l 10", "exists l", "lpop l", "lpop l 1", "lpop l 0",
  "rpop none", "lpushx none a", "rpushx none a", "exists none", "rpush l a", "lpushx l b c",
  "rpushx l d", "lpop l 0", "lrange l 0 -1", "lpop l -1", "lpop l x", "lpop l 1 2", "lpush l",
  "lpush", "llen", "llen none", "set s v", "lpush s a", "rpushx s a", "lpop s", "lpop s 1",
  "llen s", "lrange s 0 1", "type l", "object encoding l",
  ["rpush", "b", Buffer.from([0, 255, 13, 10])], "lrange b 0 -1", "rpush e \"\"", "lrange e 0 -1",
  "rpop e", "exists e",
];

// biome-ignore format: a script is read line by line
const MIDDLE: readonly Request[] = [
  "rpush l a b c d e", "lrange l 1 3", "lrange l -3 -1", "lrange l -100 100", "lrange l 3 1",
  "lrange l 5 10", "lrange l 0 -100", "lrange l x 1", "lrange l 0 x", "lrange l 0",
  "lrange none 0 -1", "lindex l 0", "lindex l -1", "lindex l 5", "lindex l -6", "lindex l x",
  "lindex none 0", "lset l 0 A", "lset l -1 E", "lset l 5 x", "lset l -6 x", "lset l x y",
  "lset none 0 x", "lset none x x", "lrange l 0 -1", "linsert l before b X", "linsert l AFTER b Y",
  "linsert l before none Z", "linsert none before a b", "linsert l foo a b", "linsert none foo a b",
  "lrange l 0 -1", "linsert l before A first", "linsert l after E last", "lrange l 0 -1", "del l",
  "rpush l a b a c a b a", "lrem l 2 a", "lrange l 0 -1", "lrem l -1 a", "lrange l 0 -1",
  "lrem l 0 b", "lrange l 0 -1", "lrem l 0 none", "lrem l x a", "lrem none 0 a", "lrem l 0 a",
  "lrem l 0 c", "exists l", "rpush t a b c d e", "ltrim t 1 3", "lrange t 0 -1", "ltrim t -2 -1",
  "lrange t 0 -1", "ltrim t 5 10", "exists t", "ltrim none 0 1", "rpush t a b", "ltrim t x 1",
  "ltrim t 0 -3", "exists t", "set s v", "lindex s 0", "lset s 0 a", "linsert s before a b",
  "lrem s 0 a", "ltrim s 0 1",
];

// biome-ignore format: a script is read line by line
const POSITIONS: readonly Request[] = [
  "rpush l a b c 1 2 3 c c", "lpos l c", "lpos l c rank 2", "lpos l c rank -1", "lpos l c count 0",
  "lpos l c count 2", "lpos l c rank -1 count 2", "lpos l c rank 0", "lpos l c count -1",
  "lpos l c maxlen -1", "lpos l c maxlen 2", "lpos l c count 0 maxlen 6", "lpos l none",
  "lpos l none count 1", "lpos none a", "lpos none a count 1", "lpos l c rank", "lpos l c foo 1",
  "lpos l c rank x", "lpos l", "lpos l c rank 10", "lpos l c count 1 rank 2", "set s v", "lpos s a",
  'lpos none a maxlen "" count -1', "lpos none a count x", "lpos none a foo x",
];

// biome-ignore format: a script is read line by line
const MOVING: readonly Request[] = [
  "rpush a 1 2 3", "lmove a b left right", "lmove a b RIGHT left", "lrange a 0 -1", "lrange b 0 -1",
  "rpoplpush a b", "exists a", "lrange b 0 -1", "rpoplpush a b", "lmove none b left left",
  "lmove b b left right", "lrange b 0 -1", "rpoplpush b b", "lmove a b up left", "lmove a b left",
  "set s v", "lmove b s left left", "lmove s b left left", "rpoplpush none s", "lrange b 0 -1",
  "lmpop 1 b left", "lmpop 2 none b right count 5", "lmpop 1 none left", "lmpop 0 b left",
  "lmpop x b left", "lmpop 1 b up", "lmpop 1 b left count 0", "lmpop 1 b left count",
  "lmpop 1 b left foo 1", "lmpop 2 b left", "rpush b 1 2", "lmpop 2 s b left",
  "lmpop 1 b left count 1 2", "lmpop 1 b", "lmpop 1 b left count x", "exists b",
  "lmpop 1 none right count 0 0", "lmpop 1 none left count 1 1", "blmpop -1 1 none left count 0",
];

t.test("the referee answers the same", (t) => sameScripts(t, { ENDS, MIDDLE, POSITIONS, MOVING }));

t.test("random edits of a list give the same list", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const random = new Random(11);
  const element = () => random.pick(["a", "b", "c", "d", "e"]);
  const index = () => random.below(30) - 15;
  const forms: (() => Request)[] = [
    () => ["lpush", "l", element(), element()],
    () => ["rpush", "l", element(), element()],
    () => [random.pick(["lpop", "rpop"]), "l", random.below(3)],
    () => ["linsert", "l", random.pick(["before", "after"]), element(), element()],
    () => ["lrem", "l", random.below(5) - 2, element()],
    () => ["lset", "l", index(), element()],
    () => ["lrange", "l", index(), index()],
    () => ["lpos", "l", element(), "rank", random.pick([1, 2, -1]), "count", random.below(3)],
    () => ["lmove", "l", random.pick(["l", "m"]), "left", random.pick(["left", "right"])],
    () =>
      random.below(10) === 0 ? ["ltrim", "l", random.below(3), -1 - random.below(3)] : "llen l",
  ];
  const requests = Array.from({ length: 3000 }, () => random.pick(forms)());
  const ours = testCore();
  const expected = await referee.sendAll(requests);
  const different = requests.findIndex((request, i) => {
    const words = typeof request === "string" ? request.split(" ") : request;
    return ours.send(words) !== expected[i];
  });
  t.equal(different, -1, `first difference: ${requests[different]}`);
});

t.test("what is pushed comes back, at both ends", async (t) => {
  const { send } = testCore();
  t.equal(send(["rpush", "l", "b", "c"]), ":2\r\n");
  t.equal(send(["lpush", "l", "a"]), ":3\r\n");
  t.equal(send(["lrange", "l", 0, -1]), "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n");
  t.equal(send(["lpop", "l"]), "$1\r\na\r\n");
  t.equal(send(["rpop", "l", 5]), "*2\r\n$1\r\nc\r\n$1\r\nb\r\n");
  t.equal(send(["exists", "l"]), ":0\r\n", "an emptied list is gone");
});

t.test("a hundred thousand elements pass through a list in order", async (t) => {
  const { send } = testCore();
  for (let i = 0; i < 100_000; i++) send(["rpush", "l", i]);
  t.equal(send(["lindex", "l", 50_000]), "$5\r\n50000\r\n");
  let inOrder = true;
  for (let i = 0; i < 100_000; i++) inOrder &&= send(["lpop", "l"]).endsWith(`\n${i}\r\n`);
  t.ok(inOrder);
});

t.test("a small list lives in the record of its key, and outgrows it", (t) => {
  const { send } = testCore();
  const big = "b".repeat(9000);
  send(["rpush", "k", "1"]);
  t.equal(send(["lmove", "k", "k", "left", "right"]), "$1\r\n1\r\n", "the only element");
  t.equal(send(["lrange", "k", "0", "-1"]), "*1\r\n$1\r\n1\r\n");
  send(["rpush", "k", "2", "3"]);
  t.equal(send(["rpoplpush", "k", "k"]), "$1\r\n3\r\n");
  t.equal(send(["lrange", "k", "0", "-1"]), "*3\r\n$1\r\n3\r\n$1\r\n1\r\n$1\r\n2\r\n");
  send(["expire", "k", "1000"]);
  send(["rename", "k", "l"]);
  send(["copy", "l", "m"]);
  t.equal(send(["linsert", "l", "before", "1", big]), ":4\r\n", "two chunks at once");
  t.equal(send(["lindex", "l", "1"]), `$9000\r\n${big}\r\n`);
  t.equal(send(["lindex", "l", "-1"]), "$1\r\n2\r\n");
  t.equal(send(["ttl", "l"]), ":1000\r\n");
  t.equal(send(["lrange", "m", "0", "-1"]), "*3\r\n$1\r\n3\r\n$1\r\n1\r\n$1\r\n2\r\n");
  for (let i = 0; i < 1000; i++) send(["lpush", "m", `element ${i}`]);
  t.equal(send(["llen", "m"]), ":1003\r\n");
  t.equal(send(["lindex", "m", "999"]), "$9\r\nelement 0\r\n");
  send(["ltrim", "m", "1001", "-1"]);
  t.equal(send(["lpop", "m", "5"]), "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  t.equal(send(["exists", "m"]), ":0\r\n");
  t.end();
});
