/**
 * Pairs of byte strings, a name and a value each, one behind the other in a few buffers: what large
 * hashes are made of. A pair that is replaced or removed leaves a gap; when half of a buffer are
 * gaps, the pairs in it move to the end of the log, and its memory is free. So no change costs more
 * than the moves out of one buffer. See Rosenblum and Ousterhout, "The Design and Implementation of
 * a Log-Structured File System" (1992).
 *
 *   word 0   units of 8 bytes, flags     word 1   length of the name, that of the value above it
 */

import { byteString } from "../bytes.ts";
import { copyBytes } from "../keyspace/records.ts";

/** An address is a buffer's number and a count of units: 2^31 of them are 16 GB. 0 is none. */
const UNIT = 8;
const UNIT_BITS = 13;
const UNIT_MASK = (1 << UNIT_BITS) - 1;
const LARGEST_CHUNK = UNIT << UNIT_BITS;
const SMALLEST_CHUNK = 4096;
const MAX_CHUNKS = 2 ** (31 - UNIT_BITS);
const HEADER = 8;
/** A longer pair is kept apart, and its entry has the number of its drawer. */
const LONGEST = 4096;
/** A value so much shorter than its room is worth a new place. */
const SLACK = 16;
/** Up to here a loop compares faster than a call into the runtime. */
const SHORT = 64;

// Word 0.
const UNITS_MASK = 0xffff;
const DEAD = 1 << 16;
const APART = 1 << 17;
const LENGTH_BITS = 16;
const LENGTH_MASK = 0xffff;

/** A pair that is too long for the log. */
interface Apart {
  readonly bytes: Buffer;
  readonly nameLength: number;
}

const NO_BYTES = Buffer.alloc(0);
const NO_INTS = new Int32Array(0);

export class PairLog {
  /** The pair that `read` was asked for: two spans of `buffer`. */
  buffer: Buffer = NO_BYTES;
  nameAt = 0;
  nameLength = 0;
  valueAt = 0;
  valueLength = 0;

  /** What it occupies, but for some small objects. */
  bytes = 0;

  /** Told when a pair has moved by itself. */
  private readonly moved: (from: number, to: number) => void;
  // By chunk: its memory, as bytes and as integers; units that are taken, and those of live pairs.
  private readonly chunks: Buffer[] = [NO_BYTES];
  private readonly ints: Int32Array[] = [NO_INTS];
  private readonly taken: number[] = [0];
  private readonly live: number[] = [0];
  private readonly emptied: number[] = [];
  /** Chunks that were sparse already when they were full. */
  private readonly sparse: number[] = [];
  /** The chunk that is being filled; 0 when there is none. */
  private current = 0;
  private readonly drawers: (Apart | undefined)[] = [];
  private readonly freeDrawers: number[] = [];

  constructor(moved: (from: number, to: number) => void) {
    this.moved = moved;
  }

  /** Adds a pair; returns its address, which is good until the next `remove`. */
  append(
    nameBuffer: Buffer,
    nameAt: number,
    nameLength: number,
    valueBuffer: Buffer,
    valueAt: number,
    valueLength: number,
  ): number {
    const size = HEADER + nameLength + valueLength;
    const isApart = size > LONGEST;
    const units = (isApart ? HEADER : size + UNIT - 1) >> 3;
    const address = this.take(units);
    const ints = this.ints[address >> UNIT_BITS] as Int32Array;
    const word = (address & UNIT_MASK) << 1;
    if (isApart) {
      const bytes = Buffer.allocUnsafeSlow(nameLength + valueLength);
      nameBuffer.copy(bytes, 0, nameAt, nameAt + nameLength);
      valueBuffer.copy(bytes, nameLength, valueAt, valueAt + valueLength);
      ints[word] = units | APART;
      ints[word + 1] = this.openDrawer({ bytes, nameLength });
      return address;
    }
    ints[word] = units;
    ints[word + 1] = nameLength | (valueLength << LENGTH_BITS);
    const chunk = this.chunks[address >> UNIT_BITS] as Buffer;
    const at = word * 4 + HEADER;
    copyBytes(nameBuffer, nameAt, chunk, at, nameLength);
    copyBytes(valueBuffer, valueAt, chunk, at + nameLength, valueLength);
    return address;
  }

  /** Points `buffer`, `nameAt`, … at a pair, until the next change. */
  read(address: number): void {
    const chunk = address >> UNIT_BITS;
    const word = (address & UNIT_MASK) << 1;
    const ints = this.ints[chunk] as Int32Array;
    const lengths = ints[word + 1] as number;
    if ((ints[word] as number) & APART) {
      const { bytes, nameLength } = this.drawers[lengths] as Apart;
      this.point(bytes, 0, nameLength, bytes.length - nameLength);
    } else {
      const nameLength = lengths & LENGTH_MASK;
      const bytes = this.chunks[chunk] as Buffer;
      this.point(bytes, word * 4 + HEADER, nameLength, lengths >>> LENGTH_BITS);
    }
  }

  private point(buffer: Buffer, nameAt: number, nameLength: number, valueLength: number): void {
    this.buffer = buffer;
    this.nameAt = nameAt;
    this.nameLength = nameLength;
    this.valueAt = nameAt + nameLength;
    this.valueLength = valueLength;
  }

