// Bitmaps and bitfields: the exact bytes of their replies, ours and the referee's.

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { type Request, sameEdits, sameScripts } from "../helpers/referee.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const WRONG_OFFSET = "-ERR bit offset is not an integer or out of range\r\n";
const SYNTAX = "-ERR syntax error\r\n";
const BINARY = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

// biome-ignore format: a script is read line by line
const BITS: readonly Request[] = [
  "setbit b 7 1", "getbit b 7", "getbit b 0", "getbit b 8", "getbit b 4294967295", "getbit none 3",
  "setbit b 7 1", "setbit b 7 0", "setbit b 100 0", "strlen b", "get b", "object encoding b",
  "setbit b 4294967296 1", "setbit b -1 1", "setbit b x 1", "setbit b 1.0 1", "setbit b 1 2",
  "setbit b 1 -1", "setbit b 1 x", "setbit b x 2", "setbit b 9223372036854775808 1", "setbit b 1",
  "getbit b 4294967296", "getbit b -1", "getbit b x", "getbit b #1", "getbit b", "setbit b #1 1",
  "setbit b \"\" 1", "getbit b \"\"", "rpush l a", "setbit l 0 1", "getbit l 0", "setbit l x 1",
  "set n 12345", "object encoding n", "getbit n 2", "setbit n 2 1", "object encoding n", "get n",
  "set n 12345", "setbit n 3 0", "get n", "set e abc", "object encoding e", "setbit e 1 1",
  "object encoding e", "expire e 1000", "setbit e 200 1", "ttl e", "strlen e", "exists none",
  "setbit zero 0 0", "get zero", "object encoding zero", ["setbit", BINARY, 2, 1], ["get", BINARY],
  "setbit b 007 1", "setbit b 9223372036854775807 1", "set empty \"\"", "getbit empty 0",
  "setbit empty 0 0", "get empty", "setbit far 1000000 1", "strlen far", "getbit far 1000000",
  // A bit that is what it was is no change: what watches the key sees none.
  "set same v", "watch same", "setbit same 1 1", "multi", "ping", "exec", "object encoding same",
  "set same 12", "watch same", "bitfield same get u8 0 set u8 0 49", "multi", "ping", "exec",
  "object encoding same",
];

// biome-ignore format: a script is read line by line
const COUNTS: readonly Request[] = [
  ["set", "b", BINARY], "set f foobar", "bitcount b", "bitcount f", "bitcount none",
  "bitcount f 0 0", "bitcount f 1 1", "bitcount f 1 1 byte", "bitcount f 5 30 BIT",
  "bitcount f 0 -1 bit", "bitcount f -2 -1", "bitcount f -2 -1 bit", "bitcount f -13 -2 bit",
  "bitcount f 3 3 bit", "bitcount f 6 9", "bitcount f -100 -1", "bitcount f -100 -90",
  "bitcount f -90 -100", "bitcount f -9223372036854775807 -9223372036854775808", "bitcount f 4 2",
  "bitcount f 0", "bitcount f 0 1 2", "bitcount f 0 1 hello", "bitcount f -1 -2 hello",
  "bitcount f x 1", "bitcount f 1 x", "bitcount f 1.5 x", "bitcount f 0 1 bit bit",
  "bitcount none x y z", "bitcount none 1", "bitcount f 0 9223372036854775807",
  "bitcount f -9223372036854775808 100 bit", "bitcount", "bitcount f 0 9223372036854775808",
  "rpush l a", "bitcount l", "bitcount l x", "set n 12345", "bitcount n", "object encoding n",
  "set empty \"\"", "bitcount empty", "bitcount empty 0 0", "bitcount empty 0 -1 bit",
  "bitcount b 17 1500 bit", "bitcount b 17 200", ["set", "long", "a\xff".repeat(5000)],
  "bitcount long", "bitcount long 17 70001 bit", "bitcount long 1 -2",
];

