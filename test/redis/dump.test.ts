// DUMP and RESTORE: payloads go from the real server to ours and back, and broken ones harm nobody.

import fc from "fast-check";
import t, { type Test } from "tap";
import { Crc64 } from "../../examples/redis/rdb/crc64.ts";
import { compress, decompress } from "../../examples/redis/rdb/lzf.ts";
import { type TestCore, testCore } from "../helpers/core-session.ts";
import {
  NO_REFEREE,
  type Referee,
  type Request,
  requestWords,
  sameScripts,
  startReferee,
} from "../helpers/referee.ts";

const INTEGERS = ["0", "-1", "127", "-128", "128", "32767", "-32769", "2147483647", "-2147483649"];
const LARGE_INTEGERS = ["9223372036854775807", "-9223372036854775808", "4294967296", "8388608"];
const NO_INTEGERS = ["", "01", "-0", "+1", "1 ", "\0\xff\r\n", "x".repeat(63), "y".repeat(64)];
const LONG = ["a".repeat(21), "abc".repeat(100), "z".repeat(5000), words(20_000)];
const WORDS = [...INTEGERS, ...LARGE_INTEGERS, ...NO_INTEGERS, ...LONG];

/** Text in which some is repeated, the same in every run. */
function words(length: number): string {
  let text = "";
  for (let i = 1; text.length < length; i++) text += `${(i * 7919) % 997} `;
  return text.slice(0, length);
}

const MANY = Array.from({ length: 300 }, (_one, i) => i);

/** By the name of the key, what makes it. */
const MADE: Readonly<Record<string, readonly Request[]>> = {
  ...Object.fromEntries(WORDS.map((word, i) => [`string${i}`, [["set", `string${i}`, word]]])),
  changed: [["set", "changed", "12"], "append changed 34"],
  list: [["rpush", "list", ...WORDS]],
  longList: [["rpush", "longList", ...MANY.map((i) => `element ${i} ${"x".repeat(i)}`)]],
  intset16: ["sadd intset16 3 1 2 -5 32767"],
  intset32: ["sadd intset32 3 1 40000 -70000"],
  intset64: ["sadd intset64 1 9223372036854775807 -9223372036854775808"],
  hash: [["hset", "hash", "a", "1", "b", "text", "", "-70000", "2", ""]],
  zset: ["zadd zset 1 a 2.5 b -3 c 1e20 d 1e17 h -1e18 i inf e -inf f 100000 g"],
  largeZset: [["zadd", "largeZset", ...MANY.flatMap((i) => [i / 7, `member${i}`])]],
  stream: ["xadd stream 1-1 a 1 b 2", "xadd stream 1-2 a 3 b text", "xadd stream 5 c d"],
  longStream: MANY.map((i) => ["xadd", "longStream", `${i + 1}-${i % 3}`, "field", i]),
  hugeIds: [
    "xadd hugeIds 9007199254740991-5 a b",
    "xadd hugeIds 18446744073709551615-18446744073709551615 a b",
  ],
  groups: [
    "xadd groups 1 a 1",
    "xadd groups 2 a 2",
    "xadd groups 3 a 3",
    "xgroup create groups g 0",
    "xgroup create groups h $ entriesread 2",
    "xreadgroup group g alice count 2 streams groups >",
    "xreadgroup group g bob streams groups >",
    "xack groups g 1",
    "xgroup createconsumer groups g c",
  ],
  emptyStream: ["xgroup create emptyStream g $ mkstream"],
};

/** The same, where Redis's own order in the dump depends on its random seed, or on its memory. */
const UNORDERED: Readonly<Record<string, readonly Request[]>> = {
  set: [["sadd", "set", ...WORDS]],
  largeSet: [["sadd", "largeSet", ...MANY.map((i) => i * 3), ...MANY.map((i) => i * 3 + 1)]],
  largeHash: [["hset", "largeHash", ...MANY.flatMap((i) => [`field${i}`, i])]],
  pushedAtBothEnds: [
    ["rpush", "pushedAtBothEnds", 1, 2],
    ["lpush", "pushedAtBothEnds", ...WORDS],
  ],
  deletedFrom: [
    "xadd deletedFrom 1-1 a 1 b 2",
    "xadd deletedFrom 2-1 a 1 b 2",
    "xadd deletedFrom 3-1 a 1 b 3",
    "xdel deletedFrom 2-1",
  ],
};

const EVERY = { ...MADE, ...UNORDERED };

/** The bytes of a bulk string. */
function bulk(reply: string): Buffer {
  return Buffer.from(reply.slice(reply.indexOf("\n") + 1, -2), "latin1");
}

interface Pair {
  readonly ours: TestCore;
  readonly referee: Referee;
}

