// Strings, counters and LCS: the exact bytes of their replies, ours and the referee's.

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { NO_REFEREE, type Request, sameScripts, startReferee } from "../helpers/referee.ts";

const SYNTAX = "-ERR syntax error\r\n";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
const NIL = "$-1\r\n";
const OK = "+OK\r\n";

/** Every byte there is, and a key that is no UTF-8. */
const BINARY = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const BINARY_KEY = Buffer.from([0, 255, 13, 10, 36, 128]);

/** 2100, in seconds and milliseconds: the same answer on both sides, whenever the test runs. */
const LATER = 4102444800;
const LATER_MS = LATER * 1000;

// biome-ignore format: a script is read line by line
const SETTING: readonly Request[] = [
  "get k", "set k v", "get k", "GET k", "set k", "get", "get a b", ["set", BINARY_KEY, BINARY],
  ["get", BINARY_KEY], ["strlen", BINARY_KEY], ["set", "", ""], ["get", ""], ["strlen", ""],
  "set k 1 nx", "set k 2 xx", "get k", "set none 1 xx", "get none", "set new 1 nx", "get new",
  "set k 3 nx xx", "set k 3 xx nx", "set k 3 nx nx", "set k 3 XX xx", "get k", "set k 4 get",
  "set k 5 nx get", "get k", "set k 6 xx get", "set none 7 get xx", "get none",
  "set fresh 1 get nx", "get fresh", "set fresh 2 get get", "set k 1 foo", "set k 1 nx foo",
  "set k 1 ex", "set k 1 px", "set k 1 exat", "set k 1 pxat", "set k 1 ex abc", "set k 1 px 1.5",
  "set k 1 ex 0", "set k 1 ex -1", "set k 1 px 0", "set k 1 px -5", "set k 1 exat 0",
  "set k 1 pxat -1", "set k 1 ex 9223372036854775807", "set k 1 px 9223372036854775807",
  "set k 1 ex 9223372036854775", "set k 1 exat 9223372036854776", "set k 1 ex 99999999999999999999",
  "set k 1 ex 10 px 10", "set k 1 px 10 ex 10", "set k 1 exat 10 pxat 10", "set k 1 ex 10 keepttl",
  "set k 1 keepttl ex 10", "set k 1 persist", "set k 1 ex 10 persist", "set k 1 keepttl keepttl",
  `set k 1 exat ${LATER}`, "expiretime k", "pexpiretime k", `set k 2 pxat ${LATER_MS + 7}`,
  "pexpiretime k", "set k 3 keepttl", "pexpiretime k", "get k", "set k 4 xx keepttl get",
  "pexpiretime k", "set k 5", "pexpiretime k", "set k 1 ex 5 ex 100", "ttl k", "set k 1 EX 100 NX",
  "ttl k", "set k 1 get ex 0", "get k", "set gone 1 pxat 1", "get gone", "exists gone",
  "set gone 1 keepttl", "pexpiretime gone", "rpush list a", "get list", "set list x get",
  "set list x", "get list", "rpush l2 a", "setnx l2 v", "getset l2 v", "getdel l2", "getex l2",
  "strlen l2", "append l2 v", "getrange l2 0 1", "setrange l2 0 v", "set l2 v keepttl", "get l2",
];

// biome-ignore format: a script is read line by line
const OLDER_FORMS: readonly Request[] = [
  "setnx a 1", "setnx a 2", "get a", "setex a 100 v", "ttl a", "get a", "psetex a 100000 w",
  "ttl a", "setex a 0 v", "setex a -1 v", "setex a x v", "setex a 9223372036854775807 v",
  "setex a 1", "psetex a 0 v", "psetex a x v", "psetex a 9223372036854775807 v", "get a",
  "getset a 10", "get a", "ttl a", "getset nothing 1", "get nothing", "getset a",
  "object encoding a", "getdel a", "get a", "getdel a", "getdel a b", "set g v", "getex g",
  "getex g ex 100", "ttl g", "getex g persist", "ttl g", `getex g exat ${LATER}`, "expiretime g",
  `getex g pxat ${LATER_MS + 1}`, "pexpiretime g", "getex g px 100000", "ttl g", "getex g ex",
  "getex g ex 0", "getex g px -1", "getex g ex abc", "getex g ex 10 persist",
  "getex g persist ex 10", "getex g persist persist", "getex g keepttl", "getex g nx",
  "getex g get", "getex g ex 10 px 10", "getex none ex 0", "getex none ex", "getex none", "get g",
  "getex g exat 1", "get g", "exists g",
];

