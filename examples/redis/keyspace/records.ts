/**
 * The records of a database: a key, its value and what is known of them, in one block of a slab.
 *
 *   word 0   type, encoding, flags, count     word 2   length of the value
 *   word 1   length of the key                word 3   when it was last used
 *   bytes 16 to 24   when it expires, a double, only with HAS_EXPIRY
 *   then the key's bytes, then the value's
 *
 * What is too long for a block is a Buffer of its own, and a large value that is no string an
 * object: the record holds the number of its drawer instead. Small ones are packed, and in the
 * record like a string. See also slab.ts, keyspace.ts, residence.ts.
 */

import { byteString } from "../bytes.ts";
import { hashBytes } from "./hash.ts";
import { leave } from "./leftovers.ts";
import { chunkOf, LARGEST_BLOCK, Slab, wordOf } from "./slab.ts";
import { type SizedValue, STRING } from "./types.ts";

const HEADER = 16;
const EXPIRY = 8;
const DRAWER = 4;
/** A longer key has a drawer, so that header, key and a drawer for the value always fit a block. */
const LONGEST_KEY = 4096;
/** A packed value up to here fits into a block, whatever its key: it can be renamed. */
export const LARGEST_PACKED = LARGEST_BLOCK - HEADER - EXPIRY - LONGEST_KEY;
/** Up to here a loop compares faster than a call into the runtime. */
const SHORT_KEY = 64;
/** A block this much too large is not worth moving the key. */
const OVERWRITE_SLACK = 16;

// Word 0: the type in four bits, the encoding in four, then flags.
const TYPE_MASK = 15;
const ENCODING_SHIFT = 4;
const ENCODING_MASK = 15 << ENCODING_SHIFT;
const HAS_EXPIRY = 1 << 8;
const KEY_IN_DRAWER = 1 << 9;
const VALUE_IN_DRAWER = 1 << 10;
/** Of a packed value: how many entries it has, in the upper half of the word. */
const COUNT_SHIFT = 16;

/** The expiry of a key that stays. */
export const NEVER = -1;
/** Asks for the room of an expiry that is set right after. */
export const UNSET = 0;

export class Records {
  readonly slab = new Slab();
  /** Bytes of Buffers in drawers. */
  keptBytes = 0;
  /** The record whose packed value was opened last, and that value; 0 when it is gone or moved. */
  openedAt = 0;
  opened: SizedValue | undefined = undefined;
  private readonly drawers: (object | undefined)[] = [];
  private readonly freeDrawers: number[] = [];

  /**
   * A new record with its key, and room for `valueLength` bytes behind it, or for a drawer if they
   * are too many; `keep` or the caller's copy to `valueBuffer` fills it.
   */
  create(
    keyBuffer: Buffer,
    keyOffset: number,
    keyLength: number,
    valueLength: number,
    expireAt: number,
  ): number {
    const isLongKey = keyLength > LONGEST_KEY;
    const hasExpiry = expireAt !== NEVER;
    const front = HEADER + (hasExpiry ? EXPIRY : 0) + (isLongKey ? DRAWER : keyLength);
    const isLongValue = front + valueLength > LARGEST_BLOCK;
    const address = this.slab.allocate(front + (isLongValue ? DRAWER : valueLength));
    const ints = this.intsOf(address);
    const word = wordOf(address);
    ints[word] =
      (hasExpiry ? HAS_EXPIRY : 0) |
      (isLongKey ? KEY_IN_DRAWER : 0) |
      (isLongValue ? VALUE_IN_DRAWER : 0);
    ints[word + 1] = keyLength;
    ints[word + 2] = valueLength;
    if (hasExpiry) this.doublesOf(address)[(word >> 1) + 2] = expireAt;
    this.writeKey(address, keyBuffer, keyOffset, keyLength);
    return address;
  }

  /** A new record with a copy of `old`'s key. */
  remake(old: number, valueLength: number, expireAt: number): number {
    const length = this.keyLength(old);
    const isLong = length > LONGEST_KEY;
    const key = isLong ? this.longKey(old) : this.bytesOf(old);
    return this.create(key, isLong ? 0 : this.keyAt(old), length, valueLength, expireAt);
  }

