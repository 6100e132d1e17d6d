/**
 * Ranges of sorted sets: by rank, by score, by the bytes of members with equal scores.
 * https://redis.io/docs/latest/commands/zrange/
 *
 * Whatever a range is given in, it becomes two ranks, found in O(log n).
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { ZSET } from "../keyspace/types.ts";
import { GENERIC_EVENT, notify, ZSET_EVENT } from "../keyspace-events.ts";
import { readObject, writeObject } from "../lookup.ts";
import { parseBound } from "../number.ts";
import { type Entry, type MemberVisitor, SortedSetValue } from "../types/sorted-set.ts";
import { settle } from "./sorted-set.ts";

const READ = "readonly";
const READ_FAST = "readonly fast";
const WRITE = "write";
const STORE = "write denyoom";

// biome-ignore format: a table is read by its columns
export const sortedSetRangeCommands: CommandGroup = { group: "sorted-set", rows: [
  ["zrange",           -4, READ,      1, 1, 1, zrange,           "1.2.0", "Members in a range"],
  ["zrangestore",      -5, STORE,     1, 2, 1, zrangestore,      "6.2.0", "Stores a range"],
  ["zrevrange",        -4, READ,      1, 1, 1, zrevrange,        "1.2.0", "From the highest rank"],
  ["zrangebyscore",    -4, READ,      1, 1, 1, zrangebyscore,    "1.0.5", "By score"],
  ["zrevrangebyscore", -4, READ,      1, 1, 1, zrevrangebyscore, "2.2.0", "By score, downwards"],
  ["zrangebylex",      -4, READ,      1, 1, 1, zrangebylex,      "2.8.9", "By member"],
  ["zrevrangebylex",   -4, READ,      1, 1, 1, zrevrangebylex,   "2.8.9", "By member, downwards"],
  ["zcount",            4, READ_FAST, 1, 1, 1, zcount,           "2.0.0", "How many by score"],
  ["zlexcount",         4, READ_FAST, 1, 1, 1, zlexcount,        "2.8.9", "How many by member"],
  ["zremrangebyrank",   4, WRITE,     1, 1, 1, zremrangebyrank,  "2.0.0", "Removes by rank"],
  ["zremrangebyscore",  4, WRITE,     1, 1, 1, zremrangebyscore, "1.2.0", "Removes by score"],
  ["zremrangebylex",    4, WRITE,     1, 1, 1, zremrangebylex,   "2.8.9", "Removes by member"],
] };

const NOT_A_SCORE = replyError("ERR min or max is not a float");
const NOT_A_LEX = replyError("ERR min or max not valid string range item");
const LIMIT_BY_RANK = replyError(
  "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);
const SCORES_BY_LEX = replyError(
  "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
);

/** The ranks from `start` up to `end`, that one not included. */
interface Ranks {
  readonly start: number;
  readonly end: number;
}

type RanksIn = (set: SortedSetValue) => Ranks;
type By = "rank" | "score" | "lex";

/** What a range is given in, its ends being arguments `min` and `max`. */
const PARSERS: Readonly<Record<By, (args: Args, min: number, max: number) => RanksIn>> = {
  rank: byRank,
  score: byScore,
  lex: byLex,
};

function byRank(args: Args, min: number, max: number): RanksIn {
  const first = args.integer(min);
  const last = args.integer(max);
  return ({ size }) => {
    const start = Math.max(0, first < 0 ? first + size : first);
    const end = Math.min(size, (last < 0 ? last + size : last) + 1);
    return { start, end };
  };
}

/** A score, or `(` and a score that is not included itself. */
function parseScore(args: Args, i: number): { value: number; isExclusive: boolean } {
  const text = args.string(i);
  const isExclusive = text.startsWith("(");
  const value = parseBound(isExclusive ? text.slice(1) : text);
  if (Number.isNaN(value)) throw NOT_A_SCORE;
  return { value, isExclusive };
}

