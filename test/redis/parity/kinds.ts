/**
 * The kinds of arguments, for grammar.ts: the usual ones often, and what stands at an edge or is
 * wrong now and then. The first ones are the plainest: there fast-check ends when it shrinks.
 */

import fc from "fast-check";

type AnyWords = fc.Arbitrary<readonly string[]>;

/** `usual` nine times in ten. */
function mostly(usual: string, ...rare: readonly string[]): fc.Arbitrary<string> {
  const common = fc.constantFrom(...usual.split(" "));
  if (rare.length === 0) return common;
  return fc.oneof(
    { weight: 9, arbitrary: common },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
}

const BINARY = "\x00\xff\r\n";
const LONG = "long".repeat(20);
const INT64 = ["9223372036854775807", "-9223372036854775808", "9223372036854775808"];
const NO_INTEGER = ["", "x", " 1", "01", "+1", "-0", "1.5", "1e3", "4294967296", "-2147483649"];
const NO_FLOAT = ["", "x", " 1", "1 ", "nan", "1e400", "1e-400", "--1", "0x", "1,5"];

const KINDS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  key: mostly("a a a b b c", "", BINARY, "none"),
  value: mostly("v 1 10 -5 hello 3.5 foobar", "", BINARY, LONG, "9223372036854775807"),
  text: mostly("ohmytext mynewtext aaa abcabc hello", "", BINARY, LONG),
  field: mostly("f g h 1 2 3 i j k", "", BINARY, LONG),
  member: mostly("m n o p 1 2 3 -7 20", "", BINARY, LONG, "9223372036854775807", "01"),
  number: mostly("1 2 3 5 7 -1 100 40000 70000 5000000000", ...INT64),
  int: mostly("1 0 2 -1 5 100", ...INT64, ...NO_INTEGER),
  index: mostly("0 1 -1 2 -2 5 -100 100", ...INT64, ...NO_INTEGER),
  count: mostly("1 2 0 3 10", "-1", ...INT64, ...NO_INTEGER),
  offset: mostly("0 1 5 30", "-1", "536870912", "x", ""),
  // What is answered once for each of them must not be too many.
  few: mostly("1 0 2 3 -1 -4 10"),
  float: mostly("1 0.5 -1.25 3.0e3 1e20 0.1 5e-7", ...NO_FLOAT, "inf", "-inf", "0x1p3"),
  score: mostly("1 2 3 0 -1 1.5 2.5 1e17 -0", "inf", "-inf", "+inf", ...NO_FLOAT),
  min: mostly("-inf 0 1 (1 2 (2 -1", "(inf", "+inf", "(", "(x", ...NO_FLOAT),
  max: mostly("+inf 1 2 (2 3 (3 inf", "(-inf", "-inf", "(", "(x", ...NO_FLOAT),
  lexmin: mostly("- [a [m (m [1 (n", "+", "", "m", "[", "("),
  lexmax: mostly("+ [z [o (o [2 (p", "-", "", "m", "[", "("),
  // Far enough away that no clock makes a difference, or past.
  seconds: mostly("100 1000 100000", "0", "-1", ...INT64, ...NO_INTEGER, "9223372036854775"),
  milliseconds: mostly("100000 5000000", "0", "-1", ...INT64, ...NO_INTEGER),
  at: mostly("4102444800 5000000000", "1", "0", "-1", ...INT64, ...NO_INTEGER),
  msat: mostly("4102444800000 5000000000000", "1", "0", "-1", ...INT64, ...NO_INTEGER),
  db: mostly("0 1", "15", "16", "-1", "x", "", "4294967296"),
  pattern: mostly("* ? a* [ab] *1* [^a] [a-c] \\a **", "", "[", "\\", "[a-", BINARY),
  cursor: mostly("0", "x", "", "-0", "18446744073709551616"),
  junk: mostly("0 1 -1 x", "", BINARY, LONG, ...INT64, "nx", "count", "limit", "withscores"),
  id: mostly(
    "1-1 2-0 3-5 1-0 5 7-1 8-0 9-9",
    "0",
    "0-0",
    "-",
    "+",
    "$",
    ">",
    "1-",
    "-1",
    "x",
    "1-x",
  ),
  addid: mostly("1-1 2-0 3-5 5 7-1 8-0 9-9 10-* 11-* 12", "0-0", "0-*", "x", "1-x", "-", "5-1-1"),
  lowid: mostly(
    "- 0 1 2-0 (1-1 3",
    "+",
    "(",
    "(-",
    "x",
    "(18446744073709551615-18446744073709551615",
  ),
  highid: mostly("+ 9 3-5 (8-0 2", "-", "(", "(+", "x", "(0-0", "18446744073709551615"),
  group: mostly("g g g k", "", BINARY),
  consumer: mostly("alice bob", "", BINARY),
  idle: mostly("0 0 0", "100000000", "-1", "x", ""),
  channel: mostly("ch other", "", BINARY),
  encoding: mostly("i8 u8 u4 i16 u63 i64", "u64", "i65", "i0", "x", "i", ""),
  bitoffset: mostly(
    "0 1 8 #1 #0 7 100",
    "-1",
    "#-1",
    "x",
    "#",
    "4294967296",
    "9223372036854775807",
  ),
  // What a bit is set at decides how long the string is.
  smallbit: mostly("0 1 7 8 20 100 4000", "-1", "x", "", "4294967296", "01"),
  bit: mostly("1 0", "2", "-1", "x", ""),
  longitude: mostly("13.361389 15.087269 2.349014 -0.127758", "180", "-180.1", "x", ""),
  latitude: mostly("38.115556 37.502669 48.856613 51.507351", "85.05112878", "-86", "x", ""),
  place: mostly("Palermo Catania Paris London", "", BINARY),
  radius: mostly("100 200 3000 0 0.5", "-1", "x", ""),
  unit: mostly("km m mi ft", "x", ""),
};

/** Kinds that are more than one word. */
const SEVERAL: Readonly<Record<string, AnyWords>> = {
  keys: counted(KINDS.key as fc.Arbitrary<string>),
  entry: fc
    .array(fc.tuple(KINDS.field as fc.Arbitrary<string>, KINDS.value as fc.Arbitrary<string>), {
      minLength: 1,
      maxLength: 3,
    })
    .map((pairs) => pairs.flat()),
};

/** A count, and so many of them. */
function counted(one: fc.Arbitrary<string>): AnyWords {
  return fc
    .array(one, { minLength: 1, maxLength: 3 })
    .map((words) => [String(words.length), ...words]);
}

export function kind(name: string): AnyWords {
  const several = SEVERAL[name];
  if (several !== undefined) return several;
  const one = KINDS[name];
  if (one === undefined) throw new Error(`no kind of argument is called ${name}`);
  return one.map((word) => [word]);
}
