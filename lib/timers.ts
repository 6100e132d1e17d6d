// Timers: a binary heap by due time, on the monotonic clock, in milliseconds; the loop asks it how
// long to sleep and lets it fire once per turn. Alarm: a timerfd that wakes Node's loop for it.
// Man pages: timerfd_settime(2), clock_gettime(2) (CLOCK_MONOTONIC). See also loop.ts, sys/wake.ts.

import { CLOCK_MONOTONIC, TFD_CLOEXEC, TFD_NONBLOCK } from "./constants.ts";
import { close, read } from "./sys/file.ts";
import { timerfd_create, timerfd_settime } from "./sys/wake.ts";

/** What after() and every() give back. cancel() may be called at any time, and more than once. */
export interface Timer {
  /** It goes off no more; if it has, nothing happens. */
  cancel(): void;
}

/** More due timers than this wait for the next turn, so that sockets get their share. */
const MAX_TIMERS_PER_TURN = 1000;

/** epoll_wait takes its timeout as an int; who sleeps longer wakes up once in between. */
const MAX_SLEEP_MS = 0x7fffffff;

class Entry implements Timer {
  due: number;
  readonly periodMs: number;
  readonly fn: () => void;
  /** Equal due times fire in the order in which they were set. */
  readonly order: number;
  /** Position in the heap, -1 when it is not in there. */
  index = -1;
  readonly #timers: Timers;

  constructor(timers: Timers, due: number, periodMs: number, fn: () => void, order: number) {
    this.#timers = timers;
    this.due = due;
    this.periodMs = periodMs;
    this.fn = fn;
    this.order = order;
  }

  cancel(): void {
    this.#timers.remove(this);
  }

  isBefore(other: Entry): boolean {
    return this.due < other.due || (this.due === other.due && this.order < other.order);
  }
}

export class Timers {
  readonly #heap: Entry[] = [];
  readonly #changed: () => void;
  /** The clock as read by the last fire() or set(): reading it costs as much as a small call. */
  #now = 0;
  #order = 0;

  /** `changed` is called whenever the time of the next timer may have changed. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** When the next timer is due; Infinity: never. */
  get nextDue(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0].due;
  }

  after(ms: number, fn: () => void): Timer {
    checkMs("after", ms, 0);
    return this.#set(ms, 0, fn);
  }

  every(ms: number, fn: () => void): Timer {
    checkMs("every", ms, 1);
    return this.#set(ms, ms, fn);
  }

  /** Milliseconds until the next timer is due, rounded up so that none is early; -1: no timer. */
  timeout(): number {
    if (this.#heap.length === 0) return -1;
    const ms = Math.ceil(this.#heap[0].due - this.#now);
    return Math.min(Math.max(ms, 0), MAX_SLEEP_MS);
  }

  /** Calls what is due. A function that throws has been taken off, or moved on, before. */
  fire(): void {
    if (this.#heap.length === 0) return;
    const now = performance.now();
    this.#now = now;
    for (let n = 0; n < MAX_TIMERS_PER_TURN && this.#heap.length > 0; n++) {
      const entry = this.#heap[0];
      if (entry.due > now) return;
      if (entry.periodMs > 0) this.#advance(entry, now);
      else this.#take(entry);
      entry.fn();
    }
  }

  remove(entry: Entry): void {
    if (entry.index === -1) return;
    this.#take(entry);
    this.#changed();
  }

  clear(): void {
    for (const entry of this.#heap) entry.index = -1;
    this.#heap.length = 0;
  }

  #set(ms: number, periodMs: number, fn: () => void): Timer {
    if (typeof fn !== "function") throw new TypeError("a timer needs a function");
    this.#now = performance.now();
    const entry = new Entry(this, this.#now + ms, periodMs, fn, this.#order++);
    this.#up(entry, this.#heap.length);
    this.#changed();
    return entry;
  }

  /** Moves a periodic timer to its next tick after `now`; the ticks in between are skipped. */
  #advance(entry: Entry, now: number): void {
    entry.due += entry.periodMs * (Math.floor((now - entry.due) / entry.periodMs) + 1);
    this.#down(entry, entry.index);
  }

  #take(entry: Entry): void {
    const { index } = entry;
    const last = this.#heap.pop() as Entry;
    entry.index = -1;
    if (last === entry) return;
    this.#up(last, index);
    this.#down(last, last.index);
  }

  /** Puts `entry` at `index` or above, where its parent is not later. */
  #up(entry: Entry, index: number): void {
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (!entry.isBefore(parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(entry, index);
  }

  /** Puts `entry` at `index` or below, where neither child is earlier. */
  #down(entry: Entry, index: number): void {
    for (let child = 2 * index + 1; child < this.#heap.length; child = 2 * index + 1) {
      const right = child + 1;
      if (right < this.#heap.length && this.#heap[right].isBefore(this.#heap[child])) child = right;
      if (!this.#heap[child].isBefore(entry)) break;
      this.#place(this.#heap[child], index);
      index = child;
    }
    this.#place(entry, index);
  }

  #place(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

function checkMs(what: string, ms: number, min: number): void {
  if (typeof ms !== "number") throw new TypeError(`${what}: ms must be a number, not ${ms}`);
  if (ms >= min && ms < Infinity) return;
  throw new RangeError(`${what}: ms must be at least ${min} and finite, not ${ms}`);
}

/** At least 1: a timerfd set to 0 would be disarmed instead of ringing at once. */
function nanosecondsUntil(due: number): number {
  const ms = Math.min(due - performance.now(), MAX_SLEEP_MS);
  return Math.max(Math.ceil(ms * 1e6), 1);
}

/** A timerfd as a source of the loop. It only wakes: the turn that follows fires the timers. */
export class Alarm {
  readonly fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  readonly #expirations = new Uint8Array(8);
  #due = Infinity;

  /** Rings once at `due` on the clock of performance.now(); Infinity: not at all. */
  set(due: number): void {
    if (due === this.#due) return;
    this.#due = due;
    timerfd_settime(this.fd, 0, due === Infinity ? 0 : nanosecondsUntil(due), 0);
  }

  ready(): void {
    this.#due = Infinity;
    read(this.fd, this.#expirations, this.#expirations.length);
  }

  close(): void {
    close(this.fd);
  }
}
