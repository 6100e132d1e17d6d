/**
 * One database: binary keys to values, with expiry. It knows nothing of requests and replies.
 *
 * A key found is a `Ref`, the address of its record, good until the next change to the keyspace.
 * Strings are read through the fields `buffer`, `offset`, `length` that `readString` sets, so that
 * reading allocates nothing; values of the other types are objects. Keys are (buffer, offset,
 * length) on the hot path and byte strings (latin1) elsewhere. See also records.ts, index.ts,
 * slab.ts.
 */

import { byteString, writeByteString } from "../bytes.ts";
import { isInteger, parseInt64, parseInteger, writeInteger } from "../number.ts";
import { AccessClock } from "./access.ts";
import { hashBytes } from "./hash.ts";
import { Index } from "./index.ts";
import type { LifeObserver, ObjectObserver, Observer } from "./observers.ts";
import { copyBytes, LARGEST_PACKED, NEVER, Records, UNSET } from "./records.ts";
import { moveIn, openValue } from "./residence.ts";
import type { Clock, SizedValue, StringEncoding, ValueType } from "./types.ts";
import { BYTES, CHANGED, encodingName, INT, STRING } from "./types.ts";

export { NEVER };

export type Ref = number;
type Visitor = (ref: Ref) => void;
/** No such key. */
export const NONE: Ref = 0;

/** What an APPEND reserves beyond its need, at most (SDS_MAX_PREALLOC). */
const MAX_SPARE = 1024 * 1024;
/** Expired keys that a draw at random removes before it gives up. */
const MAX_DRAWS = 1000;
/** The value's room in the record of an object: the number of its drawer. */
const OBJECT_ROOM = 4;

export class Keyspace {
  /** The string that `readString` found. */
  buffer: Buffer = Buffer.alloc(0);
  offset = 0;
  length = 0;

  /** Changes since the start, for `rdb_changes_since_last_save`. */
  changes = 0;
  /** Keys removed because their time had come. */
  expired = 0;
  /** Keys of values of which parts expire, as far as anybody knows: some may be gone. */
  readonly expiring = new Set<string>();
  /** Only there while it has something to look for. */
  private observers: readonly Observer[] = [];
  objectObserver: ObjectObserver | undefined;
  lifeObserver: LifeObserver | undefined;

  private readonly clock: Clock;
  private readonly access: AccessClock;
  /** Bytes of the values that are no strings, by their own account. */
  private objectBytes = 0;
  private records = new Records();
  private index = new Index();
  /** The keys that have an expiry. */
  private volatile = new Index();
  private volatileCursor = 0;
  /** The hash of the key looked up last. */
  private hash = 0;
  private nameBuffer = Buffer.alloc(256);

  constructor(clock: Clock, access = new AccessClock(clock)) {
    this.clock = clock;
    this.access = access;
  }

  /**
   * Bytes in use: exact for slab, index and long strings, an estimate for the other values, which
   * are JavaScript objects.
   */
  get bytes(): number {
    const { records } = this;
    const tables = this.mainTableBytes + this.expiresTableBytes;
    return tables + records.slab.used + records.keptBytes + this.objectBytes;
  }

  get mainTableBytes(): number {
    return this.index.bytes;
  }

  get expiresTableBytes(): number {
    return this.volatile.bytes;
  }

  /** Whether anybody asks for the names of keys that change. */
  get isObserved(): boolean {
    return this.observers.length > 0 || this.objectObserver !== undefined;
  }

  observe(observer: Observer): void {
    if (!this.observers.includes(observer)) this.observers = [...this.observers, observer];
  }

  unobserve(observer: Observer): void {
    this.observers = this.observers.filter((one) => one !== observer);
  }

  /** Bytes that one key and its value occupy, its share of the tables left out. */
  sizeOf(ref: Ref): number {
    return this.records.sizeOf(ref);
  }

  /** Bytes of slab pages that hold no record: what is lost to fragmentation. */
  get unusedBytes(): number {
    return this.records.slab.reserved - this.records.slab.used;
  }

  get size(): number {
    return this.index.size;
  }

  get volatileSize(): number {
    return this.volatile.size;
  }

