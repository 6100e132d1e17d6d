/**
 * LCS: what two strings have in common, in order but not necessarily in one piece.
 * https://redis.io/docs/latest/commands/lcs/
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { NONE } from "../keyspace/keyspace.ts";
import { STRING } from "../keyspace/types.ts";
import { type CommonRange, type CommonSubsequence, longestCommonSubsequence } from "../lcs.ts";
import { lookupRead, lookupWrite } from "../lookup.ts";
import type { Reply } from "../reply.ts";

// biome-ignore format: a table is read by its columns
export const lcsCommands: CommandGroup = { group: "string", rows: [
  ["lcs", -3, "readonly", 1, 2, 1, lcs, "7.0.0", "The longest common subsequence"],
] };

const NOT_STRINGS = replyError("ERR The specified keys must contain string values");
const BOTH_FORMS = replyError("ERR If you want both the length and indexes, please just use IDX.");
const TOO_LARGE = replyError(
  "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
);
/** Redis's table has four bytes per cell: its limit is ours, though we need less. */
const CELL_SIZE = 4;

interface LcsOptions {
  idx: boolean;
  len: boolean;
  withLengths: boolean;
  shortest: number;
}

/** LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN] */
function lcs(call: Call): void {
  const { args, core, reply } = call;
  const cells = (textLength(call, 1) + 1) * (textLength(call, 2) + 1);
  const options = parseOptions(args);
  if (cells * CELL_SIZE > core.settings["proto-max-bulk-len"]) throw TOO_LARGE;
  const a = text(call, 1);
  const b = text(call, 2);
  const common = longestCommonSubsequence(a, b);
  if (options.len) reply.integer(common.length);
  else if (options.idx) replyRanges(reply, common, options);
  else reply.bulkString(join(a, common.ranges));
}

function textLength(call: Call, i: number): number {
  const ref = lookupRead(call, i);
  if (ref === NONE) return 0;
  if (call.db.type(ref) !== STRING) throw NOT_STRINGS;
  return call.db.stringLength(ref);
}

/** Looked up anew: finding one key may have removed another, and moved this one. */
function text(call: Call, i: number): string {
  const ref = lookupWrite(call, i);
  return ref === NONE ? "" : call.db.stringValue(ref);
}

function parseOptions(args: Args): LcsOptions {
  const options: LcsOptions = { idx: false, len: false, withLengths: false, shortest: 0 };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "idx")) {
      options.idx = true;
    } else if (args.is(i, "len")) {
      options.len = true;
    } else if (args.is(i, "withmatchlen")) {
      options.withLengths = true;
    } else if (args.is(i, "minmatchlen") && i + 1 < args.count) {
      options.shortest = args.integer(++i);
    } else {
      throw SYNTAX_ERROR;
    }
  }
  if (options.idx && options.len) throw BOTH_FORMS;
  return options;
}

function replyRanges(
  reply: Reply,
  { length, ranges }: CommonSubsequence,
  { shortest, withLengths }: LcsOptions,
): void {
  const shown = ranges.filter((range) => range.length >= shortest);
  reply.map(2);
  reply.bulkString("matches");
  reply.array(shown.length);
  for (const range of shown) {
    reply.array(withLengths ? 3 : 2);
    replySpan(reply, range.a, range.length);
    replySpan(reply, range.b, range.length);
    if (withLengths) reply.integer(range.length);
  }
  reply.bulkString("len");
  reply.integer(length);
}

/** First and last index. */
function replySpan(reply: Reply, start: number, length: number): void {
  reply.array(2);
  reply.integer(start);
  reply.integer(start + length - 1);
}

function join(a: string, ranges: readonly CommonRange[]): string {
  return ranges
    .map((range) => a.slice(range.a, range.a + range.length))
    .reverse()
    .join("");
}
