/**
 * Frees values that nobody can reach any more, but not in the loop: a walk through them rests after
 * every few, and finds the big ones for a pool of threads. In JavaScript objects are the garbage
 * collector's; what can be freed by us are the pages of long strings, which it does not look into.
 *
 * madvise(2). See also thread-pool.ts, lazy-free-commands.ts; ../redis/give-back.ts. */

import { type Loop, MADV_DONTNEED, madvise } from "fdkit";
import type { Value } from "./kinds.ts";
import type { ThreadPool } from "./thread-pool.ts";

const VALUES_PER_TURN = 256;
/** To hand over less costs more than to leave it to the collector. */
const BIG_BYTES = 64 << 10;

/** A string so long that it has memory of its own. */
function isBig(value: Value): value is Buffer<ArrayBuffer> {
  return Buffer.isBuffer(value) && value.length >= BIG_BYTES;
}

export class LazyFree {
  private readonly loop: Loop;
  private readonly pool: Pick<ThreadPool, "free">;
  private readonly walks: Iterator<Value>[] = [];

  constructor(loop: Loop, pool: Pick<ThreadPool, "free">) {
    [this.loop, this.pool] = [loop, pool];
  }

  /** Frees values here and now; everybody waits. */
  freeNow(values: Iterable<Value>): void {
    let freed = 0;
    for (const value of values) {
      if (!isBig(value)) continue;
      madvise(value, value.length, MADV_DONTNEED);
      freed += value.length;
    }
    if (freed > 0) console.log(`the loop freed ${freed} bytes`);
  }

  /** Frees values elsewhere, from the next turn on. */
  free(values: Iterable<Value>): void {
    this.walks.push(values[Symbol.iterator]());
    if (this.walks.length === 1) this.loop.after(0, () => this.handOver());
  }

  freeIfBig(value: Value): void {
    if (isBig(value)) this.free([value]);
  }

  /** A turn's share of the walks. */
  private handOver(): void {
    const memory: ArrayBuffer[] = [];
    for (let n = 0; n < VALUES_PER_TURN && this.walks.length > 0; n++) {
      const { done, value } = this.walks[this.walks.length - 1].next();
      if (done) this.walks.pop();
      else if (isBig(value)) memory.push(value.buffer);
    }
    if (memory.length > 0) this.pool.free(memory);
    if (this.walks.length > 0) this.loop.after(0, () => this.handOver());
  }
}