  /** The live key, its access time renewed; an expired one is removed and not found. */
  lookup(buffer: Buffer, offset: number, length: number): Ref {
    const ref = this.peek(buffer, offset, length);
    if (ref !== NONE) this.touch(ref);
    return ref;
  }

  /** As `lookup`, but the access time stays: for OBJECT, TYPE and their like. */
  peek(buffer: Buffer, offset: number, length: number): Ref {
    const ref = this.find(buffer, offset, length);
    if (ref === NONE || !this.isExpired(ref)) return ref;
    this.expire(ref);
    return NONE;
  }

  lookupName(key: string): Ref {
    const length = this.name(key);
    return this.lookup(this.nameBuffer, 0, length);
  }

  peekName(key: string): Ref {
    const length = this.name(key);
    return this.peek(this.nameBuffer, 0, length);
  }

  type(ref: Ref): ValueType {
    return this.records.type(ref) as ValueType;
  }

  keyName(ref: Ref): string {
    return this.records.keyName(ref);
  }

  /** The value of a key that is no string; good until the key is removed, or moved by others. */
  object(ref: Ref): object {
    return this.records.isPacked(ref) ? openValue(this, this.records, ref) : this.records.kept(ref);
  }

  /** Points `buffer`, `offset`, `length` at the string; they hold until the next change. */
  readString(ref: Ref): void {
    const { records } = this;
    this.length = records.valueLength(ref);
    if (records.isValueInline(ref)) {
      this.buffer = records.bytesOf(ref);
      this.offset = records.valueAt(ref);
    } else {
      this.buffer = records.kept(ref) as Buffer;
      this.offset = 0;
    }
  }

  stringLength(ref: Ref): number {
    return this.records.valueLength(ref);
  }

  /** The string as a byte string; a copy. */
  stringValue(ref: Ref): string {
    this.readString(ref);
    return byteString(this.buffer, this.offset, this.length);
  }

  stringEncoding(ref: Ref): StringEncoding {
    return encodingName(this.records.encoding(ref), this.records.valueLength(ref));
  }

  /** Sets a string, whatever was there, and takes any expiry away. */
  setString(
    keyBuffer: Buffer,
    keyOffset: number,
    keyLength: number,
    buffer: Buffer,
    offset: number,
    length: number,
  ): Ref {
    const { records } = this;
    const old = this.find(keyBuffer, keyOffset, keyLength);
    const encoding = isInteger(buffer, offset, length) ? INT : BYTES;
    let ref = old;
    if (old !== NONE && records.overwrite(old, buffer, offset, length, encoding)) {
      this.clearExpiry(old);
      this.touch(old);
    } else {
      ref = records.create(keyBuffer, keyOffset, keyLength, length, NEVER);
      records.touch(ref, this.access.first());
      this.writeString(ref, buffer, offset, length, encoding);
      this.put(old, ref);
    }
    this.changed(ref);
    return ref;
  }

  /** The same for a byte string. */
  setStringValue(key: string, value: string): Ref {
    const bytes = Buffer.from(value, "latin1");
    const length = this.name(key);
    return this.setString(this.nameBuffer, 0, length, bytes, 0, bytes.length);
  }

  /** Replaces the bytes of a string and keeps its expiry, as SET KEEPTTL and INCR do. */
  replaceString(ref: Ref, buffer: Buffer, offset: number, length: number): Ref {
    const { records } = this;
    const encoding = isInteger(buffer, offset, length) ? INT : BYTES;
    let target = ref;
    if (!records.overwrite(ref, buffer, offset, length, encoding)) {
      target = this.relocate(ref, length);
      this.writeString(target, buffer, offset, length, encoding);
    }
    this.touch(target);
    this.changed(target);
    return target;
  }

  /** Keeps a string as text, new or changed, though it may look like an integer. */
  setText(ref: Ref, encoding: typeof BYTES | typeof CHANGED): void {
    this.records.setType(ref, STRING, encoding);
  }

