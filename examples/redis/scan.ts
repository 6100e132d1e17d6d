/**
 * What SCAN, HSCAN, SSCAN and ZSCAN have in common: the cursor, and MATCH and COUNT behind it.
 * https://redis.io/docs/latest/commands/scan/
 */

import type { Args } from "./args.ts";
import { replyError, SYNTAX_ERROR } from "./errors.ts";
import { Glob } from "./glob.ts";
import type { Reply } from "./reply.ts";

const INVALID_CURSOR = replyError("ERR invalid cursor");
const CURSOR_LIMIT = 2n ** 64n;

export interface ScanOptions {
  /** How many elements to look at, roughly. */
  readonly count: number;
  /** Undefined when every name matches. */
  readonly glob: Glob | undefined;
  /** A type's name in lower case, for SCAN alone. */
  readonly type: string | undefined;
  /** For HSCAN alone: only the fields. */
  readonly noValues: boolean;
}

/**
 * Argument `i` as strtoul(3) reads it: nothing is 0, negative numbers count down from 2^64, and a
 * NUL is the end.
 */
export function parseCursor(args: Args, i: number): number {
  const [text] = args.length(i) <= LONGEST_CURSOR ? args.string(i).split("\0", 1) : ["invalid"];
  const match = /^([+-]?)([0-9]+)$/.exec(text);
  if (text === "") return 0;
  if (match === null) throw INVALID_CURSOR;
  const value = BigInt(match[2] as string);
  if (value >= CURSOR_LIMIT) throw INVALID_CURSOR;
  return Number(match[1] === "-" && value !== 0n ? CURSOR_LIMIT - value : value);
}

const LONGEST_CURSOR = 64;

/** Of a key that is not there; its options are not even looked at. */
export function replyNothingScanned(reply: Reply): void {
  reply.array(2);
  reply.bulkString("0");
  reply.array(0);
}

/** The options from argument `first` on. */
export function parseScanOptions(
  args: Args,
  first: number,
  allowed: "match count" | "match count type" | "match count novalues",
): ScanOptions {
  let count = 10;
  let glob: Glob | undefined;
  let type: string | undefined;
  let noValues = false;
  for (let i = first; i < args.count; i += 2) {
    if (allowed === "match count novalues" && args.is(i, "novalues")) {
      noValues = true;
      i--;
      continue;
    }
    if (i + 1 === args.count) throw SYNTAX_ERROR;
    if (args.is(i, "count")) {
      count = args.integer(i + 1);
      if (count < 1) throw SYNTAX_ERROR;
    } else if (args.is(i, "match")) {
      glob = args.is(i + 1, "*") ? undefined : new Glob(args.string(i + 1));
    } else if (args.is(i, "type") && allowed === "match count type") {
      type = args.word(i + 1);
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { count, glob, type, noValues };
}
