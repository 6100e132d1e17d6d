/**
 * When fields of a hash expire, for hashes that have such fields: a Map from names to times, and a
 * heap of the times. An entry of the heap that the Map does not know, since the field has got
 * another time or none, is dropped when it comes up.
 *
 * A field whose time has come is hidden from then on, whether or not somebody has removed it.
 */

import type { Clock } from "../keyspace/types.ts";
import { ENTRY_BYTES, STRING_BYTES } from "./value.ts";

interface Deadline {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly name: string;
}

/** A field's entries in Map and heap, and its name without the characters. */
const FIELD_BYTES = ENTRY_BYTES + 40 + STRING_BYTES;
const OBJECT_BYTES = 300;
/** So many entries more than needed, and the heap is made anew. */
const SPARE = 64;

export class FieldExpiries {
  private readonly clock: Clock;
  private times = new Map<string, number>();
  /** Each entry is no later than the two at twice its place. */
  private heap: Deadline[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.times.size;
  }

  get bytes(): number {
    return OBJECT_BYTES + this.heap.length * FIELD_BYTES;
  }

  /** Whether there may be fields whose time has come. */
  get hasDue(): boolean {
    const [first] = this.heap;
    return first !== undefined && first.at <= this.clock.now;
  }

  /** Whether the time of the field has come. */
  hides(name: string): boolean {
    return this.hasDue && this.isDue(name);
  }

  private isDue(name: string): boolean {
    const at = this.times.get(name);
    return at !== undefined && at <= this.clock.now;
  }

  get(name: string): number | undefined {
    return this.times.get(name);
  }

  set(name: string, at: number): void {
    if (this.times.get(name) === at) return;
    this.times.set(name, at);
    if (this.heap.length > 2 * this.times.size + SPARE) this.rebuild();
    else this.rise({ at, name });
  }

  /** True when the field had a time. */
  delete(name: string): boolean {
    return this.times.delete(name);
  }

  /** Takes out the name of a field whose time has come; undefined when there is none. */
  takeDue(): string | undefined {
    while (this.hasDue) {
      const { at, name } = this.takeFirst();
      if (this.times.get(name) !== at) continue;
      this.times.delete(name);
      return name;
    }
    return undefined;
  }

  /** How many fields are hidden: in the time that it takes to count them. */
  countDue(): number {
    let count = 0;
    if (this.hasDue) for (const at of this.times.values()) if (at <= this.clock.now) count++;
    return count;
  }

  clone(): FieldExpiries {
    const copy = new FieldExpiries(this.clock);
    copy.times = new Map(this.times);
    copy.rebuild();
    return copy;
  }

  /** An array in order is a heap. */
  private rebuild(): void {
    this.heap = Array.from(this.times, ([name, at]) => ({ at, name }));
    this.heap.sort((one, other) => one.at - other.at);
  }

  private rise(entry: Deadline): void {
    const { heap } = this;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Deadline;
      if (above.at <= entry.at) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = entry;
  }

  private takeFirst(): Deadline {
    const { heap } = this;
    const first = heap[0] as Deadline;
    const last = heap.pop() as Deadline;
    if (heap.length > 0) this.sink(last);
    return first;
  }

  /** Puts an entry in the place of the first one, and lower where it is later than others. */
  private sink(entry: Deadline): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && right.at < (heap[child] as Deadline).at) child++;
      const below = heap[child] as Deadline;
      if (below.at >= entry.at) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = entry;
  }
}
