/** How long a blocking command is to wait: an argument in seconds, or in milliseconds. */

import type { Args } from "./args.ts";
import { replyError } from "./errors.ts";
import { parseDouble, parseInt64 } from "./number.ts";

const NOT_A_FLOAT = replyError("ERR timeout is not a float or out of range");
const NOT_AN_INTEGER = replyError("ERR timeout is not an integer or out of range");
const NEGATIVE = replyError("ERR timeout is negative");
/** From here on a 64-bit number of milliseconds turns negative. */
const OVERFLOW = 2 ** 63;

/** Seconds, with a fraction, as milliseconds; 0 is for ever. */
export function parseTimeout(args: Args, i: number): number {
  const milliseconds = Math.ceil(parseDouble(args.string(i)) * 1000);
  if (Number.isNaN(milliseconds)) throw NOT_A_FLOAT;
  if (milliseconds < 0 || milliseconds >= OVERFLOW) throw NEGATIVE;
  return milliseconds;
}

/** Milliseconds; 0 is for ever. */
export function parseMilliseconds(args: Args, i: number): number {
  const milliseconds = parseInt64(args.string(i));
  if (milliseconds === undefined) throw NOT_AN_INTEGER;
  if (milliseconds < 0) throw NEGATIVE;
  return Number(milliseconds);
}