  /**
   * Makes a string `size` bytes long, new bytes being 0, for a change in place: `readString` then
   * tells where to write.
   */
  resizeString(ref: Ref, size: number): Ref {
    const { records } = this;
    const length = records.valueLength(ref);
    let target = ref;
    if (size > records.valueCapacity(ref)) {
      // Room to grow: an APPEND in a loop must not copy the string every time.
      const room = length === 0 ? size : size + Math.min(size, MAX_SPARE);
      const copy = Buffer.alloc(room);
      this.readString(ref);
      this.buffer.copy(copy, 0, this.offset, this.offset + length);
      target = this.relocate(ref, room);
      if (records.isValueInline(target)) this.fill(target, copy, 0, room);
      else records.keep(target, copy);
    }
    records.setValueLength(target, size);
    records.setType(target, STRING, CHANGED);
    this.readString(target);
    if (target === ref && size > length)
      this.buffer.fill(0, this.offset + length, this.offset + size);
    this.changed(target);
    return target;
  }

  /** The integer a string is stored as, or undefined when it is not stored as one. */
  integerValue(ref: Ref): number | bigint | undefined {
    if (this.records.encoding(ref) !== INT) return undefined;
    this.readString(ref);
    const value = parseInteger(this.buffer, this.offset, this.length);
    return Number.isNaN(value) ? parseInt64(this.stringValue(ref)) : value;
  }

  /** Stores an integer in a string key and keeps its expiry. */
  setInteger(ref: Ref, value: number | bigint): Ref {
    const length = Number.isSafeInteger(value)
      ? writeInteger(this.nameBuffer, value as number, 0)
      : this.name(value.toString());
    return this.replaceString(ref, this.nameBuffer, 0, length);
  }

  /** Sets a value of another type, as `setString`; a packed one gets `room` bytes to begin with. */
  setObject(key: string, type: ValueType, value: SizedValue, room = 0): Ref {
    const length = this.name(key);
    const old = this.find(this.nameBuffer, 0, length);
    const { records } = this;
    const size = value.packed?.size ?? LARGEST_PACKED;
    const isPacked = size < LARGEST_PACKED && value.expiries === undefined;
    const needed = isPacked ? Math.min(Math.max(size, room), LARGEST_PACKED) : OBJECT_ROOM;
    const ref = records.create(this.nameBuffer, 0, length, needed, NEVER);
    records.setType(ref, type, 0);
    if (isPacked) moveIn(this, records, ref, value);
    else records.keep(ref, value);
    this.put(old, ref);
    records.touch(ref, this.access.first());
    this.arrived(key, value);
    this.changed(ref);
    return ref;
  }

  /** Gives a packed value other room; for residence.ts. */
  refit(ref: Ref, room: number): Ref {
    return this.supersede(ref, this.records.refit(ref, room, this.records.expiry(ref)));
  }

  /** Keeps a value apart from its record, in which it was packed; for residence.ts. */
  moveOut(ref: Ref, value: SizedValue): void {
    this.supersede(ref, this.records.withObject(ref, value));
    this.resized(value);
  }

  /** Says that the value of another type was changed in place. */
  modified(key: string, value: SizedValue): void {
    this.resized(value);
    this.changes++;
    for (const observer of this.observers) observer.modified(this, key);
    this.objectObserver?.objectChanged(this, key);
  }

  /** Removes the key of `ref`. */
  remove(ref: Ref): void {
    this.changed(ref);
    this.unlink(ref);
    this.destroy(ref);
  }

  /** Removes a live key; false when there is none. */
  removeName(key: string): boolean {
    const ref = this.peekName(key);
    if (ref === NONE) return false;
    this.remove(ref);
    return true;
  }

  /** Moves the value and the expiry of `ref` to the name `key` in `target`, over what is there. */
  moveTo(ref: Ref, target: Keyspace, key: string): void {
    if (target === this && this.keyName(ref) === key) return;
    const from = this.records;
    const expireAt = from.expiry(ref);
    const length = target.name(key);
    const old = target.find(target.nameBuffer, 0, length);
    const to = target.records;
    const moved = to.create(target.nameBuffer, 0, length, from.roomOf(ref), expireAt);
    to.takeValue(moved, from, ref);
    to.touch(moved, target.access.first());
    target.put(old, moved);
    if (expireAt !== NEVER) target.volatile.insert(target.hash, moved);
    // The old record goes last: where there was no memory for the new one, nothing is lost.
    this.remove(ref);
    if (to.isKept(moved)) target.arrived(key, to.kept(moved) as SizedValue);
    target.changed(moved);
  }

  /** Milliseconds since the epoch, or NEVER. */
  expiry(ref: Ref): number {
    return this.records.expiry(ref);
  }

