/**
 * The ziplist and the zipmap, which listpacks have replaced: only to be read, since 7.0 reads the
 * dumps of its predecessors.
 * https://rdb.fnordig.de/file_format.html#ziplist-encoding
 */

import { byteString } from "../bytes.ts";
import { CorruptDump } from "./reader.ts";

const HEADER = 10;
const END = 255;
const MANY = 65535;
/** A length of one byte, or this and four bytes. */
const LONG = 254;

/** The elements of a ziplist, as byte strings. */
export function ziplistElements(bytes: Buffer): string[] {
  if (bytes.length < HEADER + 1 || bytes.readUInt32LE(0) !== bytes.length) {
    throw new CorruptDump("a ziplist of another length");
  }
  const elements: string[] = [];
  const end = bytes.length - 1;
  let at = HEADER;
  while (at < end) {
    // Before each element stands the length of the one before it.
    at += bytes[at] === LONG ? 5 : 1;
    const { text, next } = elementAt(bytes, at, end);
    elements.push(text);
    at = next;
  }
  const count = bytes.readUInt16LE(8);
  const isCounted = count === MANY || count === elements.length;
  if (at !== end || bytes[end] !== END || !isCounted) throw new CorruptDump("a broken ziplist");
  return elements;
}

interface Element {
  readonly text: string;
  readonly next: number;
}

function elementAt(bytes: Buffer, at: number, end: number): Element {
  // Every head is read below: the longest has nine bytes.
  const first = at < end ? (bytes[at] as number) : END;
  if (first === END) throw new CorruptDump("a ziplist that ends too early");
  if (first < 0xc0) return stringAt(bytes, at, end);
  const size = integerSize(first);
  if (at + 1 + size > end) throw new CorruptDump("an integer beyond its ziplist");
  const value = size === 8 ? bytes.readBigInt64LE(at + 1) : smallInteger(bytes, at, size);
  return { text: String(value), next: at + 1 + size };
}

function stringAt(bytes: Buffer, at: number, end: number): Element {
  const first = bytes[at] as number;
  const head = first < 0x40 ? 1 : first < 0x80 ? 2 : 5;
  if (at + head > end) throw new CorruptDump("a ziplist that ends too early");
  let length = first & 0x3f;
  if (head === 2) length = bytes.readUInt16BE(at) & 0x3fff;
  if (head === 5) length = bytes.readUInt32BE(at + 1);
  const start = at + head;
  if (length > end - start) throw new CorruptDump("a string beyond its ziplist");
  return { text: byteString(bytes, start, length), next: start + length };
}

/** Bytes of an integer behind its first one; the smallest are in that byte itself. */
function integerSize(first: number): number {
  switch (first) {
    case 0xc0:
      return 2;
    case 0xd0:
      return 4;
    case 0xe0:
      return 8;
    case 0xf0:
      return 3;
    case 0xfe:
      return 1;
    default:
      if (first < 0xf1 || first > 0xfd) throw new CorruptDump("an unknown element of a ziplist");
      return 0;
  }
}

function smallInteger(bytes: Buffer, at: number, size: number): number {
  return size === 0 ? (bytes[at] as number) - 0xf1 : bytes.readIntLE(at + 1, size);
}

/** Fields and values of a zipmap in turn, as byte strings. */
export function zipmapElements(bytes: Buffer): string[] {
  const elements: string[] = [];
  const end = bytes.length - 1;
  let at = 1;
  while (at < end) {
    const isValue = elements.length % 2 === 1;
    const isLong = bytes[at] === LONG;
    if (at + 5 > end && isLong) throw new CorruptDump("a zipmap that ends too early");
    const length = isLong ? bytes.readUInt32LE(at + 1) : (bytes[at] as number);
    const head = (isLong ? 5 : 1) + (isValue ? 1 : 0);
    // A value may have had more bytes once; how many are free is said in one byte.
    const free = isValue ? (bytes[at + head - 1] as number) : 0;
    const start = at + head;
    if (length === END || length > end - start) throw new CorruptDump("a broken zipmap");
    elements.push(byteString(bytes, start, length));
    at = start + length + free;
  }
  const isWhole = elements.length % 2 === 0 && at === end && bytes[end] === END;
  if (!isWhole) throw new CorruptDump("a broken zipmap");
  return elements;
}
