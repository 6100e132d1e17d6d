/**
 * One database: binary keys to values, with expiry. It knows nothing of requests and replies.
 *
 * A key found is a `Ref`, an integer that is good until the next key is created or removed. Strings
 * are read through the fields `buffer`, `offset`, `length` that `readString` sets, so that reading
 * allocates nothing; values of the other types are objects. Keys are (buffer, offset, length) on
 * the hot path and byte strings (latin1) elsewhere.
 */

import { byteString, writeByteString } from "../bytes.ts";
import { parseInt64, parseInteger } from "../number.ts";
import { STRING, type StringEncoding, type ValueType } from "./types.ts";

export type Ref = number;
/** No such key. */
export const NONE: Ref = -1;
/** The expiry of a key that stays. */
export const NEVER = -1;

/** Longer strings are kept apart from their key in Redis, and say so (OBJ_ENCODING_EMBSTR_SIZE_LIMIT). */
const EMBEDDED_LIMIT = 44;
const LONGEST_INTEGER = 20;

/** Milliseconds since the epoch, read once per batch of requests and shared by all who need it. */
export interface Clock {
  now: number;
}

interface Entry {
  readonly key: string;
  index: number;
  type: ValueType;
  /** A string is an integer or bytes, of which `length` are in use; other types are objects. */
  value: number | bigint | Buffer | object;
  length: number;
  /** Changed in place, hence no longer embedded. */
  modified: boolean;
  expireAt: number;
  accessedAt: number;
}

export class Keyspace {
  /** The string that `readString` found. */
  buffer: Buffer = Buffer.alloc(0);
  offset = 0;
  length = 0;

  /** Changes since the start, for `rdb_changes_since_last_save`. */
  changes = 0;
  /** Keys removed because their time had come. */
  expired = 0;

