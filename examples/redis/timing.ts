/**
 * Which commands are timed, for SLOWLOG and commandstats: a brief one takes less time than looking
 * at the clock before and after it.
 *
 * Timed are all commands that may take long: those that are not brief, those with large arguments
 * or a large reply. Of the others one call in 64 is, and stands for the rest. They do a bounded
 * amount of work on a few bytes, so SLOWLOG misses none that was slow of itself; a pause of the
 * whole process (garbage collection, another process on the same core) is not a command's.
 * Where somebody wants to hear of less than a millisecond, every command is timed.
 */

import type { Args } from "./args.ts";
import type { Command } from "./command.ts";

/** Bytes of a reply, or of an argument, that take microseconds to copy. */
export const LARGE = 16 * 1024;
const MANY_ARGUMENTS = 32;
const SAMPLED = 64;
/** Of `slowlog-log-slower-than`, in microseconds. */
const EVERY_COMMAND_BELOW = 1000;

export function isWorthTiming(command: Command, args: Args, slowThreshold: number): boolean {
  return (
    !command.isBrief ||
    command.calls % SAMPLED === 0 ||
    args.count > MANY_ARGUMENTS ||
    args.length(args.count - 1) > LARGE ||
    (slowThreshold < EVERY_COMMAND_BELOW && slowThreshold >= 0)
  );
}