  /** Whether the name of a pair is `source[offset, offset + length)`; reads the pair. */
  hasName(address: number, source: Buffer, offset: number, length: number): boolean {
    this.read(address);
    const { buffer, nameAt } = this;
    if (this.nameLength !== length) return false;
    if (length > SHORT) {
      return buffer.compare(source, offset, offset + length, nameAt, nameAt + length) === 0;
    }
    for (let i = 0; i < length; i++) if (buffer[nameAt + i] !== source[offset + i]) return false;
    return true;
  }

  /** The name of the pair that was read; a copy. */
  name(): string {
    return byteString(this.buffer, this.nameAt, this.nameLength);
  }

  /** The value of the pair that was read; a copy. */
  value(): string {
    return byteString(this.buffer, this.valueAt, this.valueLength);
  }

  /** Gives a pair another value in place; false when its room is too small, or much too large. */
  overwrite(address: number, source: Buffer, offset: number, length: number): boolean {
    const chunk = address >> UNIT_BITS;
    const word = (address & UNIT_MASK) << 1;
    const ints = this.ints[chunk] as Int32Array;
    if ((ints[word] as number) & APART) return false;
    const nameLength = (ints[word + 1] as number) & LENGTH_MASK;
    const room = ((ints[word] as number) & UNITS_MASK) * UNIT - HEADER - nameLength;
    if (length > room || length < room / 2 - SLACK) return false;
    ints[word + 1] = nameLength | (length << LENGTH_BITS);
    const at = word * 4 + HEADER + nameLength;
    copyBytes(source, offset, this.chunks[chunk] as Buffer, at, length);
    return true;
  }

  /** Removes a pair; others may move. */
  remove(address: number): void {
    this.kill(address);
    this.cleanIfSparse(address >> UNIT_BITS);
    const other = this.sparse.pop();
    if (other !== undefined) this.cleanIfSparse(other);
  }

  private cleanIfSparse(chunk: number): void {
    if (chunk !== this.current && this.isSparse(chunk)) this.clean(chunk);
  }

  private isSparse(chunk: number): boolean {
    return (this.live[chunk] as number) * 2 < (this.taken[chunk] as number);
  }

  /** The addresses of all pairs, about in the order in which they came. */
  *addresses(): Generator<number> {
    for (let chunk = 1; chunk < this.chunks.length; chunk++) yield* this.addressesIn(chunk);
  }

  private *addressesIn(chunk: number): Generator<number> {
    const ints = this.ints[chunk] as Int32Array;
    for (let unit = 0; unit < (this.taken[chunk] as number); ) {
      const head = ints[unit << 1] as number;
      if ((head & DEAD) === 0) yield (chunk << UNIT_BITS) | unit;
      unit += head & UNITS_MASK;
    }
  }

  private take(units: number): number {
    const { current } = this;
    const room = (this.chunks[current] as Buffer).length / UNIT - (this.taken[current] as number);
    const chunk = room < units ? this.startChunk() : current;
    const unit = this.taken[chunk] as number;
    this.taken[chunk] = unit + units;
    this.live[chunk] += units;
    return (chunk << UNIT_BITS) | unit;
  }

  /** Small hashes get small chunks: each is as large as all before it, up to a limit. */
  private startChunk(): number {
    const chunk = this.emptied.pop() ?? this.chunks.length;
    if (chunk === MAX_CHUNKS) throw new RangeError("the hash is full: 16 GB");
    const size = Math.min(LARGEST_CHUNK, SMALLEST_CHUNK << Math.min(this.chunks.length - 1, 8));
    const memory = Buffer.allocUnsafeSlow(size);
    this.chunks[chunk] = memory;
    this.ints[chunk] = new Int32Array(memory.buffer);
    this.taken[chunk] = 0;
    this.live[chunk] = 0;
    this.bytes += size;
    // It was spared as long as it was being filled.
    if (this.isSparse(this.current)) this.sparse.push(this.current);
    this.current = chunk;
    return chunk;
  }

  /** Marks a pair as dead. */
  private kill(address: number): void {
    const chunk = address >> UNIT_BITS;
    const word = (address & UNIT_MASK) << 1;
    const ints = this.ints[chunk] as Int32Array;
    const head = ints[word] as number;
    if (head & APART) this.closeDrawer(ints[word + 1] as number);
    ints[word] = head | DEAD;
    this.live[chunk] -= head & UNITS_MASK;
  }

  /** Moves what is alive in a chunk to the end of the log. */
  private clean(chunk: number): void {
    const ints = this.ints[chunk] as Int32Array;
    const bytes = this.chunks[chunk] as Buffer;
    for (const from of this.addressesIn(chunk)) {
      const word = (from & UNIT_MASK) << 1;
      const units = (ints[word] as number) & UNITS_MASK;
      const to = this.take(units);
      const at = (to & UNIT_MASK) * UNIT;
      bytes.copy(this.chunks[to >> UNIT_BITS] as Buffer, at, word * 4, word * 4 + units * UNIT);
      this.moved(from, to);
    }
    this.bytes -= bytes.length;
    this.chunks[chunk] = NO_BYTES;
    this.ints[chunk] = NO_INTS;
    this.taken[chunk] = 0;
    this.live[chunk] = 0;
    this.emptied.push(chunk);
  }

  private openDrawer(pair: Apart): number {
    const drawer = this.freeDrawers.pop() ?? this.drawers.length;
    this.drawers[drawer] = pair;
    this.bytes += pair.bytes.length;
    return drawer;
  }

  private closeDrawer(drawer: number): void {
    this.bytes -= (this.drawers[drawer] as Apart).bytes.length;
    this.drawers[drawer] = undefined;
    this.freeDrawers.push(drawer);
  }
}
