/**
 * Lists: byte strings in a row, pushed and popped at both ends.
 * https://redis.io/docs/latest/commands/?group=list
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import {
  INDEX_OUT_OF_RANGE,
  MUST_BE_POSITIVE,
  NO_SUCH_KEY,
  replyError,
  SYNTAX_ERROR,
  wrongArity,
} from "../errors.ts";
import { LIST } from "../keyspace/types.ts";
import { GENERIC_EVENT, LIST_EVENT, notify } from "../keyspace-events.ts";
import { readObject, signalModified, writeObject } from "../lookup.ts";
import { ListValue } from "../types/list.ts";
import { entriesSize, entrySize } from "../types/packed.ts";

const SEVERAL = "write movablekeys";
const GROW_FAST = "write denyoom fast";
const GROW = "write denyoom";
const WRITE_FAST = "write fast";
const READ_FAST = "readonly fast";

// biome-ignore format: a table is read by its columns
export const listCommands: CommandGroup = { group: "list", rows: [
  ["lpush",     -3, GROW_FAST,  1, 1, 1, lpush,     "1.0.0", "Adds before the first"],
  ["rpush",     -3, GROW_FAST,  1, 1, 1, rpush,     "1.0.0", "Adds behind the last"],
  ["lpushx",    -3, GROW_FAST,  1, 1, 1, lpushx,    "2.2.0", "LPUSH if it is there"],
  ["rpushx",    -3, GROW_FAST,  1, 1, 1, rpushx,    "2.2.0", "RPUSH if it is there"],
  ["lpop",      -2, WRITE_FAST, 1, 1, 1, lpop,      "1.0.0", "Takes the first elements"],
  ["rpop",      -2, WRITE_FAST, 1, 1, 1, rpop,      "1.0.0", "Takes the last elements"],
  ["llen",       2, READ_FAST,  1, 1, 1, llen,      "1.0.0", "How long a list is"],
  ["lrange",     4, "readonly", 1, 1, 1, lrange,    "1.0.0", "A part of a list"],
  ["lindex",     3, "readonly", 1, 1, 1, lindex,    "1.0.0", "One element"],
  ["lset",       4, GROW,       1, 1, 1, lset,      "1.0.0", "Replaces one element"],
  ["linsert",    5, GROW,       1, 1, 1, linsert,   "2.2.0", "Adds beside another"],
  ["lrem",       4, "write",    1, 1, 1, lrem,      "1.0.0", "Removes equal elements"],
  ["ltrim",      4, "write",    1, 1, 1, ltrim,     "1.0.0", "Keeps only a part"],
  ["lpos",      -3, "readonly", 1, 1, 1, lpos,      "6.0.6", "Where an element stands"],
  ["lmove",      5, GROW,       1, 2, 1, lmove,     "6.2.0", "Takes here and adds there"],
  ["rpoplpush",  3, GROW,       1, 2, 1, rpoplpush, "1.2.0", "LMOVE from right to left"],
  ["lmpop",     -4, SEVERAL,    0, 0, 0, lmpop,     "7.0.0", "Takes from one of several"],
] };

export type End = "left" | "right";

const RANK_IS_ZERO = replyError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use " +
    "negative to start from the end of the list",
);
const COUNT_NEGATIVE = replyError("ERR COUNT can't be negative");
const MAXLEN_NEGATIVE = replyError("ERR MAXLEN can't be negative");
const NUMKEYS_NOT_POSITIVE = replyError("ERR numkeys should be greater than 0");
const COUNT_NOT_POSITIVE = replyError("ERR count should be greater than 0");

function lpush(call: Call): void {
  pushAll(call, "left", openList(call, 1, entriesSize(call.args, 2, call.args.count)));
}

function rpush(call: Call): void {
  pushAll(call, "right", openList(call, 1, entriesSize(call.args, 2, call.args.count)));
}

function lpushx(call: Call): void {
  pushAll(call, "left", writeObject<ListValue>(call, 1, LIST));
}

function rpushx(call: Call): void {
  pushAll(call, "right", writeObject<ListValue>(call, 1, LIST));
}

/** The list named by argument `i`, made if there is none, with room for so many bytes. */
function openList(call: Call, i: number, room: number): ListValue {
  const found = writeObject<ListValue>(call, i, LIST);
  if (found !== undefined) return found;
  const list = new ListValue(call.core.settings["list-max-listpack-size"]);
  call.db.setObject(call.args.string(i), LIST, list, room);
  return list;
}

