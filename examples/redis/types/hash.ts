/**
 * A hash: fields with values, all byte strings. Fields keep the order they came in, as long as
 * Redis would (in a listpack); a random field and a cursor are in O(1).
 */

import type { Settings } from "../config.ts";
import { ENTRY_BYTES, SLOT_BYTES, STRING_BYTES, type TypedValue, VALUE_BYTES } from "./value.ts";
import { walkBack } from "./walk.ts";

interface Field {
  readonly name: string;
  value: string;
  place: number;
}

/** An object with three fields, found through the map and the array, and two strings. */
const FIELD_BYTES = ENTRY_BYTES + SLOT_BYTES + 40 + 2 * STRING_BYTES;

export class HashValue implements TypedValue {
  private readonly fields = new Map<string, Field>();
  /** The same fields without holes: a removal fills its hole with the last one. */
  private readonly places: Field[] = [];
  /** Redis packs small hashes, until once they were large. */
  private largestSize = 0;
  private longestString = 0;

  private characters = 0;
  accounted = 0;

  get bytes(): number {
    return VALUE_BYTES + this.fields.size * FIELD_BYTES + this.characters;
  }

  get size(): number {
    return this.fields.size;
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }

  get(name: string): string | undefined {
    return this.fields.get(name)?.value;
  }

  /** True when the field is new. */
  set(name: string, value: string): boolean {
    this.longestString = Math.max(this.longestString, name.length, value.length);
    const known = this.fields.get(name);
    if (known !== undefined) {
      this.characters += value.length - known.value.length;
      known.value = value;
      return false;
    }
    const field = { name, value, place: this.places.length };
    this.characters += name.length + value.length;
    this.fields.set(name, field);
    this.places.push(field);
    this.largestSize = Math.max(this.largestSize, this.places.length);
    return true;
  }

  delete(name: string): boolean {
    const field = this.fields.get(name);
    if (field === undefined) return false;
    this.fields.delete(name);
    this.characters -= name.length + field.value.length;
    const last = this.places.pop() as Field;
    if (last !== field) {
      this.places[field.place] = last;
      last.place = field.place;
    }
    return true;
  }

  entries(): Iterable<{ readonly name: string; readonly value: string }> {
    return this.fields.values();
  }

  /** Any field; the hash must not be empty. */
  random(): { readonly name: string; readonly value: string } {
    return this.places[Math.floor(Math.random() * this.places.length)] as Field;
  }

  /** Visits fields from `cursor` on; the cursor to go on with, or 0. A packed hash comes whole. */
  scan(
    cursor: number,
    count: number,
    settings: Settings,
    visit: (field: { readonly name: string; readonly value: string }) => void,
  ): number {
    if (this.encoding(settings) === "hashtable") return walkBack(this.places, cursor, count, visit);
    for (const field of this.fields.values()) visit(field);
    return 0;
  }

  encoding(settings: Settings): "listpack" | "hashtable" {
    const isSmall = this.largestSize <= settings["hash-max-listpack-entries"];
    const isShort = this.longestString <= settings["hash-max-listpack-value"];
    return isSmall && isShort ? "listpack" : "hashtable";
  }

  clone(): HashValue {
    const copy = new HashValue();
    for (const { name, value } of this.fields.values()) copy.set(name, value);
    copy.largestSize = this.largestSize;
    copy.longestString = this.longestString;
    return copy;
  }
}