// biome-ignore format: a script is read line by line
const SEVERAL: readonly Request[] = [
  "mget a b", "mset a 1 b 2", "mget a b c", "mset a 1 b", "mset a", "mset", "mget", "msetnx a",
  "msetnx c 3 a 9", "mget a c", "msetnx c 3 d 4", "mget c d", "msetnx x 1 y", "mset e 1 e 2",
  "get e", "msetnx f 1 f 2", "get f", "rpush list a", "mget list a", "mset list v", "get list",
  "rpush list2 a", "msetnx list2 v q 1", "exists q", "expire a 100", "mset a 5", "ttl a",
  ["mset", BINARY_KEY, BINARY, "", BINARY], ["mget", BINARY_KEY, ""],
];

// biome-ignore format: a script is read line by line
const PARTS: readonly Request[] = [
  "append s Hello", "append s \" World\"", "get s", "strlen s", "strlen none", "append s \"\"",
  "append e \"\"", "exists e", "append i 12", "object encoding i", "append i 3", "incr i",
  "object encoding s", "getrange s 0 4", "getrange s 0 -1", "getrange s -5 -1", "getrange s 5 2",
  "getrange s -1 -5", "getrange s 0 -100", "getrange s -100 2", "getrange s -100 -200",
  "getrange s -200 -100", "getrange s 100 200", "getrange s 10 100", "getrange none 0 -1",
  "getrange s a 1", "getrange s 0 1.5", "getrange s 9223372036854775807 9223372036854775807",
  "getrange s -9223372036854775808 9223372036854775807", "getrange s 9223372036854775808 0",
  "getrange s 0 -9223372036854775808", "substr s 0 4", "substr s -3 -1", "substr s",
  "getrange e 0 -1", "getrange e 0 0", "set num 12345", "getrange num 1 3", "getrange num -2 -1",
  "strlen num", "setrange s 6 Redis", "get s", "setrange s 20 end", "get s", "setrange new 3 abc",
  "get new", "setrange none 0 \"\"", "exists none", "setrange s 100 \"\"", "setrange s -1 a",
  "setrange s a b", "setrange s 1.0 b", "setrange num 1 x", "get num", "object encoding num",
  "setrange num 0 1", "setrange big 536870911 ab", "setrange s 536870912 a",
  "setrange s 9223372036854775807 a", "exists big", "expire s 100", "append s x", "ttl s",
  "setrange s 0 h", "ttl s", ["append", "bin", BINARY], ["append", "bin", BINARY], ["get", "bin"],
  ["setrange", "bin", 254, "\0\r\n"], ["getrange", "bin", 250, 260],
];

// biome-ignore format: a script is read line by line
const COUNTING: readonly Request[] = [
  "incr n", "incr n", "decr n", "incrby n 10", "decrby n 3", "get n", "object encoding n",
  "incrby n -20", "incrby n abc", "incrby n 1.5", "incrby n", "incr n 1", "decrby n \"\"",
  "incrby n \" 1\"", "incrby n +1", "incrby n 01", "set t abc", "incr t", "set t \" 1\"", "incr t",
  "set t 1.0", "incr t", "set t \"\"", "incr t", "set t -0", "incr t", "set t 007", "decr t",
  "set t 99999999999999999999", "incr t", "set max 9223372036854775806", "incr max", "incr max",
  "get max", "incrby max 1", "decrby max 1", "set min -9223372036854775807", "decr min", "decr min",
  "get min", "incr min", "decrby n -9223372036854775808", "incrby z 9223372036854775807",
  "decrby z 9223372036854775807", "get z", "incrby z -9223372036854775808", "get z", "decrby z 1",
  "incrby z 9223372036854775807", "incrby n 9223372036854775808", "set edge 9007199254740991",
  "incr edge", "incr edge", "decr edge", "decr edge", "decr edge", "object encoding edge",
  "set edge -9007199254740992", "decr edge", "get edge", "expire n 100", "incr n", "ttl n",
  "rpush list a", "incr list", "incrby list x", "incrbyfloat list 1", "append text 4",
  "append text 1", "incr text", "get text", "object encoding text", "set long 9007199254740993",
  "append long 1", "incr long",
];

