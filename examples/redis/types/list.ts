/**
 * A list: a ring of byte strings, with both ends and every index in O(1). An insertion or a removal
 * in the middle moves the shorter side.
 */

import { SLOT_BYTES, STRING_BYTES, type TypedValue, VALUE_BYTES } from "./value.ts";

const INITIAL_CAPACITY = 8;

export class ListValue implements TypedValue {
  length = 0;
  /** The elements are at `ring[(head + i) & mask]`. */
  private ring: string[] = new Array<string>(INITIAL_CAPACITY).fill("");
  private head = 0;
  /** Characters of all elements. */
  private characters = 0;
  accounted = 0;

  get bytes(): number {
    return (
      VALUE_BYTES + this.ring.length * SLOT_BYTES + this.length * STRING_BYTES + this.characters
    );
  }

  private get mask(): number {
    return this.ring.length - 1;
  }

  /** Element `i`, counted from the head; 0 to length - 1. */
  at(i: number): string {
    return this.ring[(this.head + i) & this.mask] as string;
  }

  set(i: number, element: string): void {
    const at = (this.head + i) & this.mask;
    this.characters += element.length - this.ring[at].length;
    this.ring[at] = element;
  }

  unshift(element: string): void {
    this.reserve(1);
    this.head = (this.head - 1) & this.mask;
    this.ring[this.head] = element;
    this.characters += element.length;
    this.length++;
  }

  push(element: string): void {
    this.reserve(1);
    this.ring[(this.head + this.length) & this.mask] = element;
    this.characters += element.length;
    this.length++;
  }

  /** Removes the first element; the list must not be empty. */
  shift(): string {
    const element = this.at(0);
    this.set(0, "");
    this.head = (this.head + 1) & this.mask;
    this.shrunk(this.length - 1);
    return element;
  }

  /** Removes the last element; the list must not be empty. */
  pop(): string {
    const element = this.at(this.length - 1);
    this.set(this.length - 1, "");
    this.shrunk(this.length - 1);
    return element;
  }

  /** Puts `element` before element `i`; `i` may be the length. */
  insert(i: number, element: string): void {
    if (i < this.length / 2) {
      this.unshift("");
      for (let j = 0; j < i; j++) this.set(j, this.at(j + 1));
    } else {
      this.push("");
      for (let j = this.length - 1; j > i; j--) this.set(j, this.at(j - 1));
    }
    this.set(i, element);
  }

  /** Keeps elements `from` to `to`, the last one included. */
  trim(from: number, to: number): void {
    const kept = Math.max(0, to - from + 1);
    for (let i = 0; i < from && i < this.length; i++) this.set(i, "");
    for (let i = from + kept; i < this.length; i++) this.set(i, "");
    this.head = (this.head + from) & this.mask;
    this.shrunk(kept);
  }

  /** Removes up to `limit` elements equal to `element`, from the head or the tail on; how many. */
  removeEqual(element: string, limit: number, direction: "head" | "tail"): number {
    const removed = new Set<number>();
    for (let i = 0; i < this.length && removed.size < limit; i++) {
      const at = direction === "head" ? i : this.length - 1 - i;
      if (this.at(at) === element) removed.add(at);
    }
    if (removed.size === 0) return 0;
    let kept = 0;
    for (let i = 0; i < this.length; i++) if (!removed.has(i)) this.set(kept++, this.at(i));
    this.trim(0, kept - 1);
    return removed.size;
  }

  /** 7.0 keeps every list as a quicklist. */
  encoding(): string {
    return "quicklist";
  }

  clone(): ListValue {
    const copy = new ListValue();
    for (let i = 0; i < this.length; i++) copy.push(this.at(i));
    return copy;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.ring.length) return;
    this.resize(this.ring.length * 2);
  }

  /** Gives memory back when three quarters of the ring are unused. */
  private shrunk(length: number): void {
    this.length = length;
    const quarter = this.ring.length / 4;
    if (length >= quarter || this.ring.length === INITIAL_CAPACITY) return;
    let capacity = this.ring.length;
    while (capacity > INITIAL_CAPACITY && length < capacity / 4) capacity /= 2;
    this.resize(capacity);
  }

  private resize(capacity: number): void {
    const ring = new Array<string>(capacity).fill("");
    for (let i = 0; i < this.length; i++) ring[i] = this.at(i);
    this.ring = ring;
    this.head = 0;
  }
}
