// Counters: how often each call was made, what came of it, and how many bytes it moved; for each
// kind of call and for each fd. See also trace.ts for every single call.
import { EAGAIN } from "../constants.ts";
import { direction, fdsOf } from "./facts.ts";
import { addLayer, type Call } from "./layer.ts";

/** What was counted of one kind of call, or of one fd. */
export interface Counts {
  calls: number;
  /** Bytes that arrived: what read, recv and their kin answered. */
  bytesIn: number;
  /** Bytes that left: what write, send and their kin answered. */
  bytesOut: number;
  /** -EAGAIN: nothing there yet, or no room. */
  eagain: number;
  /** Every other -errno. */
  errors: number;
}

/** Counters that are on; the maps go on changing until stop(). */
export interface Counters {
  /** By the name of the call. */
  readonly calls: ReadonlyMap<string, Readonly<Counts>>;
  /**
   * By fd; a call on two fds counts for both, a call that made an fd for the new one too. close()
   * does not end a row: the next fd of that number is counted into it.
   */
  readonly fds: ReadonlyMap<number, Readonly<Counts>>;
  /** Everything begins at 0 again. */
  reset(): void;
  /** Counts no more; what was counted stays. Idempotent. */
  stop(): void;
}

/** Counts every call from now on; a call that a wrong argument kept from the kernel is none. */
export function startCounters(): Counters {
  const calls = new Map<string, Counts>();
  const fds = new Map<number, Counts>();
  const stop = addLayer("counters", (name, next) => counted(name, next, calls, fds));
  return {
    calls,
    fds,
    reset() {
      calls.clear();
      fds.clear();
    },
    stop,
  };
}

function counted(
  name: string,
  next: Call,
  calls: Map<string, Counts>,
  fds: Map<number, Counts>,
): Call {
  const way = direction(name);
  return (...args) => {
    const result = next(...args);
    count(rowOf(calls, name), way, result);
    for (const fd of fdsOf(name, args, result)) count(rowOf(fds, fd), way, result);
    return result;
  };
}

function rowOf<K>(rows: Map<K, Counts>, key: K): Counts {
  let row = rows.get(key);
  if (row === undefined) {
    row = { calls: 0, bytesIn: 0, bytesOut: 0, eagain: 0, errors: 0 };
    rows.set(key, row);
  }
  return row;
}

function count(row: Counts, way: "in" | "out" | undefined, result: number): void {
  row.calls++;
  if (result === -EAGAIN) row.eagain++;
  else if (result < 0) row.errors++;
  else if (way === "in") row.bytesIn += result;
  else if (way === "out") row.bytesOut += result;
}

/** The counters as a table: calls first, the busiest on top, then fds in their order. */
export function formatCounters({ calls, fds }: Counters): string {
  const byCalls = [...calls].sort(([, a], [, b]) => b.calls - a.calls);
  const byFd = [...fds].sort(([a], [b]) => a - b);
  return `${table("call", byCalls)}\n${table("fd", byFd)}`;
}

const COLUMNS = ["calls", "bytesIn", "bytesOut", "eagain", "errors"] as const;

function table(title: string, rows: readonly (readonly [string | number, Counts])[]): string {
  const line = (first: string, rest: readonly (string | number)[]) =>
    `${first.padEnd(16)}${rest.map((cell) => String(cell).padStart(14)).join("")}\n`;
  const body = rows.map(([key, counts]) => {
    return line(
      String(key),
      COLUMNS.map((column) => counts[column]),
    );
  });
  const heads = ["calls", "bytes in", "bytes out", "EAGAIN", "errors"];
  return line(title, heads) + body.join("");
}