// biome-ignore format: a script is read line by line
const FRACTIONS: readonly Request[] = [
  "incrbyfloat f 0.1", "incrbyfloat f 0.2", "get f", "incrbyfloat f 5.0e3", "incrbyfloat f -5000.3",
  "incrbyfloat f 1e-17", "incrbyfloat f 1e-18", "incrbyfloat f abc", "incrbyfloat f \"\"",
  "incrbyfloat f \" 1\"", "incrbyfloat f \"1 \"", "incrbyfloat f 1e", "incrbyfloat f nan",
  "incrbyfloat f inf", "incrbyfloat f -infinity", "incrbyfloat f 0x10", "incrbyfloat f 1e5000",
  "incrbyfloat f 1e-5000", "incrbyfloat f +1.5", "incrbyfloat f .5", "incrbyfloat f 5.", "set i 10",
  "incrbyfloat i 1", "get i", "incr i", "expire i 100", "incrbyfloat i 1.5", "ttl i", "incr i",
  "set t abc", "incrbyfloat t 1", "set t inf", "incrbyfloat t 1", "set t \" 3\"", "incrbyfloat t 1",
  "set big 1e4932", "incrbyfloat big 1e4932", "incrbyfloat i", "incrbyfloat g 3.0",
  "incrbyfloat m -0.0", "incrbyfloat m -1e-30", "set w 17179869184", "incrbyfloat w 1.5",
  ["set", "zeros", `1${"0".repeat(5118)}`], "incrbyfloat zeros 1",
  ["set", "fives", `0.${"5".repeat(5118)}`], "incrbyfloat fives 1",
  ["set", "fits", `0.${"5".repeat(5117)}`], "incrbyfloat fits 1",
  // What INCRBYFLOAT makes is kept as text, though it may look like an integer.
  "incrbyfloat whole 3", "object encoding whole", "incr whole", "object encoding whole",
  "incrbyfloat whole 1", "object encoding whole",
];

// biome-ignore format: a script is read line by line
const SUBSEQUENCES: readonly Request[] = [
  "mset a ohmytext b mynewtext", "lcs a b", "lcs a b len", "lcs a b idx",
  "lcs a b IDX WITHMATCHLEN", "lcs a b idx minmatchlen 4", "lcs a b idx minmatchlen 4 withmatchlen",
  "lcs a b idx minmatchlen -1", "lcs a b idx minmatchlen 100", "lcs a b len minmatchlen 4",
  "lcs a b withmatchlen", "lcs a b idx len", "lcs a b len idx foo", "lcs a b foo",
  "lcs a b minmatchlen", "lcs a b minmatchlen x", "lcs a", "lcs a b len len", "lcs a none",
  "lcs none a len", "lcs none none idx", "lcs a a idx withmatchlen", "rpush list x", "lcs a list",
  "lcs list a foo", "lcs none list idx len", "set n 12345", "lcs n n", "set m 2245",
  "lcs n m idx withmatchlen", "set x aaaa", "set y aa", "lcs x y idx withmatchlen", "lcs y x idx",
  "set x abcdefgh", "set y xbydzhw", "lcs x y idx", "lcs x y", ["set", "p", BINARY],
  ["set", "q", Buffer.from(BINARY).reverse()], "lcs p q idx withmatchlen", "lcs p q",
  ["set", "large", "x".repeat(20_000)], "lcs large large",
];

t.test("the referee answers the same", (t) =>
  sameScripts(t, { SETTING, OLDER_FORMS, SEVERAL, PARTS, COUNTING, FRACTIONS, SUBSEQUENCES }),
);

t.test("random edits of a string give the same string", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const requests = randomEdits(1500);
  const ours = testCore();
  const expected = await referee.sendAll(requests);
  const different = requests.findIndex((request, i) => ours.send(request) !== expected[i]);
  t.equal(different, -1, `first difference: ${requests[different]}`);
});

t.test("GET answers what SET was given, byte by byte", async (t) => {
  const { send } = testCore();
  t.equal(send(["set", BINARY_KEY, BINARY]), OK);
  t.equal(send(["get", BINARY_KEY]), `$256\r\n${BINARY.toString("latin1")}\r\n`);
  t.equal(send(["get", "other"]), NIL);
});

