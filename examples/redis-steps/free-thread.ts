/**
 * A thread of the pool: sleeps until it is given memory, gives that back to the system, says so.
 * The garbage collector of this thread finds empty shells later on.
 *
 * madvise(2). See also thread-pool.ts. */

import { parentPort, workerData } from "node:worker_threads";
import { MADV_DONTNEED, madvise, wake } from "fdkit";

const { number, freed, told } = workerData;

parentPort?.on("message", (memory: ArrayBuffer[]) => {
  for (const buffer of memory) {
    madvise(new Uint8Array(buffer), buffer.byteLength, MADV_DONTNEED);
    Atomics.add(freed, number, BigInt(buffer.byteLength));
  }
  wake(told);
});