  /**
   * Gives a record that was created with the room for it the value of another one, whose drawer's
   * content is in two drawers until it is destroyed.
   */
  takeValue(address: number, from: Records, source: number): void {
    const length = from.valueLength(source);
    if (!from.isValueInline(source)) {
      this.keep(address, from.kept(source));
    } else {
      const bytes = from.bytesOf(source);
      const at = from.valueAt(source);
      if (this.isValueInline(address)) {
        copyBytes(bytes, at, this.bytesOf(address), this.valueAt(address), length);
      } else {
        this.keep(address, Buffer.from(bytes.subarray(at, at + length)));
      }
    }
    this.setValueLength(address, length);
    this.setType(address, from.type(source), from.encoding(source));
    if (from.isPacked(source)) this.setPacked(address, length, from.packedCount(source));
  }

  /** A copy of a record, with other room for the value; `old` is to be destroyed then. */
  refit(old: number, room: number, expireAt: number): number {
    const address = this.remake(old, room, expireAt);
    this.takeValue(address, this, old);
    this.touch(address, this.usedAt(old));
    return address;
  }

  /** A copy of a record, with `value` in a drawer for its value; `old` is to be destroyed then. */
  withObject(old: number, value: object): number {
    const address = this.remake(old, DRAWER, this.expiry(old));
    this.touch(address, this.usedAt(old));
    this.setType(address, this.type(old), 0);
    this.keep(address, value);
    return address;
  }

  /** How many bytes the value takes in the record. */
  roomOf(address: number): number {
    return this.isValueInline(address) ? this.valueLength(address) : DRAWER;
  }

  hashOf(address: number): number {
    const length = this.keyLength(address);
    if (length > LONGEST_KEY) return hashBytes(this.longKey(address), 0, length);
    return hashBytes(this.bytesOf(address), this.keyAt(address), length);
  }

  private intsOf(address: number): Int32Array {
    return this.slab.ints[chunkOf(address)] as Int32Array;
  }

  private doublesOf(address: number): Float64Array {
    return this.slab.doubles[chunkOf(address)] as Float64Array;
  }

  /** The chunk a record's inline bytes are in; `keyAt` and `valueAt` are offsets in it. */
  bytesOf(address: number): Buffer {
    return this.slab.bytes[chunkOf(address)] as Buffer;
  }

  private flags(address: number): number {
    return this.intsOf(address)[wordOf(address)] as number;
  }

  type(address: number): number {
    return this.flags(address) & TYPE_MASK;
  }

  encoding(address: number): number {
    return (this.flags(address) >> ENCODING_SHIFT) & TYPE_MASK;
  }

  setType(address: number, type: number, encoding: number): void {
    const flags = this.flags(address) & ~0xff;
    this.intsOf(address)[wordOf(address)] = flags | type | (encoding << ENCODING_SHIFT);
  }

  keyLength(address: number): number {
    return this.intsOf(address)[wordOf(address) + 1] as number;
  }

  valueLength(address: number): number {
    return this.intsOf(address)[wordOf(address) + 2] as number;
  }

  usedAt(address: number): number {
    return this.intsOf(address)[wordOf(address) + 3] as number;
  }

  touch(address: number, clock: number): void {
    this.intsOf(address)[wordOf(address) + 3] = clock;
  }

  private keyAt(address: number): number {
    const header = this.flags(address) & HAS_EXPIRY ? HEADER + EXPIRY : HEADER;
    return wordOf(address) * 4 + header;
  }

  valueAt(address: number): number {
    const isLongKey = this.flags(address) & KEY_IN_DRAWER;
    return this.keyAt(address) + (isLongKey ? DRAWER : this.keyLength(address));
  }

  isValueInline(address: number): boolean {
    return (this.flags(address) & VALUE_IN_DRAWER) === 0;
  }