  private readonly clock: Clock;
  private index = new Map<string, Entry>();
  /** Every entry, without holes: a random one is one random number away. */
  private entries: Entry[] = [];
  private volatile = new Set<Entry>();
  private volatileCursor = this.volatile.values();
  private readonly digits = Buffer.alloc(LONGEST_INTEGER);

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.entries.length;
  }

  get volatileSize(): number {
    return this.volatile.size;
  }

  /** The live key, its access time renewed; an expired one is removed and not found. */
  lookup(buffer: Buffer, offset: number, length: number): Ref {
    return this.lookupName(byteString(buffer, offset, length));
  }

  lookupName(key: string): Ref {
    const ref = this.peekName(key);
    if (ref !== NONE) this.entry(ref).accessedAt = this.clock.now;
    return ref;
  }

  /** As `lookupName`, but the access time stays: for OBJECT, TYPE and their like. */
  peekName(key: string): Ref {
    const entry = this.index.get(key);
    if (entry === undefined) return NONE;
    if (entry.expireAt === NEVER || entry.expireAt > this.clock.now) return entry.index;
    this.expire(entry);
    return NONE;
  }

  type(ref: Ref): ValueType {
    return this.entry(ref).type;
  }

  keyName(ref: Ref): string {
    return this.entry(ref).key;
  }

  /** The value of a key that is not a string. */
  object(ref: Ref): object {
    return this.entry(ref).value as object;
  }

  /** Points `buffer`, `offset`, `length` at the string; they hold until the next call of any kind. */
  readString(ref: Ref): void {
    const { value, length } = this.entry(ref);
    this.offset = 0;
    if (value instanceof Buffer) {
      this.buffer = value;
      this.length = length;
    } else {
      this.buffer = this.digits;
      this.length = writeByteString(this.digits, value.toString(), 0);
    }
  }

  stringLength(ref: Ref): number {
    const { value, length } = this.entry(ref);
    return value instanceof Buffer ? length : value.toString().length;
  }

  /** The string as a byte string; a copy. */
  stringValue(ref: Ref): string {
    this.readString(ref);
    return byteString(this.buffer, this.offset, this.length);
  }

  stringEncoding(ref: Ref): StringEncoding {
    const { value, length, modified } = this.entry(ref);
    if (!(value instanceof Buffer)) return "int";
    return length <= EMBEDDED_LIMIT && !modified ? "embstr" : "raw";
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
    const key = byteString(keyBuffer, keyOffset, keyLength);
    const entry = this.upsert(key);
    entry.type = STRING;
    entry.value = encodeString(buffer, offset, length);
    entry.length = length;
    entry.modified = false;
    this.setExpiry(entry.index, NEVER);
    return entry.index;
  }

  /** The same for a byte string. */
  setStringValue(key: string, value: string): Ref {
    const name = Buffer.from(key, "latin1");
    const bytes = Buffer.from(value, "latin1");
    return this.setString(name, 0, name.length, bytes, 0, bytes.length);
  }

  /** Replaces the bytes of a string and keeps its expiry, as SET KEEPTTL and INCR do. */
  replaceString(ref: Ref, buffer: Buffer, offset: number, length: number): void {
    const entry = this.entry(ref);
    entry.value = encodeString(buffer, offset, length);
    entry.length = length;
    entry.modified = false;
    this.changes++;
  }

  /** A string changed in place: `size` bytes long, of which the caller writes what is new. */
  resizeString(ref: Ref, size: number): Buffer {
    const entry = this.entry(ref);
    this.readString(ref);
    let bytes = this.buffer;
    if (!(entry.value instanceof Buffer) || bytes.length < size) {
      bytes = Buffer.alloc(Math.max(size, Math.min(size * 2, size + 1024 * 1024)));
      this.buffer.copy(bytes, 0, this.offset, this.offset + this.length);
      entry.value = bytes;
    } else if (size > entry.length) {
      bytes.fill(0, entry.length, size);
    }
    entry.length = size;
    entry.modified = true;
    this.changes++;
    return bytes;
  }

  /** The integer a string is stored as, or undefined when it is not stored as one. */
  integerValue(ref: Ref): number | bigint | undefined {
    const { value } = this.entry(ref);
    return typeof value === "number" || typeof value === "bigint" ? value : undefined;
  }

  /** Stores an integer in a string key and keeps its expiry. */
  setInteger(ref: Ref, value: number | bigint): void {
    const entry = this.entry(ref);
    const small = typeof value === "bigint" && Number.isSafeInteger(Number(value));
    entry.value = small ? Number(value) : value;
    entry.length = 0;
    entry.modified = false;
    this.changes++;
  }

  /** Sets a value of another type, whatever was there, and takes any expiry away. */
  setObject(key: string, type: ValueType, value: object): Ref {
    const entry = this.upsert(key);
    entry.type = type;
    entry.value = value;
    entry.length = 0;
    this.setExpiry(entry.index, NEVER);
    return entry.index;
  }

  /** Removes the key of `ref`. */
  remove(ref: Ref): void {
    this.unlink(this.entry(ref));
    this.changes++;
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
    const source = this.entry(ref);
    this.unlink(source);
    const entry = target.upsert(key);
    entry.type = source.type;
    entry.value = source.value;
    entry.length = source.length;
    entry.modified = source.modified;
    target.setExpiry(entry.index, source.expireAt);
    this.changes++;
  }

  /** Milliseconds since the epoch, or NEVER. */
  expiry(ref: Ref): number {
    return this.entry(ref).expireAt;
  }

  setExpiry(ref: Ref, at: number): void {
    const entry = this.entry(ref);
    entry.expireAt = at;
    if (at === NEVER) this.volatile.delete(entry);
    else this.volatile.add(entry);
    this.changes++;
  }

  /** Milliseconds since the key was last looked up. */
  idleTime(ref: Ref): number {
    return Math.max(0, this.clock.now - this.entry(ref).accessedAt);
  }

  /** A key at random, live, or NONE in an empty database. */
  random(): Ref {
    while (this.entries.length > 0) {
      const ref = Math.floor(Math.random() * this.entries.length);
      const { expireAt } = this.entry(ref);
      if (expireAt === NEVER || expireAt > this.clock.now) return ref;
      this.expire(this.entry(ref));
    }
    return NONE;
  }

  /**
   * Visits about `count` keys, expired ones excepted, and returns the cursor to go on with; 0 begins and
   * ends. A key that is there from begin to end is visited: the walk goes from the last entry
   * to the first, and a removal fills its hole with the last entry, which is visited already.
   */
  scan(cursor: number, count: number, visit: (ref: Ref) => void): number {
    let at = cursor === 0 ? this.entries.length : Math.min(cursor, this.entries.length);
    for (let left = count; left > 0 && at > 0; left--) {
      at--;
      const entry = this.entry(at);
      if (entry.expireAt !== NEVER && entry.expireAt <= this.clock.now) this.expire(entry);
      else visit(at);
    }
    return at;
  }

  /** Looks at up to `count` keys that have an expiry and removes those whose time has come. */
  expireSome(count: number): number {
    const before = this.expired;
    for (let left = Math.min(count, this.volatile.size); left > 0; left--) {
      let next = this.volatileCursor.next();
      if (next.done) {
        this.volatileCursor = this.volatile.values();
        next = this.volatileCursor.next();
      }
      if (next.done) break;
      if (next.value.expireAt <= this.clock.now) this.expire(next.value);
    }
    return this.expired - before;
  }

  clear(): void {
    this.changes += this.entries.length;
    this.index = new Map();
    this.entries = [];
    this.volatile = new Set();
    this.volatileCursor = this.volatile.values();
  }

  private entry(ref: Ref): Entry {
    return this.entries[ref] as Entry;
  }

  private upsert(key: string): Entry {
    let entry = this.index.get(key);
    if (entry === undefined) {
      entry = {
        key,
        index: this.entries.length,
        type: STRING,
        value: 0,
        length: 0,
        modified: false,
        expireAt: NEVER,
        accessedAt: this.clock.now,
      };
      this.index.set(key, entry);
      this.entries.push(entry);
    }
    entry.accessedAt = this.clock.now;
    return entry;
  }

  private unlink(entry: Entry): void {
    this.index.delete(entry.key);
    this.volatile.delete(entry);
    const last = this.entries.pop() as Entry;
    if (last !== entry) {
      this.entries[entry.index] = last;
      last.index = entry.index;
    }
  }

  private expire(entry: Entry): void {
    this.unlink(entry);
    this.expired++;
  }
}

/** Text that is a 64-bit integer in canonical form is stored as that integer. */
function encodeString(buffer: Buffer, offset: number, length: number): number | bigint | Buffer {
  if (length <= LONGEST_INTEGER) {
    const small = parseInteger(buffer, offset, length);
    if (!Number.isNaN(small)) return small;
    const large = parseInt64(byteString(buffer, offset, length));
    if (large !== undefined) return Number.isSafeInteger(Number(large)) ? Number(large) : large;
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  buffer.copy(bytes, 0, offset, offset + length);
  return bytes;
}