// biome-ignore format: a script is read line by line
const PLACES: readonly Request[] = [
  "set a \"\\xff\\xf0\\x00\"", "set z \"\\x00\\x00\\x00\"", "set o \"\\xff\\xff\\xff\"",
  "set m \"\\x00\\xff\\xf0\"", "bitpos a 0", "bitpos a 1", "bitpos z 1", "bitpos z 0", "bitpos o 0",
  "bitpos o 1", "bitpos o 0 0", "bitpos o 0 0 -1", "bitpos o 0 0 2", "bitpos o 0 0 100",
  "bitpos o 0 1", "bitpos o 0 2", "bitpos o 0 3", "bitpos o 0 4", "bitpos o 0 -1",
  "bitpos o 0 -100", "bitpos m 1 0", "bitpos m 1 2", "bitpos m 1 2 -1", "bitpos m 1 2 -1 byte",
  "bitpos m 1 7 15 bit", "bitpos m 1 7 -3 bit", "bitpos m 0 9 19 bit", "bitpos m 0 9 20 bit",
  "bitpos m 0 9 -1 bit", "bitpos m 0 21", "bitpos m 0 -1", "bitpos m 1 -1 -2",
  "bitpos m 1 -1 -2 bit", "bitpos m 1 23 bit", "bitpos m 1 0 1 2", "bitpos m 1 0 1 bit 1",
  "bitpos m 2", "bitpos m -1", "bitpos m x", "bitpos m", "bitpos m 1 x", "bitpos m 1 0 x",
  "bitpos m 1 x y", "bitpos m 1 0 x hello", "bitpos m 1 x 1 hello", "bitpos none 0",
  "bitpos none 1", "bitpos none 2", "bitpos none 1 x", "bitpos none 0 5 9 hello", "rpush l a",
  "bitpos l 1", "bitpos l 5", "bitpos l 1 x", "set empty \"\"", "bitpos empty 0", "bitpos empty 1",
  "bitpos empty 0 0 -1", "bitpos empty 0 0 0 bit", "set n 12345", "bitpos n 1", "bitpos n 0",
  "bitpos o 0 0 -1 bit", "bitpos o 0 5 9 bit", "bitpos o 1 5 9 bit",
  "bitpos o 1 -9223372036854775808 9223372036854775807 bit", "object encoding n",
];

// biome-ignore format: a script is read line by line
const COMBINING: readonly Request[] = [
  "mset a abc b ABCDEF c \"\" d \"\\x00\\xff\" n 12345", "bitop and r a b", "get r",
  "bitop or r a b", "get r", "bitop xor r a b", "get r", "bitop not r a", "get r",
  "bitop not r a b", "bitop nand r a", "bitop and r a", "get r", "object encoding r",
  "bitop or i n", "get i", "object encoding i", "object encoding n", "bitop and r a none", "get r",
  "bitop or r none a", "get r", "bitop xor r a a", "get r", "bitop and r none none", "exists r",
  "bitop or r c", "exists r", "bitop not r none", "bitop NOT r d", "get r", "rpush l x",
  "bitop and r a l", "bitop and r l a", "bitop foo r l", "bitop and l a b", "type l", "get l",
  "bitop and r", "bitop and", "bitop or a a b", "get a", "bitop xor b b b", "get b",
  "expire d 1000", "bitop not d d", "ttl d", "rpush l2 a", "bitop and l2 none", "exists l2",
  "bitop and none none2", ["set", "x", "\x5a".repeat(3000)],
  ["set", "y", "\x33\x55\x77".repeat(700)], "bitop and r x y", "get r", "bitop or r y x", "get r",
  "bitop xor r x y d a", "get r", "bitop not r x", "get r", "bitop and r x y a", "get r",
];

