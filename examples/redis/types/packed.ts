/**
 * Byte strings in a row: what small values and the parts of large ones are made of. It can be gone
 * through from both ends, since each entry is enclosed in its length, as in Redis's listpack: one
 * byte below 254; otherwise 254 and four bytes, which stand in reverse order behind. They are in a
 * buffer of their own, with room to grow at one end at a time, or have a home in somebody else's.
 *
 * An entry is named by where it begins (`at`), valid until the next change. See also residence.ts.
 */

import { byteString } from "../bytes.ts";

const LONG = 254;
const LONG_HEADER = 5;
const INITIAL_CAPACITY = 32;
/** Up to this length a loop beats the functions of the runtime. */
const SHORT = 32;
/** What V8 needs for the object and its buffer, in bytes. */
const PACKED_BYTES = 160;
const NO_BYTES = Buffer.alloc(0);

/** How many bytes an entry of `length` bytes occupies. */
export function entrySize(length: number): number {
  return length + 2 * (length < LONG ? 1 : LONG_HEADER);
}

/** How many bytes `items` from `from` on, up to `to`, occupy together. */
export function entriesSize(
  items: { length(i: number): number },
  from: number,
  to: number,
): number {
  let size = 0;
  for (let i = from; i < to; i++) size += entrySize(items.length(i));
  return size;
}

/** Where packed entries are that have no buffer of their own; told of every change. */
export interface Home {
  /** `begin`, `end` or `count` are not what they were. */
  changed(packed: Packed): void;
  /** Finds a place for `size` bytes: the same or another one, or a buffer of their own. */
  makeRoom(packed: Packed, size: number): void;
  /** Gives memory back if most of it is unused. */
  shrink(packed: Packed): void;
  /** The value is kept in another form from now on: the entries are not needed any more. */
  leave(): void;
}

export class Packed {
  buffer: Buffer = NO_BYTES;
  /** The first entry; equal to `end` when there is none. */
  begin = 0;
  /** Behind the last entry. */
  end = 0;
  count = 0;
  /** Where the room in `buffer` ends. */
  limit = 0;
  home: Home | undefined = undefined;

  /** Bytes of all entries with their lengths. */
  get size(): number {
    return this.end - this.begin;
  }

  /** What it occupies of its own, by estimate. */
  get bytes(): number {
    return this.home === undefined ? PACKED_BYTES + this.limit : 0;
  }

  /** The length of the entry at `at`. */
  length(at: number): number {
    const first = this.buffer[at] as number;
    return first < LONG ? first : this.buffer.readUInt32LE(at + 1);
  }

  /** Where the bytes of the entry at `at` begin in `buffer`. */
  data(at: number): number {
    return at + ((this.buffer[at] as number) < LONG ? 1 : LONG_HEADER);
  }

  /** The entry behind the one at `at`, or `end`. */
  next(at: number): number {
    return at + entrySize(this.length(at));
  }

  /** The entry before `at`, which is not the first one. */
  previous(at: number): number {
    const last = this.buffer[at - 1] as number;
    return at - entrySize(last < LONG ? last : this.buffer.readUInt32LE(at - LONG_HEADER));
  }

  /** Entry `i`, counted from 0, looked for from the nearer end; `end` when `i` is the count. */
  entry(i: number): number {
    let at = this.begin;
    if (i * 2 <= this.count) {
      for (let left = i; left > 0; left--) at = this.next(at);
      return at;
    }
    at = this.end;
    for (let left = this.count - i; left > 0; left--) at = this.previous(at);
    return at;
  }

  string(at: number): string {
    return byteString(this.buffer, this.data(at), this.length(at));
  }

  /** Whether the entry at `at` is `source[offset, offset + length)`. */
  equals(at: number, source: Buffer, offset: number, length: number): boolean {
    if (this.length(at) !== length) return false;
    const { buffer } = this;
    const data = this.data(at);
    if (length > SHORT) {
      return buffer.compare(source, offset, offset + length, data, data + length) === 0;
    }
    for (let i = 0; i < length; i++) if (buffer[data + i] !== source[offset + i]) return false;
    return true;
  }

  /** Puts `source[offset, offset + length)` before the first entry. */
  unshift(source: Buffer, offset: number, length: number): void {
    if (this.home !== undefined) {
      this.insert(this.begin, source, offset, length);
      return;
    }
    const size = entrySize(length);
    if (this.begin < size) this.makeRoom(size, "front");
    this.begin -= size;
    this.count++;
    this.write(this.begin, source, offset, length);
  }

  push(source: Buffer, offset: number, length: number): void {
    const size = entrySize(length);
    if (this.limit - this.end < size) this.makeRoom(size, "back");
    this.write(this.end, source, offset, length);
    this.end += size;
    this.count++;
    this.home?.changed(this);
  }

  /** Makes room for `size` more bytes behind the last entry, so that they need no more moves. */
  reserve(size: number): void {
    if (this.limit - this.end < size) this.makeRoom(size, "back");
  }

  /** Puts `source[offset, offset + length)` before the entry at `at`, which may be `end`. */
  insert(at: number, source: Buffer, offset: number, length: number): void {
    const place = this.open(at, entrySize(length));
    this.count++;
    this.write(place, source, offset, length);
    this.home?.changed(this);
  }

