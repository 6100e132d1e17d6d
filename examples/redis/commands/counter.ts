/**
 * Strings that are numbers: 64-bit integers, and decimal fractions in C's `long double`.
 * https://redis.io/docs/latest/commands/?group=string
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import {
  INCREMENT_NOT_FINITE,
  INCREMENT_OVERFLOW,
  NOT_A_FLOAT,
  NOT_AN_INTEGER,
  replyError,
} from "../errors.ts";
import { NONE, type Ref } from "../keyspace/keyspace.ts";
import { BYTES } from "../keyspace/types.ts";
import { notify, STRING_EVENT } from "../keyspace-events.ts";
import {
  addLongDoubles,
  formatLongDouble,
  LONGEST_LONG_DOUBLE,
  type LongDouble,
  parseLongDouble,
} from "../long-double.ts";
import { lookupStringWrite } from "../lookup.ts";
import { parseInt64 } from "../number.ts";

// biome-ignore format: a table is read by its columns
export const counterCommands: CommandGroup = { group: "string", rows: [
  ["incr",        2, "write denyoom fast", 1, 1, 1, incr,        "1.0.0", "Adds one"],
  ["decr",        2, "write denyoom fast", 1, 1, 1, decr,        "1.0.0", "Subtracts one"],
  ["incrby",      3, "write denyoom fast", 1, 1, 1, incrby,      "1.0.0", "Adds an integer"],
  ["decrby",      3, "write denyoom fast", 1, 1, 1, decrby,      "1.0.0", "Subtracts an integer"],
  ["incrbyfloat", 3, "write denyoom fast", 1, 1, 1, incrbyfloat, "2.6.0", "Adds a fraction"],
] };

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** A canonical integer has no more characters. */
const LONGEST_INTEGER = 20;
const DECREMENT_OVERFLOW = replyError("ERR decrement would overflow");

function incr(call: Call): void {
  add(call, 1);
}

function decr(call: Call): void {
  add(call, -1);
}

function incrby(call: Call): void {
  add(call, exactInteger(call, 2));
}

function decrby(call: Call): void {
  const decrement = exactInteger(call, 2);
  if (decrement === INT64_MIN) throw DECREMENT_OVERFLOW;
  add(call, -decrement);
}

/** A number where that is exact, a BigInt beyond. */
function exactInteger({ args }: Call, i: number): number | bigint {
  const value = args.integer(i);
  return Number.isSafeInteger(value) ? value : args.int64(i);
}

function add(call: Call, increment: number | bigint): void {
  const { args, db, reply } = call;
  const ref = lookupStringWrite(call, 1);
  const sum = exactSum(ref === NONE ? 0 : storedInteger(call, ref), increment);
  if (ref === NONE) db.setStringValue(args.string(1), sum.toString());
  else db.setInteger(ref, sum);
  notify(call, STRING_EVENT, "incrby", 1);
  reply.integer(sum);
}

function storedInteger({ db }: Call, ref: Ref): number | bigint {
  const stored = db.integerValue(ref);
  if (stored !== undefined) return stored;
  // Bytes that an APPEND put together may be an integer all the same.
  const value =
    db.stringLength(ref) > LONGEST_INTEGER ? undefined : parseInt64(db.stringValue(ref));
  if (value === undefined) throw NOT_AN_INTEGER;
  return value;
}

function exactSum(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  if (sum < INT64_MIN || sum > INT64_MAX) throw INCREMENT_OVERFLOW;
  return sum;
}

function incrbyfloat(call: Call): void {
  const { args, db, reply } = call;
  const ref = lookupStringWrite(call, 1);
  if (ref !== NONE && db.stringLength(ref) > LONGEST_LONG_DOUBLE) throw NOT_A_FLOAT;
  const value = longDouble(ref === NONE ? "0" : db.stringValue(ref));
  if (args.length(2) > LONGEST_LONG_DOUBLE) throw NOT_A_FLOAT;
  const sum = addLongDoubles(value, longDouble(args.string(2)));
  if (sum === undefined) throw INCREMENT_NOT_FINITE;
  const text = formatLongDouble(sum);
  const bytes = Buffer.from(text, "latin1");
  if (ref === NONE) db.setText(db.setStringValue(args.string(1), text), BYTES);
  else db.setText(db.replaceString(ref, bytes, 0, bytes.length), BYTES);
  notify(call, STRING_EVENT, "incrbyfloat", 1);
  reply.bulkString(text);
}

function longDouble(text: string): LongDouble {
  const value = parseLongDouble(text);
  if (value === undefined) throw NOT_A_FLOAT;
  return value;
}
