/**
 * When a key is to be removed: relative or absolute, in seconds or milliseconds, always stored as
 * milliseconds since the epoch. The checks of overflow are those of a 64-bit integer; far beyond
 * the year 200,000 the millisecond is no longer exact.
 */

import type { Call } from "./call.ts";
import { invalidExpireTime } from "./errors.ts";

/** The words in front of a time in SET and GETEX. */
export type TimeUnit = "ex" | "px" | "exat" | "pxat";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** The largest double that is a 64-bit integer. */
const LAST_TIME = Number(2n ** 63n - 1024n);

/** Argument `i` as the time for a new value, which has to be after 1970. */
export function parseExpiry(call: Call, i: number, unit: TimeUnit): number {
  const at = deadline(call, i, unit);
  if (call.args.integer(i) <= 0) throw invalidExpireTime(call.command.name);
  return at;
}

/** Argument `i` as the time for a key that is there, in the past perhaps. */
export function deadline({ args, command, core }: Call, i: number, unit: TimeUnit): number {
  const scale = unit === "ex" || unit === "exat" ? 1000 : 1;
  const start = unit === "ex" || unit === "px" ? core.clock.now : 0;
  const at = args.integer(i) * scale + start;
  if (Number.isSafeInteger(at)) return at;
  const given = args.int64(i) * BigInt(scale);
  const exact = given + BigInt(start);
  if (exact > INT64_MAX || given > INT64_MAX || given < INT64_MIN) {
    throw invalidExpireTime(command.name);
  }
  return Math.min(Number(exact), LAST_TIME);
}
