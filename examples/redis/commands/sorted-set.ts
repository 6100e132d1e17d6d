/**
 * Sorted sets: members with scores under one key, in the order of the scores.
 * https://redis.io/docs/latest/commands/?group=sorted-set
 *
 * See also sorted-set-range.ts and sorted-set-operations.ts.
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { MUST_BE_POSITIVE, replyError, SYNTAX_ERROR, wrongArity } from "../errors.ts";
import { ZSET } from "../keyspace/types.ts";
import { GENERIC_EVENT, notify, ZSET_EVENT } from "../keyspace-events.ts";
import { readObject, signalModified, writeObject } from "../lookup.ts";
import { formatDouble, formatPackedScore } from "../number.ts";
import { randomItems } from "../randoms.ts";
import { parseCursor, parseScanOptions, replyNothingScanned } from "../scan.ts";
import { entrySize } from "../types/packed.ts";
import { SCORE_BYTES } from "../types/score-table.ts";
import { type Entry, SortedSetValue } from "../types/sorted-set.ts";

const GROW_FAST = "write denyoom fast";
const WRITE_FAST = "write fast";
const READ_FAST = "readonly fast";
const POP_ANY = "write movablekeys";

// biome-ignore format: a table is read by its columns
export const sortedSetCommands: CommandGroup = { group: "sorted-set", rows: [
  ["zadd",        -4, GROW_FAST,  1, 1, 1, zadd,        "1.2.0", "Sets scores of members"],
  ["zincrby",      4, GROW_FAST,  1, 1, 1, zincrby,     "1.2.0", "Adds to a score"],
  ["zrem",        -3, WRITE_FAST, 1, 1, 1, zrem,        "1.2.0", "Removes members"],
  ["zcard",        2, READ_FAST,  1, 1, 1, zcard,       "1.2.0", "How many members"],
  ["zscore",       3, READ_FAST,  1, 1, 1, zscore,      "1.2.0", "The score of a member"],
  ["zmscore",     -3, READ_FAST,  1, 1, 1, zmscore,     "6.2.0", "Scores of members"],
  ["zrank",       -3, READ_FAST,  1, 1, 1, zrank,       "2.0.0", "How many come before"],
  ["zrevrank",    -3, READ_FAST,  1, 1, 1, zrevrank,    "2.0.0", "How many come behind"],
  ["zpopmin",     -2, WRITE_FAST, 1, 1, 1, zpopmin,     "5.0.0", "Takes the lowest"],
  ["zpopmax",     -2, WRITE_FAST, 1, 1, 1, zpopmax,     "5.0.0", "Takes the highest"],
  ["zmpop",       -4, POP_ANY,    0, 0, 0, zmpop,       "7.0.0", "From one of several"],
  ["zrandmember", -2, "readonly", 1, 1, 1, zrandmember, "6.2.0", "Members at random"],
  ["zscan",       -3, "readonly", 1, 1, 1, zscan,       "2.8.0", "Goes through the members"],
] };

const XX_AND_NX = replyError("ERR XX and NX options at the same time are not compatible");
const GT_LT_NX = replyError("ERR GT, LT, and/or NX options at the same time are not compatible");
const ONE_PAIR = replyError("ERR INCR option supports a single increment-element pair");
const NOT_A_NUMBER = replyError("ERR resulting score is not a number (NaN)");
const NUMKEYS_NOT_POSITIVE = replyError("ERR numkeys should be greater than 0");
const COUNT_NOT_POSITIVE = replyError("ERR count should be greater than 0");

interface AddOptions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
  ch: boolean;
  incr: boolean;
}

const ADD_OPTIONS: readonly (keyof AddOptions)[] = ["nx", "xx", "gt", "lt", "ch", "incr"];

/** ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member …] */
function zadd(call: Call): void {
  const { args } = call;
  const options: AddOptions = {
    nx: false,
    xx: false,
    gt: false,
    lt: false,
    ch: false,
    incr: false,
  };
  let first = 2;
  for (; first < args.count; first++) {
    const name = ADD_OPTIONS.find((known) => args.is(first, known));
    if (name === undefined) break;
    options[name] = true;
  }
  add(call, options, first);
}

/** ZINCRBY key increment member */
function zincrby(call: Call): void {
  add(call, { nx: false, xx: false, gt: false, lt: false, ch: false, incr: true }, 2);
}