t.test("SET takes a condition, an expiry, and gives the old value", async (t) => {
  const { send } = testCore();
  t.equal(send(["set", "k", "1", "xx"]), NIL);
  t.equal(send(["set", "k", "1", "nx", "ex", 100]), OK);
  t.equal(send(["set", "k", "2", "nx"]), NIL);
  t.equal(send(["ttl", "k"]), ":100\r\n");
  t.equal(send(["set", "k", "2", "get", "keepttl"]), "$1\r\n1\r\n");
  t.equal(send(["ttl", "k"]), ":100\r\n");
  t.equal(send(["set", "k", "3"]), OK);
  t.equal(send(["ttl", "k"]), ":-1\r\n");
  t.equal(send(["set", "k", "3", "nx", "xx"]), SYNTAX);
  t.equal(send(["set", "k", "3", "ex", 1, "px", 1]), SYNTAX);
  t.equal(send(["set", "k", "3", "ex", 0]), "-ERR invalid expire time in 'set' command\r\n");
  t.equal(send(["set", "k", "3", "px", "x"]), NOT_AN_INTEGER);
});

t.test("a refused SET changes nothing", async (t) => {
  const { send } = testCore();
  send(["rpush", "list", "a"]);
  t.equal(send(["set", "list", "v", "get"]), WRONG_TYPE);
  t.equal(send(["type", "list"]), "+list\r\n");
  send(["set", "k", "v", "ex", 100]);
  t.equal(send(["set", "k", "w", "get", "ex", 0]), "-ERR invalid expire time in 'set' command\r\n");
  t.equal(send(["get", "k"]), "$1\r\nv\r\n");
  t.equal(send(["ttl", "k"]), ":100\r\n");
});

t.test("counters are 64 bits wide and do not overflow", async (t) => {
  const { send } = testCore();
  t.equal(send(["incrby", "n", "9223372036854775806"]), ":9223372036854775806\r\n");
  t.equal(send(["incr", "n"]), ":9223372036854775807\r\n");
  t.equal(send(["incr", "n"]), "-ERR increment or decrement would overflow\r\n");
  t.equal(send(["get", "n"]), "$19\r\n9223372036854775807\r\n");
  t.equal(send(["decrby", "n", "-9223372036854775808"]), "-ERR decrement would overflow\r\n");
  t.equal(send(["incrbyfloat", "f", "0.1"]), "$3\r\n0.1\r\n");
  t.equal(send(["incrbyfloat", "f", "0.2"]), "$3\r\n0.3\r\n");
});

t.test("no string grows beyond proto-max-bulk-len", async (t) => {
  const { send } = testCore({ "proto-max-bulk-len": 1024 * 1024 });
  const error = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
  t.equal(send(["setrange", "k", 1024 * 1024, "a"]), error);
  t.equal(send(["exists", "k"]), ":0\r\n");
  t.equal(send(["setrange", "k", 1024 * 1024 - 1, "a"]), ":1048576\r\n");
  t.equal(send(["append", "k", "a"]), error);
  t.equal(send(["strlen", "k"]), ":1048576\r\n");
});

t.test("LCS tells what two strings have in common", async (t) => {
  const { send } = testCore();
  send(["mset", "a", "ohmytext", "b", "mynewtext"]);
  t.equal(send(["lcs", "a", "b"]), "$6\r\nmytext\r\n");
  t.equal(send(["lcs", "a", "b", "len"]), ":6\r\n");
  t.equal(
    send(["lcs", "a", "b", "idx", "minmatchlen", 4, "withmatchlen"]),
    "*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n" +
      "$3\r\nlen\r\n:6\r\n",
  );
  send(["hello", 3]);
  t.match(send(["lcs", "a", "b", "idx"]), /^%2\r\n/);
});

t.test("reading counts hits and misses", async (t) => {
  const { core, send } = testCore();
  send(["set", "k", "v"]);
  send(["get", "k"]);
  send(["mget", "k", "none"]);
  t.equal(core.stats.keyspaceHits, 2);
  t.equal(core.stats.keyspaceMisses, 1);
});

function randomEdits(count: number): (string | number)[][] {
  const random = new Random(7);
  const key = () => random.pick(["a", "b"]);
  const number = () => random.pick(["0", "1", "-1", "-7", "12", "9223372036854775807", "1.5", "x"]);
  const value = () => random.pick(["", "a", "12", "-5", "9223372036854775807", "x".repeat(45)]);
  const edits = [
    () => ["set", key(), value()],
    () => ["append", key(), value()],
    () => ["setrange", key(), random.below(60), value()],
    () => ["getrange", key(), number(), number()],
    () => ["incrby", key(), number()],
    () => ["get", key()],
    () => ["strlen", key()],
    () => ["getset", key(), value()],
    () => ["getdel", key()],
    () => ["lcs", "a", "b", "idx", "withmatchlen"],
  ];
  return Array.from({ length: count }, () => random.pick(edits)());
}
