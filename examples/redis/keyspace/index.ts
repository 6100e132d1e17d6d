/**
 * The index of a database: from the 32-bit hash of a key to where its record is.
 *
 * Extendible hashing (Fagin et al., 1979): segments of 1024 slots, found through a directory by the
 * first bits of the hash. A full segment splits in two; nothing else moves, so the longest pause
 * of growth is one split, some microseconds, however many keys there are. Within a segment, entries
 * stand in the order of their hashes (linear probing that keeps the order): a probe is one or two
 * cache lines, and a walk in hash order needs no memory of what it has seen.
 */

import { leave } from "./leftovers.ts";

/**
 * Slots a segment has, and how many of them are the home of some hash; the rest takes the overhang.
 */
const SLOTS = 1024;
const HOMES = 960;
/** A segment splits at 7/8 of its homes, and joins its sibling when both fit well into one. */
const SPLIT_AT = 840;
const JOIN_AT = 300;
/** Segments are allocated this many at a time. */
const CHUNK_BITS = 6;
const CHUNK_SEGMENTS = 1 << CHUNK_BITS;
/** A slot is two integers: hash and record; record 0 is an empty slot. */
const SEGMENT_INTS = SLOTS * 2;
/** Tries to hit a slot that is taken before a walk is cheaper. */
const RANDOM_TRIES = 64;
/** With 10 bits for the home, a hash can tell this many generations of segments apart. */
const MAX_DEPTH = 22;

export class Index {
  size = 0;
  private directory = new Int32Array(1);
  /** How many bits of the hash choose the directory's entry. */
  private directoryBits = 0;
  private readonly chunks: Int32Array[] = [];
  /** They are numbered without gaps: the last one moves to the place of one that is joined. */
  private segments = 0;
  // By segment: how many bits all its hashes share, one such hash, and how many entries it has.
  private depths = new Uint8Array(CHUNK_SEGMENTS);
  private prefixes = new Int32Array(CHUNK_SEGMENTS);
  private counts = new Uint16Array(CHUNK_SEGMENTS);

  // Where `first` stands, for `next`.
  private cursorTable: Int32Array = this.directory;
  private cursorAt = 0;
  private cursorHash = 0;

  constructor() {
    this.directory[0] = this.newSegment(0, 0);
  }

  /** Bytes of the directory and of the segments in use. */
  get bytes(): number {
    return this.directory.byteLength + this.segments * SEGMENT_INTS * Int32Array.BYTES_PER_ELEMENT;
  }

  /** The first record whose key has this hash, or 0; `next` gives the others. */
  first(hash: number): number {
    const segment = this.segmentOf(hash);
    this.cursorTable = this.chunks[segment >> CHUNK_BITS] as Int32Array;
    this.cursorAt = baseOf(segment) + homeOf(hash, this.depths[segment] as number) * 2 - 2;
    this.cursorHash = hash;
    return this.next();
  }

  next(): number {
    const table = this.cursorTable;
    const hash = this.cursorHash;
    const order = hash >>> 0;
    for (let at = this.cursorAt + 2; ; at += 2) {
      const record = table[at + 1] as number;
      if (record === 0) return 0;
      const other = table[at] as number;
      if (other === hash) {
        this.cursorAt = at;
        return record;
      }
      if (other >>> 0 > order) return 0;
    }
  }

  /** Adds a record; the caller knows that its key is not in the index. */
  insert(hash: number, record: number): void {
    let segment = this.segmentOf(hash);
    while ((this.counts[segment] as number) >= SPLIT_AT || !this.place(segment, hash, record)) {
      this.split(segment, hash);
      segment = this.segmentOf(hash);
    }
    this.counts[segment]++;
    this.size++;
  }

  /** Puts `record` where `old` was. */
  replace(hash: number, old: number, record: number): void {
    const at = this.slotOf(hash, old);
    this.cursorTable[at + 1] = record;
  }

