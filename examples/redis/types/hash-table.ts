/**
 * The fields of a large hash: bytes in a log, found through an index as keys are. A random field
 * and a cursor are in O(1), and no change stops everything, however many fields there are.
 * See also hash.ts, which keeps small ones packed; pair-log.ts, keyspace/index.ts.
 */

import { bytesOf } from "../bytes.ts";
import { hashBytes } from "../keyspace/hash.ts";
import { Index } from "../keyspace/index.ts";
import { PairLog } from "./pair-log.ts";

/** A field with its value. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** What V8 needs for the objects, in bytes. */
const TABLE_BYTES = 2000;

export class HashTable {
  /** Where `find` has found a field, and the walks have theirs. */
  readonly pairs = new PairLog((from, to) => this.move(from, to));
  private readonly index = new Index();
  /** The hash of the name looked for last. */
  private hash = 0;

  get bytes(): number {
    return TABLE_BYTES + this.index.bytes + this.pairs.bytes;
  }

  get size(): number {
    return this.index.size;
  }

  /** The address of the field `source[offset, offset + length)`, which `pairs` has read; or 0. */
  find(source: Buffer, offset: number, length: number): number {
    const { index, pairs } = this;
    this.hash = hashBytes(source, offset, length);
    let at = index.first(this.hash);
    while (at !== 0 && !pairs.hasName(at, source, offset, length)) at = index.next();
    return at;
  }

  get(name: string): string | undefined {
    return this.find(bytesOf(name), 0, name.length) === 0 ? undefined : this.pairs.value();
  }

  /** Sets the field at `name` to what is at `value` in `source`; true when it is new. */
  set(
    source: Buffer,
    name: number,
    nameLength: number,
    value: number,
    valueLength: number,
  ): boolean {
    const { index, pairs } = this;
    const old = this.find(source, name, nameLength);
    if (old !== 0 && pairs.overwrite(old, source, value, valueLength)) return false;
    const at = pairs.append(source, name, nameLength, source, value, valueLength);
    if (old === 0) {
      index.insert(this.hash, at);
      return true;
    }
    index.replace(this.hash, old, at);
    pairs.remove(old);
    return false;
  }

  delete(source: Buffer, offset: number, length: number): boolean {
    const at = this.find(source, offset, length);
    if (at === 0) return false;
    this.index.remove(this.hash, at);
    this.pairs.remove(at);
    return true;
  }

  /** A field at random; the table must not be empty. */
  random(): number {
    return this.index.random();
  }

  /** Visits the fields from `cursor` on; the cursor to go on with, or 0. */
  scan(cursor: number, count: number, visit: (address: number) => void): number {
    return this.index.walk(cursor % 2 ** 32, count, visit);
  }

  /** The pair at `from` is at `to` now. */
  private move(from: number, to: number): void {
    const { pairs } = this;
    pairs.read(to);
    this.index.replace(hashBytes(pairs.buffer, pairs.nameAt, pairs.nameLength), from, to);
  }
}
