/**
 * Writers of RESP2 and RESP3 replies, straight into one growing buffer.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 * A handler calls the writer of the richest type (`map`, `double`, `null`); what a RESP2 client
 * gets instead is decided here and nowhere else. See also request.ts, the other direction.
 */

import { writeByteString } from "./bytes.ts";
import { formatDouble, writeInteger } from "./number.ts";

const INITIAL_CAPACITY = 64 * 1024;
/** Above this a buffer that one large reply made is not kept for the next ones. */
const KEPT_CAPACITY = 1024 * 1024;
/** Up to this length a loop copies faster than `copy`, which crosses into the runtime. */
const SHORT_COPY = 32;

const CR = 13;
const LF = 10;
const ZERO = 48;

export type Protocol = 2 | 3;

export class Reply {
  buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
  length = 0;
  protocol: Protocol = 2;
  /** A long value that is not copied; its place is between `buffer[0, cut)` and what follows. */
  value: Buffer | undefined = undefined;
  cut = 0;
  /** From which length on; a transport that can gather what it sends says so. */
  gatherFrom = Number.POSITIVE_INFINITY;
  /** Told of every error reply, for the counters. */
  onError: (text: string) => void = () => {};

  clear(): void {
    this.length = 0;
    this.value = undefined;
    if (this.buffer.length > KEPT_CAPACITY) this.buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
  }

  /** Takes back everything written after `length`. */
  truncate(length: number): void {
    this.length = length;
    if (length < this.cut) this.value = undefined;
  }

  /** Gives the buffer away to somebody who must keep it, and starts a new one. */
  detach(): Buffer {
    const bytes = this.buffer.subarray(0, this.length);
    this.buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
    this.length = 0;
    return bytes;
  }

  ok(): void {
    this.raw(OK);
  }

  /** `+text`; only for words of our own, never for a client's bytes. */
  simple(text: string): void {
    this.line("+", text);
  }

  /** `-text`, on one line whatever a client's bytes put into it. */
  error(text: string): void {
    this.onError(text);
    this.line("-", text.replace(/[\r\n]/g, " "));
  }

  integer(value: number | bigint): void {
    if (typeof value === "bigint" || !Number.isSafeInteger(value)) {
      this.line(":", BigInt(value).toString());
      return;
    }
    this.header(COLON, value);
  }

  /** `$length bytes`: the span is copied, so it may be in a buffer that is reused. */
  bulk(source: Buffer, offset: number, length: number): void {
    this.header(DOLLAR, length);
    this.reserve(length + 2);
    this.copy(source, offset, length);
    this.crlf();
  }

  /**
   * As `bulk`, but a long value may stay where it is until the reply is sent: nothing may change
   * it before, so `Core.feed` runs no further command.
   */
  bulkInPlace(source: Buffer, offset: number, length: number): void {
    if (length < this.gatherFrom || this.value !== undefined) {
      this.bulk(source, offset, length);
      return;
    }
    this.header(DOLLAR, length);
    this.value = source.subarray(offset, offset + length);
    this.cut = this.length;
    this.reserve(2);
    this.crlf();
  }

  /** Copies the value that is not copied yet, because what comes next may change it. */
  settle(): void {
    const { cut, value } = this;
    if (value === undefined) return;
    this.value = undefined;
    this.reserve(value.length);
    this.buffer.copyWithin(cut + value.length, cut, this.length);
    this.buffer.set(value, cut);
    this.length += value.length;
  }

  /** A byte string (each character one byte) as a bulk string. */
  bulkString(text: string): void {
    this.header(DOLLAR, text.length);
    this.reserve(text.length + 2);
    this.length += writeByteString(this.buffer, text, this.length);
    this.crlf();
  }

  bulkInteger(value: number | bigint): void {
    this.bulkString(value.toString());
  }

  null(): void {
    this.raw(this.protocol === 3 ? NULL_3 : NULL_BULK_2);
  }