  remove(hash: number, record: number): void {
    const segment = this.segmentOf(hash);
    const depth = this.depths[segment] as number;
    const base = baseOf(segment);
    let at = this.slotOf(hash, record);
    const table = this.cursorTable;
    // Entries that stood behind their home move up, so that no walk meets a gap too early.
    for (;;) {
      const follower = at + 2;
      const home = base + homeOf(table[follower] as number, depth) * 2;
      if (table[follower + 1] === 0 || home === follower) break;
      table[at] = table[follower] as number;
      table[at + 1] = table[follower + 1] as number;
      at = follower;
    }
    table[at + 1] = 0;
    this.counts[segment]--;
    this.size--;
    if ((this.counts[segment] as number) < JOIN_AT) this.join(segment, hash);
  }

  /**
   * Visits up to about `count` records in the order of their hashes, from the hash `from` (0 to
   * 2^32 - 1) on, and returns the hash to go on from, or 0 after the last. All the records of one
   * hash come together, so whatever is added and removed between two calls, a record that stays is
   * visited.
   */
  walk(from: number, count: number, visit: (record: number) => void): number {
    let hash = from;
    let left = count;
    for (;;) {
      const segment = this.segmentOf(hash | 0);
      const depth = this.depths[segment] as number;
      const table = this.chunks[segment >> CHUNK_BITS] as Int32Array;
      const end = baseOf(segment) + SEGMENT_INTS;
      for (let at = baseOf(segment) + homeOf(hash | 0, depth) * 2; at < end; at += 2) {
        const record = table[at + 1] as number;
        const order = (table[at] as number) >>> 0;
        if (record === 0 || order < hash) continue;
        if (left <= 0 && order !== hash) return order;
        hash = order;
        left--;
        visit(record);
      }
      // The segments tile the hashes: the next one begins where this one's prefix ends.
      hash = (prefixOf(hash, depth) + 1) * 2 ** (32 - depth);
      if (hash >= 2 ** 32) return 0;
      if (left <= 0) return hash;
    }
  }

  /** A record, each as likely as any other; 0 in an empty index. */
  random(): number {
    if (this.size === 0) return 0;
    for (let tries = 0; tries < RANDOM_TRIES; tries++) {
      const segment = Math.floor(Math.random() * this.segments);
      const table = this.chunks[segment >> CHUNK_BITS] as Int32Array;
      const slot = Math.floor(Math.random() * SLOTS);
      const record = table[baseOf(segment) + slot * 2 + 1] as number;
      if (record !== 0) return record;
    }
    return this.randomAmongFew();
  }

  /** The first record behind a random hash, for an index that is nearly empty. */
  private randomAmongFew(): number {
    let found = 0;
    const take = (record: number) => {
      found = record;
    };
    this.walk(Math.floor(Math.random() * 2 ** 32), 1, take);
    if (found === 0) this.walk(0, 1, take);
    return found;
  }

  /** The end of the index: all of its memory goes back. */
  dispose(): void {
    for (const chunk of this.chunks) leave(bytesOf(chunk));
  }

  private segmentOf(hash: number): number {
    return this.directory[prefixOf(hash, this.directoryBits)] as number;
  }

  /** Where `record` stands; sets `cursorTable`. */
  private slotOf(hash: number, record: number): number {
    let found = this.first(hash);
    while (found !== record) {
      if (found === 0) throw new Error("the record is not in the index");
      found = this.next();
    }
    return this.cursorAt;
  }

  /**
   * Inserts in order, moving what is greater up to the next gap; false when the overhang is full.
   */
  private place(segment: number, hash: number, record: number): boolean {
    const table = this.chunks[segment >> CHUNK_BITS] as Int32Array;
    const base = baseOf(segment);
    const last = base + SEGMENT_INTS - 2;
    const order = hash >>> 0;
    let at = base + homeOf(hash, this.depths[segment] as number) * 2;
    while (table[at + 1] !== 0 && (table[at] as number) >>> 0 <= order) at += 2;
    let gap = at;
    while (table[gap + 1] !== 0) gap += 2;
    // The last slot stays empty: every probe ends there at the latest.
    if (gap >= last) return false;
    for (; gap > at; gap--) table[gap + 1] = table[gap - 1] as number;
    table[at] = hash;
    table[at + 1] = record;
    return true;
  }

