// HyperLogLog: the replies, and the very bytes of the strings, ours and the referee's.

import t from "tap";
import { Murmur64 } from "../../examples/redis/murmur.ts";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { type Request, sameEdits, sameScripts } from "../helpers/referee.ts";

const NOT_ONE = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n";
const CORRUPT = "-INVALIDOBJ Corrupted HLL object detected\r\n";

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `element-${from + i}`);

/** A header, its count out of date or not, and then anything. */
const forged = (encoding: number, registers: string, count = "\0\0\0\0\0\0\0\x80") =>
  `HYLL${String.fromCharCode(encoding)}\0\0\0${count}${registers}`;

// biome-ignore format: a script is read line by line
const BASICS: readonly Request[] = [
  "pfadd h", "get h", "pfadd h", "object encoding h", "pfcount h", "get h", "pfadd h a b c",
  "get h", "pfadd h a", "pfcount h", "get h", "pfcount h", "pfcount none", "pfcount none none2",
  "pfcount h none", "pfadd g c d e", "pfcount h g", "pfmerge u h g", "get u", "pfcount u", "get u",
  "pfmerge new", "get new", "pfmerge h", "get h", "pfmerge h none", "get h", "pfmerge h g", "get h",
  "pfadd", "pfcount", "pfmerge", "pfadd e \"\"", "get e", ["pfadd", "b", "\0\xff", "\r\n"], "get b",
  "set s text", "pfadd s a", "pfcount s", "pfcount h s", "pfmerge s h", "pfmerge h s",
  "pfmerge x s", "exists x", "rpush l a", "pfadd l a", "pfcount l", "pfcount h l", "pfmerge l h",
  "pfmerge h l", "set n 12345", "pfadd n 1", "pfcount n", "expire h 1000", "pfadd h zz", "ttl h",
  "pfmerge h g", "ttl h", "object encoding h", "object encoding u", "strlen h",
  "pfdebug encoding h", "pfdebug decode h", "pfdebug todense h", "get h", "pfdebug todense h",
  "pfdebug encoding h", "pfdebug decode h", "pfadd h more", "pfcount h", "get h",
  "pfdebug getreg g", "pfdebug encoding g", "object encoding g", "get g", "pfdebug foo g",
  "pfdebug encoding none", "pfdebug encoding l", "pfdebug encoding s", "pfdebug encoding",
  "pfdebug encoding g g", "pfmerge v g b", "pfdebug encoding v", "get v", "ttl g", "pfselftest x",
];

const GROWING: readonly Request[] = [
  ...Array.from({ length: 40 }, (_, i) => [
    ["pfadd", "h", ...numbered(i * 60, i * 60 + 60)],
    ["get", "h"],
    ["pfdebug", "encoding", "h"],
    ["pfcount", "h"],
  ]).flat(),
  ["pfadd", "big", ...numbered(0, 20_000)],
  "get big",
  "pfcount big",
  "pfcount big h none",
  ["pfadd", "small", ...numbered(10_000, 10_100)],
  "pfmerge small big",
  "get small",
  "pfcount small",
  "config set hll-sparse-max-bytes 100",
  ["pfadd", "early", ...numbered(0, 100)],
  "get early",
  "config set hll-sparse-max-bytes 15000",
  ["pfadd", "late", ...numbered(0, 6000)],
  "strlen late",
  "get late",
  "pfcount late",
  "config set hll-sparse-max-bytes 0",
  "pfadd none a",
  "get none",
  "config set hll-sparse-max-bytes 3000",
];

const FORGERIES: readonly Request[] = [
  forged(1, ""),
  forged(1, "\x7f\xff"),
  forged(1, "\x7f\xff\x80"),
  forged(1, "\x7f\xff\x00"),
  forged(1, "\x7f\xfe"),
  forged(1, "\x7f\xfe\x80"),
  forged(1, "\x7f\xfe\x83"),
  forged(1, "\x80".repeat(16384)),
  forged(1, "\xff".repeat(4096)),
  forged(1, "\x40\x00".repeat(16384)),
  forged(1, "\x7f\xff", "\x05\0\0\0\0\0\0\0"),
  forged(1, "", "\xff\xff\xff\xff\xff\xff\xff\x7f"),
  forged(0, ""),
  forged(0, "\0".repeat(12288)),
  forged(0, "\xff".repeat(12288)),
  forged(0, "\x33".repeat(12288)),
  forged(0, "\xb2\x2c\xcb".repeat(4096)),
  forged(0, "\xf3\x3c\xcf".repeat(4096)),
  forged(0, "\0".repeat(12289)),
  forged(2, "\x7f\xff"),
  "HYLL",
  "hyll\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff",
  `HYLL\x01abc\0\0\0\0\0\0\0\x80\x7f\xff`,
].flatMap((value) =>
  [
    ...["pfcount h", "pfcount h none", "pfmerge u h", "pfdebug decode h", "pfdebug encoding h"],
    "get h",
    ...["pfdebug todense h", "get h", "pfdebug todense u"],
  ]
    .flatMap((request) => [["set", "h", value], request] as Request[])
    .concat([
      ["set", "h", value],
      "object encoding h",
      ["pfadd", "h", ...numbered(0, 30)],
      "object encoding h",
      "get h",
      "pfcount h",
      "get h",
      "get u",
      "del u",
    ]),
);

