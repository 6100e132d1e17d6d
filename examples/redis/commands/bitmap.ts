/**
 * Bitmaps: strings whose bits are counted from the highest of the first byte on.
 * https://redis.io/docs/latest/commands/?group=bitmap
 *
 * See also bits.ts, and bitfield.ts in this folder for integers of any width.
 */

import type { Args } from "../args.ts";
import { type BitOperation, bitAt, combine, countBits, findBit, invert } from "../bits.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { NONE, type Ref } from "../keyspace/keyspace.ts";
import { GENERIC_EVENT, notify, STRING_EVENT } from "../keyspace-events.ts";
import { lookupString, lookupStringWrite, lookupWrite } from "../lookup.ts";
import { parseInt64, parseInteger } from "../number.ts";
import { keepAsBytes, stringBytes } from "../string-bytes.ts";

// biome-ignore format: a table is read by its columns
export const bitmapCommands: CommandGroup = { group: "bitmap", rows: [
  ["setbit",    4, "write denyoom", 1,  1, 1, setbit,   "2.2.0", "Sets one bit; answers the old"],
  ["getbit",    3, "readonly fast", 1,  1, 1, getbit,   "2.2.0", "One bit"],
  ["bitcount", -2, "readonly",      1,  1, 1, bitcount, "2.6.0", "How many bits are set"],
  ["bitpos",   -3, "readonly",      1,  1, 1, bitpos,   "2.8.7", "Where the first 0 or 1 is"],
  ["bitop",    -4, "write denyoom", 2, -1, 1, bitop,    "2.6.0", "Combines bits of strings"],
] };

const WRONG_OFFSET = replyError("ERR bit offset is not an integer or out of range");
const WRONG_BIT = replyError("ERR bit is not an integer or out of range");
const NO_BIT = replyError("ERR The bit argument must be 1 or 0.");
const NOT_OF_ONE = replyError("ERR BITOP NOT must be called with a single source key.");

/** SETBIT key offset value */
function setbit(call: Call): void {
  const { args, db, reply } = call;
  const place = bitOffset(call, 2);
  const bit = args.atLeast(3, 0, WRONG_BIT);
  if (bit > 1) throw WRONG_BIT;
  const old = lookupStringWrite(call, 1);
  const isLonger = old === NONE || place >= db.stringLength(old) * 8;
  const was = isLonger ? 0 : bitAt(stringBytes(call, old), place);
  if (isLonger || bit !== was) {
    openForBits(call, old, place);
    db.buffer[db.offset + Math.floor(place / 8)] ^= (was ^ bit) << (7 - (place % 8));
    notify(call, STRING_EVENT, "setbit", 1);
  } else {
    keepAsBytes(call, old);
  }
  reply.integer(was);
}

/**
 * Points `db.buffer` at the string in argument 1, made if it is not there (`ref` is NONE) and long
 * enough for the bit at `place`: one change, whatever it takes.
 */
export function openForBits({ args, db }: Call, ref: Ref, place: number): Ref {
  const { changes } = db;
  const size = Math.floor(place / 8) + 1;
  const target = ref === NONE ? db.setStringValue(args.string(1), "") : ref;
  const open = db.resizeString(target, Math.max(size, db.stringLength(target)));
  db.changes = changes + 1;
  return open;
}

/** GETBIT key offset */
function getbit(call: Call): void {
  const { db, reply } = call;
  const place = bitOffset(call, 2);
  const ref = lookupString(call, 1);
  if (ref === NONE || place >= db.stringLength(ref) * 8) {
    reply.integer(0);
    return;
  }
  reply.integer(bitAt(stringBytes(call, ref), place));
}

const HASH_SIGN = 35;

/** Argument `i`: a place among bits, or, behind a `#`, among fields of `width` bits. */
export function bitOffset({ args, core }: Call, i: number, width = 0): number {
  const isIndex = width > 0 && args.length(i) > 0 && args.buffer[args.offset(i)] === HASH_SIGN;
  const place = isIndex ? fieldOffset(args.string(i).slice(1), width) : plainOffset(args, i);
  const limit = core.settings["proto-max-bulk-len"];
  if (!(place >= 0 && Math.floor(place / 8) < limit)) throw WRONG_OFFSET;
  return place;
}

function plainOffset(args: Args, i: number): number {
  const place = parseInteger(args.buffer, args.offset(i), args.length(i));
  return Number.isNaN(place) ? Number(parseInt64(args.string(i)) ?? Number.NaN) : place;
}

function fieldOffset(text: string, width: number): number {
  const index = parseInt64(text);
  // In C the product wraps, and what comes out of it may be a good offset.
  return index === undefined ? Number.NaN : Number(BigInt.asIntN(64, index * BigInt(width)));
}