function pushAll(call: Call, end: End, list: ListValue | undefined): void {
  const { args, reply } = call;
  if (list === undefined) {
    reply.integer(0);
    return;
  }
  for (let i = 2; i < args.count; i++) {
    if (end === "left") list.unshiftBytes(args.buffer, args.offset(i), args.length(i));
    else list.pushBytes(args.buffer, args.offset(i), args.length(i));
  }
  signalModified(call, 1, list);
  notify(call, LIST_EVENT, PUSHED[end], 1);
  reply.integer(list.length);
}

const PUSHED = { left: "lpush", right: "rpush" } as const;
export const POPPED = { left: "lpop", right: "rpop" } as const;

function pushOne(list: ListValue, end: End, element: string): void {
  if (end === "left") list.unshift(element);
  else list.push(element);
}

function popOne(list: ListValue, end: End): string {
  return end === "left" ? list.shift() : list.pop();
}

/** Writes element `i` where it is needed, without making a string of it. */
function replyElement({ reply }: Call, list: ListValue, i: number): void {
  list.seek(i);
  reply.bulk(list.buffer, list.offset, list.size);
}

/** Says by which event elements of the list named by argument `i` went; an emptied one is gone. */
export function settle(call: Call, i: number, list: ListValue, event: string): void {
  signalModified(call, i, list);
  notify(call, LIST_EVENT, event, i);
  if (list.length > 0) return;
  call.db.removeName(call.args.string(i));
  notify(call, GENERIC_EVENT, "del", i);
}

function lpop(call: Call): void {
  popSome(call, "left");
}

function rpop(call: Call): void {
  popSome(call, "right");
}

function popSome(call: Call, end: End): void {
  const { args, command, reply } = call;
  if (args.count > 3) throw wrongArity(command.name);
  const limit = args.count === 3 ? args.atLeast(2, 0, MUST_BE_POSITIVE) : undefined;
  const list = writeObject<ListValue>(call, 1, LIST);
  if (list === undefined) {
    if (limit === undefined) reply.null();
    else reply.nullArray();
    return;
  }
  if (limit === undefined) replyAndDrop(call, list, end, 1);
  else replyPopped(call, list, end, limit);
  if (limit !== 0) settle(call, 1, list, POPPED[end]);
}

function replyPopped(call: Call, list: ListValue, end: End, limit: number): void {
  const count = Math.min(limit, list.length);
  call.reply.array(count);
  replyAndDrop(call, list, end, count);
}

/** Takes `count` elements off an end. */
export function replyAndDrop(call: Call, list: ListValue, end: End, count: number): void {
  const [start, step] = end === "left" ? [0, 1] : [list.length - 1, -1];
  for (let n = 0; n < count; n++) replyElement(call, list, start + n * step);
  if (end === "left") list.dropFirst(count);
  else list.dropLast(count);
}

function llen(call: Call): void {
  call.reply.integer(readObject<ListValue>(call, 1, LIST)?.length ?? 0);
}

/** A range as commands give it: from the end when negative, cut to what is there. */
function clampRange(args: Args, first: number, length: number): { from: number; to: number } {
  const fromEnd = (index: number) => (index < 0 ? index + length : index);
  const from = Math.max(0, fromEnd(args.integer(first)));
  const to = Math.min(length - 1, fromEnd(args.integer(first + 1)));
  return { from, to };
}