// biome-ignore format: a script is read line by line
const FIELDS: readonly Request[] = [
  "bitfield f", "exists f", "bitfield f get u8 0", "exists f", "bitfield f set u8 0 255", "get f",
  "bitfield f incrby u8 0 1 get u8 0", "bitfield f incrby i5 100 1 get u4 0", "strlen f",
  "bitfield f set i8 0 127 get i8 0 incrby i8 0 1", "bitfield f overflow sat incrby i8 0 -100",
  "bitfield f overflow sat set i8 0 300 overflow fail set i8 0 300 overflow wrap set i8 0 300",
  "bitfield f get i8 0", "bitfield f set u8 #0 1 set u8 #1 2 set u8 #2 3", "get f",
  "bitfield f set i64 3 9223372036854775807", "bitfield f incrby i64 3 1", "bitfield f get i64 3",
  "bitfield f overflow sat incrby i64 3 -1", "bitfield f overflow fail incrby i64 3 -1",
  "bitfield f set u63 5 9223372036854775807", "bitfield f incrby u63 5 1", "bitfield f set u8 0 -1",
  "bitfield f overflow sat set u8 0 -1", "bitfield f overflow fail set u8 0 -1",
  "bitfield f overflow sat incrby u8 0 -300", "bitfield f overflow sat incrby u63 0 -1",
  "bitfield f get u64 0", "bitfield f get i65 0", "bitfield f get i0 0", "bitfield f get x8 0",
  "bitfield f get u 0", "bitfield f get \"\" 0", "bitfield f get u8 x", "bitfield f get u8 -1",
  "bitfield f get u8 #-1", "bitfield f get u8 #", "bitfield f get u8 #x", "bitfield f get u8 \"\"",
  "bitfield f get u8 #536870912", "bitfield f get u4 #4611686018427387904", "bitfield f get",
  "bitfield f get u8", "bitfield f set u8 0", "bitfield f set u8 0 x", "bitfield f foo",
  "bitfield f set u8 0 9223372036854775808", "bitfield f overflow", "bitfield f overflow foo",
  "bitfield f overflow sat", "bitfield f get u8 0 overflow sat", "bitfield f incrby u8 0 1 get u8",
  "bitfield f get u8 4294967296", "bitfield f get \"u8\\x00x\" 0", "bitfield f get u8x 0",
  "bitfield f GET U8 0", "bitfield f Get u8 0", "bitfield f overflow FAIL incrby u8 0 300",
  "bitfield g overflow fail set u8 8 300", "exists g", "strlen g", "object encoding g",
  "bitfield h set u1 0 0", "get h", "set n 12345", "bitfield n get u8 0", "object encoding n",
  "bitfield n set u8 0 49", "object encoding n", "get n", "rpush l a", "bitfield l get u8 0",
  "bitfield l set u8 0 1", "bitfield l set u8 x 1", "bitfield l", "expire f 1000",
  "bitfield f set u8 999 1", "ttl f", "bitfield_ro f get u8 0 get i64 8", "bitfield_ro f",
  "bitfield_ro f set u8 0 1", "bitfield_ro f incrby u8 0 1", "bitfield_ro f overflow sat get u8 0",
  "bitfield_ro none get u8 0", "bitfield_ro l get u8 0", "bitfield_ro l set u8 0 1",
  "bitfield_ro f get u8 0 set u8 x 1", "bitfield_ro", "bitfield", "bitfield i get i64 100 get i1 0",
  "bitfield f overflow sat set i33 0 -9223372036854775808 get i33 0",
  "bitfield f overflow sat set i33 0 -9223372032559808512 get i33 0",
  "bitfield f overflow sat set i33 0 -9223372032559808513 get i33 0",
  "bitfield j set i1 0 1 get i1 0 incrby i1 0 1 overflow sat incrby i1 0 1 incrby i1 0 -5",
];

t.test("the referee answers the same", (t) =>
  sameScripts(t, { BITS, COUNTS, PLACES, COMBINING, FIELDS }),
);

t.test("the referee announces the same changes", (t) =>
  sameScripts(t, {
    CHANGES: [
      "config set notify-keyspace-events KEA",
      "watch a",
      "setbit a 0 0",
      "multi",
      "exec",
      "watch a",
      "setbit a 0 0",
      "multi",
      "exec",
      "watch a",
      "setbit a 0 1",
      "multi",
      "exec",
      "watch a",
      "bitfield a get u8 0 set u8 0 128",
      "multi",
      "exec",
      "watch a",
      "bitfield a set u8 0 1",
      "multi",
      "exec",
      "watch r",
      "bitop and r none",
      "multi",
      "exec",
      "watch r",
      "bitop or r a",
      "multi",
      "exec",
      "watch r",
      "bitop or r none",
      "multi",
      "exec",
    ],
  }),
);

t.test("the referee answers random commands the same", async (t) => {
  const seed = Date.now() % 2 ** 31;
  t.comment(`seed ${seed}`);
  await sameEdits(t, randomCommands(new Random(seed), 4000));
});

function randomCommands(random: Random, count: number): (string | number)[][] {
  const key = () => random.pick(["a", "b", "c", "none"]);
  const place = () => random.below(random.pick([8, 100, 700]));
  const index = () => random.pick(["0", "-1", "3", "-7", `${place()}`, `${-place()}`]);
  const unit = () => random.pick(["bit", "byte"]);
  const type = () =>
    random.pick(["u1", "i8", "u8", "i64", "u63", "i33", "u32", "i5", "u13", "i57"]);
  const value = () =>
    random.pick([0, 1, -1, 255, -129, 4294967296, "9223372036854775807", "-9223372036854775808"]);
  const overflow = () => ["overflow", random.pick(["wrap", "sat", "fail"])];
  const bytes = () => random.letters("\0\xff\x01\x80\xfe", random.below(100));
  const fieldPlace = () => random.pick([`#${random.below(20)}`, `${place()}`]);
  const commands = [
    () => ["set", key(), bytes()],
    () => ["set", "c", random.below(100000)],
    () => ["setbit", key(), place(), random.below(2)],
    () => ["getbit", key(), place()],
    () => ["bitcount", key()],
    () => ["bitcount", key(), index(), index(), unit()],
    () => ["bitpos", key(), random.below(2), index()],
    () => ["bitpos", key(), random.below(2), index(), index(), unit()],
    () => ["bitop", random.pick(["and", "or", "xor"]), key(), key(), key(), key()],
    () => ["bitop", "not", key(), key()],
    () => ["bitfield", key(), ...overflow(), "incrby", type(), fieldPlace(), value()],
    () => ["bitfield", key(), ...overflow(), "set", type(), fieldPlace(), value()],
    () => ["bitfield", key(), "get", type(), fieldPlace(), "get", type(), fieldPlace()],
    () => ["get", key()],
    () => ["object", "encoding", key()],
    () => ["del", "none"],
  ];
  return Array.from({ length: count }, () => random.pick(commands)());
}

