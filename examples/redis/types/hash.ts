/**
 * A hash: fields with values, all byte strings. Small ones are packed, each field before its value,
 * in the order they came in; one that grows beyond the limits becomes a table (hash-table.ts) and
 * stays one. On the hot path fields are found and set as bytes: `read`, then `buffer`, `offset` and
 * `length`. A hash with fields that expire has their times beside it (field-expiries.ts).
 */

import { byteString, bytesOf } from "../bytes.ts";
import type { Settings } from "../config.ts";
import { hasPackedForm } from "../keyspace/residence.ts";
import { type Clock, HASH } from "../keyspace/types.ts";
import { FieldExpiries } from "./field-expiries.ts";
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
  /** When fields expire; undefined while none ever did. */
  expiries: FieldExpiries | undefined = undefined;

  // The value that `read` has found, until the next change.
  buffer: Buffer = NO_BYTES;
  offset = 0;
  length = 0;

  constructor(packed = new Packed()) {
    this.packed = packed;
  }

  get bytes(): number {
    const more = this.expiries?.bytes ?? 0;
    if (this.packed !== undefined) return OBJECT_BYTES + this.packed.bytes + more;
    return VALUE_BYTES + (this.table as HashTable).bytes + more;
  }

  /** How many fields there are, those counted that are hidden and not removed yet. */
  get size(): number {
    return this.packed === undefined ? (this.table as HashTable).size : this.packed.count / 2;
  }

  /** How many fields can be seen. */
  get visibleSize(): number {
    return this.size - (this.expiries?.countDue() ?? 0);
  }

  has(name: string): boolean {
    return this.read(bytesOf(name), 0, name.length);
  }

  get(name: string): string | undefined {
    return this.has(name) ? byteString(this.buffer, this.offset, this.length) : undefined;
  }

  /** Looks for the field `source[offset, offset + length)`; false when it is not there. */
  read(source: Buffer, offset: number, length: number): boolean {
    const { expiries, packed } = this;
    if (expiries?.hides(byteString(source, offset, length))) return false;
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

  /** Sets a field, which stays from then on; true when it is new. */
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
    if (this.expiries !== undefined) this.forget(byteString(source, name, nameLength));
    return this.put(source, name, nameLength, value, valueLength, limits);
  }

  private put(
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
    const { expiries } = this;
    if (expiries !== undefined) {
      const name = byteString(source, offset, length);
      if (expiries.hides(name)) return false;
      expiries.delete(name);
    }
    return this.cut(source, offset, length);
  }

  private cut(source: Buffer, offset: number, length: number): boolean {
    const { packed } = this;
    if (packed === undefined) return (this.table as HashTable).delete(source, offset, length);
    const at = this.find(packed, source, offset, length);
    if (at < 0) return false;
    packed.remove(packed.previous(at), 2);
    return true;
  }

  /** When the field expires, in milliseconds since the epoch; undefined when it stays. */
  expiryOf(name: string): number | undefined {
    return this.expiries?.get(name);
  }

  /** Has a field that is there expire at a time of `clock`. */
  setExpiry(name: string, at: number, clock: Clock): void {
    this.expiries ??= this.withExpiries(clock);
    this.expiries.set(name, at);
  }

  /** Has a field stay; false when it did not expire. */
  persist(name: string): boolean {
    return this.expiries?.delete(name) ?? false;
  }

  /** Removes up to `limit` fields whose time has come; returns how many. */
  removeDue(limit: number): number {
    let removed = 0;
    for (; removed < limit; removed++) {
      const name = this.expiries?.takeDue();
      if (name === undefined) break;
      this.cut(bytesOf(name), 0, name.length);
    }
    return removed;
  }

  /** What expires needs an object that lasts. */
  private withExpiries(clock: Clock): FieldExpiries {
    const { packed } = this;
    const home = packed?.home;
    this.expiries = new FieldExpiries(clock);
    if (home !== undefined) {
      packed?.detach(packed.size);
      home.leave();
    }
    return this.expiries;
  }

  /** A field that is set anew stays; one that was hidden has never been. */
  private forget(name: string): void {
    const { expiries } = this;
    const isHidden = expiries?.hides(name);
    if (expiries?.delete(name) && isHidden) this.cut(bytesOf(name), 0, name.length);
  }

  /** Visits all fields, without making strings; `visit` must change nothing. */
  visit(visit: FieldVisitor): void {
    const { expiries, packed } = this;
    const shown = expiries?.hasDue ? visibleOnly(expiries, visit) : visit;
    if (packed !== undefined) visitPacked(packed, shown);
    else visitTable(this.table as HashTable, shown);
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

  /** Any field; there must be one that can be seen. */
  random(): Field {
    if (this.expiries?.hasDue) {
      const visible = this.entries();
      return visible[Math.floor(Math.random() * visible.length)] as Field;
    }
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
    const { expiries, table } = this;
    if (table !== undefined) {
      return table.scan(cursor, count, (at) => {
        const field = this.fieldAt(at);
        if (!expiries?.hides(field.name)) visit(field);
      });
    }
    for (const field of this.entries()) visit(field);
    return 0;
  }

  encoding(): "listpack" | "listpackex" | "hashtable" {
    if (this.packed === undefined) return "hashtable";
    return this.expiries === undefined ? "listpack" : "listpackex";
  }

  clone(): HashValue {
    const copy = new HashValue(this.packed?.clone());
    copy.expiries = this.expiries?.clone();
    if (this.packed !== undefined) return copy;
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

function visibleOnly(expiries: FieldExpiries, visit: FieldVisitor): FieldVisitor {
  return (buffer, name, nameLength, value, valueLength) => {
    if (expiries.hides(byteString(buffer, name, nameLength))) return;
    visit(buffer, name, nameLength, value, valueLength);
  };
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