function lrange(call: Call): void {
  const { args, reply } = call;
  const [start, stop] = [args.integer(2), args.integer(3)];
  const list = readObject<ListValue>(call, 1, LIST);
  if (list === undefined || (start === 0 && stop < -list.length)) {
    reply.array(0);
    return;
  }
  const { from, to } = clampRange(args, 2, list.length);
  reply.array(Math.max(0, to - from + 1));
  for (let i = from; i <= to; i++) replyElement(call, list, i);
}

/** Where index argument `i` points to, or -1. */
function position(args: Args, i: number, list: ListValue): number {
  const index = args.integer(i);
  const at = index < 0 ? index + list.length : index;
  return at >= 0 && at < list.length ? at : -1;
}

function lindex(call: Call): void {
  const { args, reply } = call;
  const list = readObject<ListValue>(call, 1, LIST);
  const at = list === undefined ? -1 : position(args, 2, list);
  if (list === undefined || at < 0) reply.null();
  else replyElement(call, list, at);
}

function lset(call: Call): void {
  const { args, reply } = call;
  const list = writeObject<ListValue>(call, 1, LIST);
  if (list === undefined) throw NO_SUCH_KEY;
  const at = position(args, 2, list);
  if (at < 0) throw INDEX_OUT_OF_RANGE;
  list.set(at, args.string(3));
  signalModified(call, 1, list);
  notify(call, LIST_EVENT, "lset", 1);
  reply.ok();
}

function linsert(call: Call): void {
  const { args, reply } = call;
  const isAfter = args.is(2, "after");
  if (!isAfter && !args.is(2, "before")) throw SYNTAX_ERROR;
  const list = writeObject<ListValue>(call, 1, LIST);
  if (list === undefined) {
    reply.integer(0);
    return;
  }
  const at = find(list, args, 3);
  if (at >= 0) {
    list.insert(isAfter ? at + 1 : at, args.string(4));
    signalModified(call, 1, list);
    notify(call, LIST_EVENT, "linsert", 1);
  }
  reply.integer(at < 0 ? -1 : list.length);
}

/** Where the first element like argument `i` is, or -1. */
function find(list: ListValue, args: Args, i: number): number {
  const [offset, length] = [args.offset(i), args.length(i)];
  for (let at = 0; at < list.length; at++) {
    if (list.equals(at, args.buffer, offset, length)) return at;
  }
  return -1;
}

function lrem(call: Call): void {
  const { args, reply } = call;
  const count = args.integer(2);
  const list = writeObject<ListValue>(call, 1, LIST);
  if (list === undefined) {
    reply.integer(0);
    return;
  }
  const limit = count === 0 ? list.length : Math.abs(count);
  const removed = list.removeEqual(args.string(3), limit, count < 0 ? "tail" : "head");
  if (removed > 0) settle(call, 1, list, "lrem");
  reply.integer(removed);
}

function ltrim(call: Call): void {
  const { args, reply } = call;
  args.integer(2);
  args.integer(3);
  const list = writeObject<ListValue>(call, 1, LIST);
  if (list !== undefined) {
    const { from, to } = clampRange(args, 2, list.length);
    if (from > to) list.trim(0, -1);
    else list.trim(from, to);
    settle(call, 1, list, "ltrim");
  }
  reply.ok();
}

/** LPOS key element [RANK rank] [COUNT matches] [MAXLEN comparisons] */
function lpos(call: Call): void {
  const { args, reply } = call;
  const { rank, count, maxLength } = parsePosition(args);
  const list = readObject<ListValue>(call, 1, LIST);
  const found = list === undefined ? [] : positions(list, args, { rank, count, maxLength });
  if (count === undefined) {
    const [first] = found;
    if (first === undefined) reply.null();
    else reply.integer(first);
    return;
  }
  reply.array(found.length);
  for (const at of found) reply.integer(at);
}