  private split(segment: number, anyHash: number): void {
    const depth = this.depths[segment] as number;
    const entries = this.entriesOf(segment);
    if (!canSplit(entries, depth)) throw new RangeError("too many keys have the same hash");
    if (depth === this.directoryBits) this.doubleDirectory();
    const bit = 1 << (31 - depth);
    const upper = this.newSegment(depth + 1, anyHash | bit);
    this.clear(segment);
    this.depths[segment] = depth + 1;
    this.prefixes[segment] = anyHash & ~bit;
    this.direct(upper);
    const crowded: number[] = [];
    for (let i = 0; i < entries.length; i += 2) {
      const half = entries[i] & bit ? upper : segment;
      if (this.place(half, entries[i], entries[i + 1])) this.counts[half]++;
      else crowded.push(entries[i], entries[i + 1]);
    }
    // The half of hashes that hardly differ may be too crowded at its end: it splits in its turn.
    this.size -= crowded.length / 2;
    for (let i = 0; i < crowded.length; i += 2) this.insert(crowded[i], crowded[i + 1]);
  }

  /** Merges a segment into its sibling, if they have the same depth and are both sparse. */
  private join(segment: number, hash: number): void {
    const depth = this.depths[segment] as number;
    if (depth === 0) return;
    const bit = 1 << (32 - depth);
    const sibling = this.segmentOf(hash ^ bit);
    if (this.depths[sibling] !== depth) return;
    const total = (this.counts[segment] as number) + (this.counts[sibling] as number);
    if (total >= JOIN_AT * 2) return;
    const isUpper = (hash & bit) !== 0;
    const lower = this.entriesOf(isUpper ? sibling : segment);
    const upper = this.entriesOf(isUpper ? segment : sibling);
    if (!fits(lower, upper, depth - 1)) return;
    this.clear(segment);
    this.clear(sibling);
    this.depths[segment] = depth - 1;
    this.direct(segment);
    for (const entries of [lower, upper]) {
      for (let i = 0; i < entries.length; i += 2) {
        this.place(segment, entries[i], entries[i + 1]);
      }
    }
    this.counts[segment] = total;
    this.releaseSegment(sibling);
  }

  /** Has the directory find `segment` for all hashes that begin as its own do. */
  private direct(segment: number): void {
    const depth = this.depths[segment] as number;
    const span = this.directory.length >> depth;
    const first = prefixOf(this.prefixes[segment] as number, depth) * span;
    this.directory.fill(segment, first, first + span);
  }

  /** The entries of a segment, in order, as pairs. */
  private entriesOf(segment: number): Int32Array {
    const table = this.chunks[segment >> CHUNK_BITS] as Int32Array;
    const base = baseOf(segment);
    const entries = new Int32Array((this.counts[segment] as number) * 2);
    let filled = 0;
    for (let at = base; filled < entries.length; at += 2) {
      if (table[at + 1] === 0) continue;
      entries[filled++] = table[at] as number;
      entries[filled++] = table[at + 1] as number;
    }
    return entries;
  }

  private clear(segment: number): void {
    const table = this.chunks[segment >> CHUNK_BITS];
    const base = baseOf(segment);
    table.fill(0, base, base + SEGMENT_INTS);
    this.counts[segment] = 0;
  }

  private newSegment(depth: number, anyHash: number): number {
    if (this.segments === this.capacity) this.grow();
    const segment = this.segments++;
    this.depths[segment] = depth;
    this.prefixes[segment] = anyHash;
    this.counts[segment] = 0;
    return segment;
  }

