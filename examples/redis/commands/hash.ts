/**
 * Hashes: fields with values under one key.
 * https://redis.io/docs/latest/commands/?group=hash
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { INCREMENT_OVERFLOW, replyError, SYNTAX_ERROR, wrongArity } from "../errors.ts";
import { readHash, writeHash } from "../field-expiry.ts";
import { HASH } from "../keyspace/types.ts";
import { GENERIC_EVENT, HASH_EVENT, notify } from "../keyspace-events.ts";
import {
  addLongDoubles,
  formatLongDouble,
  INFINITE,
  LONGEST_LONG_DOUBLE,
  type LongDouble,
  parseLongDouble,
} from "../long-double.ts";
import { signalModified } from "../lookup.ts";
import { parseInt64 } from "../number.ts";
import { randomItems } from "../randoms.ts";
import { parseCursor, parseScanOptions, replyNothingScanned } from "../scan.ts";
import { HashValue } from "../types/hash.ts";
import type { Field } from "../types/hash-table.ts";
import { entriesSize } from "../types/packed.ts";

const GROW_FAST = "write denyoom fast";
const WRITE_FAST = "write fast";
const READ_FAST = "readonly fast";

// biome-ignore format: a table is read by its columns
export const hashCommands: CommandGroup = { group: "hash", rows: [
  ["hset",         -4, GROW_FAST,  1, 1, 1, hset,         "2.0.0", "Sets fields"],
  ["hsetnx",        4, GROW_FAST,  1, 1, 1, hsetnx,       "2.0.0", "Sets a new field"],
  ["hmset",        -4, GROW_FAST,  1, 1, 1, hmset,        "2.0.0", "HSET with another answer"],
  ["hget",          3, READ_FAST,  1, 1, 1, hget,         "2.0.0", "The value of a field"],
  ["hmget",        -3, READ_FAST,  1, 1, 1, hmget,        "2.0.0", "The values of several fields"],
  ["hgetall",       2, "readonly", 1, 1, 1, hgetall,      "2.0.0", "All fields and values"],
  ["hdel",         -3, WRITE_FAST, 1, 1, 1, hdel,         "2.0.0", "Removes fields"],
  ["hlen",          2, READ_FAST,  1, 1, 1, hlen,         "2.0.0", "How many fields"],
  ["hexists",       3, READ_FAST,  1, 1, 1, hexists,      "2.0.0", "Whether a field is there"],
  ["hkeys",         2, "readonly", 1, 1, 1, hkeys,        "2.0.0", "All fields"],
  ["hvals",         2, "readonly", 1, 1, 1, hvals,        "2.0.0", "All values"],
  ["hincrby",       4, GROW_FAST,  1, 1, 1, hincrby,      "2.0.0", "Adds to an integer"],
  ["hincrbyfloat",  4, GROW_FAST,  1, 1, 1, hincrbyfloat, "2.6.0", "Adds to a number"],
  ["hstrlen",       3, READ_FAST,  1, 1, 1, hstrlen,      "3.2.0", "The length of a value"],
  ["hrandfield",   -2, "readonly", 1, 1, 1, hrandfield,   "6.2.0", "Fields at random"],
  ["hscan",        -3, "readonly", 1, 1, 1, hscan,        "2.8.0", "Goes through the fields"],
] };

const HASH_NOT_AN_INTEGER = replyError("ERR hash value is not an integer");
const HASH_NOT_A_FLOAT = replyError("ERR hash value is not a float");
const VALUE_NOT_A_FLOAT = replyError("ERR value is not a valid float");
const VALUE_NOT_FINITE = replyError("ERR value is NaN or Infinity");
const NOT_FINITE = replyError("ERR increment would produce NaN or Infinity");
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The hash named by the first argument, made if there is none, with room for so many bytes. */
export function openHash(call: Call, room = 0): HashValue {
  const found = writeHash(call);
  if (found !== undefined) return found;
  const hash = new HashValue();
  call.db.setObject(call.args.string(1), HASH, hash, room);
  return hash;
}

