// Numbers: what is read as one, how it is printed, and that INCRBYFLOAT reckons as C does.

import t from "tap";
import {
  addLongDoubles,
  formatLongDouble,
  parseLongDouble,
} from "../../examples/redis/long-double.ts";
import {
  formatDouble,
  formatFixed,
  parseDouble,
  parseInt64,
  parseInteger,
  writeInteger,
} from "../../examples/redis/number.ts";
import { Random } from "../helpers/random.ts";
import { NO_REFEREE, type Request, startReferee } from "../helpers/referee.ts";

// biome-ignore format: a script is read line by line
const NOT_A_NUMBER = [
  "", " ", " 1", "1 ", "1x", "x", "-", "+", ".", "-.", "e5", "1e", "1e+", "1.e", "1..2", "--1",
  "+-1", "0x", "0x.", "0xg", "0x1p", "0x1p+", "1_000", "1,5", "nan", "-nan", "NaN(1)", "infinit",
  "in", "1\0", "\t1", "1\n", "½", "0b1", "1d", "1f", "0x1.8p1.5",
];

// biome-ignore format: a script is read line by line
const FLOATS = [
  "0", "-0", "+0", "1", "-1", "+1", "00012", "1.", ".5", "-.5", "1.5e3", "1E3", "1e+3", "1e-3",
  "0e99999", "0x10", "0X1P4", "0x1.8", "0x.8p1", "-0x1p-3", "0x1p-1074", "0x1p-1080",
  "0x1.fffffffffffff8p1023", "0x1p1024", "inf", "-inf", "+INF", "Infinity", "-infinity", "1e308",
  "1e309", "-1e309", "1e-323", "1e-324", "2e-324", "1e-400", "4.9e-324", "1e400", "0.1",
  "0.30000000000000004", "1e17", "1e16", "123456789012345678", "99999999999999999",
  "100000000000000000", "0.0001", "0.00001", "1e-5", "1.1e-4", "562949953421312.125",
  "562949953421312.375", "562949953421312.625", "-562949953421312.125", "3.5", "1e21", "1e22",
  "1.7976931348623157e308", "2.2250738585072014e-308", "9007199254740993",
  "0.1000000000000000055511151231257827", `1${"0".repeat(400)}`, `0.${"0".repeat(400)}1`,
  `0x${"f".repeat(64)}`, `0x1${"0".repeat(40)}1`, `0x0.${"0".repeat(40)}1p200`,
  "0x1p99999999999999999999", "0x0p99999999999999999999", "1e99999999999999999999",
  "0e99999999999999999999", "1e-99999999999999999999", `${"1".repeat(1000)}e-990`,
];

t.test("integers are canonical and 64 bits wide", async (t) => {
  t.equal(parseInt64("9223372036854775807"), 2n ** 63n - 1n);
  t.equal(parseInt64("-9223372036854775808"), -(2n ** 63n));
  const refused = [
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999",
    "",
    "-",
    "+1",
    "01",
    "-0",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x1",
    "--1",
    "1\0",
  ];
  for (const text of refused) t.equal(parseInt64(text), undefined, JSON.stringify(text));
  for (const text of [...refused, "1234567890123456"]) {
    t.ok(Number.isNaN(parseInteger(Buffer.from(text), 0, text.length)), JSON.stringify(text));
  }
  t.equal(parseInteger(Buffer.from("x-123456789012345y"), 1, 16), -123456789012345);
});

t.test("doubles are read whole or not at all", async (t) => {
  for (const text of NOT_A_NUMBER) t.ok(Number.isNaN(parseDouble(text)), JSON.stringify(text));
  t.equal(parseDouble("-inf"), -Infinity);
  t.equal(parseDouble("0x1.8p1"), 3);
  t.equal(parseDouble("-0x.8"), -0.5);
  t.ok(Object.is(parseDouble("-0"), -0));
  for (const text of ["1e309", "1e-400", "0x1p1024", "0x1p-1080"]) {
    t.ok(Number.isNaN(parseDouble(text)), `${text} is out of range`);
  }
  t.equal(parseDouble("0x1p-1074"), Number.MIN_VALUE);
});

t.test("hex floats are rounded to the nearest double, ties to even", async (t) => {
  t.equal(parseDouble("0x20000000000001"), 2 ** 53);
  t.equal(parseDouble("0x20000000000003"), 2 ** 53 + 4);
  t.equal(parseDouble(`0x20000000000001.${"0".repeat(100)}1`), 2 ** 53 + 2);
  t.equal(parseDouble("0x3p-1075"), 2 * Number.MIN_VALUE);
});

t.test("text that is nearly a number is refused in linear time", async (t) => {
  const began = performance.now();
  for (const text of ["1".repeat(5e6), `0x${"1".repeat(5e6)}`, `0.${"0".repeat(5e6)}`]) {
    t.ok(Number.isNaN(parseDouble(`${text}x`)));
  }
  t.ok(performance.now() - began < 2000);
});

t.test("doubles are printed with 17 significant digits, ties to even", async (t) => {
  // biome-ignore format: a table is read by its columns
  const printed: [number, string][] = [
    [0, "0"], [-0, "-0"], [1, "1"], [1.5, "1.5"], [-123.5, "-123.5"], [0.1, "0.10000000000000001"],
    [1e16, "10000000000000000"], [2 ** 56, "72057594037927936"], [1e17, "1e+17"],
    [1.5e300, "1.5000000000000001e+300"], [0.0001, "0.0001"], [-1e-5, "-1.0000000000000001e-05"],
    [Number.MIN_VALUE, "4.9406564584124654e-324"],
    [Infinity, "inf"], [-Infinity, "-inf"], [Number.NaN, "nan"],
    [2 ** 49 + 1 / 8, "562949953421312.12"], [2 ** 49 + 3 / 8, "562949953421312.38"],
  ];
  for (const [value, text] of printed) t.equal(formatDouble(value), text);
});

