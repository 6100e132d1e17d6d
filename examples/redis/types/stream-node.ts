/**
 * A run of stream entries, packed: ids in arrays, fields and values behind each other in one
 * buffer. An entry with the same fields as the first one of its node keeps its values only.
 *
 * How large the node would be as a listpack of Redis is counted along, since `MAXLEN ~` removes
 * whole nodes and what is left must not depend on the server.
 */

import { byteString } from "../bytes.ts";
import { compareIds, type Half, type StreamId } from "./stream-id.ts";

/** Spans of a buffer: what an entry is made from. */
export interface Items {
  readonly buffer: Buffer;
  offset(i: number): number;
  length(i: number): number;
}

/** Before the items of an entry: their number, or this for the fields of the first one. */
const SAME_FIELDS = 0;
const LENGTH_BYTES = 4;
/** A listpack's header and end. */
const LISTPACK_FRAME = 7;

export class StreamNode {
  /** The id of its first entry, also when that one was deleted. */
  readonly first: StreamId;
  /** The id of its last entry, also when that one was deleted. */
  last: StreamId;
  deleted = 0;
  bytes: Buffer;
  used = 0;
  private readonly ms: Half[] = [];
  private readonly seq: Half[] = [];
  private readonly offsets: number[] = [];
  /** Where the fields of the first entry are: at the buffer's begin, after its number of items. */
  private readonly fieldCount: number;
  private packedSize: number;

  constructor(id: StreamId, items: Items, from: number, count: number) {
    this.first = id;
    this.last = id;
    this.fieldCount = count / 2;
    let size = LISTPACK_FRAME + integerSize(this.fieldCount) + integerSize(0);
    let bytes = 0;
    for (let i = from; i < from + count; i++) {
      bytes += items.length(i) + LENGTH_BYTES;
      if ((i - from) % 2 === 0) size += itemSize(items, i);
    }
    this.packedSize = size;
    this.bytes = Buffer.allocUnsafeSlow(bytes + LENGTH_BYTES);
    this.append(id, items, from, count);
  }

  get count(): number {
    return this.offsets.length;
  }

  /** Bytes of the listpack that Redis would have. */
  get listpackBytes(): number {
    return this.packedSize + integerSize(this.count) + integerSize(this.deleted);
  }

  id(i: number): StreamId {
    return { ms: this.ms[i] as Half, seq: this.seq[i] as Half };
  }

  append(id: StreamId, items: Items, from: number, count: number): void {
    const isSame = this.used > 0 && this.hasSameFields(items, from, count);
    this.offsets.push(this.used);
    this.ms.push(id.ms);
    this.seq.push(id.seq);
    this.last = id;
    this.addNumber(isSame ? SAME_FIELDS : count);
    for (let i = isSame ? from + 1 : from; i < from + count; i += isSame ? 2 : 1) {
      this.addItem(items, i);
    }
    this.countSize(id, items, from, count, isSame);
  }

  /** The first entry's fields are in the listpack's head, so it has values only, too. */
  private countSize(id: StreamId, items: Items, from: number, count: number, same: boolean): void {
    const isSame = same || this.count + this.deleted === 1;
    let size = integerSize(0) + deltaSize(id.ms, this.first.ms) + deltaSize(id.seq, this.first.seq);
    const step = isSame ? 2 : 1;
    for (let i = isSame ? from + 1 : from; i < from + count; i += step) size += itemSize(items, i);
    const elements = isSame ? count / 2 + 3 : count + 4;
    if (!isSame) size += integerSize(count / 2);
    this.packedSize += size + integerSize(elements);
  }

  private hasSameFields(items: Items, from: number, count: number): boolean {
    if (count !== this.fieldCount * 2) return false;
    const { bytes } = this;
    let at = LENGTH_BYTES;
    for (let i = from; i < from + count; i += 2) {
      const length = bytes.readUInt32LE(at);
      at += LENGTH_BYTES;
      if (length !== items.length(i)) return false;
      const offset = items.offset(i);
      for (let j = 0; j < length; j++) {
        if (bytes[at + j] !== items.buffer[offset + j]) return false;
      }
      at += length;
      at += LENGTH_BYTES + bytes.readUInt32LE(at);
    }
    return true;
  }