function byScore(args: Args, min: number, max: number): RanksIn {
  const low = parseScore(args, min);
  const high = parseScore(args, max);
  return (set) => ({
    start: set.countWhileScore((score) =>
      low.isExclusive ? score <= low.value : score < low.value,
    ),
    end: set.countWhileScore((score) =>
      high.isExclusive ? score < high.value : score <= high.value,
    ),
  });
}

/** `-` and `+` are below and above all members; `[x` includes x, `(x` does not. */
function parseLex(args: Args, i: number): string {
  const text = args.string(i);
  if (!/^(?:[-+]$|[[(])/.test(text)) throw NOT_A_LEX;
  return text;
}

function byLex(args: Args, min: number, max: number): RanksIn {
  const low = parseLex(args, min);
  const high = parseLex(args, max);
  return (set) => ({
    start: set.countWhile(({ member }) => isBelow(member, low, "(")),
    end: set.countWhile(({ member }) => isBelow(member, high, "[")),
  });
}

/** Whether a member is below an end of a range, or is that end and `mark` puts it below. */
function isBelow(member: string, end: string, mark: string): boolean {
  if (end === "-" || end === "+") return end === "+";
  const value = end.slice(1);
  return member < value || (member === value && end.startsWith(mark));
}

interface Range {
  readonly by: By;
  readonly isReverse: boolean;
  readonly withScores: boolean;
  readonly offset: number;
  /** -1 is all. */
  readonly count: number;
}

function zrange(call: Call): void {
  const range = parseOptions(call.args, 4, { by: undefined, isReverse: undefined });
  show(call, range);
}

function zrevrange(call: Call): void {
  show(call, parseOptions(call.args, 4, { by: "rank", isReverse: true }));
}

function zrangebyscore(call: Call): void {
  show(call, parseOptions(call.args, 4, { by: "score", isReverse: false }));
}

function zrevrangebyscore(call: Call): void {
  show(call, parseOptions(call.args, 4, { by: "score", isReverse: true }));
}

function zrangebylex(call: Call): void {
  show(call, parseOptions(call.args, 4, { by: "lex", isReverse: false }));
}

function zrevrangebylex(call: Call): void {
  show(call, parseOptions(call.args, 4, { by: "lex", isReverse: true }));
}

/** ZRANGESTORE destination source min max [BYSCORE|BYLEX] [REV] [LIMIT offset count] */
function zrangestore(call: Call): void {
  const { args, reply } = call;
  const given: Given = { by: undefined, isReverse: undefined, withScores: false };
  const range = parseOptions(args, 5, given);
  const entries = select(call, 2, range);
  storeEntries(call, args.string(1), entries);
  reply.integer(entries.length);
}

/** Puts a sorted set of these members in the place of whatever is there; none is no set. */
export function storeEntries(
  call: Call,
  key: string,
  entries: readonly Entry[],
  event = call.command.name,
): void {
  const { core, db } = call;
  const set = SortedSetValue.from(entries, core.settings);
  if (set.size > 0) {
    db.setObject(key, ZSET, set);
    notify(call, ZSET_EVENT, event, key);
  } else if (db.removeName(key)) {
    notify(call, GENERIC_EVENT, "del", key);
  }
}

interface Given {
  readonly by: By | undefined;
  readonly isReverse: boolean | undefined;
  readonly withScores?: false;
}

/** The options from argument `first` on; what the command's name says can't be said again. */
function parseOptions(args: Args, first: number, given: Given): Range {
  let { by, isReverse } = given;
  let withScores = false;
  let offset = 0;
  let count = -1;
  for (let i = first; i < args.count; i++) {
    if (given.withScores === undefined && args.is(i, "withscores")) {
      withScores = true;
    } else if (args.is(i, "limit") && i + 2 < args.count) {
      offset = args.integer(i + 1);
      count = args.integer(i + 2);
      i += 2;
    } else if (isReverse === undefined && args.is(i, "rev")) {
      isReverse = true;
    } else if (by === undefined && args.is(i, "byscore")) {
      by = "score";
    } else if (by === undefined && args.is(i, "bylex")) {
      by = "lex";
    } else {
      throw SYNTAX_ERROR;
    }
  }
  by ??= "rank";
  if (count !== -1 && by === "rank") throw LIMIT_BY_RANK;
  if (withScores && by === "lex") throw SCORES_BY_LEX;
  return { by, isReverse: isReverse ?? false, withScores, offset, count };
}

/** Writes members where they are needed, without making strings of them. */
function show(call: Call, range: Range): void {
  const { reply } = call;
  const { withScores } = range;
  const { set, start, end } = find(call, 1, range);
  const hasPairs = withScores && reply.protocol === 3;
  reply.array((end - start) * (withScores && !hasPairs ? 2 : 1));
  const write: MemberVisitor = (buffer, offset, length, score) => {
    if (hasPairs) reply.array(2);
    reply.bulk(buffer, offset, length);
    if (withScores) reply.double(score);
  };
  if (range.isReverse) set?.visitBack(start, end, write);
  else set?.visit(start, end, write);
}

/** The members in a range of the set named by argument `key`, in order; copies. */
function select(call: Call, key: number, range: Range): Entry[] {
  const { set, start, end } = find(call, key, range);
  const entries = set?.slice(start, end) ?? [];
  return range.isReverse ? entries.reverse() : entries;
}

interface Found extends Ranks {
  readonly set: SortedSetValue | undefined;
}

/** The set named by argument `key`, and the ranks of a range whose ends stand behind it. */
function find(call: Call, key: number, range: Range): Found {
  const { args } = call;
  const { by, count, isReverse, offset } = range;
  // By score and by member, a range that goes down names its upper end first.
  const isSwapped = isReverse && by !== "rank";
  const ranksIn = isSwapped
    ? PARSERS[by](args, key + 2, key + 1)
    : PARSERS[by](args, key + 1, key + 2);
  const set = readObject<SortedSetValue>(call, key, ZSET);
  if (set === undefined || offset < 0) return { set, start: 0, end: 0 };
  const { start, end } = ranksIn(set);
  const most = count < 0 ? set.size : count;
  if (!isReverse) return within(set, start + offset, Math.min(end, start + offset + most));
  // A rank counts from the other end then.
  const low = by === "rank" ? set.size - end : start;
  const high = by === "rank" ? set.size - start : end;
  return within(set, Math.max(low, high - offset - most), high - offset);
}

function within(set: SortedSetValue, from: number, to: number): Found {
  const start = Math.max(0, from);
  return { set, start, end: Math.max(start, Math.min(to, set.size)) };
}

function zcount(call: Call): void {
  count(call, "score");
}

function zlexcount(call: Call): void {
  count(call, "lex");
}

function count(call: Call, by: By): void {
  const ranksIn = PARSERS[by](call.args, 2, 3);
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  const { start, end } = set === undefined ? { start: 0, end: 0 } : ranksIn(set);
  call.reply.integer(Math.max(0, end - start));
}

function zremrangebyrank(call: Call): void {
  removeRange(call, "rank");
}

function zremrangebyscore(call: Call): void {
  removeRange(call, "score");
}

function zremrangebylex(call: Call): void {
  removeRange(call, "lex");
}

function removeRange(call: Call, by: By): void {
  const { args, command, reply } = call;
  const ranksIn = PARSERS[by](args, 2, 3);
  const set = writeObject<SortedSetValue>(call, 1, ZSET);
  if (set === undefined) {
    reply.integer(0);
    return;
  }
  const { start, end } = ranksIn(set);
  const removed = set.slice(start, end);
  for (const { member } of removed) set.delete(member);
  if (removed.length > 0) settle(call, args.string(1), set, command.name);
  reply.integer(removed.length);
}
