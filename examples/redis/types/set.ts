/**
 * A set of byte strings. A small one of integers is packed and sorted (int-set.ts); one that grows
 * beyond the limit, or has other members, becomes a table (hash-table.ts) and stays one.
 */

import { byteString, bytesOf } from "../bytes.ts";
import type { Settings } from "../config.ts";
import { hasPackedForm } from "../keyspace/residence.ts";
import { SET } from "../keyspace/types.ts";
import { HashTable } from "./hash-table.ts";
import { digitsAt, insert, removeAt, search, want } from "./int-set.ts";
import { Packed } from "./packed.ts";
import { type TypedValue, VALUE_BYTES } from "./value.ts";

type Limits = Pick<Settings, "set-max-intset-entries">;

const DEFAULT_LIMITS: Limits = { "set-max-intset-entries": 512 };
const OBJECT_BYTES = 48;

export class SetValue implements TypedValue {
  accounted = 0;
  /** Undefined once the set is a table. */
  packed: Packed | undefined;
  private table: HashTable | undefined = undefined;

  constructor(packed = new Packed()) {
    this.packed = packed;
  }

  get bytes(): number {
    if (this.packed !== undefined) return OBJECT_BYTES + this.packed.bytes;
    return VALUE_BYTES + (this.table as HashTable).bytes;
  }

  get size(): number {
    return this.packed === undefined ? (this.table as HashTable).size : this.packed.count;
  }

  has(member: string): boolean {
    return this.hasBytes(bytesOf(member), 0, member.length);
  }

  /** Whether `source[offset, offset + length)` is a member. */
  hasBytes(source: Buffer, offset: number, length: number): boolean {
    const { packed, table } = this;
    if (table !== undefined) return table.find(source, offset, length) !== 0;
    return want(source, offset, length) && search(packed as Packed) >= 0;
  }

  /** False when it is a member already. */
  add(member: string, limits: Limits = DEFAULT_LIMITS): boolean {
    return this.addBytes(bytesOf(member), 0, member.length, limits);
  }

  addBytes(source: Buffer, offset: number, length: number, limits: Limits): boolean {
    const { packed } = this;
    if (packed !== undefined && want(source, offset, length)) {
      const place = search(packed);
      if (place >= 0) return false;
      insert(packed, -1 - place);
      if (packed.count > limits["set-max-intset-entries"]) this.convert();
      return true;
    }
    this.convert();
    return (this.table as HashTable).set(source, offset, length, offset, 0);
  }

  delete(member: string): boolean {
    return this.deleteBytes(bytesOf(member), 0, member.length);
  }

  deleteBytes(source: Buffer, offset: number, length: number): boolean {
    const { packed, table } = this;
    if (table !== undefined) return table.delete(source, offset, length);
    const place = want(source, offset, length) ? search(packed as Packed) : -1;
    if (place >= 0) removeAt(packed as Packed, place);
    return place >= 0;
  }

  /** Any member; the set must not be empty. */
  random(): string {
    const { packed, table } = this;
    if (table !== undefined) return nameAt(table, table.random());
    return digitsAt(packed as Packed, Math.floor(Math.random() * this.size));
  }

  /** All members, integers in their order; copies. */
  values(): string[] {
    const { packed, table } = this;
    if (table !== undefined) {
      return Array.from(table.pairs.addresses(), (address) => nameAt(table, address));
    }
    return Array.from({ length: this.size }, (_, i) => digitsAt(packed as Packed, i));
  }

  /** Visits members from `cursor` on; the cursor to go on with, or 0. A packed set comes whole. */
  scan(cursor: number, count: number, visit: (member: string) => void): number {
    const { table } = this;
    if (table !== undefined) {
      return table.scan(cursor, count, (address) => visit(nameAt(table, address)));
    }
    for (const member of this.values()) visit(member);
    return 0;
  }

  encoding(): "intset" | "hashtable" {
    return this.packed === undefined ? "hashtable" : "intset";
  }

  clone(): SetValue {
    const copy = new SetValue(this.packed?.clone());
    if (this.packed !== undefined) return copy;
    copy.convert();
    for (const member of this.values()) copy.add(member);
    return copy;
  }

  private convert(): void {
    if (this.packed === undefined) return;
    const { home } = this.packed;
    const table = new HashTable();
    for (const member of this.values()) {
      table.set(bytesOf(member), 0, member.length, 0, 0);
    }
    this.table = table;
    this.packed = undefined;
    home?.leave();
  }
}

function nameAt({ pairs }: HashTable, address: number): string {
  pairs.read(address);
  return byteString(pairs.buffer, pairs.nameAt, pairs.nameLength);
}

hasPackedForm(SET, (packed) => new SetValue(packed));
