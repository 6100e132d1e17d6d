/**
 * The fields of a large hash: a table of byte strings. Fields keep the order they came in; a random
 * field and a cursor are in O(1). See also hash.ts, which keeps small ones packed.
 */

import { ENTRY_BYTES, SLOT_BYTES, STRING_BYTES } from "./value.ts";
import { walkBack } from "./walk.ts";

/** A field with its value. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

interface PlacedField {
  readonly name: string;
  value: string;
  place: number;
}

/** An object with three fields, found through the map and the array, and two strings. */
const FIELD_BYTES = ENTRY_BYTES + SLOT_BYTES + 40 + 2 * STRING_BYTES;

export class HashTable {
  private readonly fields = new Map<string, PlacedField>();
  /** The same fields without holes: a removal fills its hole with the last one. */
  private readonly places: PlacedField[] = [];
  private characters = 0;

  get bytes(): number {
    return this.fields.size * FIELD_BYTES + this.characters;
  }

  get size(): number {
    return this.fields.size;
  }

  get(name: string): string | undefined {
    return this.fields.get(name)?.value;
  }

  /** True when the field is new. */
  set(name: string, value: string): boolean {
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
    return true;
  }

  delete(name: string): boolean {
    const field = this.fields.get(name);
    if (field === undefined) return false;
    this.fields.delete(name);
    this.characters -= name.length + field.value.length;
    const last = this.places.pop() as PlacedField;
    if (last !== field) {
      this.places[field.place] = last;
      last.place = field.place;
    }
    return true;
  }

  entries(): Iterable<Field> {
    return this.fields.values();
  }

  /** Any field; the hash must not be empty. */
  random(): Field {
    return this.places[Math.floor(Math.random() * this.places.length)] as PlacedField;
  }

  /** Visits fields from `cursor` on; the cursor to go on with, or 0. */
  scan(cursor: number, count: number, visit: (field: Field) => void): number {
    return walkBack(this.places, cursor, count, visit);
  }
}