  /** What an array that is not there looks like: RESP2 tells it apart from a missing string. */
  nullArray(): void {
    this.raw(this.protocol === 3 ? NULL_3 : NULL_ARRAY_2);
  }

  array(length: number): void {
    this.header(ASTERISK, length);
  }

  /** `pairs` keys and values follow, alternating. */
  map(pairs: number): void {
    if (this.protocol === 3) this.header(PERCENT, pairs);
    else this.header(ASTERISK, pairs * 2);
  }

  set(length: number): void {
    this.header(this.protocol === 3 ? TILDE : ASTERISK, length);
  }

  push(length: number): void {
    this.header(this.protocol === 3 ? GREATER_THAN : ASTERISK, length);
  }

  double(value: number): void {
    if (this.protocol === 2 && isPlainInteger(value)) {
      this.bulk(digits, 0, writeInteger(digits, value, 0));
    } else {
      this.doubleText(formatDouble(value));
    }
  }

  /** A double in other digits than `%.17g` has. */
  doubleText(text: string): void {
    if (this.protocol === 3) this.line(",", text);
    else this.bulkString(text);
  }

  boolean(value: boolean): void {
    if (this.protocol === 3) this.raw(value ? TRUE_3 : FALSE_3);
    else this.integer(value ? 1 : 0);
  }

  /** Text for a person; `format` is three characters, `txt` or `mkd`. */
  verbatim(format: string, text: string): void {
    if (this.protocol === 2) {
      this.bulkString(text);
      return;
    }
    this.header(EQUALS, text.length + 4);
    this.reserve(text.length + 6);
    this.length += writeByteString(this.buffer, `${format}:${text}`, this.length);
    this.crlf();
  }

  bulkStrings(texts: readonly string[]): void {
    this.array(texts.length);
    for (const text of texts) this.bulkString(text);
  }

  simpleStrings(texts: readonly string[]): void {
    this.set(texts.length);
    for (const text of texts) this.simple(text);
  }

  /** Bytes that are already in the protocol's form. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  private line(prefix: string, text: string): void {
    this.reserve(text.length + 3);
    this.length += writeByteString(this.buffer, prefix + text, this.length);
    this.crlf();
  }

  /** A type byte, an integer, CRLF: the first line of nearly every reply. */
  private header(type: number, value: number): void {
    this.reserve(24);
    const { buffer } = this;
    buffer[this.length++] = type;
    if (value >= 0 && value < 100) {
      // Nearly all of them; a division by ten without dividing, exact for two digits.
      const tens = (value * 103) >> 10;
      if (tens > 0) buffer[this.length++] = ZERO + tens;
      buffer[this.length++] = ZERO + value - tens * 10;
    } else {
      this.length = writeInteger(buffer, value, this.length);
    }
    this.crlf();
  }

  private crlf(): void {
    this.buffer[this.length++] = CR;
    this.buffer[this.length++] = LF;
  }

  private copy(source: Uint8Array, offset: number, length: number): void {
    const { buffer } = this;
    let at = this.length;
    if (length <= SHORT_COPY) {
      for (let i = 0; i < length; i++) buffer[at++] = source[offset + i] as number;
    } else {
      buffer.set(source.subarray(offset, offset + length), at);
    }
    this.length += length;
  }

  private reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

/** Room for the digits of an integer that is on its way into a reply. */
const digits = Buffer.alloc(24);

/** Whether `%.17g` prints it as the integer it is: no sign of a zero, no exponent. */
function isPlainInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

const COLON = 58;
const DOLLAR = 36;
const ASTERISK = 42;
const PERCENT = 37;
const TILDE = 126;
const GREATER_THAN = 62;
const EQUALS = 61;

const OK = Buffer.from("+OK\r\n");
const NULL_3 = Buffer.from("_\r\n");
const NULL_BULK_2 = Buffer.from("$-1\r\n");
const NULL_ARRAY_2 = Buffer.from("*-1\r\n");
const TRUE_3 = Buffer.from("#t\r\n");
const FALSE_3 = Buffer.from("#f\r\n");
