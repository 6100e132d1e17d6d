/**
 * A pool of threads that give memory back to the system. What is given to one is handed over, not
 * shared: transferred memory is gone from here, so nothing needs a lock. The queue is that of the
 * thread's messages; an eventfd wakes the loop when something is done.
 *
 * eventfd(2). See also free-thread.ts, ../16-threads.ts. */

import { Worker } from "node:worker_threads";
import type { Loop } from "fdkit";

const THREADS = 2;

export class ThreadPool {
  /** How many bytes each thread has freed: it counts, we read. */
  private readonly freed = new BigInt64Array(new SharedArrayBuffer(8 * THREADS));
  private readonly threads: Worker[] = [];
  private given = 0;

  constructor(loop: Loop) {
    const told = loop.onWake(() => this.report());
    for (let number = 0; number < THREADS; number++) {
      const workerData = { number, freed: this.freed, told };
      this.threads.push(new Worker(new URL("./free-thread.js", import.meta.url), { workerData }));
    }
  }

  /** Hands memory to one thread after another. */
  free(memory: ArrayBuffer[]): void {
    this.threads[this.given++ % THREADS].postMessage(memory, memory);
  }

  private report(): void {
    const sum = this.freed.reduce((bytes, more) => bytes + more);
    console.log(`threads freed ${sum} bytes: ${this.freed.join(" + ")}`);
  }
}