  setExpiry(ref: Ref, at: number): Ref {
    const { records } = this;
    const wasVolatile = records.expiry(ref) !== NEVER;
    if (at === NEVER && !wasVolatile) return ref;
    this.changed(ref);
    if (at === NEVER) {
      this.clearExpiry(ref);
      return ref;
    }
    let target = ref;
    if (!records.hasRoomForExpiry(ref)) {
      target = this.supersede(ref, records.refit(ref, records.roomOf(ref), UNSET));
    }
    records.setExpiry(target, at);
    if (!wasVolatile) this.volatile.insert(records.hashOf(target), target);
    return target;
  }

  /** Milliseconds since the key was last looked up, about. */
  idleTime(ref: Ref): number {
    return this.access.idleTime(this.records.usedAt(ref));
  }

  /** Sets what the record of a key remembers of its use. */
  setUse(ref: Ref, use: (access: AccessClock) => number): void {
    this.records.touch(ref, use(this.access));
  }

  /** How often the key is used, 0 to 255 on a logarithmic scale. */
  frequency(ref: Ref): number {
    return this.access.frequency(this.records.usedAt(ref));
  }

  /**
   * A key at random, live, or NONE where there is none, or where so many have expired that looking
   * on would stop everybody else.
   */
  random(among: "all" | "volatile" = "all"): Ref {
    const index = among === "all" ? this.index : this.volatile;
    for (let tries = 0; ; tries++) {
      const ref = tries < MAX_DRAWS ? index.random() : NONE;
      if (ref === NONE || !this.isExpired(ref)) return ref;
      this.expire(ref);
    }
  }

  /** Visits all keys but the expired ones, which stay. `visit` must change nothing. */
  each(visit: Visitor): void {
    this.index.walk(0, Number.POSITIVE_INFINITY, (ref) => {
      if (!this.isExpired(ref)) visit(ref);
    });
  }

  /**
   * Looks at about `count` keys, visits those that are wanted, and returns the cursor to go on
   * with; 0 begins and ends. A key that is there from begin to end is looked at. Wanted ones that
   * have expired are removed instead, as in Redis. Both functions must change nothing.
   */
  scan(cursor: number, count: number, visit: Visitor, isWanted = (_: Ref) => true): number {
    const expired: Ref[] = [];
    const next = this.index.walk(cursor % 2 ** 32, count, (ref) => {
      if (!isWanted(ref)) return;
      if (this.isExpired(ref)) expired.push(ref);
      else visit(ref);
    });
    for (const ref of expired) this.expire(ref);
    return next;
  }

  /** Looks at up to `count` keys that have an expiry and removes those whose time has come. */
  expireSome(count: number): number {
    const due: Ref[] = [];
    this.volatileCursor = this.volatile.walk(this.volatileCursor, count, (ref) => {
      if (this.isExpired(ref)) due.push(ref);
    });
    for (const ref of due) this.expire(ref);
    return due.length;
  }

  /**
   * Removes all keys, however many, in no time: their memory is a handful of buffers, which go back
   * by and by. What frees the objects of other types is the garbage collector, beside the loop.
   */
  clear(): void {
    if (this.size === 0) return;
    for (const observer of this.observers) observer.clearing(this);
    this.objectObserver?.clearing(this);
    this.changes += this.size;
    for (const part of [this.records, this.index, this.volatile]) part.dispose();
    this.records = new Records();
    this.index = new Index();
    this.volatile = new Index();
    this.volatileCursor = 0;
    this.expiring.clear();
    this.objectBytes = 0;
  }

  private changed(ref: Ref): void {
    this.changes++;
    if (this.observers.length > 0) this.tellObservers(ref);
    if (this.objectObserver !== undefined) this.tellOfObject(ref);
  }

  private tellObservers(ref: Ref): void {
    const key = this.keyName(ref);
    for (const observer of this.observers) observer.modified(this, key);
  }

  private tellOfObject(ref: Ref): void {
    if (this.type(ref) !== STRING) this.objectObserver?.objectChanged(this, this.keyName(ref));
  }

  private find(buffer: Buffer, offset: number, length: number): Ref {
    const { index, records } = this;
    this.hash = hashBytes(buffer, offset, length);
    let ref = index.first(this.hash);
    while (ref !== NONE && !records.hasKey(ref, buffer, offset, length)) ref = index.next();
    return ref;
  }