/** Ours and the real server with the same keys. */
async function pair(t: Test): Promise<Pair | undefined> {
  const referee = await startReferee(t);
  const ours = testCore({ "enable-debug-command": "yes" });
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return undefined;
  }
  for (const request of Object.values(EVERY).flat()) {
    const expected = await referee.send(request);
    if (expected.startsWith("-")) throw new Error(`${request}: ${expected}`);
    ours.send(requestWords(request));
  }
  return { ours, referee };
}

t.test("our payloads are the real server's, byte for byte", async (t) => {
  const both = await pair(t);
  if (both === undefined) return;
  for (const key of Object.keys(MADE)) {
    const expected = bulk(await both.referee.send(["dump", key]));
    const found = bulk(both.ours.send(["dump", key]));
    // Times of delivery are not the same.
    if (key !== "groups" && key !== "emptyStream") t.same(found, expected, key);
    else t.equal(found.length, expected.length, key);
  }
});

t.test("a value survives the way from the real server to ours, and back", async (t) => {
  const both = await pair(t);
  if (both === undefined) return;
  const { ours, referee } = both;
  for (const key of Object.keys(EVERY)) {
    await t.test(key, async (t) => {
      const digest = await referee.send(["debug", "digest-value", key]);
      const theirs = bulk(await referee.send(["dump", key]));
      t.equal(ours.send(["restore", "copy", 0, theirs, "replace"]), "+OK\r\n");
      t.equal(ours.send(["debug", "digest-value", "copy"]), digest, "theirs, in ours");
      const back = bulk(ours.send(["dump", "copy"]));
      t.equal(await referee.send(["restore", "copy", 0, back, "replace"]), "+OK\r\n");
      t.equal(await referee.send(["debug", "digest-value", "copy"]), digest, "ours, in theirs");
      const questions = ["type copy", "object encoding copy", "xinfo stream copy full"];
      if (!/stream|group|ids|deleted/i.test(key)) questions.pop();
      for (const question of questions) {
        t.equal(ours.send(question.split(" ")), await referee.send(question), question);
      }
    });
  }
});

/** A payload of these bytes with version 10 and the right checksum. */
function sealed(bytes: Buffer, version = 10): Buffer {
  const payload = Buffer.concat([bytes, Buffer.alloc(10)]);
  payload.writeUInt16LE(version, bytes.length);
  const crc = new Crc64();
  crc.update(payload, 0, bytes.length + 2);
  crc.write(payload, bytes.length + 2);
  return payload;
}

function ziplist(...elements: Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.alloc(10)];
  let before = 0;
  let tail = 10;
  let size = 10;
  for (const element of elements) {
    const length = before < 254 ? Buffer.from([before]) : Buffer.from([254, 0, 0, 0, 0]);
    if (before >= 254) length.writeUInt32LE(before, 1);
    parts.push(length, element);
    before = length.length + element.length;
    tail = size;
    size += before;
  }
  const bytes = Buffer.concat([...parts, Buffer.from([255])]);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt32LE(tail, 4);
  bytes.writeUInt16LE(elements.length, 8);
  return bytes;
}

