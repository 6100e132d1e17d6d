/**
 * How much memory is in use, as INFO and MEMORY report it and `maxmemory` limits it: what the data
 * take and what clients have waiting. Node's own tens of megabytes are in the resident size only.
 */

import type { Core } from "./core.ts";
import type { Session } from "./session.ts";

interface ProcessMemory {
  /** JavaScript heap and the buffers outside it. */
  readonly used: number;
  readonly resident: number;
}

export function processMemory(): ProcessMemory {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
}

export function memoryOfClients(sessions: Iterable<Session>): number {
  let bytes = 0;
  for (const session of sessions) {
    const queued = session.transaction?.size ?? 0;
    bytes += session.queryBufferCapacity + session.pendingOutput + queued;
  }
  return bytes;
}

/** Bytes of all keys and values, and of the databases' tables. */
export function memoryOfData({ databases }: Core): number {
  let bytes = 0;
  for (const db of databases) bytes += db.bytes;
  return bytes;
}

/** The peak of what INFO would have told is the highest of all its looks. */
export function notePeak(core: Core): number {
  const used = memoryOfData(core) + memoryOfClients(core.sessions.values());
  core.stats.peakMemory = Math.max(core.stats.peakMemory, used);
  return used;
}

export interface MemoryUse {
  readonly used: number;
  /** The most that was ever in use, as far as anybody looked. */
  readonly peak: number;
  readonly clients: number;
  /** The databases' tables, and what the clients have waiting: all that is no data. */
  readonly overhead: number;
  /** Lost to fragmentation. */
  readonly unused: number;
  readonly resident: number;
}

export function memoryUse(core: Core): MemoryUse {
  const clients = memoryOfClients(core.sessions.values());
  const used = notePeak(core);
  let overhead = clients;
  let unused = 0;
  for (const db of core.databases) {
    overhead += db.mainTableBytes + db.expiresTableBytes;
    unused += db.unusedBytes;
  }
  const { resident } = processMemory();
  return { used, peak: core.stats.peakMemory, clients, overhead, unused, resident };
}

/** `1.50M`, as INFO prints sizes for people. */
export function humanSize(bytes: number): string {
  let size = bytes;
  for (const unit of ["B", "K", "M", "G"]) {
    if (size < 1024) return unit === "B" ? `${size}B` : `${size.toFixed(2)}${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(2)}T`;
}
