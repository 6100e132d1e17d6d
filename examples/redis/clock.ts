/**
 * The server's clock. Reading the system's costs a tenth of a GET, so one reading serves all the
 * clients of a turn, and the time of day is told from the same monotonic reading.
 *
 * clock_gettime(2)
 */

/** Longer than this, and a command has made the turn's reading too old to go on with. */
const STALE_AFTER_MS = 1;

export class Clock {
  /** Milliseconds since the epoch. */
  now = Date.now();
  /** Whether `now` is of this turn; a transport without turns leaves it false. */
  isFresh = false;
  /** Set by a transport that calls `endTurn`. */
  hasTurns = false;
  /** The latest reading of the monotonic clock, in milliseconds. */
  reading = performance.now();
  /** Where the monotonic clock stood still at the epoch. */
  private origin = this.now - this.reading;

  read(): void {
    if (!this.hasTurns) this.synchronize();
    this.reading = performance.now();
    this.now = Math.floor(this.origin + this.reading);
    this.isFresh = this.hasTurns;
  }

  endTurn(): void {
    this.isFresh = false;
  }

  /** Follows the time of day, which may be set, and goes on while a machine sleeps. */
  synchronize(): void {
    this.origin = Date.now() - performance.now();
  }

  /** Begins to time something; returns where the clock stands. */
  tick(): number {
    this.reading = performance.now();
    return this.reading;
  }

  /** Microseconds since the clock stood at `start`. */
  since(start: number): number {
    this.reading = performance.now();
    const elapsed = this.reading - start;
    if (elapsed > STALE_AFTER_MS) this.now = Math.floor(this.origin + this.reading);
    return elapsed * 1000;
  }
}
