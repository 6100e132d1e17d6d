/**
 * Gives memory that no database uses any more back to the system, a piece at a time.
 *
 * The garbage collector frees large buffers all at once: after a FLUSHALL of ten million keys that
 * stopped everything for 70 ms. So their pages go first, by madvise(2), some megabytes per turn,
 * and what the collector finds then are empty shells.
 */

import { MADV_DONTNEED, madvise } from "fdkit";
import { leftovers } from "./keyspace/leftovers.ts";

/** Takes a millisecond or two. */
const PIECE = 8 * 1024 * 1024;

/** The one whose turn it is, and how many of its bytes have gone. */
let current: Uint8Array | undefined;
let gone = 0;

/** Gives back the next piece; whether anything is left. */
export function giveBackSome(): boolean {
  current ??= leftovers.pop();
  if (current === undefined) return false;
  const size = Math.min(PIECE, current.length - gone);
  madvise(current, size, MADV_DONTNEED, gone);
  gone += size;
  if (gone === current.length) {
    current = undefined;
    gone = 0;
  }
  return current !== undefined || leftovers.length > 0;
}
