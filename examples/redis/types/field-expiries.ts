/**
 * When fields of a hash expire, for hashes that have such fields: a heap of the times, in which
 * each entry knows its place, and a Map to find the entries by name. So nothing takes longer than
 * the logarithm of their number, however often times change.
 *
 * A field whose time has come is hidden from then on, whether or not somebody has removed it.
 */

import type { Clock } from "../keyspace/types.ts";
import { ENTRY_BYTES, SLOT_BYTES, STRING_BYTES } from "./value.ts";

interface Deadline {
  /** Milliseconds since the epoch. */
  at: number;
  readonly name: string;
  /** Where it is in the heap. */
  place: number;
}

/** A field's entry in Map and heap, and its name without the characters. */
const FIELD_BYTES = ENTRY_BYTES + SLOT_BYTES + 48 + STRING_BYTES;
const OBJECT_BYTES = 300;

export class FieldExpiries {
  private readonly clock: Clock;
  private readonly deadlines = new Map<string, Deadline>();
  /** No entry is earlier than the one at half its place. */
  private readonly heap: Deadline[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.heap.length;
  }

  get bytes(): number {
    return OBJECT_BYTES + this.heap.length * FIELD_BYTES;
  }

  /** Whether there are fields whose time has come. */
  get hasDue(): boolean {
    const [first] = this.heap;
    return first !== undefined && first.at <= this.clock.now;
  }

  /** Whether the time of the field has come. */
  hides(name: string): boolean {
    return this.hasDue && (this.get(name) ?? Number.POSITIVE_INFINITY) <= this.clock.now;
  }

  get(name: string): number | undefined {
    return this.deadlines.get(name)?.at;
  }

  set(name: string, at: number): void {
    let entry = this.deadlines.get(name);
    if (entry === undefined) {
      entry = { at, name, place: this.heap.length };
      this.deadlines.set(name, entry);
    }
    entry.at = at;
    this.settle(entry, entry.place);
  }

  /** True when the field had a time. */
  delete(name: string): boolean {
    const entry = this.deadlines.get(name);
    if (entry === undefined) return false;
    this.deadlines.delete(name);
    const last = this.heap.pop() as Deadline;
    if (last !== entry) this.settle(last, entry.place);
    return true;
  }

  /** Takes out the name of a field whose time has come; undefined when there is none. */
  takeDue(): string | undefined {
    if (!this.hasDue) return undefined;
    const { name } = this.heap[0] as Deadline;
    this.delete(name);
    return name;
  }

  /** How many fields are hidden: in the time that it takes to count them. */
  countDue(): number {
    let count = 0;
    if (this.hasDue) for (const { at } of this.heap) if (at <= this.clock.now) count++;
    return count;
  }

  clone(): FieldExpiries {
    const copy = new FieldExpiries(this.clock);
    for (const { at, name } of this.heap) copy.set(name, at);
    return copy;
  }

  /** Puts an entry into the heap at `place`, or above, or below. */
  private settle(entry: Deadline, place: number): void {
    const risen = this.rise(entry, place);
    this.sink(entry, risen);
  }

  /** Moves later ones down from above a place; the place that is free then. */
  private rise(entry: Deadline, from: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.heap[parent] as Deadline;
      if (above.at <= entry.at) break;
      this.put(above, place);
      place = parent;
    }
    return place;
  }

  /** Moves earlier ones up from below a place, and the entry to the place that is free then. */
  private sink(entry: Deadline, from: number): void {
    const { heap } = this;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      const right = heap[child + 1];
      if (right !== undefined && right.at < (heap[child] as Deadline).at) child++;
      const below = heap[child];
      if (below === undefined || below.at >= entry.at) break;
      this.put(below, place);
      place = child;
    }
    this.put(entry, place);
  }

  private put(entry: Deadline, place: number): void {
    this.heap[place] = entry;
    entry.place = place;
  }
}
