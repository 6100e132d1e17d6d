/**
 * A list: byte strings in a chain of packed chunks, as in Redis's quicklist. Both ends are in O(1);
 * what stands in the middle is looked for from the nearest of both ends and the place used last,
 * a chunk at a time. Elements can be read in place: `seek`, then `buffer`, `offset` and `size`.
 *
 * A small one has a single chunk, which may be in the record of its key: see keyspace/residence.ts.
 */

import { bytesOf, writeByteString } from "../bytes.ts";
import { hasPackedForm } from "../keyspace/residence.ts";
import { LIST } from "../keyspace/types.ts";
import { entrySize, Packed } from "./packed.ts";
import { type TypedValue, VALUE_BYTES } from "./value.ts";

/** What list-max-listpack-size means when it is -1 to -5, in bytes of a chunk. */
const CHUNK_BYTES = [4096, 8192, 16384, 32768, 65536] as const;
const DEFAULT_FILL = -2;
/** A chunk limited by its count is no larger than this either. */
const SAFE_BYTES = 8192;

class Chunk {
  readonly packed: Packed;
  before: Chunk | undefined;
  behind: Chunk | undefined;

  constructor(packed: Packed) {
    this.packed = packed;
  }
}

export class ListValue implements TypedValue {
  length = 0;
  accounted = 0;
  private first: Chunk | undefined;
  private last: Chunk | undefined;
  private readonly fill: number;
  private readonly mostBytes: number;
  private readonly mostElements: number;
  /** Bytes of all chunks. */
  private chunkBytes = 0;

  // The place of the cursor: an element's index, its chunk, its entry there. -1 is no place.
  private index = -1;
  private chunk: Chunk | undefined;
  private entry = 0;
  /** The index of the chunk's first element. */
  private base = 0;

  /** `fill` limits a chunk, in elements or, when negative, in one of five sizes. */
  constructor(fill = DEFAULT_FILL, packed = new Packed()) {
    this.fill = fill;
    this.length = packed.count;
    this.mostElements = fill < 0 ? Number.POSITIVE_INFINITY : Math.max(1, fill);
    this.mostBytes = fill < 0 ? CHUNK_BYTES[Math.min(-fill, CHUNK_BYTES.length) - 1] : SAFE_BYTES;
    this.linkPacked(packed, undefined, undefined);
  }

  /** Its only chunk; a record does not remember another `fill` than the usual one. */
  get packed(): Packed | undefined {
    return this.first === this.last && this.fill === DEFAULT_FILL ? this.first?.packed : undefined;
  }

  get bytes(): number {
    return VALUE_BYTES + this.chunkBytes;
  }

  /** Moves to element `i`, counted from the head; 0 to length - 1. */
  seek(i: number): void {
    if (i === this.index) return;
    if (this.index >= 0 && Math.abs(i - this.index) === 1) this.step(i);
    else this.jump(i);
    this.index = i;
  }

  /** Where the element that was sought is: `buffer[offset, offset + size)`. */
  get buffer(): Buffer {
    return (this.chunk as Chunk).packed.buffer;
  }

  get offset(): number {
    return (this.chunk as Chunk).packed.data(this.entry);
  }

  get size(): number {
    return (this.chunk as Chunk).packed.length(this.entry);
  }

  at(i: number): string {
    this.seek(i);
    return (this.chunk as Chunk).packed.string(this.entry);
  }

  /** Whether element `i` is `source[offset, offset + length)`. */
  equals(i: number, source: Buffer, offset: number, length: number): boolean {
    this.seek(i);
    return (this.chunk as Chunk).packed.equals(this.entry, source, offset, length);
  }

  set(i: number, element: string): void {
    this.seek(i);
    if (this.size === element.length) writeByteString(this.buffer, element, this.offset);
    else {
      this.removeAt(i);
      this.insert(i, element);
    }
  }

  unshift(element: string): void {
    this.unshiftBytes(bytesOf(element), 0, element.length);
  }

  push(element: string): void {
    this.pushBytes(bytesOf(element), 0, element.length);
  }