t.test("0.1 and 0.2 are 0.3 in a long double", async (t) => {
  t.equal(sum("0.1", "0.2"), "0.3");
  t.equal(sum("10.5", "0.1"), "10.6");
  t.equal(sum("5.0e3", "-0"), "5000");
  t.equal(sum("-1e-18", "0"), "0");
  t.equal(sum("18446744073709551615", "1"), "18446744073709551616");
  t.equal(sum("18446744073709551616", "1"), "18446744073709551616");
  t.equal(sum("18446744073709551617", "2"), "18446744073709551618");
  t.equal(sum("inf", "1"), undefined);
  t.equal(sum("1e4932", "1e4932"), undefined);
  for (const text of NOT_A_NUMBER) t.equal(parseLongDouble(text), undefined, JSON.stringify(text));
  for (const text of ["1e5000", "1e-5000", "0".repeat(5120)])
    t.equal(parseLongDouble(text), undefined);
});

t.test("the referee reads, adds and prints floats the same", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const texts = [...NOT_A_NUMBER, ...FLOATS, ...randomFloats(1500)];
  await t.test("doubles", async (t) => {
    const replies = await referee.sendAll(
      texts.flatMap<Request>((text) => [
        ["zadd", "z", text, "m"],
        ["zscore", "z", "m"],
        ["del", "z"],
      ]),
    );
    const differences = texts.filter((text, i) => {
      const value = parseDouble(text);
      if (Number.isNaN(value)) return replies[i * 3] !== "-ERR value is not a valid float\r\n";
      // A small sorted set keeps integral scores as integers, and has no -0.
      return replies[i * 3 + 1] !== bulk(formatDouble(value === 0 ? 0 : value));
    });
    t.same(differences, []);
  });
  await t.test("long doubles", async (t) => {
    const numbers = texts.filter((text) => parseLongDouble(text) !== undefined);
    const shifted = [...numbers.slice(7), ...numbers.slice(0, 7)];
    const pairs = numbers.map((text, i) => [text, shifted[i] as string] as const);
    const replies = await referee.sendAll(
      pairs.flatMap<Request>(([a, b]) => [
        ["set", "f", a],
        ["incrbyfloat", "f", b],
      ]),
    );
    const differences = pairs.filter(([a, b], i) => {
      const text = sum(a, b);
      const expected = replies[i * 2 + 1] as string;
      if (text === undefined) return !expected.startsWith("-ERR increment would produce");
      return expected !== bulk(text);
    });
    t.same(differences, []);
  });
  await t.test("what is no long double", async (t) => {
    const refused = texts.filter((text) => parseLongDouble(text) === undefined);
    const replies = await referee.sendAll(refused.map((text) => ["incrbyfloat", "none", text]));
    const differences = refused.filter(
      (_, i) => replies[i] !== "-ERR value is not a valid float\r\n",
    );
    t.same(differences, []);
  });
});

function sum(a: string, b: string): string | undefined {
  const [x, y] = [parseLongDouble(a), parseLongDouble(b)];
  if (x === undefined || y === undefined) throw new Error(`${a} or ${b} is no number`);
  const total = addLongDoubles(x, y);
  return total && formatLongDouble(total);
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** Decimals, hex floats and exact ties. */
function randomFloats(count: number): string[] {
  const random = new Random(42);
  const digits = (length: number) => random.letters("0123456789", length);
  const hex = (length: number) => random.letters("0123456789abcdef", length);
  const forms = [
    () => `${digits(1 + random.below(25))}.${digits(random.below(25))}`,
    () => `-${digits(1 + random.below(4))}.${digits(1 + random.below(4))}`,
    () => `${digits(1 + random.below(20))}e${random.below(700) - 350}`,
    () => `${digits(1 + random.below(20))}e${random.below(9950) - 4975}`,
    () => `0x${hex(1 + random.below(20))}.${hex(random.below(20))}p${random.below(2200) - 1100}`,
    () => `0x1.${"0".repeat(random.below(30))}8p${random.below(33000) - 16500}`,
    () => `${2 ** random.pick([47, 48, 49, 50]) + random.below(2 ** 20)}.${random.pick(EIGHTHS)}`,
  ];
  return Array.from({ length: count }, () => random.pick(forms)());
}

/** With 15 digits before them, these are ties between two numbers of 17 digits. */
const EIGHTHS = ["125", "375", "625", "875"];

t.test("integers are written as they are printed", async (t) => {
  const buffer = Buffer.alloc(40, "x");
  const values = [0, 1, 9, 10, 11, 99, 100, 101, 1e15, 123456789012345, 2 ** 53 - 1];
  for (const value of [...values, ...values.map((positive) => -positive)]) {
    const end = writeInteger(buffer, value, 3);
    t.equal(buffer.toString("latin1", 3, end), `${value === 0 ? 0 : value}`);
    t.equal(buffer.toString("latin1", 0, 3), "xxx");
  }
});

t.test("fixed decimals are rounded as C does, a tie to the even digit", async (t) => {
  t.equal(formatFixed(0.03125, 4), "0.0312");
  t.equal(formatFixed(0.09375, 4), "0.0938");
  t.equal(formatFixed(-0.03125, 4), "-0.0312");
  t.equal(formatFixed(0.03126, 4), "0.0313");
  t.equal(formatFixed(-0, 2), "-0.00");
  t.equal(formatFixed(1e22, 1), "10000000000000000000000.0");
  t.equal(formatFixed(Infinity, 6), "inf");
});
