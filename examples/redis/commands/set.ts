/**
 * Sets: byte strings without order, each once.
 * https://redis.io/docs/latest/commands/?group=set
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { MUST_BE_POSITIVE, replyError, SYNTAX_ERROR } from "../errors.ts";
import { SET } from "../keyspace/types.ts";
import { GENERIC_EVENT, notify, SET_EVENT } from "../keyspace-events.ts";
import { readObject, signalModified, writeObject } from "../lookup.ts";
import { randomItems } from "../randoms.ts";
import { parseCursor, parseScanOptions, replyNothingScanned } from "../scan.ts";
import { SetValue } from "../types/set.ts";

const SEVERAL = "readonly movablekeys";
const GROW_FAST = "write denyoom fast";
const GROW = "write denyoom";
const WRITE_FAST = "write fast";
const READ_FAST = "readonly fast";

// biome-ignore format: a table is read by its columns
export const setCommands: CommandGroup = { group: "set", rows: [
  ["sadd",        -3, GROW_FAST,  1,  1, 1, sadd,        "1.0.0", "Adds members"],
  ["srem",        -3, WRITE_FAST, 1,  1, 1, srem,        "1.0.0", "Removes members"],
  ["sismember",    3, READ_FAST,  1,  1, 1, sismember,   "1.0.0", "Is it a member"],
  ["smismember",  -3, READ_FAST,  1,  1, 1, smismember,  "6.2.0", "Are they members"],
  ["scard",        2, READ_FAST,  1,  1, 1, scard,       "1.0.0", "How many members"],
  ["smembers",     2, "readonly", 1,  1, 1, smembers,    "1.0.0", "All members"],
  ["spop",        -2, WRITE_FAST, 1,  1, 1, spop,        "1.0.0", "Takes some at random"],
  ["srandmember", -2, "readonly", 1,  1, 1, srandmember, "1.0.0", "Shows some at random"],
  ["smove",        4, WRITE_FAST, 1,  2, 1, smove,       "1.0.0", "Moves a member"],
  ["sinter",      -2, "readonly", 1, -1, 1, sinter,      "1.0.0", "What all have"],
  ["sinterstore", -3, GROW,       1, -1, 1, sinterstore, "1.0.0", "Stores SINTER"],
  ["sintercard",  -3, SEVERAL,    0,  0, 0, sintercard,  "7.0.0", "How many SINTER gives"],
  ["sunion",      -2, "readonly", 1, -1, 1, sunion,      "1.0.0", "What any has"],
  ["sunionstore", -3, GROW,       1, -1, 1, sunionstore, "1.0.0", "Stores SUNION"],
  ["sdiff",       -2, "readonly", 1, -1, 1, sdiff,       "1.0.0", "What others lack"],
  ["sdiffstore",  -3, GROW,       1, -1, 1, sdiffstore,  "1.0.0", "Stores SDIFF"],
  ["sscan",       -3, "readonly", 1,  1, 1, sscan,       "2.8.0", "Goes through them"],
] };

const NUMKEYS_NOT_POSITIVE = replyError("ERR numkeys should be greater than 0");
const TOO_MANY_KEYS = replyError("ERR Number of keys can't be greater than number of args");
const LIMIT_NEGATIVE = replyError("ERR LIMIT can't be negative");

function sadd(call: Call): void {
  const { args, core, reply } = call;
  const set = openSet(call);
  let added = 0;
  for (let i = 2; i < args.count; i++) {
    if (set.addBytes(args.buffer, args.offset(i), args.length(i), core.settings)) added++;
  }
  if (added > 0) signalModified(call, 1, set);
  if (added > 0) notify(call, SET_EVENT, "sadd", 1);
  reply.integer(added);
}

/** The set named by the first argument, made if there is none. */
function openSet(call: Call): SetValue {
  const found = writeObject<SetValue>(call, 1, SET);
  if (found !== undefined) return found;
  const set = new SetValue();
  call.db.setObject(call.args.string(1), SET, set);
  return set;
}