  /** Moves the last segment to the place of an empty one that nothing refers to. */
  private releaseSegment(segment: number): void {
    const last = --this.segments;
    if (last !== segment) {
      const base = baseOf(last);
      const from = this.chunks[last >> CHUNK_BITS].subarray(base, base + SEGMENT_INTS);
      this.chunks[segment >> CHUNK_BITS].set(from, baseOf(segment));
      this.depths[segment] = this.depths[last] as number;
      this.prefixes[segment] = this.prefixes[last] as number;
      this.counts[segment] = this.counts[last] as number;
      this.clear(last);
      this.direct(segment);
    }
    // One chunk more than needed stays, lest it comes and goes all the time.
    if (this.segments > (this.chunks.length - 2) * CHUNK_SEGMENTS) return;
    leave(bytesOf(this.chunks.pop() as Int32Array));
  }

  /** How many segments the chunks have room for. */
  private get capacity(): number {
    const { chunks } = this;
    return chunks.length === 1 ? chunks[0].length / SEGMENT_INTS : chunks.length * CHUNK_SEGMENTS;
  }

  /** Most databases stay empty: the first chunk begins with a single segment, and doubles. */
  private grow(): void {
    const whole = CHUNK_SEGMENTS * SEGMENT_INTS;
    const [first] = this.chunks;
    if (first === undefined) {
      this.chunks.push(new Int32Array(SEGMENT_INTS));
    } else if (first.length < whole) {
      this.chunks[0] = grown(first, first.length * 2);
    } else {
      this.chunks.push(new Int32Array(whole));
    }
    const capacity = this.chunks.length * CHUNK_SEGMENTS;
    if (capacity <= this.depths.length) return;
    this.depths = grown(this.depths, capacity * 2);
    this.prefixes = grown(this.prefixes, capacity * 2);
    this.counts = grown(this.counts, capacity * 2);
  }

  private doubleDirectory(): void {
    const doubled = new Int32Array(this.directory.length * 2);
    for (let i = 0; i < doubled.length; i++) doubled[i] = this.directory[i >> 1] as number;
    this.directory = doubled;
    this.directoryBits++;
  }
}

function grown<T extends Uint8Array | Uint16Array | Int32Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}

function bytesOf(chunk: Int32Array): Uint8Array {
  return new Uint8Array(chunk.buffer);
}

/** The first `bits` bits; a shift by 32 would do nothing. */
function prefixOf(hash: number, bits: number): number {
  return bits === 0 ? 0 : hash >>> (32 - bits);
}

/** Where a segment begins in its chunk. */
function baseOf(segment: number): number {
  return (segment & (CHUNK_SEGMENTS - 1)) * SEGMENT_INTS;
}

/** The slot where a hash belongs: the ten bits behind the ones its segment shares, made 960. */
function homeOf(hash: number, depth: number): number {
  return (((hash << depth) >>> 22) * HOMES) >> 10;
}

/** Whether the halves of a segment, split further where they must be, have room for its entries. */
function canSplit(entries: Int32Array, depth: number): boolean {
  if (depth === MAX_DEPTH) return false;
  const bit = 1 << (31 - depth);
  // They are in order: those without the bit come first.
  let middle = 0;
  while (middle < entries.length && (entries[middle] & bit) === 0) middle += 2;
  return [entries.subarray(0, middle), entries.subarray(middle)].every((half) => {
    const isRoomy = half.length / 2 <= SPLIT_AT && fits(half, NO_ENTRIES, depth + 1);
    return isRoomy || canSplit(half, depth + 1);
  });
}

const NO_ENTRIES = new Int32Array(0);

/** Whether two siblings' entries have room in one segment of this depth: its last slot is kept. */
function fits(lower: Int32Array, upper: Int32Array, depth: number): boolean {
  let slot = 0;
  for (const entries of [lower, upper]) {
    for (let i = 0; i < entries.length; i += 2) {
      slot = Math.max(slot, homeOf(entries[i], depth)) + 1;
    }
  }
  return slot < SLOTS;
}