  /** Whether the value is no string, and small enough to be in the record as well. */
  isPacked(address: number): boolean {
    const flags = this.flags(address);
    return (flags & TYPE_MASK) !== STRING && (flags & VALUE_IN_DRAWER) === 0;
  }

  /** Whether the value is an object in a drawer. */
  isKept(address: number): boolean {
    const flags = this.flags(address);
    return (flags & TYPE_MASK) !== STRING && (flags & VALUE_IN_DRAWER) !== 0;
  }

  /** How many entries a packed value has. */
  packedCount(address: number): number {
    return this.flags(address) >>> COUNT_SHIFT;
  }

  setPacked(address: number, length: number, count: number): void {
    const ints = this.intsOf(address);
    const word = wordOf(address);
    ints[word] = ((ints[word] as number) & 0xffff) | (count << COUNT_SHIFT);
    ints[word + 2] = length;
  }

  /** Whether the record's key is these bytes. */
  hasKey(address: number, buffer: Buffer, offset: number, length: number): boolean {
    const chunk = chunkOf(address);
    const word = wordOf(address);
    const ints = this.slab.ints[chunk];
    if (ints[word + 1] !== length) return false;
    if (length > SHORT_KEY) return this.hasLongKey(address, buffer, offset, length);
    const bytes = this.slab.bytes[chunk];
    const at = word * 4 + (ints[word] & HAS_EXPIRY ? HEADER + EXPIRY : HEADER);
    for (let i = 0; i < length; i++) if (bytes[at + i] !== buffer[offset + i]) return false;
    return true;
  }

  private hasLongKey(address: number, buffer: Buffer, offset: number, length: number): boolean {
    const isApart = length > LONGEST_KEY;
    const bytes = isApart ? this.longKey(address) : this.bytesOf(address);
    const at = isApart ? 0 : this.keyAt(address);
    return bytes.compare(buffer, offset, offset + length, at, at + length) === 0;
  }

  keyName(address: number): string {
    const length = this.keyLength(address);
    if (length > LONGEST_KEY) return byteString(this.longKey(address), 0, length);
    return byteString(this.bytesOf(address), this.keyAt(address), length);
  }

  private longKey(address: number): Buffer {
    return this.drawers[this.bytesOf(address).readInt32LE(this.keyAt(address))] as Buffer;
  }

  private writeKey(address: number, buffer: Buffer, offset: number, length: number): void {
    const at = this.keyAt(address);
    const bytes = this.bytesOf(address);
    if (length > LONGEST_KEY) {
      const key = Buffer.allocUnsafeSlow(length);
      buffer.copy(key, 0, offset, offset + length);
      this.keptBytes += length;
      bytes.writeInt32LE(this.openDrawer(key), at);
    } else {
      copyBytes(buffer, offset, bytes, at, length);
    }
  }

  /** What is in the value's drawer: a Buffer for a string, the object of any other type. */
  kept(address: number): object {
    return this.drawers[this.drawerOf(address)] as object;
  }

  private drawerOf(address: number): number {
    return this.bytesOf(address).readInt32LE(this.valueAt(address));
  }

  /** Puts a value into a new drawer of a record that was created for one. */
  keep(address: number, value: object): void {
    this.intsOf(address)[wordOf(address)] = this.flags(address) | VALUE_IN_DRAWER;
    this.bytesOf(address).writeInt32LE(this.openDrawer(value), this.valueAt(address));
    if (Buffer.isBuffer(value)) this.keptBytes += value.length;
  }