/** BITCOUNT key [start end [BYTE|BIT]] */
function bitcount(call: Call): void {
  const { args, db, reply } = call;
  const ref = lookupString(call, 1);
  if (ref === NONE) {
    reply.integer(0);
    return;
  }
  const length = db.stringLength(ref);
  if (args.count === 3 || args.count > 5) throw SYNTAX_ERROR;
  let range: BitRange = { start: 0, end: length * 8 };
  if (args.count > 3) {
    const from = args.integer(2);
    const to = args.integer(3);
    if (isBackwards(args, from, to)) {
      reply.integer(0);
      return;
    }
    range = bitRange(length, from, to, args.count > 4 ? parseUnit(args, 4) : "byte");
  }
  const { start, end } = range;
  reply.integer(start < end ? countBits(stringBytes(call, ref), start, end) : 0);
}

/** From the end of the string, and backwards: nothing, also where both are before its begin. */
function isBackwards(args: Args, from: number, to: number): boolean {
  return from < 0 && to < 0 && args.int64(2) > args.int64(3);
}

type Unit = "byte" | "bit";

function parseUnit(args: Args, i: number): Unit {
  if (args.is(i, "bit")) return "bit";
  if (args.is(i, "byte")) return "byte";
  throw SYNTAX_ERROR;
}

interface BitRange {
  readonly start: number;
  /** The first bit that is not in it. */
  readonly end: number;
}

/** From `from` to `to`, both included, counted from the end where negative, as bits of a string. */
function bitRange(length: number, from: number, to: number, unit: Unit): BitRange {
  const total = unit === "bit" ? length * 8 : length;
  const scale = unit === "bit" ? 1 : 8;
  const first = Math.max(from < 0 ? total + from : from, 0);
  const last = Math.min(Math.max(to < 0 ? total + to : to, 0), total - 1);
  return { start: first * scale, end: (last + 1) * scale };
}

/** BITPOS key bit [start [end [BYTE|BIT]]] */
function bitpos(call: Call): void {
  const { args, db, reply } = call;
  const bit = args.int64(2);
  if (bit !== 0n && bit !== 1n) throw NO_BIT;
  const ref = lookupString(call, 1);
  if (ref === NONE) {
    reply.integer(bit === 0n ? 0 : -1);
    return;
  }
  if (args.count > 6) throw SYNTAX_ERROR;
  const length = db.stringLength(ref);
  const from = args.count > 3 ? args.integer(3) : 0;
  const unit = args.count > 5 ? parseUnit(args, 5) : "byte";
  const { start, end } = bitRange(length, from, args.count > 4 ? args.integer(4) : -1, unit);
  if (start >= end) {
    reply.integer(-1);
    return;
  }
  const found = findBit(stringBytes(call, ref), bit === 1n ? 1 : 0, start, end);
  // Behind a string without an end that was asked for there are zeros.
  const isPadded = found < 0 && bit === 0n && args.count < 5;
  reply.integer(isPadded ? length * 8 : found);
}

const OPERATIONS = ["and", "or", "xor", "not"] as const;

/** BITOP AND|OR|XOR|NOT destkey key [key …] */
function bitop(call: Call): void {
  const { args, reply } = call;
  const operation = OPERATIONS.find((name) => args.is(1, name));
  if (operation === undefined) throw SYNTAX_ERROR;
  if (operation === "not" && args.count !== 4) throw NOT_OF_ONE;
  const sources: Ref[] = [];
  for (let i = 3; i < args.count; i++) sources.push(lookupString(call, i));
  const result = combined(call, operation, sources);
  storeBits(call, result);
  reply.integer(result.length);
}

function combined(call: Call, operation: BitOperation | "not", sources: readonly Ref[]): Buffer {
  const [first = NONE, ...others] = sources;
  const lengths = sources.map((ref) => (ref === NONE ? 0 : call.db.stringLength(ref)));
  const result = Buffer.alloc(lengths.reduce((longest, one) => Math.max(longest, one), 0));
  result.set(stringBytes(call, first));
  if (operation === "not") invert(result);
  else for (const ref of others) combine(result, operation, stringBytes(call, ref));
  return result;
}

/** Makes `bits` the string in argument 2; without any there is no such key. */
function storeBits(call: Call, bits: Buffer): void {
  const { args, db } = call;
  const old = lookupWrite(call, 2);
  if (bits.length > 0) {
    const { changes } = db;
    db.resizeString(db.setStringValue(args.string(2), ""), bits.length);
    db.changes = changes + 1;
    bits.copy(db.buffer, db.offset);
    notify(call, STRING_EVENT, "set", 2);
  } else if (old !== NONE) {
    db.remove(old);
    notify(call, GENERIC_EVENT, "del", 2);
  }
}
