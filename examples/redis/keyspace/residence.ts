/**
 * Small values that live in the record of their key, as a string does: a million small hashes are
 * no object for V8. For a command they are opened: a short-lived object of their type, whose packed
 * entries are those in the record. What it changes there is true at once; when it needs more room,
 * its record moves, and when it grows too large, or out of its packed form, it is kept for good.
 *
 * See also records.ts, types/packed.ts.
 */

import { type Home, Packed } from "../types/packed.ts";
import type { Keyspace, Ref } from "./keyspace.ts";
import { LARGEST_PACKED, type Records } from "./records.ts";
import type { SizedValue, ValueType } from "./types.ts";

/** A block that is so much larger than it must be is exchanged. */
const SHRINK_AT = 4;
const SMALLEST_SHRUNK = 64;

type Opener = (packed: Packed) => SizedValue;

/** By type, how a packed value of it is opened. */
const openers: (Opener | undefined)[] = [];

/** Says that a type has a packed form, and makes a value of it. */
export function hasPackedForm(type: ValueType, open: Opener): void {
  openers[type] = open;
}

/** The packed value in the record of `ref`; the same object when it was the last one opened. */
export function openValue(db: Keyspace, records: Records, ref: Ref): SizedValue {
  if (ref === records.openedAt) return records.opened as SizedValue;
  const packed = new Packed();
  const home = new Residence(db, records, ref);
  home.settle(packed);
  const value = (openers[records.type(ref)] as Opener)(packed);
  home.belongsTo(value);
  return value;
}

/** Copies the entries of `value` into the new record `ref`, where they live from then on. */
export function moveIn(db: Keyspace, records: Records, ref: Ref, value: SizedValue): void {
  const packed = value.packed as Packed;
  const { begin, buffer, count, end, size } = packed;
  buffer.copy(records.bytesOf(ref), records.valueAt(ref), begin, end);
  records.setPacked(ref, size, count);
  const home = new Residence(db, records, ref);
  home.settle(packed);
  home.belongsTo(value);
}

class Residence implements Home {
  private readonly db: Keyspace;
  private readonly records: Records;
  private ref: Ref;
  /** The object that is opened. */
  private value: SizedValue | undefined = undefined;
  /** Where the first entry has to be. */
  private start = 0;

  constructor(db: Keyspace, records: Records, ref: Ref) {
    this.db = db;
    this.records = records;
    this.ref = ref;
  }

  /** Tells whose entries live here. */
  belongsTo(value: SizedValue): void {
    this.value = value;
    this.records.opened = value;
  }

  /** Tells `packed` where it lives. */
  settle(packed: Packed): void {
    const { records, ref } = this;
    records.openedAt = ref;
    records.opened = this.value;
    this.start = records.valueAt(ref);
    packed.home = this;
    packed.buffer = records.bytesOf(ref);
    packed.begin = this.start;
    packed.end = this.start + records.valueLength(ref);
    packed.limit = this.start + records.valueCapacity(ref);
    packed.count = records.packedCount(ref);
  }

  changed(packed: Packed): void {
    const { start } = this;
    if (packed.begin !== start) {
      packed.buffer.copyWithin(start, packed.begin, packed.end);
      packed.end -= packed.begin - start;
      packed.begin = start;
    }
    this.records.setPacked(this.ref, packed.end - start, packed.count);
  }

  makeRoom(packed: Packed, size: number): void {
    if (size > LARGEST_PACKED) {
      packed.detach(size * 2);
      this.leave();
    } else {
      this.ref = this.db.refit(this.ref, size);
      this.settle(packed);
    }
  }

  shrink(packed: Packed): void {
    const room = packed.limit - packed.begin;
    if (room <= SMALLEST_SHRUNK || packed.size * SHRINK_AT > room) return;
    this.ref = this.db.refit(this.ref, packed.size);
    this.settle(packed);
  }

  leave(): void {
    this.db.moveOut(this.ref, this.value as SizedValue);
  }
}
