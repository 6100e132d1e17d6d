/**
 * The arguments of one request: spans of the buffer they arrived in, none of them copied.
 *
 * On the hot path a handler works on (buffer, offset, length). Off it, `string()` gives a byte
 * string: every character is one byte (latin1), so that any bytes survive.
 */

import { byteString } from "./bytes.ts";
import { NOT_A_FLOAT, NOT_AN_INT, NOT_AN_INTEGER, type ReplyError } from "./errors.ts";
import { parseDouble, parseInt64, parseInteger } from "./number.ts";

const INITIAL_SPANS = 16;
const NO_BYTES = Buffer.alloc(0);

export class Args {
  buffer: Buffer = NO_BYTES;
  /** Where the request begins in `buffer`; the spans are kept relative to it, so it may move. */
  start = 0;
  count = 0;
  /** The arguments that are secret: passwords are for the server, not for its logs. */
  private concealed: Set<number> | undefined;
  private offsets = new Int32Array(INITIAL_SPANS);
  private lengths = new Int32Array(INITIAL_SPANS);

  clear(): void {
    this.count = 0;
    this.concealed = undefined;
    if (this.offsets.length > 1024) {
      this.offsets = new Int32Array(INITIAL_SPANS);
      this.lengths = new Int32Array(INITIAL_SPANS);
    }
  }

  /** Appends the span that begins `relative` bytes after the request's start. */
  push(relative: number, length: number): void {
    if (this.count === this.offsets.length) this.grow();
    this.offsets[this.count] = relative;
    this.lengths[this.count] = length;
    this.count++;
  }

  private grow(): void {
    const offsets = new Int32Array(this.offsets.length * 2);
    const lengths = new Int32Array(this.lengths.length * 2);
    offsets.set(this.offsets);
    lengths.set(this.lengths);
    this.offsets = offsets;
    this.lengths = lengths;
  }

  /** Becomes a copy of `other`'s spans; the bytes stay where they are. */
  copyFrom(other: Args): void {
    this.offsets = other.offsets.slice();
    this.lengths = other.lengths.slice();
    this.count = other.count;
  }

  /** The same arguments with their bytes in a buffer of their own. */
  copy(): Args {
    const copy = new Args();
    const size = this.lengths.subarray(0, this.count).reduce((sum, length) => sum + length, 0);
    copy.buffer = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (let i = 0; i < this.count; i++) {
      const offset = this.offset(i);
      this.buffer.copy(copy.buffer, at, offset, offset + this.length(i));
      copy.push(at, this.length(i));
      at += this.length(i);
    }
    return copy;
  }

  offset(i: number): number {
    return this.start + (this.offsets[i] as number);
  }

  length(i: number): number {
    return this.lengths[i] as number;
  }

  /** Argument `i` as a byte string. */
  string(i: number): string {
    return byteString(this.buffer, this.offset(i), this.length(i));
  }

  /** Keeps argument `i` out of MONITOR and SLOWLOG. */
  conceal(i: number): void {
    this.concealed ??= new Set();
    this.concealed.add(i);
  }

  /** Argument `i` as others may see it: its first `limit` bytes, and how many more there are. */
  shown(i: number, limit: number): string {
    if (this.concealed?.has(i)) return "(redacted)";
    const more = this.length(i) - limit;
    return more > 0 ? `${this.prefix(i, limit)}... (${more} more bytes)` : this.string(i);
  }

  /** At most `limit` bytes of argument `i`, which may be longer than any string can be. */
  prefix(i: number, limit: number): string {
    return byteString(this.buffer, this.offset(i), Math.min(this.length(i), limit));
  }

  /** Argument `i` in lower case: the name of an option or a subcommand. */
  word(i: number): string {
    return this.string(i).toLowerCase();
  }

  /** Whether argument `i` is `word` (given in lower case), in any case; allocates nothing. */
  is(i: number, word: string): boolean {
    if (this.length(i) !== word.length) return false;
    const offset = this.offset(i);
    for (let j = 0; j < word.length; j++) {
      const byte = this.buffer[offset + j] as number;
      const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
      if (lower !== word.charCodeAt(j)) return false;
    }
    return true;
  }

  /** What an error repeats of argument `i`, as printf(3) would: no more than up to a NUL. */
  printed(i: number, limit = Number.POSITIVE_INFINITY): string {
    return this.prefix(i, limit).split("\0", 1)[0] as string;
  }

  /** A copy of argument `i` that outlives the request. */
  bytes(i: number): Buffer {
    const offset = this.offset(i);
    return Buffer.from(this.buffer.subarray(offset, offset + this.length(i)));
  }

  /** A 64-bit integer as a number: exact up to 2^53, enough for counts, indexes and times. */
  integer(i: number): number {
    const fast = parseInteger(this.buffer, this.offset(i), this.length(i));
    if (!Number.isNaN(fast)) return fast;
    return Number(this.int64(i));
  }

  /** An integer of at least `minimum`; whatever else is there, `error` is said. */
  atLeast(i: number, minimum: number, error: ReplyError): number {
    const value = parseInt64(this.string(i));
    if (value === undefined || value < minimum) throw error;
    return Number(value);
  }

  /** A 32-bit integer, such as the index of a database; `error` takes the place of our own. */
  int32(i: number, error?: ReplyError): number {
    const value = Number(parseInt64(this.string(i)) ?? Number.NaN);
    if (value === (value | 0)) return value;
    throw error ?? (Number.isNaN(value) ? NOT_AN_INTEGER : NOT_AN_INT);
  }

  /** A 64-bit integer, exact. */
  int64(i: number): bigint {
    const value = parseInt64(this.string(i));
    if (value === undefined) throw NOT_AN_INTEGER;
    return value;
  }

  double(i: number): number {
    const whole = parseInteger(this.buffer, this.offset(i), this.length(i));
    if (!Number.isNaN(whole)) return whole;
    const value = parseDouble(this.string(i));
    if (Number.isNaN(value)) throw NOT_A_FLOAT;
    return value;
  }
}