  private addItem(items: Items, i: number): void {
    const length = items.length(i);
    const offset = items.offset(i);
    this.addNumber(length);
    this.reserve(length);
    const { bytes } = this;
    if (length > 32) {
      items.buffer.copy(bytes, this.used, offset, offset + length);
    } else {
      for (let j = 0; j < length; j++) bytes[this.used + j] = items.buffer[offset + j] as number;
    }
    this.used += length;
  }

  private addNumber(value: number): void {
    this.reserve(LENGTH_BYTES);
    const { bytes } = this;
    bytes[this.used++] = value;
    bytes[this.used++] = value >>> 8;
    bytes[this.used++] = value >>> 16;
    bytes[this.used++] = value >>> 24;
  }

  private reserve(size: number): void {
    if (this.used + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.used + size, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }

  /** The index of the first entry that is not before `id`. */
  lowerBound(id: StreamId): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds(this.id(middle), id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Removes entries; their bytes stay until the node goes, as the first one's fields are used. */
  remove(i: number, count = 1): void {
    this.ms.splice(i, count);
    this.seq.splice(i, count);
    this.offsets.splice(i, count);
    this.deleted += count;
  }

  clone(): StreamNode {
    const copy: StreamNode = Object.create(StreamNode.prototype);
    return Object.assign(copy, this, {
      bytes: Buffer.from(this.bytes),
      ms: this.ms.slice(),
      seq: this.seq.slice(),
      offsets: this.offsets.slice(),
    });
  }

  /** How many items entry `i` has: a field and a value, and so on. */
  itemCount(i: number): number {
    const count = this.bytes.readUInt32LE(this.offsets[i] as number);
    return count === SAME_FIELDS ? this.fieldCount * 2 : count;
  }

  /** Shows the items of entry `i`, a field and a value in turn. */
  items(i: number, visit: (buffer: Buffer, offset: number, length: number) => void): void {
    const { bytes } = this;
    let at = this.offsets[i] as number;
    const count = bytes.readUInt32LE(at);
    at += LENGTH_BYTES;
    if (count !== SAME_FIELDS) {
      for (let j = 0; j < count; j++) at = this.item(at, visit);
      return;
    }
    let field = LENGTH_BYTES;
    for (let j = 0; j < this.fieldCount; j++) {
      field = this.item(field, visit);
      field += LENGTH_BYTES + bytes.readUInt32LE(field);
      at = this.item(at, visit);
    }
  }

  private item(at: number, visit: (buffer: Buffer, offset: number, length: number) => void) {
    const length = this.bytes.readUInt32LE(at);
    visit(this.bytes, at + LENGTH_BYTES, length);
    return at + LENGTH_BYTES + length;
  }
}

/** An element of a listpack: its encoding, its bytes, and its length for the way back. */
function itemSize(items: Items, i: number): number {
  const length = items.length(i);
  if (length <= 20) {
    const integer = integerOf(items, i);
    if (integer !== undefined) return integerSize(integer);
  }
  const head = length < 64 ? 1 : length < 4096 ? 2 : 5;
  return framed(head + length);
}

const MINUS = 45;
const ZERO = 48;

/** The value, at least nearly, of an item that is an integer of 64 bits in canonical form. */
function integerOf(items: Items, i: number): number | undefined {
  const { buffer } = items;
  const offset = items.offset(i);
  const length = items.length(i);
  const start = length > 1 && buffer[offset] === MINUS ? 1 : 0;
  if (length === 0 || (buffer[offset + start] === ZERO && length > 1)) return undefined;
  let value = 0;
  for (let j = start; j < length; j++) {
    const digit = (buffer[offset + j] as number) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (length - start >= 19) {
    const exact = BigInt(byteString(buffer, offset, length));
    if (BigInt.asIntN(64, exact) !== exact) return undefined;
  }
  return start === 1 ? -value : value;
}

function deltaSize(value: Half, base: Half): number {
  if (typeof value === "number" && typeof base === "number") return integerSize(value - base);
  return integerSize(Number(BigInt.asIntN(64, BigInt(value) - BigInt(base))));
}

function integerSize(value: number): number {
  if (value >= 0 && value <= 127) return 2;
  if (value >= -4096 && value <= 4095) return 3;
  if (value >= -32768 && value <= 32767) return 4;
  if (value >= -8388608 && value <= 8388607) return 5;
  return value >= -2147483648 && value <= 2147483647 ? 6 : 10;
}

function framed(size: number): number {
  if (size <= 127) return size + 1;
  if (size < 16384) return size + 2;
  if (size < 2097152) return size + 3;
  return size + (size < 268435456 ? 4 : 5);
}