/** A string of a dump, as it is. */
function plain(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes);
  const { length } = content;
  const head = length < 64 ? [length] : [0x40 | (length >> 8), length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

const short = (text: string) => Buffer.from([text.length, ...Buffer.from(text)]);
const ELEMENTS = ziplist(
  short("a"),
  Buffer.from([0xf1]),
  short("b"),
  Buffer.from([0xfd]),
  short("c"),
  Buffer.from([0xfe, 0x80]),
  short("d"),
  Buffer.from([0xc0, 0, 0x80]),
  short("e"),
  Buffer.from([0xf0, 0, 0, 0x80]),
  short("f"),
  Buffer.from([0xd0, 0, 0, 0, 0x80]),
  short("g"),
  Buffer.from([0xe0, 1, 0, 0, 0, 0, 0, 0, 0x80]),
  Buffer.concat([Buffer.from([0x41, 0x2c]), Buffer.alloc(300, "l")]),
  Buffer.from([0xf5]),
  Buffer.concat([Buffer.from([0x80, 0, 0, 1, 1]), Buffer.alloc(257, "m")]),
  Buffer.from([0xf6]),
);
const ZIPMAP = Buffer.concat([
  Buffer.from([2, 1, 97, 2, 3, 49, 50, 0, 0, 0, 254, 4, 1, 0, 0]),
  Buffer.alloc(260, "b"),
  Buffer.from([1, 0, 51, 255]),
]);
const LISTPACK_OF_STREAM =
  "\x1c\0\0\0\x0a\0\x01\x01\0\x01\x01\x01\x81a\x02\0\x01\x02\x01\0\x01\0\x01\x01\x01\x04\x01";

/** What 7.0 no longer writes, and still reads. */
const OLDER: Readonly<Record<string, Buffer>> = {
  "a list": Buffer.concat([Buffer.from([1, 2]), plain("a"), Buffer.from([0xc0, 5])]),
  "a sorted set in digits": Buffer.concat([
    Buffer.from([3, 4]),
    plain("a"),
    short("2.5"),
    plain("b"),
    Buffer.from([254]),
    plain("c"),
    Buffer.from([255]),
    plain("d"),
    short("-1e3"),
  ]),
  "a zipmap": Buffer.concat([Buffer.from([9]), plain(ZIPMAP)]),
  "a list in a ziplist": Buffer.concat([Buffer.from([10]), plain(ELEMENTS)]),
  "a sorted set in a ziplist": Buffer.concat([
    Buffer.from([12]),
    plain(ziplist(short("a"), Buffer.from([0xf3]), short("b"), short("-1.5"))),
  ]),
  "a hash in a ziplist": Buffer.concat([Buffer.from([13]), plain(ELEMENTS)]),
  "a quicklist": Buffer.concat([Buffer.from([14, 2]), plain(ELEMENTS), plain(ELEMENTS)]),
  "a stream": Buffer.concat([
    Buffer.from([15, 1, 16, ...Array(7).fill(0), 5, ...Array(7).fill(0), 1]),
    plain(Buffer.from(`${LISTPACK_OF_STREAM}\xff`, "latin1")),
    Buffer.from([1, 5, 1, 1, 1, 103, 5, 1, 0, 0]),
  ]),
};

t.test("what older versions wrote is read as the real server reads it", async (t) => {
  const both = await pair(t);
  if (both === undefined) return;
  for (const [what, bytes] of Object.entries(OLDER)) {
    const requests: Request[] = [
      ["restore", "old", 0, sealed(bytes, 6), "replace"],
      "debug digest-value old",
      "object encoding old",
      "xinfo stream old full",
    ];
    for (const request of requests) {
      const expected = await both.referee.send(request);
      t.equal(both.ours.send(requestWords(request)), expected, `${what}: ${request}`);
      if (request === requests[0]) t.equal(expected, "+OK\r\n", what);
    }
  }
});

const FIVE = sealed(Buffer.from([0, 0xc0, 5]));
const NEWER = sealed(Buffer.from([0, 0xc0, 5]), 11);
const BROKEN = Buffer.from(FIVE).fill(1, 2, 3);

// biome-ignore format: a script is read line by line
const RESTORING: readonly Request[] = [
  "dump none", ["restore", "k", 0, FIVE], "get k", "object encoding k", "ttl k",
  ["restore", "k", 0, FIVE], ["restore", "k", 0, FIVE, "REPLACE"], ["restore", "k", "x", FIVE],
  ["restore", "n", -1, FIVE], ["restore", "n", "x", FIVE], ["restore", "n", 100_000, FIVE], "ttl n",
  ["restore", "n", 4102444800000, FIVE, "replace", "absttl"], "pexpiretime n",
  ["restore", "n", 1, FIVE, "absttl", "replace"], "exists n", ["restore", "n", 1, FIVE, "absttl"],
  "exists n", ["restore", "i", 0, FIVE, "idletime", 1000], "object idletime i",
  ["restore", "i", 0, FIVE, "replace", "idletime", -1], ["restore", "i", 0, FIVE, "freq", -1],
  ["restore", "i", 0, FIVE, "freq", 256], ["restore", "i", 0, FIVE, "freq", 1, "idletime", 1],
  ["restore", "i", 0, FIVE, "idletime", 1, "freq", 1], ["restore", "i", 0, FIVE, "freq"],
  ["restore", "i", 0, FIVE, "foo"], ["restore", "i", 0, FIVE, "replace", "freq", 9], "restore i 0",
  ["restore", "new", 0, NEWER], ["restore", "new", 0, BROKEN], ["restore", "new", 0, ""],
  ["restore", "new", 0, "123456789"], ["restore", "new", 0, FIVE.subarray(1)],
  ["restore", "new", 0, sealed(Buffer.alloc(0))], ["restore", "new", 0, sealed(Buffer.from([0]))],
  ["restore", "new", 0, sealed(Buffer.from([6, 1]))],
  ["restore", "new", 0, sealed(Buffer.from([7, 1]))],
  ["restore", "new", 0, sealed(Buffer.from([20, 1]))],
  ["restore", "new", 0, sealed(Buffer.from([1, 0]))],
  ["restore", "new", 0, sealed(Buffer.from([4, 0]))], "exists new", "rpush l 1", "restore l 0 x",
  ["restore", "l", 0, FIVE, "replace"], "type l", ["restore-asking", "asked", 0, FIVE], "get asked",
  "config set maxmemory-policy allkeys-lfu", ["restore", "f", 0, FIVE, "freq", 77], "object freq f",
  ["restore", "f", 0, FIVE, "freq", 0, "replace"], "object freq f",
  "config set maxmemory-policy noeviction", ["restore", "", 0, FIVE], "get \"\"",
];

t.test("the referee answers the same to RESTORE", (t) => sameScripts(t, { RESTORING }));

/** Payloads to break: of every type, and of every older form. */
function specimens(): Buffer[] {
  const { send } = testCore();
  for (const request of Object.values(EVERY).flat()) send(requestWords(request));
  const dumped = Object.keys(EVERY).map((key) => bulk(send(["dump", key])).subarray(0, -10));
  return [...dumped.filter(({ length }) => length < 5000), ...Object.values(OLDER)];
}

/** Some bytes of a payload changed, cut out, or doubled. */
const broken = fc
  .tuple(
    fc.constantFrom(...specimens()),
    fc.array(
      fc.tuple(fc.nat(), fc.constantFrom("set", "flip", "cut", "double", "end"), fc.nat(255)),
    ),
  )
  .map(([payload, changes]) => {
    let bytes = Buffer.from(payload);
    for (const [place, how, value] of changes) {
      // The first bytes say what all the others are.
      const at = (value % 2 === 0 ? place % 40 : place) % Math.max(1, bytes.length);
      if (how === "set") bytes[at] = value;
      else if (how === "flip") bytes[at] = (bytes[at] as number) ^ (1 << (value % 8));
      else if (how === "end") bytes = bytes.subarray(0, at);
      else {
        const tail = how === "cut" ? at + (value % 8) : Math.max(0, at - (value % 8));
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(tail)]);
      }
    }
    return bytes;
  });

