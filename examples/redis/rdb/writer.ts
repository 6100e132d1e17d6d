/**
 * Writes the parts of a dump into one growing buffer: lengths, strings, numbers. What is done can
 * be taken out in between, so that a long dump need not be in memory as a whole.
 */

import { bytesOf } from "../bytes.ts";
import { parseInteger } from "../number.ts";
import type { Half } from "../types/stream-id.ts";
import { BITS_14, BITS_32, BITS_64, INT_8, INT_16, INT_32, LZF } from "./encoding.ts";
import { compress } from "./lzf.ts";

const INITIAL_CAPACITY = 256;
/** A string that may be a 32-bit integer is no longer than this. */
const LONGEST_INT32 = 11;
/** Shorter strings are not worth compressing. */
const SHORTEST_COMPRESSED = 21;

export class RdbWriter {
  buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
  length = 0;
  private readonly compression: "lzf" | "none";

  constructor(compression: "lzf" | "none") {
    this.compression = compression;
  }

  byte(value: number): void {
    const at = this.reserve(1);
    this.buffer[at] = value;
  }

  bytes(source: Buffer, offset: number, length: number): void {
    const at = this.reserve(length);
    source.copy(this.buffer, at, offset, offset + length);
  }

  /** A length, a count, or another number of 64 bits without sign. */
  number(value: Half): void {
    if (value < 64) {
      this.byte(Number(value));
    } else if (value < 16384) {
      this.byte(BITS_14 | (Number(value) >> 8));
      this.byte(Number(value) & 0xff);
    } else if (value < 2 ** 32) {
      this.byte(BITS_32);
      const at = this.reserve(4);
      this.buffer.writeUInt32BE(Number(value), at);
    } else {
      this.byte(BITS_64);
      const at = this.reserve(8);
      this.buffer.writeBigUInt64BE(BigInt(value), at);
    }
  }

  /** Milliseconds since the epoch. */
  time(milliseconds: number): void {
    const at = this.reserve(8);
    this.buffer.writeBigInt64LE(BigInt(milliseconds), at);
  }

  double(value: number): void {
    const at = this.reserve(8);
    this.buffer.writeDoubleLE(value, at);
  }

  text(text: string): void {
    this.string(bytesOf(text), 0, text.length);
  }

  /** A string in the shortest of its three forms: an integer, compressed, or as it is. */
  string(source: Buffer, offset: number, length: number): void {
    if (length <= LONGEST_INT32 && this.integer(parseInteger(source, offset, length))) return;
    if (this.compression === "lzf" && length >= SHORTEST_COMPRESSED) {
      const compressed = compress(source.subarray(offset, offset + length));
      if (compressed !== undefined) {
        this.byte(LZF);
        this.number(compressed.length);
        this.number(length);
        this.bytes(compressed, 0, compressed.length);
        return;
      }
    }
    this.number(length);
    this.bytes(source, offset, length);
  }

  /** False for what is no integer of 32 bits. */
  private integer(value: number): boolean {
    if (value !== (value | 0)) return false;
    if (value >= -128 && value <= 127) {
      this.byte(INT_8);
      const at = this.reserve(1);
      this.buffer.writeInt8(value, at);
    } else if (value >= -32768 && value <= 32767) {
      this.byte(INT_16);
      const at = this.reserve(2);
      this.buffer.writeInt16LE(value, at);
    } else {
      this.byte(INT_32);
      const at = this.reserve(4);
      this.buffer.writeInt32LE(value, at);
    }
    return true;
  }

  /** Makes room for `size` bytes, maybe in another buffer; returns where they go. */
  private reserve(size: number): number {
    const at = this.length;
    const needed = at + size;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, at);
      this.buffer = larger;
    }
    this.length = needed;
    return at;
  }
}