function add(call: Call, options: AddOptions, first: number): void {
  const { args, db, reply } = call;
  const pairs = (args.count - first) / 2;
  if (!Number.isInteger(pairs) || pairs === 0) throw SYNTAX_ERROR;
  if (options.nx && options.xx) throw XX_AND_NX;
  if (Number(options.gt) + Number(options.lt) + Number(options.nx) > 1) throw GT_LT_NX;
  if (options.incr && pairs > 1) throw ONE_PAIR;
  for (let i = first; i < args.count; i += 2) args.double(i);
  const found = writeObject<SortedSetValue>(call, 1, ZSET);
  const set = found ?? new SortedSetValue();
  if (found === undefined && !options.xx) {
    db.setObject(args.string(1), ZSET, set, packedSize(args, first));
  }
  const result = { added: 0, updated: 0, score: undefined as number | undefined };
  if (found !== undefined || !options.xx) {
    for (let i = first; i < args.count; i += 2) addOne(call, set, options, i, result);
  }
  if (result.added + result.updated > 0) signalModified(call, 1, set);
  if (result.added + result.updated > 0) {
    notify(call, ZSET_EVENT, options.incr ? "zincr" : "zadd", 1);
  }
  if (!options.incr) reply.integer(result.added + (options.ch ? result.updated : 0));
  else if (result.score === undefined) reply.null();
  else reply.double(result.score);
}

/** How many bytes the pairs from argument `first` on need as packed entries. */
function packedSize(args: Args, first: number): number {
  let size = 0;
  for (let i = first; i < args.count; i += 2) {
    size += entrySize(SCORE_BYTES) + entrySize(args.length(i + 1));
  }
  return size;
}

/** One score and its member, from argument `i` on. */
function addOne(
  { args, core }: Call,
  set: SortedSetValue,
  options: AddOptions,
  i: number,
  result: { added: number; updated: number; score: number | undefined },
): void {
  const offset = args.offset(i + 1);
  const length = args.length(i + 1);
  const old = set.scoreOf(args.buffer, offset, length);
  if (old === undefined ? options.xx : options.nx) return;
  const given = args.double(i);
  // Nothing is added to a new member: 0 would take the sign of a -0.
  const score = options.incr && old !== undefined ? old + given : given;
  if (Number.isNaN(score)) throw NOT_A_NUMBER;
  if (old !== undefined && ((options.lt && score >= old) || (options.gt && score <= old))) return;
  result.score = score;
  if (score === old) return;
  set.setBytes(args.buffer, offset, length, score, core.settings);
  if (old === undefined) result.added++;
  else result.updated++;
}

function zrem(call: Call): void {
  const { args, reply } = call;
  const set = writeObject<SortedSetValue>(call, 1, ZSET);
  let removed = 0;
  for (let i = 2; set !== undefined && i < args.count; i++) {
    if (set.delete(args.string(i))) removed++;
  }
  if (set !== undefined && removed > 0) settle(call, args.string(1), set, "zrem");
  reply.integer(removed);
}

/** Says by which event members went; an emptied sorted set is none. */
export function settle(call: Call, key: string, set: SortedSetValue, event: string): void {
  call.db.modified(key, set);
  notify(call, ZSET_EVENT, event, key);
  if (set.size > 0) return;
  call.db.removeName(key);
  notify(call, GENERIC_EVENT, "del", key);
}

function zcard(call: Call): void {
  call.reply.integer(readObject<SortedSetValue>(call, 1, ZSET)?.size ?? 0);
}

function replyScore({ reply }: Call, score: number | undefined): void {
  if (score === undefined) reply.null();
  else reply.double(score);
}

function zscore(call: Call): void {
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  replyScore(call, set?.score(call.args.string(2)));
}

function zmscore(call: Call): void {
  const { args, reply } = call;
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) replyScore(call, set?.score(args.string(i)));
}

function zrank(call: Call): void {
  replyRank(call, (_set, rank) => rank);
}

function zrevrank(call: Call): void {
  replyRank(call, (set, rank) => set.size - 1 - rank);
}

/** ZRANK key member [WITHSCORE] */
function replyRank(call: Call, place: (set: SortedSetValue, rank: number) => number): void {
  const { args, command, reply } = call;
  if (args.count > 4) throw wrongArity(command.name);
  const withScore = args.count === 4;
  if (withScore && !args.is(3, "withscore")) throw SYNTAX_ERROR;
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  const member = args.string(2);
  const rank = set?.rank(member);
  if (set === undefined || rank === undefined) {
    if (withScore) reply.nullArray();
    else reply.null();
    return;
  }
  if (withScore) reply.array(2);
  reply.integer(place(set, rank));
  if (withScore) replyScore(call, set.score(member));
}

export type End = "min" | "max";

function zpopmin(call: Call): void {
  popFrom(call, "min");
}

function zpopmax(call: Call): void {
  popFrom(call, "max");
}

