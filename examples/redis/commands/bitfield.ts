/**
 * Bitfields: strings as rows of integers of any width, several of them read and changed at once.
 * https://redis.io/docs/latest/commands/bitfield/
 *
 * See also bitmap.ts, and bitfield.ts beside this folder for the integers.
 */

import type { Args } from "../args.ts";
import { fit, type IntegerType, type Overflow, readField, writeField } from "../bitfield.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { NONE } from "../keyspace/keyspace.ts";
import { notify, STRING_EVENT } from "../keyspace-events.ts";
import { lookupString, lookupStringWrite } from "../lookup.ts";
import { parseInt64 } from "../number.ts";
import { keepAsBytes, stringBytes } from "../string-bytes.ts";
import { bitOffset, openForBits } from "./bitmap.ts";

// biome-ignore format: a table is read by its columns
export const bitfieldCommands: CommandGroup = { group: "bitmap", rows: [
  ["bitfield",    -2, "write denyoom", 1, 1, 1, bitfield,   "3.2.0", "Integers of any width"],
  ["bitfield_ro", -2, "readonly fast", 1, 1, 1, bitfieldRo, "6.0.0", "BITFIELD that only reads"],
] };

const WRONG_TYPE_OF_FIELD = replyError(
  "ERR Invalid bitfield type. Use something like i16 u8. " +
    "Note that u64 is not supported but i64 is.",
);
const WRONG_OVERFLOW = replyError("ERR Invalid OVERFLOW type specified");
const ONLY_GET = replyError("ERR BITFIELD_RO only supports the GET subcommand");

interface Operation {
  readonly name: "get" | "set" | "incrby";
  readonly type: IntegerType;
  readonly place: number;
  readonly operand: bigint;
  readonly overflow: Overflow;
}

/** BITFIELD key [GET type offset] [[OVERFLOW WRAP|SAT|FAIL] SET|INCRBY type offset value] … */
function bitfield(call: Call): void {
  const operations = parseOperations(call);
  if (operations.every(({ name }) => name === "get")) readFields(call, operations);
  else changeFields(call, operations);
}

/** BITFIELD_RO key [GET type offset] … */
function bitfieldRo(call: Call): void {
  const operations = parseOperations(call);
  if (operations.some(({ name }) => name !== "get")) throw ONLY_GET;
  readFields(call, operations);
}

function readFields(call: Call, operations: readonly Operation[]): void {
  const bytes = stringBytes(call, lookupString(call, 1));
  call.reply.array(operations.length);
  for (const { place, type } of operations) call.reply.integer(readField(bytes, place, type));
}

function changeFields(call: Call, operations: readonly Operation[]): void {
  const { db, reply } = call;
  const { changes } = db;
  const old = lookupStringWrite(call, 1);
  const last = lastPlace(operations);
  const isLonger = old === NONE || last >= db.stringLength(old) * 8;
  const ref = isLonger ? openForBits(call, old, last) : old;
  if (!isLonger) keepAsBytes(call, ref);
  const bytes = stringBytes(call, ref);
  reply.array(operations.length);
  let changed = 0;
  for (const operation of operations) {
    const hasChanged = perform(call, bytes, operation);
    // The first bits of a string that became longer were written, whatever they are.
    if (hasChanged === "yes" || (isLonger && hasChanged === "same")) changed++;
  }
  if (changed > 0) {
    db.resizeString(ref, bytes.length);
    notify(call, STRING_EVENT, "setbit", 1);
  }
  db.changes = changes + changed;
}

/** One operation and its reply; whether it has written, and something else than was there. */
function perform({ reply }: Call, bytes: Buffer, operation: Operation): "yes" | "same" | "no" {
  const { name, operand, overflow, place, type } = operation;
  const old = readField(bytes, place, type);
  if (name === "get") {
    reply.integer(old);
    return "no";
  }
  const wanted = name === "set" ? asGiven(operand, type, overflow) : old + operand;
  const value = fit(wanted, type, overflow);
  if (value === undefined) {
    reply.null();
    return "no";
  }
  writeField(bytes, place, type, value);
  reply.integer(name === "set" ? old : value);
  return value === old ? "same" : "yes";
}

/** What SET is to store: as C sees it. */
function asGiven(operand: bigint, { signed, bits }: IntegerType, overflow: Overflow): bigint {
  if (!signed) return BigInt.asUintN(64, operand);
  // The way up from a number so low does not fit an int64, and Redis takes it for a high one.
  const isTooLow = bits < 64 && operand < (1n << BigInt(bits - 1)) - 2n ** 63n;
  return overflow === "sat" && isTooLow ? -operand : operand;
}

function lastPlace(operations: readonly Operation[]): number {
  let last = 0;
  for (const { name, place, type } of operations) {
    if (name !== "get") last = Math.max(last, place + type.bits - 1);
  }
  return last;
}

const NAMES = ["get", "set", "incrby"] as const;
const OVERFLOWS = ["wrap", "sat", "fail"] as const;

function parseOperations(call: Call): Operation[] {
  const { args } = call;
  const operations: Operation[] = [];
  let overflow: Overflow = "wrap";
  for (let i = 2; i < args.count; ) {
    const left = args.count - i - 1;
    if (left >= 1 && args.is(i, "overflow")) {
      overflow = parseOverflow(args, i + 1);
      i += 2;
      continue;
    }
    const name = NAMES.find((one) => args.is(i, one));
    const words = name === "get" ? 2 : 3;
    if (name === undefined || left < words) throw SYNTAX_ERROR;
    const type = parseType(args, i + 1);
    const place = bitOffset(call, i + 2, type.bits);
    const operand = name === "get" ? 0n : args.int64(i + 3);
    operations.push({ name, type, place, operand, overflow });
    i += words + 1;
  }
  return operations;
}

function parseOverflow(args: Args, i: number): Overflow {
  const overflow = OVERFLOWS.find((one) => args.is(i, one));
  if (overflow === undefined) throw WRONG_OVERFLOW;
  return overflow;
}

/** `i` or `u`, and how many bits. */
function parseType(args: Args, i: number): IntegerType {
  // A C string ends with its first zero.
  const [text = ""] = args.string(i).split("\0");
  const signed = text.startsWith("i");
  const bits = Number(parseInt64(text.slice(1)) ?? 0n);
  const isType = signed || text.startsWith("u");
  if (!isType || bits < 1 || bits > (signed ? 64 : 63)) throw WRONG_TYPE_OF_FIELD;
  return { signed, bits };
}
