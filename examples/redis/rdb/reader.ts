/**
 * Reads the parts of a dump: lengths, strings, numbers. Nothing in it is trusted: each length is
 * checked against the bytes that are there before anything is made of that size, and whatever makes
 * no sense is a CorruptDump.
 */

import { byteString } from "../bytes.ts";
import type { Half } from "../types/stream-id.ts";
import { BITS_14, BITS_32, BITS_64, INT_8, INT_16, INT_32, LZF, SPECIAL } from "./encoding.ts";
import { decompress } from "./lzf.ts";

/** The bytes are not what a dump can be. */
export class CorruptDump extends Error {
  override readonly name = "CorruptDump";
}

/** What a string of ours can hold, and what Redis lets a client send. */
const LONGEST_STRING = 512 * 1024 * 1024 - 32;

export class RdbReader {
  private readonly buffer: Buffer;
  private at: number;
  private readonly end: number;

  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  byte(): number {
    return this.buffer[this.take(1)] as number;
  }

  /** How many items follow, each of which has at least `least` bytes. */
  count(least: number): number {
    const count = this.number();
    if (count > (this.end - this.at) / least) throw new CorruptDump("more items than bytes");
    return Number(count);
  }

  /** The same where there must be one: a key of no elements is no key. */
  someCount(least: number): number {
    const count = this.count(least);
    if (count === 0) throw new CorruptDump("an empty value");
    return count;
  }

  /** A number of 64 bits without sign. */
  number(): Half {
    const first = this.byte();
    if (first >= SPECIAL) throw new CorruptDump("a string where a number is expected");
    return this.numberFrom(first);
  }

  /** Milliseconds since the epoch. */
  time(): number {
    return Number(this.buffer.readBigInt64LE(this.take(8)));
  }

  double(): number {
    return this.buffer.readDoubleLE(this.take(8));
  }

  /** `length` bytes as a byte string. */
  characters(length: number): string {
    return byteString(this.buffer, this.take(length), length);
  }

  text(): string {
    const bytes = this.string();
    return byteString(bytes, 0, bytes.length);
  }

  /** A string; the bytes may be those of the dump itself. */
  string(): Buffer {
    const first = this.byte();
    if (first >= SPECIAL) return this.special(first);
    const length = this.numberFrom(first);
    const at = this.take(Number(length));
    return this.buffer.subarray(at, this.at);
  }

  private special(first: number): Buffer {
    switch (first) {
      case INT_8:
        return Buffer.from(String(this.buffer.readInt8(this.take(1))));
      case INT_16:
        return Buffer.from(String(this.buffer.readInt16LE(this.take(2))));
      case INT_32:
        return Buffer.from(String(this.buffer.readInt32LE(this.take(4))));
      case LZF:
        return this.compressed();
      default:
        throw new CorruptDump("an unknown encoding");
    }
  }

  private compressed(): Buffer {
    const compressedLength = Number(this.number());
    const length = Number(this.number());
    const at = this.take(compressedLength);
    const bytes =
      length <= LONGEST_STRING ? decompress(this.buffer.subarray(at, this.at), length) : undefined;
    if (bytes === undefined) throw new CorruptDump("compressed bytes of another length");
    return bytes;
  }

  private numberFrom(first: number): Half {
    if (first < BITS_14) return first;
    if (first < BITS_32) return ((first & 0x3f) << 8) | this.byte();
    if (first === BITS_32) return this.buffer.readUInt32BE(this.take(4));
    if (first !== BITS_64) throw new CorruptDump("an unknown kind of length");
    const value = this.buffer.readBigUInt64BE(this.take(8));
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  /** Where the next `size` bytes begin. */
  private take(size: number): number {
    const { at } = this;
    if (size > this.end - at || size > LONGEST_STRING) throw new CorruptDump("ends too early");
    this.at = at + size;
    return at;
  }
}