function setFields(call: Call): number {
  const { args, command } = call;
  if (args.count % 2 !== 0) throw wrongArity(command.name);
  const hash = openHash(call, entriesSize(args, 2, args.count));
  let added = 0;
  for (let i = 2; i < args.count; i += 2) {
    if (setField(call, hash, i)) added++;
  }
  signalModified(call, 1, hash);
  notify(call, HASH_EVENT, "hset", 1);
  return added;
}

/** Sets the field in argument `i` to what the one behind it says; true when it is new. */
export function setField({ args, core }: Call, hash: HashValue, i: number): boolean {
  const [name, value] = [args.offset(i), args.offset(i + 1)];
  const [length, size] = [args.length(i), args.length(i + 1)];
  return hash.setBytes(args.buffer, name, length, value, size, core.settings);
}

function hset(call: Call): void {
  call.reply.integer(setFields(call));
}

function hmset(call: Call): void {
  setFields(call);
  call.reply.ok();
}

function hsetnx(call: Call): void {
  const { args, reply } = call;
  const field = args.string(2);
  if (writeHash(call)?.has(field)) {
    reply.integer(0);
    return;
  }
  const hash = openHash(call);
  hash.set(field, args.string(3), call.core.settings);
  signalModified(call, 1, hash);
  notify(call, HASH_EVENT, "hset", 1);
  reply.integer(1);
}

/** The value of the field in argument `i`. */
export function replyField({ args, reply }: Call, hash: HashValue | undefined, i: number): void {
  if (hash === undefined || !readField(args, hash, i)) reply.null();
  else reply.bulk(hash.buffer, hash.offset, hash.length);
}

export function readField(args: Args, hash: HashValue, i: number): boolean {
  return hash.read(args.buffer, args.offset(i), args.length(i));
}

function hget(call: Call): void {
  replyField(call, readHash(call), 2);
}

function hmget(call: Call): void {
  const { args, reply } = call;
  const hash = readHash(call);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) replyField(call, hash, i);
}

function hgetall(call: Call): void {
  const { reply } = call;
  const hash = readHash(call);
  reply.map(hash?.visibleSize ?? 0);
  hash?.visit((buffer, name, nameLength, value, valueLength) => {
    reply.bulk(buffer, name, nameLength);
    reply.bulk(buffer, value, valueLength);
  });
}

function hdel(call: Call): void {
  const { args, reply } = call;
  const hash = writeHash(call);
  let removed = 0;
  for (let i = 2; hash !== undefined && i < args.count; i++) {
    if (hash.deleteBytes(args.buffer, args.offset(i), args.length(i))) removed++;
  }
  if (hash !== undefined && removed > 0) settle(call, hash, "hdel");
  reply.integer(removed);
}

/** Says that fields are gone or others than before; an emptied hash is no hash. */
export function settle(call: Call, hash: HashValue, event: string): void {
  const { args, db } = call;
  signalModified(call, 1, hash);
  notify(call, HASH_EVENT, event, 1);
  if (hash.size > 0) return;
  db.removeName(args.string(1));
  notify(call, GENERIC_EVENT, "del", 1);
}

function hlen(call: Call): void {
  call.reply.integer(readHash(call)?.size ?? 0);
}

function hexists(call: Call): void {
  const hash = readHash(call);
  call.reply.integer(hash !== undefined && readField(call.args, hash, 2) ? 1 : 0);
}

function hstrlen(call: Call): void {
  const hash = readHash(call);
  call.reply.integer(hash !== undefined && readField(call.args, hash, 2) ? hash.length : 0);
}

function hkeys(call: Call): void {
  const { reply } = call;
  const hash = readHash(call);
  reply.array(hash?.visibleSize ?? 0);
  hash?.visit((buffer, name, nameLength) => reply.bulk(buffer, name, nameLength));
}

function hvals(call: Call): void {
  const { reply } = call;
  const hash = readHash(call);
  reply.array(hash?.visibleSize ?? 0);
  hash?.visit((buffer, _name, _length, value, size) => reply.bulk(buffer, value, size));
}