t.test("single bits are set, read, counted and found", async (t) => {
  const { send } = testCore();
  t.equal(send(["setbit", "k", 7, 1]), ":0\r\n");
  t.equal(send(["setbit", "k", 7, 0]), ":1\r\n");
  t.equal(send(["setbit", "k", 17, 1]), ":0\r\n");
  t.equal(send(["get", "k"]), "$3\r\n\0\0\x40\r\n");
  t.equal(send(["getbit", "k", 17]), ":1\r\n");
  t.equal(send(["getbit", "k", 1000]), ":0\r\n");
  t.equal(send(["bitpos", "k", 1]), ":17\r\n");
  t.equal(send(["setbit", "k", 4294967296, 1]), WRONG_OFFSET);
  t.equal(send(["setbit", "k", 1, 2]), "-ERR bit is not an integer or out of range\r\n");
  send(["set", "f", "foobar"]);
  t.equal(send(["bitcount", "f"]), ":26\r\n");
  t.equal(send(["bitcount", "f", 5, 30, "bit"]), ":17\r\n");
  t.equal(send(["bitcount", "f", 0]), SYNTAX);
  t.equal(send(["bitpos", "f", 2]), "-ERR The bit argument must be 1 or 0.\r\n");
  send(["rpush", "l", "a"]);
  t.equal(send(["bitcount", "l"]), WRONG_TYPE);
});

t.test("BITOP combines strings of different lengths", async (t) => {
  const { send } = testCore();
  send(["mset", "a", "abc", "b", "\xff\x0f"]);
  t.equal(send(["bitop", "and", "r", "a", "b"]), ":3\r\n");
  t.equal(send(["get", "r"]), "$3\r\na\x02\0\r\n");
  t.equal(send(["bitop", "not", "r", "b"]), ":2\r\n");
  t.equal(send(["get", "r"]), "$2\r\n\0\xf0\r\n");
  t.equal(
    send(["bitop", "not", "r", "a", "b"]),
    "-ERR BITOP NOT must be called with a single source key.\r\n",
  );
});

t.test("BITFIELD keeps integers of 64 bits exact", async (t) => {
  const { send } = testCore();
  const words = "bitfield k set i64 5 9223372036854775807 get i64 5 incrby i64 5 1".split(" ");
  t.equal(send(words), "*3\r\n:0\r\n:9223372036854775807\r\n:-9223372036854775808\r\n");
  t.equal(send("bitfield k overflow fail incrby i64 5 -1".split(" ")), "*1\r\n$-1\r\n");
  t.equal(
    send("bitfield k get u64 0".split(" ")),
    "-ERR Invalid bitfield type. Use something like i16 u8. " +
      "Note that u64 is not supported but i64 is.\r\n",
  );
  t.equal(
    send("bitfield_ro k set u8 0 1".split(" ")),
    "-ERR BITFIELD_RO only supports the GET subcommand\r\n",
  );
});

t.test("offsets end with proto-max-bulk-len", async (t) => {
  const { send } = testCore({ "proto-max-bulk-len": 1024 * 1024 });
  t.equal(send(["setbit", "k", 8 * 1024 * 1024, 1]), WRONG_OFFSET);
  t.equal(send(["bitfield", "k", "set", "u8", "#1048576", 1]), WRONG_OFFSET);
  t.equal(send(["exists", "k"]), ":0\r\n");
  t.equal(send(["setbit", "k", 8 * 1024 * 1024 - 1, 1]), ":0\r\n");
  t.equal(send(["strlen", "k"]), ":1048576\r\n");
  t.equal(send(["bitcount", "k"]), ":1\r\n");
});
