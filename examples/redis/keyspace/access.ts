/**
 * What a record remembers of its use, in 32 bits: when that was, for the policies that evict the
 * least recently used key; or how often, for those that evict the least frequently used one.
 * https://redis.io/docs/latest/develop/reference/eviction/
 *
 * Frequency is a counter of eight bits that grows the slower the larger it is (Morris, "Counting
 * large numbers of events in small registers", 1978) and shrinks with time; above it stands the
 * minute of the last use.
 */

import type { Clock } from "./types.ts";

/** Milliseconds of the recency clock; half its range, 99 days, is the longest idle time told. */
const TICK = 4;
const LONGEST_IDLE = (2 ** 31 - 1) * TICK;
const MINUTE = 60_000;
const MINUTE_MASK = 0xffff;
const COUNTER_BITS = 8;
const MOST_FREQUENT = 255;
/** New keys get this much credit, or they would be the first to go (LFU_INIT_VAL). */
const INITIAL_FREQUENCY = 5;

export class AccessClock {
  countsFrequency = false;
  /** `lfu-log-factor`: how much harder each further step of the counter is. */
  logFactor = 10;
  /** `lfu-decay-time`: minutes without use that cost one; 0 is never. */
  decayTime = 1;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** What a new record remembers. */
  first(): number {
    return this.countsFrequency ? this.packed(INITIAL_FREQUENCY) : this.ticks();
  }

  /** What a record remembers from now on, given what it did. */
  touched(last: number): number {
    if (!this.countsFrequency) return this.ticks();
    const counter = this.frequency(last);
    const excess = Math.max(0, counter - INITIAL_FREQUENCY);
    const grows = counter < MOST_FREQUENT && Math.random() * (excess * this.logFactor + 1) < 1;
    return this.packed(grows ? counter + 1 : counter);
  }

  /** What a record remembers that was not used for so many milliseconds. */
  unusedFor(milliseconds: number): number {
    return (this.ticks() - Math.min(milliseconds, LONGEST_IDLE) / TICK) | 0;
  }

  /** What a record remembers that is used so often. */
  usedAsOften(frequency: number): number {
    return this.packed(frequency);
  }

  /** Milliseconds since the last use. */
  idleTime(last: number): number {
    return Math.max(0, (this.ticks() - last) | 0) * TICK;
  }

  /** The counter, less what the time since the last use has cost. */
  frequency(last: number): number {
    const counter = last & MOST_FREQUENT;
    if (this.decayTime === 0) return counter;
    const minutes = (this.minute() - (last >>> COUNTER_BITS)) & MINUTE_MASK;
    return Math.max(0, counter - Math.floor(minutes / this.decayTime));
  }

  private packed(counter: number): number {
    return (this.minute() << COUNTER_BITS) | counter;
  }

  private minute(): number {
    return Math.floor(this.clock.now / MINUTE) & MINUTE_MASK;
  }

  private ticks(): number {
    return (this.clock.now / TICK) | 0;
  }
}