function parsePosition(args: Args) {
  let rank = 1;
  let count: number | undefined;
  let maxLength = 0;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 === args.count) throw SYNTAX_ERROR;
    if (args.is(i, "rank")) {
      rank = args.integer(i + 1);
      if (rank === 0) throw RANK_IS_ZERO;
    } else if (args.is(i, "count")) {
      count = args.atLeast(i + 1, 0, COUNT_NEGATIVE);
    } else if (args.is(i, "maxlen")) {
      maxLength = args.atLeast(i + 1, 0, MAXLEN_NEGATIVE);
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { rank, count, maxLength };
}

/** 0 stands for "all" in `count` and `maxLength`; no count for the first match alone. */
function positions(
  list: ListValue,
  args: Args,
  { rank, count, maxLength }: ReturnType<typeof parsePosition>,
): number[] {
  const [offset, length] = [args.offset(2), args.length(2)];
  const found: number[] = [];
  const limit = count === undefined ? 1 : count || list.length;
  const compared = Math.min(maxLength || list.length, list.length);
  let skip = Math.abs(rank) - 1;
  for (let i = 0; i < compared && found.length < limit; i++) {
    const at = rank > 0 ? i : list.length - 1 - i;
    if (list.equals(at, args.buffer, offset, length) && skip-- <= 0) found.push(at);
  }
  return found;
}

function lmove(call: Call): void {
  const from = parseEnd(call.args, 3);
  if (!moveElement(call, from, parseEnd(call.args, 4))) call.reply.null();
}

function rpoplpush(call: Call): void {
  if (!moveElement(call, "right", "left")) call.reply.null();
}

export function parseEnd(args: Args, i: number): End {
  if (args.is(i, "left")) return "left";
  if (args.is(i, "right")) return "right";
  throw SYNTAX_ERROR;
}

/** From the list in argument 1 to that in argument 2; false when there is nothing to move. */
export function moveElement(call: Call, from: End, to: End): boolean {
  const { args, reply } = call;
  const source = writeObject<ListValue>(call, 1, LIST);
  if (source === undefined) return false;
  source.seek(from === "left" ? 0 : source.length - 1);
  // A small list is opened anew each time: what one of two objects is told, the other misses.
  const isSame = args.string(1) === args.string(2);
  const target = isSame ? source : openList(call, 2, entrySize(source.size));
  const element = popOne(source, from);
  pushOne(target, to, element);
  signalModified(call, 2, target);
  notify(call, LIST_EVENT, PUSHED[to], 2);
  settle(call, 1, source, POPPED[from]);
  reply.bulkString(element);
  return true;
}

/** LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT count] */
function lmpop(call: Call): void {
  const { first, last, end, limit } = parseMultiPop(call.args, 1);
  for (let i = first; i <= last; i++) if (popWithKey(call, i, end, limit)) return;
  call.reply.nullArray();
}

/** `numkeys key [key ...] LEFT|RIGHT [COUNT count]` from argument `i` on. */
export function parseMultiPop(args: Args, i: number) {
  const keys = args.atLeast(i, 1, NUMKEYS_NOT_POSITIVE);
  const option = i + 1 + keys;
  if (option >= args.count) throw SYNTAX_ERROR;
  const end = parseEnd(args, option);
  return { first: i + 1, last: i + keys, end, limit: parseCount(args, option + 1) };
}

/** Takes from the list in argument `i`, and says which it is; false when there is none. */
export function popWithKey(call: Call, i: number, end: End, limit: number): boolean {
  const { args, reply } = call;
  const list = writeObject<ListValue>(call, i, LIST);
  if (list === undefined) return false;
  reply.array(2);
  reply.bulkString(args.string(i));
  replyPopped(call, list, end, limit);
  settle(call, i, list, POPPED[end]);
  return true;
}

/** `COUNT count` from argument `i` on, or nothing more, which means 1. */
function parseCount(args: Args, i: number): number {
  if (i === args.count) return 1;
  if (!args.is(i, "count") || i + 1 === args.count) throw SYNTAX_ERROR;
  const count = args.atLeast(i + 1, 1, COUNT_NOT_POSITIVE);
  if (i + 2 < args.count) throw SYNTAX_ERROR;
  return count;
}
