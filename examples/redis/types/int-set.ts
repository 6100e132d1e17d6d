/**
 * Sorted integers of 64 bits, packed: each takes 2, 4 or 8 bytes, as the one that needs most does.
 * They are the bytes of a `Packed`, which knows how many they are and may live in a record; so that
 * no integer becomes a BigInt, each is a pair of halves. See also set.ts.
 */

import { byteString } from "../bytes.ts";
import { parseInt64, parseInteger } from "../number.ts";
import type { Packed } from "./packed.ts";

/** An integer: its upper half with the sign, its lower half without. */
interface Halves {
  high: number;
  low: number;
}

const HALF = 2 ** 32;
/** The integer that was asked for last. */
const wanted: Halves = { high: 0, low: 0 };

/** Reads `source[offset, offset + length)` as the wanted integer; false when it is none. */
export function want(source: Buffer, offset: number, length: number): boolean {
  const value = parseInteger(source, offset, length);
  if (!Number.isNaN(value)) {
    wanted.high = Math.floor(value / HALF);
    wanted.low = value - wanted.high * HALF;
    return true;
  }
  const exact = length > 20 ? undefined : parseInt64(byteString(source, offset, length));
  if (exact === undefined) return false;
  wanted.high = Number(exact >> 32n);
  wanted.low = Number(exact & 0xffffffffn);
  return true;
}

function widthOf(high: number, low: number): number {
  if (high === 0 ? low >= 2 ** 31 : high !== -1 || low < 2 ** 31) return 8;
  const value = low | 0;
  return value >= -(2 ** 15) && value < 2 ** 15 ? 2 : 4;
}

/** How many bytes each takes. */
function width(packed: Packed): number {
  return packed.count === 0 ? 2 : packed.size / packed.count;
}

/** The place of the wanted integer, counted from 0; when it is not there, -1 minus its place. */
export function search(packed: Packed): number {
  let low = 0;
  let high = packed.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareAt(packed, middle);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}

/** Negative, zero or positive as integer `i` is below, is, or is above the wanted one. */
function compareAt(packed: Packed, i: number): number {
  const { buffer } = packed;
  const each = width(packed);
  const at = packed.begin + i * each;
  const low = lowAt(buffer, at, each);
  const high = each === 8 ? buffer.readInt32LE(at + 4) : low < 2 ** 31 ? 0 : -1;
  return high - wanted.high || low - wanted.low;
}

function lowAt(buffer: Buffer, at: number, each: number): number {
  return each === 2 ? buffer.readInt16LE(at) >>> 0 : buffer.readUInt32LE(at);
}

/** Puts the wanted integer at the place that `search` has found for it. */
export function insert(packed: Packed, place: number): void {
  const each = Math.max(width(packed), widthOf(wanted.high, wanted.low));
  widen(packed, each);
  const at = packed.openGap(place * each, each);
  write(packed.buffer, at, each, wanted.high, wanted.low);
}

function write(buffer: Buffer, at: number, each: number, high: number, low: number): void {
  if (each === 2) buffer.writeInt16LE((low << 16) >> 16, at);
  else buffer.writeInt32LE(low | 0, at);
  if (each === 8) buffer.writeInt32LE(high, at + 4);
}

/** Gives each integer `each` bytes. */
function widen(packed: Packed, each: number): void {
  const old = width(packed);
  const { count } = packed;
  if (each === old || count === 0) return;
  packed.reserve(count * (each - old));
  const { begin, buffer } = packed;
  // From the last one on, so that none is written over before it is read.
  for (let i = count - 1; i >= 0; i--) {
    const low = lowAt(buffer, begin + i * old, old);
    write(buffer, begin + i * each, each, low < 2 ** 31 ? 0 : -1, low);
  }
  packed.extend(count * (each - old));
}

/** Removes integer `i`. */
export function removeAt(packed: Packed, i: number): void {
  const each = width(packed);
  packed.closeGap(i * each, each);
}

/** The digits of integer `i`. */
export function digitsAt(packed: Packed, i: number): string {
  const { buffer } = packed;
  const each = width(packed);
  const at = packed.begin + i * each;
  if (each === 2) return buffer.readInt16LE(at).toString();
  return each === 4 ? buffer.readInt32LE(at).toString() : buffer.readBigInt64LE(at).toString();
}