function srem(call: Call): void {
  const { args, reply } = call;
  const set = writeObject<SetValue>(call, 1, SET);
  let removed = 0;
  for (let i = 2; set !== undefined && i < args.count; i++) {
    if (set.deleteBytes(args.buffer, args.offset(i), args.length(i))) removed++;
  }
  if (set !== undefined && removed > 0) settle(call, args.string(1), set, "srem");
  reply.integer(removed);
}

/** Says by which event members went; an emptied set is no set. */
function settle(call: Call, key: string, set: SetValue, event: string): void {
  call.db.modified(key, set);
  notify(call, SET_EVENT, event, key);
  if (set.size > 0) return;
  call.db.removeName(key);
  notify(call, GENERIC_EVENT, "del", key);
}

function sismember(call: Call): void {
  const { args, reply } = call;
  const set = readObject<SetValue>(call, 1, SET);
  reply.integer(set?.hasBytes(args.buffer, args.offset(2), args.length(2)) ? 1 : 0);
}

function smismember(call: Call): void {
  const { args, reply } = call;
  const set = readObject<SetValue>(call, 1, SET);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.integer(set?.has(args.string(i)) ? 1 : 0);
}

function scard(call: Call): void {
  call.reply.integer(readObject<SetValue>(call, 1, SET)?.size ?? 0);
}

function replySet({ reply }: Call, members: readonly string[]): void {
  reply.set(members.length);
  for (const member of members) reply.bulkString(member);
}

function smembers(call: Call): void {
  const set = readObject<SetValue>(call, 1, SET);
  replySet(call, set?.values() ?? []);
}

function spop(call: Call): void {
  const { args, reply } = call;
  if (args.count > 3) throw SYNTAX_ERROR;
  const count = args.count === 3 ? args.atLeast(2, 0, MUST_BE_POSITIVE) : undefined;
  const set = writeObject<SetValue>(call, 1, SET);
  if (set === undefined) {
    if (count === undefined) reply.null();
    else reply.set(0);
    return;
  }
  const popped = count === undefined ? [set.random()] : draw(set, count);
  for (const member of popped) set.delete(member);
  if (popped.length > 0) settle(call, args.string(1), set, "spop");
  if (count === undefined) reply.bulkString(popped[0] as string);
  else replySet(call, popped);
}

function draw(set: SetValue, count: number): string[] {
  return randomItems(count, set.values(), set.size, () => set.random());
}

function srandmember(call: Call): void {
  const { args, reply } = call;
  if (args.count > 3) throw SYNTAX_ERROR;
  const count = args.count === 3 ? args.integer(2) : undefined;
  const set = readObject<SetValue>(call, 1, SET);
  if (count === undefined) {
    if (set === undefined) reply.null();
    else reply.bulkString(set.random());
    return;
  }
  const drawn = set === undefined ? [] : draw(set, count);
  reply.array(drawn.length);
  for (const member of drawn) reply.bulkString(member);
}

function smove(call: Call): void {
  const { args, core, reply } = call;
  const source = writeObject<SetValue>(call, 1, SET);
  if (source === undefined) {
    reply.integer(0);
    return;
  }
  const target = writeObject<SetValue>(call, 2, SET);
  const member = args.string(3);
  const isSame = args.string(1) === args.string(2);
  if (isSame || !source.delete(member)) {
    reply.integer(source.has(member) ? 1 : 0);
    return;
  }
  settle(call, args.string(1), source, "srem");
  if (target === undefined || target.add(member, core.settings)) {
    if (target === undefined) store(call, args.string(2), [member]);
    else signalModified(call, 2, target);
    notify(call, SET_EVENT, "sadd", 2);
  }
  reply.integer(1);
}

