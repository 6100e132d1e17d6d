/**
 * The listpack, Redis's form of small collections: a header of six bytes, elements one behind the
 * other, 255. Each element is an integer or a string, and ends with its own length, for the way
 * back.
 * https://github.com/antirez/listpack/blob/master/listpack.md
 */

import { byteString, bytesOf } from "../bytes.ts";
import { parseInt64, parseInteger } from "../number.ts";
import { CorruptDump } from "./reader.ts";

const HEADER = 6;
const END = 255;
/** Stands for "so many that they must be counted". */
const MANY = 65535;

// What the first byte of an element says, where it does not hold the value itself.
const STRING_6 = 0x80;
const INTEGER_13 = 0xc0;
const STRING_12 = 0xe0;
const STRING_32 = 0xf0;
const INTEGER_16 = 0xf1;
const INTEGER_24 = 0xf2;
const INTEGER_32 = 0xf3;
const INTEGER_64 = 0xf4;

const LONGEST_INTEGER = 20;

export class ListpackWriter {
  private buffer = Buffer.allocUnsafe(64);
  private end = HEADER;
  count = 0;

  /** Bytes of the listpack, its end included. */
  get size(): number {
    return this.end + 1;
  }

  pushText(text: string): void {
    this.push(bytesOf(text), 0, text.length);
  }

  /** Appends `source[offset, offset + length)`, as an integer if it is one. */
  push(source: Buffer, offset: number, length: number): void {
    if (length <= LONGEST_INTEGER) {
      const value = parseInteger(source, offset, length);
      if (!Number.isNaN(value)) {
        this.pushInteger(value);
        return;
      }
      const exact = length > 15 ? parseInt64(byteString(source, offset, length)) : undefined;
      if (exact !== undefined) {
        this.pushInteger(exact);
        return;
      }
    }
    this.pushString(source, offset, length);
  }

  /** Appends an integer of 64 bits. */
  pushInteger(value: number | bigint): void {
    const start = this.reserve(9);
    const { buffer } = this;
    const fits = (bits: number) => value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
    if (value >= 0 && value <= 127) {
      buffer[start] = Number(value);
      this.end += 1;
    } else if (fits(13)) {
      buffer.writeUInt16BE((Number(value) & 0x1fff) | (INTEGER_13 << 8), start);
      this.end += 2;
    } else if (fits(16)) {
      buffer[start] = INTEGER_16;
      this.end = buffer.writeInt16LE(Number(value), start + 1);
    } else if (fits(24)) {
      buffer[start] = INTEGER_24;
      this.end = buffer.writeIntLE(Number(value), start + 1, 3);
    } else if (fits(32)) {
      buffer[start] = INTEGER_32;
      this.end = buffer.writeInt32LE(Number(value), start + 1);
    } else {
      buffer[start] = INTEGER_64;
      this.end = buffer.writeBigInt64LE(BigInt(value), start + 1);
    }
    this.finishElement(start);
  }

  private pushString(source: Buffer, offset: number, length: number): void {
    const start = this.reserve(length + 5);
    const { buffer } = this;
    if (length < 64) {
      buffer[start] = STRING_6 | length;
      this.end += 1;
    } else if (length < 4096) {
      this.end = buffer.writeUInt16BE((STRING_12 << 8) | length, start);
    } else {
      buffer[start] = STRING_32;
      this.end = buffer.writeUInt32LE(length, start + 1);
    }
    source.copy(buffer, this.end, offset, offset + length);
    this.end += length;
    this.finishElement(start);
  }

  /** Writes the length of the element that begins at `start`, seven bits a byte, behind it. */
  private finishElement(start: number): void {
    const length = this.end - start;
    const size = backLengthSize(length);
    for (let i = 0; i < size; i++) {
      const bits = Math.floor(length / 2 ** (7 * (size - 1 - i))) & 0x7f;
      this.buffer[this.end++] = i === 0 ? bits : bits | 0x80;
    }
    this.count++;
  }

  /** The whole of it; nothing may be appended afterwards. */
  finish(): Buffer {
    const end = this.reserve(1);
    this.buffer[end] = END;
    this.buffer.writeUInt32LE(end + 1, 0);
    this.buffer.writeUInt16LE(Math.min(this.count, MANY), 4);
    return this.buffer.subarray(0, end + 1);
  }

  /** Room for an element of `size` bytes, for its length, and for the end. */
  private reserve(size: number): number {
    const needed = this.end + size + 6;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.end);
      this.buffer = larger;
    }
    return this.end;
  }
}

/** How many bytes say that an element has `length` bytes. */
function backLengthSize(length: number): number {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

/** The elements of a listpack, as byte strings. */
export function listpackElements(bytes: Buffer): string[] {
  if (bytes.length < HEADER + 1 || bytes.readUInt32LE(0) !== bytes.length) {
    throw new CorruptDump("a listpack of another length");
  }
  const elements: string[] = [];
  const end = bytes.length - 1;
  let at = HEADER;
  while (at < end) {
    const { text, next } = elementAt(bytes, at);
    elements.push(text);
    at = next + backLengthSize(next - at);
  }
  const count = bytes.readUInt16LE(4);
  const isCounted = count === MANY || count === elements.length;
  if (at !== end || bytes[end] !== END || !isCounted) throw new CorruptDump("a broken listpack");
  return elements;
}

/** An element, and where its length begins, which is behind it. */
function elementAt(bytes: Buffer, at: number): { text: string; next: number } {
  const first = bytes[at] as number;
  const spare = bytes.length - at;
  const size = headSize(first);
  if (spare <= size) throw new CorruptDump("a listpack that ends too early");
  if (first < STRING_6) return { text: String(first), next: at + 1 };
  if (first >= INTEGER_16 || (first >= INTEGER_13 && first < STRING_12)) {
    return { text: String(integerAt(bytes, at)), next: at + size };
  }
  const length = stringLength(bytes, at);
  if (length > spare - size) throw new CorruptDump("a string beyond its listpack");
  return { text: byteString(bytes, at + size, length), next: at + size + length };
}

/** Bytes of an element before its string, or all bytes of an integer. */
function headSize(first: number): number {
  if (first < INTEGER_13) return 1;
  if (first < STRING_32) return 2;
  switch (first) {
    case STRING_32:
      return 5;
    case INTEGER_16:
      return 3;
    case INTEGER_24:
      return 4;
    case INTEGER_32:
      return 5;
    case INTEGER_64:
      return 9;
    default:
      throw new CorruptDump("an unknown element of a listpack");
  }
}

function integerAt(bytes: Buffer, at: number): number | bigint {
  switch (bytes[at]) {
    case INTEGER_16:
      return bytes.readInt16LE(at + 1);
    case INTEGER_24:
      return bytes.readIntLE(at + 1, 3);
    case INTEGER_32:
      return bytes.readInt32LE(at + 1);
    case INTEGER_64:
      return bytes.readBigInt64LE(at + 1);
    default:
      // 13 bits: shifted up until their sign is that of 32 bits, and down again.
      return (bytes.readUInt16BE(at) << 19) >> 19;
  }
}

function stringLength(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  if (first < INTEGER_13) return first & 0x3f;
  if (first < STRING_32) return bytes.readUInt16BE(at) & 0xfff;
  return bytes.readUInt32LE(at + 1);
}