function hincrby(call: Call): void {
  const { args, reply } = call;
  const increment = args.int64(3);
  const field = args.string(2);
  const hash = openHash(call);
  const stored = parseInt64(hash.get(field) ?? "0");
  if (stored === undefined) throw HASH_NOT_AN_INTEGER;
  const sum = stored + increment;
  if (sum < INT64_MIN || sum > INT64_MAX) throw INCREMENT_OVERFLOW;
  setAndKeepExpiry(call, hash, field, sum.toString());
  signalModified(call, 1, hash);
  notify(call, HASH_EVENT, "hincrby", 1);
  reply.integer(sum);
}

function setAndKeepExpiry({ core }: Call, hash: HashValue, field: string, text: string): void {
  const at = hash.has(field) ? hash.expiryOf(field) : undefined;
  hash.set(field, text, core.settings);
  if (at !== undefined) hash.setExpiry(field, at, core.clock);
}

function hincrbyfloat(call: Call): void {
  const { args, reply } = call;
  const increment = longDouble(args.string(3), VALUE_NOT_A_FLOAT);
  if (increment === INFINITE) throw VALUE_NOT_FINITE;
  const field = args.string(2);
  const hash = openHash(call);
  const stored = longDouble(hash.get(field) ?? "0", HASH_NOT_A_FLOAT);
  const sum = addLongDoubles(stored, increment);
  if (sum === undefined) throw NOT_FINITE;
  const text = formatLongDouble(sum);
  setAndKeepExpiry(call, hash, field, text);
  signalModified(call, 1, hash);
  notify(call, HASH_EVENT, "hincrbyfloat", 1);
  reply.bulkString(text);
}

function longDouble(text: string, error: Error): LongDouble {
  const value = text.length > LONGEST_LONG_DOUBLE ? undefined : parseLongDouble(text);
  if (value === undefined) throw error;
  return value;
}

/** HRANDFIELD key [count [WITHVALUES]] */
function hrandfield(call: Call): void {
  const { args, reply } = call;
  const withValues = args.count > 3;
  if (args.count > 4 || (withValues && !args.is(3, "withvalues"))) throw SYNTAX_ERROR;
  const count = args.count > 2 ? args.integer(2) : undefined;
  const hash = readHash(call);
  const isEmpty = hash === undefined || hash.visibleSize === 0;
  if (count === undefined) {
    if (isEmpty) reply.null();
    else reply.bulkString(hash.random().name);
    return;
  }
  const drawn = isEmpty ? [] : drawFields(hash, count);
  const isNested = withValues && reply.protocol === 3;
  reply.array(withValues && !isNested ? drawn.length * 2 : drawn.length);
  for (const { name, value } of drawn) {
    if (isNested) reply.array(2);
    reply.bulkString(name);
    if (withValues) reply.bulkString(value);
  }
}

function drawFields(hash: HashValue, count: number): Field[] {
  // A few of many are drawn one by one, and known by their names, unless some have to be skipped.
  const isTable = hash.packed === undefined && !hash.expiries?.hasDue;
  if (!isTable || count * 3 >= hash.size) {
    const all = hash.entries();
    return randomItems(count, all, all.length, () => all[Math.floor(Math.random() * all.length)]);
  }
  if (count < 0) return randomItems(count, [], hash.size, () => hash.random());
  const drawn = new Map<string, Field>();
  while (drawn.size < count) {
    const field = hash.random();
    drawn.set(field.name, field);
  }
  return [...drawn.values()];
}

function hscan(call: Call): void {
  const { args, reply } = call;
  const cursor = parseCursor(args, 2);
  const hash = readHash(call);
  if (hash === undefined) {
    replyNothingScanned(reply);
    return;
  }
  const { count, glob, noValues } = parseScanOptions(args, 3, "match count novalues");
  const found: string[] = [];
  const next = hash.scan(cursor, count, ({ name, value }) => {
    if (glob !== undefined && !glob.matches(name)) return;
    found.push(name);
    if (!noValues) found.push(value);
  });
  reply.array(2);
  reply.bulkInteger(next);
  reply.bulkStrings(found);
}