t.test("the referee answers the same", (t) => sameScripts(t, { BASICS, GROWING, FORGERIES }));

t.test("the referee announces the same changes", (t) =>
  sameScripts(t, {
    CHANGES: [
      ...["watch a", "pfadd a x", "multi", "exec", "watch a", "pfadd a x", "multi", "exec"],
      ...["watch a", "pfcount a", "multi", "exec", "watch a", "pfcount a", "multi", "exec"],
      ...["watch b", "pfmerge b a", "multi", "exec", "watch b", "pfmerge b a", "multi", "exec"],
      ...["watch a", "pfcount a b", "multi", "exec"],
    ],
  }),
);

t.test("the referee keeps the same bytes after random commands", async (t) => {
  const seed = Date.now() % 2 ** 31;
  t.comment(`seed ${seed}`);
  const random = new Random(seed);
  const key = () => random.pick(["a", "b", "c"]);
  const element = () => random.letters("abcdef\0\xff", random.below(20));
  const elements = () => Array.from({ length: random.below(random.pick([5, 50])) }, element);
  const commands = [
    () => ["pfadd", key(), ...elements()],
    () => ["pfadd", key(), ...elements()],
    () => ["pfcount", key()],
    () => ["pfcount", key(), key()],
    () => ["pfmerge", key(), key(), key()],
    () => ["get", key()],
    () => ["del", key()],
  ];
  const picks = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 5];
  const requests = Array.from(
    { length: 1500 },
    () => (random.below(100) === 0 ? commands[6] : commands[random.pick(picks)])?.() as string[],
  );
  await sameEdits(t, requests);
});

t.test("elements are counted once", async (t) => {
  const { send } = testCore();
  t.equal(send(["pfadd", "h", "a", "b", "c"]), ":1\r\n");
  t.equal(send(["pfadd", "h", "a"]), ":0\r\n");
  t.equal(send(["pfcount", "h"]), ":3\r\n");
  t.equal(send(["pfcount", "none"]), ":0\r\n");
  send(["pfadd", "g", "c", "d"]);
  t.equal(send(["pfcount", "h", "g"]), ":4\r\n");
  t.equal(send(["pfmerge", "u", "h", "g"]), "+OK\r\n");
  t.equal(send(["pfcount", "u"]), ":4\r\n");
  t.equal(send(["pfadd", "big", ...numbered(0, 50_000)]), ":1\r\n");
  const count = Number(send(["pfcount", "big"]).slice(1));
  t.ok(Math.abs(count - 50_000) < 50_000 * 0.04, `${count} of 50000`);
  t.equal(send(["strlen", "big"]), ":12304\r\n");
  t.equal(send(["pfselftest"]), "+OK\r\n");
});

t.test("the bytes are Redis's", async (t) => {
  const { send } = testCore();
  send(["pfadd", "h"]);
  t.equal(send(["get", "h"]), "$18\r\nHYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff\r\n");
  send(["pfadd", "h", "a"]);
  t.equal(send(["pfdebug", "decode", "h"]), "$20\r\nZ:12711 v:2,1 Z:3672\r\n");
  t.equal(send(["object", "encoding", "h"]), "$3\r\nraw\r\n");
});

t.test("what is no HyperLogLog is refused", async (t) => {
  const { send } = testCore();
  send(["set", "s", "HYLL"]);
  t.equal(send(["pfadd", "s", "a"]), NOT_ONE);
  t.equal(send(["pfcount", "s"]), NOT_ONE);
  send(["set", "s", forged(1, "\x7f\xfe")]);
  t.equal(send(["pfcount", "s"]), CORRUPT);
  t.equal(send(["pfmerge", "t", "s"]), CORRUPT);
  // Half a run; what is behind it decides in Redis.
  send(["set", "s", forged(1, "\x7f")]);
  t.equal(send(["pfcount", "s"]), CORRUPT);
  t.equal(send(["exists", "t"]), ":0\r\n");
});

t.test("MurmurHash64A in halves is the one in 64 bits", async (t) => {
  const random = new Random(5);
  const murmur = new Murmur64();
  const wrong: string[] = [];
  for (let round = 0; round < 3000; round++) {
    const text = random.letters("\0\x01\x7f\x80\xff", random.below(40));
    const bytes = Buffer.from(`x${text}`, "latin1");
    murmur.hash(bytes, 1, text.length, 0xadc83b19);
    const { low, high } = murmur;
    const got = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    if (got !== murmurOf(bytes.subarray(1))) wrong.push(JSON.stringify(text));
  }
  t.same(wrong, []);
});

/** The same by definition. */
function murmurOf(bytes: Buffer): bigint {
  const m = 0xc6a4a7935bd1e995n;
  const u64 = (value: bigint) => BigInt.asUintN(64, value);
  let h = u64(0xadc83b19n ^ u64(BigInt(bytes.length) * m));
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) {
    let k = u64(bytes.readBigUInt64LE(at) * m);
    k = u64((k ^ (k >> 47n)) * m);
    h = u64((h ^ k) * m);
  }
  if (whole < bytes.length) {
    const rest = Buffer.alloc(8);
    bytes.copy(rest, 0, whole);
    h = u64((h ^ rest.readBigUInt64LE()) * m);
  }
  h = u64((h ^ (h >> 47n)) * m);
  return h ^ (h >> 47n);
}