t.test("broken payloads are refused, and what is not can be used", async (t) => {
  const { send, logged } = testCore({ "enable-debug-command": "yes" });
  let refused = 0;
  let taken = 0;
  fc.assert(
    fc.property(broken, (bytes) => {
      const reply = send(["restore", "k", 0, sealed(bytes), "replace"]);
      if (reply === "-ERR Bad data format\r\n") {
        refused++;
        return true;
      }
      taken++;
      const again = bulk(send(["dump", "k"]));
      const digest = send(["debug", "digest-value", "k"]);
      send(["restore", "copy", 0, again, "replace"]);
      return reply === "+OK\r\n" && send(["debug", "digest-value", "copy"]) === digest;
    }),
    { numRuns: Number(process.env.FDKIT_FUZZ_RUNS ?? 3000) },
  );
  t.ok(refused > 100 && taken > 100, `${refused} refused, ${taken} taken`);
  t.same(logged, [], "no fault of ours");
});

t.test("a short payload does not get much memory", async (t) => {
  const { send } = testCore();
  const huge = [0x81, 0, 0, 0, 0x10, 0, 0, 0, 0];
  const half = [0x80, 0x1f, 0, 0, 0];
  send(["set", "first", "value"]);
  const before = process.memoryUsage().arrayBuffers;
  for (const length of [huge, half, [0x81, ...Array(8).fill(255)]]) {
    for (const type of [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]) {
      for (const bytes of [
        [type, ...length, 1],
        [type, 0xc3, 5, ...length, 1, 97, 97, 255, 255],
        [type, 1, 0xc3, 5, ...length, 1, 97, 97, 255, 255],
        [type, 0xc3, ...length, 10, 97],
        [type, 3, 1, 97, ...length],
      ]) {
        const reply = send(["restore", "k", 0, sealed(Buffer.from(bytes)), "replace"]);
        // Of a string nothing but its own bytes is looked at.
        const isGood = reply === "-ERR Bad data format\r\n" || (type === 0 && bytes[1] < 5);
        t.ok(isGood, `${bytes}`);
      }
    }
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  t.ok(grown < 16 * 1024 * 1024, `${grown} bytes more`);
});

t.test("the checksum is CRC-64 of Jones, in whatever pieces", async (t) => {
  const text = Buffer.from("123456789");
  const crc = new Crc64();
  crc.update(text, 0, 4);
  crc.update(text, 4, 9);
  const bytes = Buffer.alloc(8);
  crc.write(bytes, 0);
  t.equal(bytes.readBigUInt64LE(0), 0xe9c6d914c4b8d9can);
});

t.test("what is compressed can be decompressed, and anything else is told", async () => {
  const texts = fc.array(fc.constantFrom("a", "bb", "abc", "hello ", "\0", "x".repeat(300)));
  fc.assert(
    fc.property(texts, (parts) => {
      const bytes = Buffer.from(parts.join(""));
      const compressed = compress(bytes);
      if (compressed === undefined) return true;
      return (
        compressed.length <= bytes.length - 4 &&
        decompress(compressed, bytes.length)?.equals(bytes) === true &&
        decompress(compressed, bytes.length + 1) === undefined
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(1000), (bytes, size) => {
      const result = decompress(bytes, size);
      return result === undefined || result.length === size;
    }),
  );
});