  private touch(ref: Ref): void {
    const { access, records } = this;
    records.touch(ref, access.touched(access.countsFrequency ? records.usedAt(ref) : 0));
  }

  /** Takes note of a value that is no string. */
  private arrived(key: string, value: SizedValue): void {
    if (value.expiries !== undefined) this.expiring.add(key);
    this.resized(value);
  }

  /** Follows the size of a value that is no string; one in its record is counted there. */
  resized(value: SizedValue): void {
    if (value.packed?.home !== undefined) return;
    this.objectBytes += value.bytes - value.accounted;
    value.accounted = value.bytes;
  }

  private destroy(ref: Ref): void {
    const { records } = this;
    if (records.isKept(ref)) {
      const value = records.kept(ref) as SizedValue;
      this.objectBytes -= value.accounted;
      value.accounted = 0;
    }
    records.destroy(ref);
  }

  /** A byte string's bytes, in `nameBuffer`; returns their number. */
  private name(text: string): number {
    if (text.length > this.nameBuffer.length) this.nameBuffer = Buffer.alloc(text.length * 2);
    return writeByteString(this.nameBuffer, text, 0);
  }

  private isExpired(ref: Ref): boolean {
    const at = this.records.expiry(ref);
    return at !== NEVER && at <= this.clock.now;
  }

  private expire(ref: Ref): void {
    if (this.observers.length > 0) this.tellObservers(ref);
    this.tellOfObject(ref);
    const name = this.lifeObserver === undefined ? "" : this.keyName(ref);
    this.unlink(ref);
    this.destroy(ref);
    this.expired++;
    this.lifeObserver?.expired(this, name);
  }

  /** Fills a new record. */
  private writeString(
    ref: Ref,
    buffer: Buffer,
    offset: number,
    length: number,
    encoding: number,
  ): void {
    this.fill(ref, buffer, offset, length);
    this.records.setValueLength(ref, length);
    this.records.setType(ref, STRING, encoding);
  }

  private fill(ref: Ref, buffer: Buffer, offset: number, length: number): void {
    const { records } = this;
    if (records.isValueInline(ref)) {
      copyBytes(buffer, offset, records.bytesOf(ref), records.valueAt(ref), length);
    } else {
      const value = Buffer.allocUnsafeSlow(length);
      buffer.copy(value, 0, offset, offset + length);
      records.keep(ref, value);
    }
  }

  /** Puts the record of the key that `find` looked for into the index, instead of `old`. */
  private put(old: Ref, ref: Ref): void {
    if (old === NONE) {
      this.insert(ref);
      this.lifeObserver?.created(this, this.keyName(ref));
      return;
    }
    this.index.replace(this.hash, old, ref);
    if (this.records.expiry(old) !== NEVER) this.volatile.remove(this.hash, old);
    this.tellOfObject(old);
    this.destroy(old);
  }

  private insert(ref: Ref): void {
    try {
      this.index.insert(this.hash, ref);
    } catch (error) {
      this.records.destroy(ref);
      throw error;
    }
  }

  /** Moves a key to a record with other room for its value; the value is the caller's to copy. */
  private relocate(ref: Ref, valueLength: number): Ref {
    return this.supersede(ref, this.records.remake(ref, valueLength, this.records.expiry(ref)));
  }

  /** Puts a record in the place of another one of the same key, and destroys that. */
  private supersede(ref: Ref, target: Ref): Ref {
    const { records } = this;
    const hash = records.hashOf(ref);
    this.index.replace(hash, ref, target);
    if (records.expiry(ref) !== NEVER) this.volatile.replace(hash, ref, target);
    records.destroy(ref);
    return target;
  }

  private clearExpiry(ref: Ref): void {
    const { records } = this;
    if (records.expiry(ref) === NEVER) return;
    this.volatile.remove(records.hashOf(ref), ref);
    records.setExpiry(ref, NEVER);
  }

  private unlink(ref: Ref): void {
    const hash = this.records.hashOf(ref);
    this.index.remove(hash, ref);
    if (this.records.expiry(ref) !== NEVER) this.volatile.remove(hash, ref);
  }
}