  /**
   * Puts a string where the value of a record is, if that is a string as well and its room is
   * neither too small nor much too large; false otherwise. An expiry stays.
   */
  overwrite(
    address: number,
    buffer: Buffer,
    offset: number,
    length: number,
    encoding: number,
  ): boolean {
    const chunk = chunkOf(address);
    const word = wordOf(address);
    const ints = this.slab.ints[chunk];
    const flags = ints[word];
    if ((flags & TYPE_MASK) !== STRING) return false;
    if (flags & VALUE_IN_DRAWER) {
      return this.overwriteKept(address, buffer, offset, length, encoding);
    }
    if (flags & KEY_IN_DRAWER) return false;
    const front = (flags & HAS_EXPIRY ? HEADER + EXPIRY : HEADER) + ints[word + 1];
    const room = this.slab.sizeOf(address) - front;
    if (length > room || length < room / 2 - OVERWRITE_SLACK) return false;
    ints[word] = (flags & ~ENCODING_MASK) | (encoding << ENCODING_SHIFT);
    ints[word + 2] = length;
    copyBytes(buffer, offset, this.slab.bytes[chunk], word * 4 + front, length);
    return true;
  }

  /** The same for a long value, which has a Buffer of its own. */
  private overwriteKept(
    address: number,
    buffer: Buffer,
    offset: number,
    length: number,
    encoding: number,
  ): boolean {
    const kept = this.kept(address) as Buffer;
    if (length > kept.length || length < kept.length / 2) return false;
    buffer.copy(kept, 0, offset, offset + length);
    this.setValueLength(address, length);
    this.setType(address, STRING, encoding);
    return true;
  }

  setValueLength(address: number, length: number): void {
    this.intsOf(address)[wordOf(address) + 2] = length;
  }

  /** How many value bytes fit where the value is. */
  valueCapacity(address: number): number {
    if (!this.isValueInline(address)) return sizeOf(this.kept(address));
    const front = this.valueAt(address) - wordOf(address) * 4;
    return this.slab.sizeOf(address) - front;
  }

  expiry(address: number): number {
    if (!(this.flags(address) & HAS_EXPIRY)) return NEVER;
    return this.doublesOf(address)[(wordOf(address) >> 1) + 2] as number;
  }

  /** Whether `setExpiry` is possible without moving the record. */
  hasRoomForExpiry(address: number): boolean {
    return (this.flags(address) & HAS_EXPIRY) !== 0;
  }

  setExpiry(address: number, at: number): void {
    this.doublesOf(address)[(wordOf(address) >> 1) + 2] = at;
  }

  /** Bytes of the record and of what is in its drawers. */
  sizeOf(address: number): number {
    let bytes = this.slab.sizeOf(address);
    if (this.flags(address) & KEY_IN_DRAWER) bytes += this.keyLength(address);
    if (this.isValueInline(address)) return bytes;
    const value = this.kept(address);
    return bytes + (Buffer.isBuffer(value) ? value.length : (value as SizedValue).bytes);
  }

  /** Frees the record and empties its drawers. */
  destroy(address: number): void {
    if (address === this.openedAt) this.openedAt = 0;
    if (!this.isValueInline(address)) this.closeDrawer(this.drawerOf(address));
    if (this.flags(address) & KEY_IN_DRAWER) {
      this.closeDrawer(this.bytesOf(address).readInt32LE(this.keyAt(address)));
    }
    this.slab.free(address);
  }

  /** The end of all records: what has memory of its own gives it back. */
  dispose(): void {
    this.slab.dispose();
    for (const value of this.drawers) if (Buffer.isBuffer(value)) leave(value);
  }

  private openDrawer(value: object): number {
    const drawer = this.freeDrawers.pop() ?? this.drawers.length;
    this.drawers[drawer] = value;
    return drawer;
  }

  private closeDrawer(drawer: number): void {
    this.keptBytes -= sizeOf(this.drawers[drawer]);
    this.drawers[drawer] = undefined;
    this.freeDrawers.push(drawer);
  }
}

function sizeOf(value: object | undefined): number {
  return Buffer.isBuffer(value) ? value.length : 0;
}

/** Up to some length a loop is quicker than a call into the runtime. */
const SHORT_COPY = 48;

export function copyBytes(
  from: Buffer,
  fromAt: number,
  to: Buffer,
  toAt: number,
  length: number,
): void {
  if (length <= SHORT_COPY) {
    for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i] as number;
  } else {
    from.copy(to, toAt, fromAt, fromAt + length);
  }
}
