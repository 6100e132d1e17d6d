/**
 * How long calls took, in buckets that grow with what they hold: 16 to each doubling, so that a
 * percentile is right to a few percent, and all of them fit in 5 kB.
 */

/** Buckets to each doubling of the time. */
const FINENESS = 16;
/** A minute and more are in the last one. */
const BUCKETS = 36 * FINENESS;
/** The first of the doublings that are reported, in nanoseconds. */
const FIRST_REPORTED = 1024;

export class Histogram {
  total = 0;
  private readonly counts = new Float64Array(BUCKETS);

  add(microseconds: number, weight: number): void {
    const nanoseconds = Math.max(1, microseconds * 1000);
    const bucket = Math.min(BUCKETS - 1, Math.floor(Math.log2(nanoseconds) * FINENESS));
    this.counts[bucket] += weight;
    this.total += weight;
  }

  /** Microseconds that so many percent of the calls did not take longer than. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.total));
    let count = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      count += this.counts[bucket];
      if (count >= wanted) return 2 ** ((bucket + 1) / FINENESS) / 1000;
    }
    return 0;
  }

  /** At doubling times in microseconds, how many calls took no longer; only where it changes. */
  cumulative(): [microseconds: number, count: number][] {
    const steps: [number, number][] = [];
    let bucket = 0;
    let count = 0;
    for (let limit = FIRST_REPORTED; bucket < BUCKETS; limit *= 2) {
      const before = count;
      const end = Math.min(BUCKETS, Math.log2(limit) * FINENESS);
      for (; bucket < end; bucket++) count += this.counts[bucket];
      if (count > before) steps.push([Math.floor(limit / 1000), count]);
    }
    return steps;
  }
}
