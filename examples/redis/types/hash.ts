/**
 * A hash: fields with values, all byte strings. Small ones are packed, each field before its value,
 * in the order they came in; one that grows beyond the limits becomes a table (hash-table.ts) and
 * stays one. On the hot path fields are found and set as bytes: `read`, then `buffer`, `offset` and
 * `length`.
 */

import { byteString, bytesOf } from "../bytes.ts";
import type { Settings } from "../config.ts";
import { hasPackedForm } from "../keyspace/residence.ts";
import { HASH } from "../keyspace/types.ts";
import { type Field, HashTable } from "./hash-table.ts";
import { Packed } from "./packed.ts";
import { type TypedValue, VALUE_BYTES } from "./value.ts";

type Limits = Pick<Settings, "hash-max-listpack-entries" | "hash-max-listpack-value">;

const DEFAULT_LIMITS: Limits = { "hash-max-listpack-entries": 512, "hash-max-listpack-value": 64 };
const OBJECT_BYTES = 48;
const NO_BYTES = Buffer.alloc(0);

/** Gets a field, `buffer[name, name + nameLength)`, and its value, behind it in the same buffer. */
export type FieldVisitor = (
  buffer: Buffer,
  name: number,
  nameLength: number,
  value: number,
  valueLength: number,
) => void;

export class HashValue implements TypedValue {
  accounted = 0;
  /** Undefined once the hash is a table. */
  packed: Packed | undefined;
  private table: HashTable | undefined = undefined;

  // The value that `read` has found, until the next change.
  buffer: Buffer = NO_BYTES;
  offset = 0;
  length = 0;

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
    return this.read(bytesOf(name), 0, name.length);
  }

  get(name: string): string | undefined {
    return this.has(name) ? byteString(this.buffer, this.offset, this.length) : undefined;
  }

  /** Looks for the field `source[offset, offset + length)`; false when it is not there. */
  read(source: Buffer, offset: number, length: number): boolean {
    const { packed } = this;
    if (packed === undefined) return this.readTable(source, offset, length);
    const at = this.find(packed, source, offset, length);
    if (at < 0) return false;
    this.buffer = packed.buffer;
    this.offset = packed.data(at);
    this.length = packed.length(at);
    return true;
  }

  private readTable(source: Buffer, offset: number, length: number): boolean {
    const { pairs } = this.table as HashTable;
    if ((this.table as HashTable).find(source, offset, length) === 0) return false;
    this.buffer = pairs.buffer;
    this.offset = pairs.valueAt;
    this.length = pairs.valueLength;
    return true;
  }

  /** Where the value of a field is in `packed`, or -1. */
  private find(packed: Packed, source: Buffer, offset: number, length: number): number {
    const { end } = packed;
    for (let at = packed.begin; at < end; at = packed.next(packed.next(at))) {
      if (packed.equals(at, source, offset, length)) return packed.next(at);
    }
    return -1;
  }

  /** True when the field is new. */
  set(name: string, value: string, limits: Limits = DEFAULT_LIMITS): boolean {
    const bytes = bytesOf(name + value);
    return this.setBytes(bytes, 0, name.length, name.length, value.length, limits);
  }

  /** As `set`, with the field at `name` and its value at `value` in `source`. */
  setBytes(
    source: Buffer,
    name: number,
    nameLength: number,
    value: number,
    valueLength: number,
    limits: Limits,
  ): boolean {
    const longest = limits["hash-max-listpack-value"];
    if (nameLength > longest || valueLength > longest) this.convert();
    const { packed, table } = this;
    if (table !== undefined) return table.set(source, name, nameLength, value, valueLength);
    const at = this.find(packed as Packed, source, name, nameLength);
    if (at >= 0) {
      (packed as Packed).replace(at, source, value, valueLength);
    } else {
      (packed as Packed).push(source, name, nameLength);
      (packed as Packed).push(source, value, valueLength);
    }
    // Even a known field counts: the limit may have been lowered since.
    if (this.size > limits["hash-max-listpack-entries"]) this.convert();
    return at < 0;
  }

  delete(name: string): boolean {
    return this.deleteBytes(bytesOf(name), 0, name.length);
  }

  deleteBytes(source: Buffer, offset: number, length: number): boolean {
    const { packed } = this;
    if (packed === undefined) return (this.table as HashTable).delete(source, offset, length);
    const at = this.find(packed, source, offset, length);
    if (at < 0) return false;
    packed.remove(packed.previous(at), 2);
    return true;
  }

  /** Visits all fields, without making strings; `visit` must change nothing. */
  visit(visit: FieldVisitor): void {
    if (this.packed !== undefined) visitPacked(this.packed, visit);
    else visitTable(this.table as HashTable, visit);
  }

  /** All fields; copies. */
  entries(): Field[] {
    const fields: Field[] = [];
    this.visit((buffer, name, nameLength, value, valueLength) => {
      fields.push({
        name: byteString(buffer, name, nameLength),
        value: byteString(buffer, value, valueLength),
      });
    });
    return fields;
  }

  /** Any field; the hash must not be empty. */
  random(): Field {
    const { packed } = this;
    if (packed === undefined) return this.fieldAt((this.table as HashTable).random());
    const at = packed.entry(2 * Math.floor(Math.random() * this.size));
    return { name: packed.string(at), value: packed.string(packed.next(at)) };
  }

  private fieldAt(address: number): Field {
    const { pairs } = this.table as HashTable;
    pairs.read(address);
    return { name: pairs.name(), value: pairs.value() };
  }

  /** Visits fields from `cursor` on; the cursor to go on with, or 0. A packed hash comes whole. */
  scan(cursor: number, count: number, visit: (field: Field) => void): number {
    const { table } = this;
    if (table !== undefined) return table.scan(cursor, count, (at) => visit(this.fieldAt(at)));
    for (const field of this.entries()) visit(field);
    return 0;
  }

  encoding(): "listpack" | "hashtable" {
    return this.packed === undefined ? "hashtable" : "listpack";
  }

  clone(): HashValue {
    if (this.packed !== undefined) return new HashValue(this.packed.clone());
    const copy = new HashValue();
    copy.table = this.tableOfAll();
    copy.packed = undefined;
    return copy;
  }

  private convert(): void {
    if (this.packed === undefined) return;
    const { home } = this.packed;
    this.table = this.tableOfAll();
    this.packed = undefined;
    home?.leave();
  }

  private tableOfAll(): HashTable {
    const table = new HashTable();
    this.visit((buffer, name, nameLength, value, valueLength) => {
      table.set(buffer, name, nameLength, value, valueLength);
    });
    return table;
  }
}

function visitPacked(packed: Packed, visit: FieldVisitor): void {
  const { buffer, end } = packed;
  for (let at = packed.begin; at < end; ) {
    const value = packed.next(at);
    visit(buffer, packed.data(at), packed.length(at), packed.data(value), packed.length(value));
    at = packed.next(value);
  }
}

function visitTable({ pairs }: HashTable, visit: FieldVisitor): void {
  for (const address of pairs.addresses()) {
    pairs.read(address);
    visit(pairs.buffer, pairs.nameAt, pairs.nameLength, pairs.valueAt, pairs.valueLength);
  }
}

hasPackedForm(HASH, (packed) => new HashValue(packed));
