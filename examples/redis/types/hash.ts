/**
 * A hash: fields with values, all byte strings. Small ones are packed, each field before its value,
 * in the order they came in; one that grows beyond the limits becomes a table (hash-table.ts) and
 * stays one. The fields of a packed hash can be found and set without making strings.
 */

import { bytesOf } from "../bytes.ts";
import type { Settings } from "../config.ts";
import { hasPackedForm } from "../keyspace/residence.ts";
import { HASH } from "../keyspace/types.ts";
import { type Field, HashTable } from "./hash-table.ts";
import { Packed } from "./packed.ts";
import { type TypedValue, VALUE_BYTES } from "./value.ts";

type Limits = Pick<Settings, "hash-max-listpack-entries" | "hash-max-listpack-value">;

const DEFAULT_LIMITS: Limits = { "hash-max-listpack-entries": 512, "hash-max-listpack-value": 64 };
const OBJECT_BYTES = 48;

export class HashValue implements TypedValue {
  accounted = 0;
  /** Undefined once the hash is a table. */
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
    return this.packed === undefined ? (this.table as HashTable).size : this.packed.count / 2;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get(name: string): string | undefined {
    const { packed } = this;
    if (packed === undefined) return (this.table as HashTable).get(name);
    const at = this.find(bytesOf(name), 0, name.length);
    return at < 0 ? undefined : packed.string(at);
  }

  /** Where the value of the field `source[offset, offset + length)` is in `packed`, or -1. */
  find(source: Buffer, offset: number, length: number): number {
    const { packed } = this;
    if (packed === undefined) return -1;
    for (let at = packed.begin; at < packed.end; at = packed.next(packed.next(at))) {
      if (packed.equals(at, source, offset, length)) return packed.next(at);
    }
    return -1;
  }

  /** True when the field is new. */
  set(name: string, value: string, limits: Limits = DEFAULT_LIMITS): boolean {
    if (this.fits(name.length, value.length, limits)) {
      const bytes = bytesOf(name + value);
      return this.setBytes(bytes, 0, name.length, name.length, value.length, limits);
    }
    this.convert();
    return (this.table as HashTable).set(name, value);
  }

  /** Whether the hash is packed and may hold strings of these lengths: then `setBytes` will do. */
  fits(nameLength: number, valueLength: number, limits: Limits): boolean {
    const longest = limits["hash-max-listpack-value"];
    return this.packed !== undefined && nameLength <= longest && valueLength <= longest;
  }

  /** As `set`, for a hash that `fits`: the field at `name`, its value at `value` in `source`. */
  setBytes(
    source: Buffer,
    name: number,
    nameLength: number,
    value: number,
    valueLength: number,
    limits: Limits,
  ): boolean {
    const packed = this.packed as Packed;
    const at = this.find(source, name, nameLength);
    if (at >= 0) {
      packed.replace(at, source, value, valueLength);
    } else {
      packed.push(source, name, nameLength);
      packed.push(source, value, valueLength);
    }
    // Even a known field counts: the limit may have been lowered since.
    if (this.size > limits["hash-max-listpack-entries"]) this.convert();
    return at < 0;
  }

  delete(name: string): boolean {
    const { packed } = this;
    if (packed === undefined) return (this.table as HashTable).delete(name);
    const at = this.find(bytesOf(name), 0, name.length);
    if (at < 0) return false;
    packed.remove(packed.previous(at), 2);
    return true;
  }

  /** All fields; those of a packed hash are copies. */
  entries(): Iterable<Field> {
    const { packed, table } = this;
    if (packed === undefined) return (table as HashTable).entries();
    const fields: Field[] = [];
    for (let at = packed.begin; at < packed.end; ) {
      const value = packed.next(at);
      fields.push({ name: packed.string(at), value: packed.string(value) });
      at = packed.next(value);
    }
    return fields;
  }

  /** Any field; the hash must not be empty. */
  random(): Field {
    const { packed } = this;
    if (packed === undefined) return (this.table as HashTable).random();
    const at = packed.entry(2 * Math.floor(Math.random() * this.size));
    return { name: packed.string(at), value: packed.string(packed.next(at)) };
  }

  /** Visits fields from `cursor` on; the cursor to go on with, or 0. A packed hash comes whole. */
  scan(cursor: number, count: number, visit: (field: Field) => void): number {
    if (this.table !== undefined) return this.table.scan(cursor, count, visit);
    for (const field of this.entries()) visit(field);
    return 0;
  }

  encoding(): "listpack" | "hashtable" {
    return this.packed === undefined ? "hashtable" : "listpack";
  }

  clone(): HashValue {
    if (this.packed !== undefined) return new HashValue(this.packed.clone());
    const copy = new HashValue();
    copy.convert();
    for (const { name, value } of this.entries()) copy.set(name, value);
    return copy;
  }

  private convert(): void {
    if (this.packed === undefined) return;
    const { home } = this.packed;
    const table = new HashTable();
    for (const { name, value } of this.entries()) table.set(name, value);
    this.table = table;
    this.packed = undefined;
    home?.leave();
  }
}

hasPackedForm(HASH, (packed) => new HashValue(packed));