/** The sets named by arguments `first` to `last`; undefined where there is none. */
function readSets(call: Call, first: number, last: number): (SetValue | undefined)[] {
  const sets: (SetValue | undefined)[] = [];
  for (let i = first; i <= last; i++) sets.push(readObject<SetValue>(call, i, SET));
  return sets;
}

type Combination = (sets: readonly (SetValue | undefined)[]) => Iterable<string>;

/** Goes through the smallest set and asks the others, so that a large one costs nothing. */
function* intersection(sets: readonly (SetValue | undefined)[]): Iterable<string> {
  const present = sets.filter((set) => set !== undefined);
  if (present.length < sets.length) return;
  const [smallest, ...others] = present.sort((a, b) => a.size - b.size);
  for (const member of smallest?.values() ?? []) {
    if (others.every((set) => set.has(member))) yield member;
  }
}

function union(sets: readonly (SetValue | undefined)[]): Iterable<string> {
  const members = new Set<string>();
  for (const set of sets) for (const member of set?.values() ?? []) members.add(member);
  return members;
}

function* difference([first, ...others]: readonly (SetValue | undefined)[]): Iterable<string> {
  for (const member of first?.values() ?? []) {
    if (!others.some((set) => set?.has(member))) yield member;
  }
}

function show(call: Call, combine: Combination): void {
  const { args, core } = call;
  const result = new SetValue();
  for (const member of combine(readSets(call, 1, args.count - 1))) {
    result.add(member, core.settings);
  }
  replySet(call, result.values());
}

function storeCombined(call: Call, combine: Combination): void {
  const { args, command, reply } = call;
  const members = [...combine(readSets(call, 2, args.count - 1))];
  const wasRemoved = store(call, args.string(1), members);
  if (members.length > 0) notify(call, SET_EVENT, command.name, 1);
  else if (wasRemoved) notify(call, GENERIC_EVENT, "del", 1);
  reply.integer(members.length);
}

/**
 * Puts a set of these members in the place of whatever is there; none is no set, and then it
 * answers whether there was something to remove.
 */
function store({ core, db }: Call, key: string, members: readonly string[]): boolean {
  const set = new SetValue();
  for (const member of members) set.add(member, core.settings);
  if (set.size === 0) return db.removeName(key);
  db.setObject(key, SET, set);
  return false;
}

function sinter(call: Call): void {
  show(call, intersection);
}

function sinterstore(call: Call): void {
  storeCombined(call, intersection);
}

function sunion(call: Call): void {
  show(call, union);
}

function sunionstore(call: Call): void {
  storeCombined(call, union);
}

function sdiff(call: Call): void {
  show(call, difference);
}

function sdiffstore(call: Call): void {
  storeCombined(call, difference);
}

/** SINTERCARD numkeys key [key ...] [LIMIT limit] */
function sintercard(call: Call): void {
  const { args, reply } = call;
  const keys = args.atLeast(1, 1, NUMKEYS_NOT_POSITIVE);
  if (keys > args.count - 2) throw TOO_MANY_KEYS;
  let limit = 0;
  for (let i = 2 + keys; i < args.count; i += 2) {
    if (!args.is(i, "limit") || i + 1 === args.count) throw SYNTAX_ERROR;
    limit = args.atLeast(i + 1, 0, LIMIT_NEGATIVE);
  }
  let count = 0;
  for (const _ of intersection(readSets(call, 2, 1 + keys))) if (++count === limit) break;
  reply.integer(count);
}

function sscan(call: Call): void {
  const { args, reply } = call;
  const cursor = parseCursor(args, 2);
  const set = readObject<SetValue>(call, 1, SET);
  if (set === undefined) {
    replyNothingScanned(reply);
    return;
  }
  const { count, glob } = parseScanOptions(args, 3, "match count");
  const found: string[] = [];
  const next = set.scan(cursor, count, (member) => {
    if (glob === undefined || glob.matches(member)) found.push(member);
  });
  reply.array(2);
  reply.bulkInteger(next);
  reply.bulkStrings(found);
}