/** ZPOPMIN key [count] */
function popFrom(call: Call, end: End): void {
  const { args, reply } = call;
  if (args.count > 3) throw SYNTAX_ERROR;
  const count = args.count === 3 ? args.atLeast(2, 0, MUST_BE_POSITIVE) : undefined;
  const set = writeObject<SortedSetValue>(call, 1, ZSET);
  const popped = set === undefined ? [] : pop(call, 1, set, end, count ?? 1);
  const isNested = reply.protocol === 3 && count !== undefined;
  reply.array(isNested ? popped.length : popped.length * 2);
  for (const { member, score } of popped) {
    if (isNested) reply.array(2);
    reply.bulkString(member);
    reply.double(score);
  }
}

/** Takes up to `count` members off an end of the set named by argument `i`. */
export function pop(call: Call, i: number, set: SortedSetValue, end: End, count: number): Entry[] {
  const popped =
    end === "min"
      ? set.slice(0, Math.min(count, set.size))
      : set.slice(Math.max(0, set.size - count), set.size).reverse();
  for (const { member } of popped) set.delete(member);
  if (popped.length > 0) settle(call, call.args.string(i), set, `zpop${end}`);
  return popped;
}

/** ZMPOP numkeys key [key …] MIN|MAX [COUNT count] */
function zmpop(call: Call): void {
  const { first, last, end, count } = parseMultiPop(call.args, 1);
  for (let i = first; i <= last; i++) if (popWithKey(call, i, end, count)) return;
  call.reply.nullArray();
}

/** `numkeys key [key …] MIN|MAX [COUNT count]` from argument `i` on. */
export function parseMultiPop(args: Args, i: number) {
  const keys = args.atLeast(i, 1, NUMKEYS_NOT_POSITIVE);
  const where = i + 1 + keys;
  if (where >= args.count) throw SYNTAX_ERROR;
  const end = endOf(args, where);
  let count = 1;
  if (args.count > where + 1) {
    if (args.count === where + 2 || !args.is(where + 1, "count")) throw SYNTAX_ERROR;
    count = args.atLeast(where + 2, 1, COUNT_NOT_POSITIVE);
    if (args.count > where + 3) throw SYNTAX_ERROR;
  }
  return { first: i + 1, last: i + keys, end, count };
}

/** Takes from the sorted set in argument `i`, and says which it is; false when there is none. */
export function popWithKey(call: Call, i: number, end: End, count: number): boolean {
  const { args, reply } = call;
  const set = writeObject<SortedSetValue>(call, i, ZSET);
  if (set === undefined) return false;
  reply.array(2);
  reply.bulkString(args.string(i));
  replyPairs(call, pop(call, i, set, end, count));
  return true;
}

function endOf(args: Args, i: number): End {
  if (args.is(i, "min")) return "min";
  if (args.is(i, "max")) return "max";
  throw SYNTAX_ERROR;
}

/** Each member in an array with its score. */
function replyPairs({ reply }: Call, entries: readonly Entry[]): void {
  reply.array(entries.length);
  for (const { member, score } of entries) {
    reply.array(2);
    reply.bulkString(member);
    reply.double(score);
  }
}

/** ZRANDMEMBER key [count [WITHSCORES]] */
function zrandmember(call: Call): void {
  const { args, reply } = call;
  const withScores = args.count > 3;
  if (args.count > 4 || (withScores && !args.is(3, "withscores"))) throw SYNTAX_ERROR;
  const count = args.count > 2 ? args.integer(2) : undefined;
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  if (count === undefined) {
    if (set === undefined) reply.null();
    else reply.bulkString(set.random().member);
    return;
  }
  const drawn =
    set === undefined ? [] : randomItems(count, downwards(set), set.size, () => set.random());
  replyEntries(call, drawn, withScores);
}

/** The order in which Redis gives all of them. */
function downwards(set: SortedSetValue): Entry[] {
  return set.entries().reverse();
}

/** Members, with scores: RESP3 has each in an array with its score. */
export function replyEntries(call: Call, entries: readonly Entry[], withScores: boolean): void {
  const { reply } = call;
  if (withScores && reply.protocol === 3) {
    replyPairs(call, entries);
    return;
  }
  reply.array(entries.length * (withScores ? 2 : 1));
  for (const { member, score } of entries) {
    reply.bulkString(member);
    if (withScores) reply.double(score);
  }
}

function zscan(call: Call): void {
  const { args, reply } = call;
  const cursor = parseCursor(args, 2);
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  if (set === undefined) {
    replyNothingScanned(reply);
    return;
  }
  const { count, glob } = parseScanOptions(args, 3, "match count");
  const format = set.encoding() === "listpack" ? formatPackedScore : formatDouble;
  const found: string[] = [];
  const next = set.scan(cursor, count, ({ member, score }) => {
    if (glob === undefined || glob.matches(member)) found.push(member, format(score));
  });
  reply.array(2);
  reply.bulkInteger(next);
  reply.bulkStrings(found);
}