  /** Puts `source[offset, offset + length)` before the first element. */
  unshiftBytes(source: Buffer, offset: number, length: number): void {
    let chunk = this.first;
    if (chunk === undefined || !this.hasRoom(chunk, length)) chunk = this.link(undefined, chunk);
    const before = chunk.packed.bytes;
    chunk.packed.unshift(source, offset, length);
    this.changed(chunk, before, 1);
  }

  /** Puts `source[offset, offset + length)` behind the last element. */
  pushBytes(source: Buffer, offset: number, length: number): void {
    let chunk = this.last;
    if (chunk === undefined || !this.hasRoom(chunk, length)) chunk = this.link(chunk, undefined);
    const before = chunk.packed.bytes;
    chunk.packed.push(source, offset, length);
    this.changed(chunk, before, 1);
  }

  /** Removes the first element; the list must not be empty. */
  shift(): string {
    const element = this.at(0);
    this.dropFirst(1);
    return element;
  }

  /** Removes the last element; the list must not be empty. */
  pop(): string {
    const element = this.at(this.length - 1);
    this.dropLast(1);
    return element;
  }

  /** Removes the first `count` elements. */
  dropFirst(count: number): void {
    let left = Math.min(count, this.length);
    for (let chunk = this.first; left > 0 && chunk !== undefined; chunk = this.first) {
      const removed = Math.min(left, chunk.packed.count);
      this.removeFrom(chunk, chunk.packed.begin, removed);
      left -= removed;
    }
  }

  /** Removes the last `count` elements. */
  dropLast(count: number): void {
    let left = Math.min(count, this.length);
    for (let chunk = this.last; left > 0 && chunk !== undefined; chunk = this.last) {
      const removed = Math.min(left, chunk.packed.count);
      this.removeFrom(chunk, chunk.packed.entry(chunk.packed.count - removed), removed);
      left -= removed;
    }
  }

  /** Puts `element` before element `i`; `i` may be the length. */
  insert(i: number, element: string): void {
    if (i === 0) this.unshift(element);
    else if (i === this.length) this.push(element);
    else this.insertWithin(i, bytesOf(element));
  }

  /** Keeps elements `from` to `to`, the last one included. */
  trim(from: number, to: number): void {
    this.dropLast(this.length - 1 - to);
    this.dropFirst(from);
  }

  /** Removes up to `limit` elements equal to `element`, from the head or the tail on; how many. */
  removeEqual(element: string, limit: number, direction: "head" | "tail"): number {
    const bytes = bytesOf(element);
    const step = direction === "head" ? 1 : -1;
    let removed = 0;
    let i = step > 0 ? 0 : this.length - 1;
    while (i >= 0 && i < this.length && removed < limit) {
      if (this.equals(i, bytes, 0, bytes.length)) {
        this.removeAt(i);
        removed++;
        if (step < 0) i--;
      } else {
        i += step;
      }
    }
    return removed;
  }

  /** 7.0 keeps every list as a quicklist. */
  encoding(): string {
    return "quicklist";
  }

  clone(): ListValue {
    const copy = new ListValue(this.fill);
    for (let i = 0; i < this.length; i++) {
      this.seek(i);
      copy.pushBytes(this.buffer, this.offset, this.size);
    }
    return copy;
  }

  private insertWithin(i: number, bytes: Buffer): void {
    this.seek(i);
    let chunk = this.chunk as Chunk;
    let { entry } = this;
    if (!this.hasRoom(chunk, bytes.length)) {
      chunk = this.makeRoom(chunk, entry, i - this.base, bytes.length);
      entry = chunk.packed.end;
    }
    const before = chunk.packed.bytes;
    chunk.packed.insert(entry, bytes, 0, bytes.length);
    this.changed(chunk, before, 1);
  }

  /** A chunk that ends before a full chunk's `place`th element and has room for `length` bytes. */
  private makeRoom(chunk: Chunk, entry: number, place: number, length: number): Chunk {
    const before = place === 0 ? chunk.before : this.splitAt(chunk, entry, place);
    if (before !== undefined && this.hasRoom(before, length)) return before;
    return this.link(before, before === undefined ? this.first : before.behind);
  }

  /** Moves the elements of a chunk from its `place`th on into a chunk of their own behind it. */
  private splitAt(chunk: Chunk, entry: number, place: number): Chunk {
    const before = chunk.packed.bytes;
    const rest = chunk.packed.split(entry, place);
    this.changed(chunk, before, 0);
    this.linkPacked(rest, chunk, chunk.behind);
    return chunk;
  }

