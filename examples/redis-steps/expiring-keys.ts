/**
 * Keys that end at a time. Who asks for one whose time has come finds nothing; those that nobody
 * asks for are removed by a timer, so many per turn at most: a million that end in the same second
 * must not make everybody wait.
 *
 * See also: ttl-heap.ts, ttl-commands.ts; ../redis/expiry.ts. */

import type { Loop, Timer } from "fdkit";
import { HashTable } from "./hash-table.ts";
import type { Value } from "./kinds.ts";
import type { Keys } from "./strings.ts";
import { Deadline, TtlHeap } from "./ttl-heap.ts";

const EXPIRATIONS_PER_TURN = 1000;

export class ExpiringKeys implements Keys<Value> {
  private readonly loop: Loop;
  private readonly dropped: (value: Value) => void;
  private readonly values = new HashTable<Value>();
  private readonly deadlines = new HashTable<Deadline>();
  private readonly heap = new TtlHeap();
  private timer: Timer | undefined;
  /** When the timer rings. */
  private due = Infinity;

  /** `dropped` is told of every value that goes and was not taken: step 08 frees it. */
  constructor(loop: Loop, dropped: (value: Value) => void = () => {}) {
    [this.loop, this.dropped] = [loop, dropped];
  }

  get size(): number {
    return this.values.size;
  }

  get(key: string): Value | undefined {
    this.expireIfDue(key);
    return this.values.get(key);
  }

  /** A new value has no end, even if the old one had. */
  set(key: string, value: Value): void {
    this.delete(key);
    this.values.set(key, value);
  }

  delete(key: string): boolean {
    const value = this.take(key);
    if (value !== undefined) this.dropped(value);
    return value !== undefined;
  }

  /** Removes a key and gives its value, which is the caller's then. */
  take(key: string): Value | undefined {
    this.expireIfDue(key);
    return this.remove(key);
  }

  /** Removes all keys and gives their values. */
  takeAll(): Iterable<Value> {
    this.heap.clear();
    this.deadlines.takeAll();
    this.arm();
    return this.values.takeAll();
  }

  /** Lets a key end in `ms` milliseconds; false if there is no such key. */
  expire(key: string, ms: number): boolean {
    if (this.get(key) === undefined) return false;
    this.forget(key);
    const deadline = new Deadline(key, performance.now() + ms);
    this.deadlines.set(key, deadline);
    this.heap.add(deadline);
    this.arm();
    return true;
  }

  /** How many milliseconds a key has left, 0 if it is due; undefined: it has no end. */
  ttl(key: string): number | undefined {
    const deadline = this.deadlines.get(key);
    return deadline && Math.max(Math.ceil(deadline.time - performance.now()), 0);
  }

  /** Takes a key's end from it; false if it had none. */
  persist(key: string): boolean {
    this.expireIfDue(key);
    return this.forget(key);
  }

  private forget(key: string): boolean {
    const deadline = this.deadlines.get(key);
    if (deadline === undefined) return false;
    this.deadlines.delete(key);
    this.heap.remove(deadline);
    this.arm();
    return true;
  }

  private remove(key: string): Value | undefined {
    const value = this.values.get(key);
    this.values.delete(key);
    this.forget(key);
    return value;
  }

  private expireIfDue(key: string): void {
    const deadline = this.deadlines.get(key);
    if (deadline !== undefined && deadline.time <= performance.now()) this.expireNow(deadline);
  }

  private expireNow({ key }: Deadline): void {
    const value = this.remove(key);
    if (value !== undefined) this.dropped(value);
  }

  /** What is more than a turn's share is due at once again: in the next turn. */
  private expireSome(): void {
    this.due = Infinity;
    const now = performance.now();
    for (let n = 0; n < EXPIRATIONS_PER_TURN; n++) {
      const { first } = this.heap;
      if (first === undefined || first.time > now) break;
      this.expireNow(first);
    }
    this.arm();
  }

  /** One timer, for the first of the heap; set anew when that is sooner or later than before. */
  private arm(): void {
    const due = this.heap.first?.time ?? Infinity;
    if (due === this.due) return;
    this.due = due;
    this.timer?.cancel();
    if (due === Infinity) return;
    this.timer = this.loop.after(Math.max(due - performance.now(), 0), () => this.expireSome());
  }
}