  /** Gives the entry at `at` other bytes. */
  replace(at: number, source: Buffer, offset: number, length: number): void {
    const old = entrySize(this.length(at));
    const size = entrySize(length);
    let place = at;
    if (size > old) {
      place = this.open(at, size - old);
    } else if (size < old) {
      const isFirst = at === this.begin;
      this.cut(at, at + old - size);
      if (isFirst) place = this.begin;
    }
    this.write(place, source, offset, length);
    if (size !== old) this.home?.changed(this);
  }

  /** Removes `count` entries from `at` on. */
  remove(at: number, count: number): void {
    let to = at;
    for (let left = count; left > 0; left--) to = this.next(to);
    this.count -= count;
    this.cut(at, to);
    this.shrink();
  }

  /** Makes room for one more item of `size` bytes at `place`, counted from the first byte. */
  openGap(place: number, size: number): number {
    const at = this.open(this.begin + place, size);
    this.count++;
    this.home?.changed(this);
    return at;
  }

  /** Removes an item of `size` bytes at `place`. */
  closeGap(place: number, size: number): void {
    this.count--;
    this.cut(this.begin + place, this.begin + place + size);
    this.shrink();
  }

  /** Says that the last `size` bytes of what was reserved are in use. */
  extend(size: number): void {
    this.end += size;
    this.home?.changed(this);
  }

  clear(): void {
    this.end = this.begin;
    this.count = 0;
    if (this.home === undefined) this.take(NO_BYTES, 0, 0);
    else this.home.changed(this);
  }

  /** Moves the entries from `at` on to a new one; `i` is the index of the first of them. */
  split(at: number, i: number): Packed {
    const rest = new Packed();
    const bytes = Buffer.from(this.buffer.subarray(at, this.end));
    rest.take(bytes, 0, bytes.length);
    rest.count = this.count - i;
    this.end = at;
    this.count = i;
    this.shrink();
    return rest;
  }

  /** Appends all entries of `other`. */
  append(other: Packed): void {
    if (this.limit - this.end < other.size) this.makeRoom(other.size, "back");
    other.buffer.copy(this.buffer, this.end, other.begin, other.end);
    this.end += other.size;
    this.count += other.count;
    this.home?.changed(this);
  }

  clone(): Packed {
    const copy = new Packed();
    copy.append(this);
    return copy;
  }

  private write(at: number, source: Buffer, offset: number, length: number): void {
    const { buffer } = this;
    let to = at + 1;
    if (length < LONG) {
      buffer[at] = length;
      buffer[to + length] = length;
    } else {
      to = at + LONG_HEADER;
      buffer[at] = LONG;
      buffer.writeUInt32LE(length, at + 1);
      buffer.writeUInt32LE(length, to + length);
      buffer[to + length + 4] = LONG;
    }
    if (length > SHORT) source.copy(buffer, to, offset, offset + length);
    else for (let i = 0; i < length; i++) buffer[to + i] = source[offset + i] as number;
  }

  /** Makes a gap of `size` bytes at `at`, and returns where it is now. */
  private open(at: number, size: number): number {
    const before = at - this.begin;
    if (this.limit - this.end < size) this.makeRoom(size, "back");
    const place = this.begin + before;
    this.buffer.copyWithin(place + size, place, this.end);
    this.end += size;
    return place;
  }

  /** Closes the gap from `from` to `to`. */
  private cut(from: number, to: number): void {
    if (from === this.begin) {
      this.begin = to;
      return;
    }
    this.buffer.copyWithin(from, to, this.end);
    this.end -= to - from;
  }

  /** Room for `more` bytes at one end: by moving when half is free, by doubling otherwise. */
  private makeRoom(more: number, where: "front" | "back"): void {
    if (this.home !== undefined) {
      this.home.makeRoom(this, this.size + more);
      return;
    }
    let capacity = this.limit || INITIAL_CAPACITY;
    while (capacity < this.size + more) capacity *= 2;
    if (capacity === this.limit && this.size * 2 > capacity) capacity *= 2;
    this.relocate(capacity, where === "front" ? capacity - this.size : 0);
  }

  /** Gives memory back when three quarters are unused. */
  private shrink(): void {
    if (this.home !== undefined) {
      this.home.changed(this);
      this.home.shrink(this);
      return;
    }
    if (this.count === 0) {
      this.begin = 0;
      this.end = 0;
    }
    const { limit } = this;
    if (limit > INITIAL_CAPACITY && this.size * 4 < limit) this.relocate(limit / 2, 0);
  }

  /** Leaves home for a buffer of its own. */
  detach(capacity: number): void {
    this.relocate(capacity, 0);
    this.home = undefined;
  }

  /** Moves the entries within the buffer, or into a new one. */
  private relocate(capacity: number, begin: number): void {
    const { buffer, size } = this;
    if (capacity === buffer.length) {
      buffer.copyWithin(begin, this.begin, this.end);
      this.take(buffer, begin, size);
    } else {
      const larger = Buffer.allocUnsafeSlow(capacity);
      buffer.copy(larger, begin, this.begin, this.end);
      this.take(larger, begin, size);
    }
  }

  /** The entries are `size` bytes of `buffer` from `begin` on, and have it for themselves. */
  private take(buffer: Buffer, begin: number, size: number): void {
    this.buffer = buffer;
    this.begin = begin;
    this.end = begin + size;
    this.limit = buffer.length;
  }
}