  /** Removes element `i`; the cursor is on the one behind it then, if that is in the chunk. */
  private removeAt(i: number): void {
    this.seek(i);
    const chunk = this.chunk as Chunk;
    const { base } = this;
    this.removeFrom(chunk, this.entry, 1);
    if (i - base >= chunk.packed.count) return;
    this.chunk = chunk;
    this.base = base;
    this.entry = chunk.packed.entry(i - base);
    this.index = i;
  }

  /** Removes `count` entries of a chunk; one that is left empty goes as well, unless it is all. */
  private removeFrom(chunk: Chunk, entry: number, count: number): void {
    const before = chunk.packed.bytes;
    if (count === chunk.packed.count) chunk.packed.clear();
    else chunk.packed.remove(entry, count);
    this.changed(chunk, before, -count);
    if (chunk.packed.count === 0 && this.first !== this.last) this.unlink(chunk);
  }

  private hasRoom({ packed }: Chunk, length: number): boolean {
    if (packed.count === 0) return true;
    return packed.count < this.mostElements && packed.size + entrySize(length) <= this.mostBytes;
  }

  private changed(chunk: Chunk, bytesBefore: number, more: number): void {
    // An only chunk may have come home, or left it, meanwhile.
    if (this.first === this.last) this.chunkBytes = chunk.packed.bytes;
    else this.chunkBytes += chunk.packed.bytes - bytesBefore;
    this.length += more;
    this.index = -1;
    this.chunk = undefined;
  }

  /** A new chunk between two. */
  private link(before: Chunk | undefined, behind: Chunk | undefined): Chunk {
    return this.linkPacked(new Packed(), before, behind);
  }

  private linkPacked(packed: Packed, before: Chunk | undefined, behind: Chunk | undefined): Chunk {
    this.leaveHome();
    const chunk = new Chunk(packed);
    chunk.before = before;
    chunk.behind = behind;
    if (before === undefined) this.first = chunk;
    else before.behind = chunk;
    if (behind === undefined) this.last = chunk;
    else behind.before = chunk;
    this.chunkBytes += packed.bytes;
    return chunk;
  }

  /** Two chunks are too much for a record. */
  private leaveHome(): void {
    const packed = this.first?.packed;
    if (packed?.home === undefined) return;
    const { home } = packed;
    packed.detach(packed.size);
    this.chunkBytes = packed.bytes;
    home.leave();
  }

  private unlink({ packed, before, behind }: Chunk): void {
    if (before === undefined) this.first = behind;
    else before.behind = behind;
    if (behind === undefined) this.last = before;
    else behind.before = before;
    this.chunkBytes -= packed.bytes;
  }

  /** From the cursor's place to the one beside it. */
  private step(i: number): void {
    const chunk = this.chunk as Chunk;
    const { packed } = chunk;
    if (i > this.index) {
      this.entry = packed.next(this.entry);
      if (this.entry === packed.end) this.enter(chunk.behind as Chunk, i, i);
    } else if (this.entry === packed.begin) {
      const before = chunk.before as Chunk;
      this.enter(before, this.base - before.packed.count, i);
    } else {
      this.entry = packed.previous(this.entry);
    }
  }

  private jump(i: number): void {
    let chunk = this.first as Chunk;
    let base = 0;
    if (this.length - i < i) {
      chunk = this.last as Chunk;
      base = this.length - chunk.packed.count;
    }
    if (this.index >= 0 && Math.abs(i - this.index) < Math.min(i, this.length - i)) {
      chunk = this.chunk as Chunk;
      base = this.base;
    }
    while (i < base) {
      chunk = chunk.before as Chunk;
      base -= chunk.packed.count;
    }
    while (i >= base + chunk.packed.count) {
      base += chunk.packed.count;
      chunk = chunk.behind as Chunk;
    }
    this.enter(chunk, base, i);
  }

  private enter(chunk: Chunk, base: number, i: number): void {
    this.chunk = chunk;
    this.base = base;
    this.entry = chunk.packed.entry(i - base);
  }
}

hasPackedForm(LIST, (packed) => new ListValue(DEFAULT_FILL, packed));
