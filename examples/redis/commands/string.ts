/**
 * Strings: a sequence of bytes under a key.
 * https://redis.io/docs/latest/commands/?group=string
 *
 * See also counter.ts, for strings that are numbers, and lcs.ts.
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, STRING_TOO_LONG, SYNTAX_ERROR, wrongArity } from "../errors.ts";
import { parseExpiry, type TimeUnit } from "../expiry.ts";
import { NEVER, NONE, type Ref } from "../keyspace/keyspace.ts";
import { STRING } from "../keyspace/types.ts";
import { GENERIC_EVENT, notify, STRING_EVENT } from "../keyspace-events.ts";
import { lookupRead, lookupString, lookupStringWrite, lookupWrite } from "../lookup.ts";

// biome-ignore format: a table is read by its columns
export const stringCommands: CommandGroup = { group: "string", rows: [
  ["get",       2, "readonly fast",      1,  1, 1, get,      "1.0.0", "The value of a key"],
  ["set",      -3, "write denyoom",      1,  1, 1, set,      "1.0.0", "Sets a key to a value"],
  ["setnx",     3, "write denyoom fast", 1,  1, 1, setnx,    "1.0.0", "Sets a new key only"],
  ["setex",     4, "write denyoom",      1,  1, 1, setex,    "2.0.0", "Sets a key for seconds"],
  ["psetex",    4, "write denyoom",      1,  1, 1, psetex,   "2.6.0", "Sets it for milliseconds"],
  ["getset",    3, "write denyoom fast", 1,  1, 1, getset,   "1.0.0", "Sets and answers the old"],
  ["getdel",    2, "write fast",         1,  1, 1, getdel,   "6.2.0", "Answers and removes"],
  ["getex",    -2, "write fast",         1,  1, 1, getex,    "6.2.0", "Answers; sets the expiry"],
  ["mget",     -2, "readonly fast",      1, -1, 1, mget,     "1.0.0", "The values of many keys"],
  ["mset",     -3, "write denyoom",      1, -1, 2, mset,     "1.0.1", "Sets several keys"],
  ["msetnx",   -3, "write denyoom",      1, -1, 2, msetnx,   "1.0.1", "Sets only new keys"],
  ["append",    3, "write denyoom fast", 1,  1, 1, append,   "2.0.0", "Adds bytes at the end"],
  ["strlen",    2, "readonly fast",      1,  1, 1, strlen,   "2.2.0", "The length of a string"],
  ["getrange",  4, "readonly",           1,  1, 1, getrange, "2.4.0", "A part of a string"],
  ["substr",    4, "readonly",           1,  1, 1, getrange, "1.0.0", "GETRANGE's old name"],
  ["setrange",  4, "write denyoom",      1,  1, 1, setrange, "2.2.0", "Overwrites a part"],
] };

const OFFSET_OUT_OF_RANGE = replyError("ERR offset is out of range");

function get(call: Call): void {
  const { db, reply } = call;
  const ref = lookupString(call, 1);
  if (ref === NONE) {
    reply.null();
    return;
  }
  db.readString(ref);
  reply.bulkInPlace(db.buffer, db.offset, db.length);
}

function replyString({ db, reply }: Call, ref: Ref): void {
  if (ref === NONE) {
    reply.null();
    return;
  }
  db.readString(ref);
  reply.bulk(db.buffer, db.offset, db.length);
}

/** SET key value [NX|XX] [GET] [EX seconds|PX ms|EXAT seconds|PXAT ms|KEEPTTL] */
function set(call: Call): void {
  if (call.args.count > 3) {
    setWithOptions(call);
    return;
  }
  assign(call, 1, 2);
  call.reply.ok();
}

function assign(call: Call, key: number, value: number): Ref {
  const ref = assignQuietly(call, key, value);
  notify(call, STRING_EVENT, "set", key);
  return ref;
}

/** Sets the key named by one argument to the value in another. */
function assignQuietly({ db, args }: Call, key: number, value: number): Ref {
  const { buffer } = args;
  return db.setString(
    buffer,
    args.offset(key),
    args.length(key),
    buffer,
    args.offset(value),
    args.length(value),
  );
}

function setWithOptions(call: Call): void {
  const { args, db, reply } = call;
  const options = parseStringOptions(args, 3, SET_OPTIONS);
  const expireAt = optionalExpiry(call, options);
  if (options.get) replyString(call, lookupString(call, 1));
  const ref = lookupWrite(call, 1);
  if (ref === NONE ? options.condition === "xx" : options.condition === "nx") {
    if (!options.get) reply.null();
    return;
  }
  const kept = options.keep === "keepttl" && ref !== NONE ? db.expiry(ref) : expireAt;
  const set = assign(call, 1, 2);
  if (kept !== NEVER) db.setExpiry(set, kept);
  if (options.unit !== undefined) notify(call, GENERIC_EVENT, "expire", 1);
  if (!options.get) reply.ok();
}

interface StringOptions {
  condition: "nx" | "xx" | undefined;
  get: boolean;
  /** What is said of the expiry that is there. */
  keep: "keepttl" | "persist" | undefined;
  unit: TimeUnit | undefined;
  /** The argument with the time. */
  time: number;
}

const SET_OPTIONS = ["nx", "xx", "get", "keepttl", "ex", "px", "exat", "pxat"] as const;
const GETEX_OPTIONS = ["persist", "ex", "px", "exat", "pxat"] as const;
type OptionWord = (typeof SET_OPTIONS)[number] | (typeof GETEX_OPTIONS)[number];

function parseStringOptions(
  args: Args,
  first: number,
  allowed: readonly OptionWord[],
): StringOptions {
  const options: StringOptions = {
    condition: undefined,
    get: false,
    keep: undefined,
    unit: undefined,
    time: 0,
  };
  for (let i = first; i < args.count; i++) {
    const word = allowed.find((one) => args.is(i, one));
    if (word === "get") {
      options.get = true;
    } else if (word === "nx" || word === "xx") {
      if ((options.condition ?? word) !== word) throw SYNTAX_ERROR;
      options.condition = word;
    } else if (word === "keepttl" || word === "persist") {
      if (options.unit !== undefined) throw SYNTAX_ERROR;
      options.keep = word;
    } else {
      if (word === undefined || options.keep !== undefined) throw SYNTAX_ERROR;
      if ((options.unit ?? word) !== word || i + 1 === args.count) throw SYNTAX_ERROR;
      options.unit = word;
      options.time = ++i;
    }
  }
  return options;
}

function optionalExpiry(call: Call, { unit, time }: StringOptions): number {
  return unit === undefined ? NEVER : parseExpiry(call, time, unit);
}

function setnx(call: Call): void {
  const isNew = lookupWrite(call, 1) === NONE;
  if (isNew) assign(call, 1, 2);
  call.reply.integer(isNew ? 1 : 0);
}

function setex(call: Call): void {
  setFor(call, "ex");
}

function psetex(call: Call): void {
  setFor(call, "px");
}

function setFor(call: Call, unit: TimeUnit): void {
  const expireAt = parseExpiry(call, 2, unit);
  call.db.setExpiry(assign(call, 1, 3), expireAt);
  notify(call, GENERIC_EVENT, "expire", 1);
  call.reply.ok();
}

function getset(call: Call): void {
  replyString(call, lookupString(call, 1));
  assign(call, 1, 2);
}

function getdel(call: Call): void {
  const ref = lookupString(call, 1);
  replyString(call, ref);
  if (ref === NONE) return;
  call.db.remove(ref);
  notify(call, GENERIC_EVENT, "del", 1);
}

/** GETEX key [EX seconds|PX ms|EXAT seconds|PXAT ms|PERSIST] */
function getex(call: Call): void {
  const { args, core, db } = call;
  const options = parseStringOptions(args, 2, GETEX_OPTIONS);
  const ref = lookupString(call, 1);
  if (ref === NONE) {
    call.reply.null();
    return;
  }
  const expireAt = optionalExpiry(call, options);
  replyString(call, ref);
  if (options.unit === undefined) {
    if (options.keep !== "persist" || db.expiry(ref) === NEVER) return;
    db.setExpiry(ref, NEVER);
    notify(call, GENERIC_EVENT, "persist", 1);
  } else if (expireAt <= core.clock.now) {
    db.remove(ref);
    notify(call, GENERIC_EVENT, "del", 1);
  } else {
    db.setExpiry(ref, expireAt);
    notify(call, GENERIC_EVENT, "expire", 1);
  }
}

function mget(call: Call): void {
  const { args, db, reply } = call;
  reply.array(args.count - 1);
  for (let i = 1; i < args.count; i++) {
    const ref = lookupRead(call, i);
    replyString(call, ref !== NONE && db.type(ref) === STRING ? ref : NONE);
  }
}

function mset(call: Call): void {
  const { args, command, reply } = call;
  if (args.count % 2 === 0) throw wrongArity(command.name);
  for (let i = 1; i < args.count; i += 2) assign(call, i, i + 1);
  reply.ok();
}

function msetnx(call: Call): void {
  const { args, command, reply } = call;
  if (args.count % 2 === 0) throw wrongArity(command.name);
  for (let i = 1; i < args.count; i += 2) {
    if (lookupWrite(call, i) !== NONE) {
      reply.integer(0);
      return;
    }
  }
  for (let i = 1; i < args.count; i += 2) assign(call, i, i + 1);
  reply.integer(1);
}

function append(call: Call): void {
  const { args, db, reply } = call;
  const ref = lookupStringWrite(call, 1);
  if (ref === NONE) assignQuietly(call, 1, 2);
  const length = ref === NONE ? args.length(2) : write(call, ref, db.stringLength(ref), 2);
  notify(call, STRING_EVENT, "append", 1);
  reply.integer(length);
}

/** Writes argument `i` at `offset` of the string, which grows when it has to; its new length. */
function write({ args, core, db }: Call, ref: Ref, offset: number, i: number): number {
  const end = offset + args.length(i);
  if (end > core.settings["proto-max-bulk-len"]) throw STRING_TOO_LONG;
  const length = Math.max(end, db.stringLength(ref));
  db.resizeString(ref, length);
  const start = args.offset(i);
  args.buffer.copy(db.buffer, db.offset + offset, start, start + args.length(i));
  return length;
}

function strlen(call: Call): void {
  const ref = lookupString(call, 1);
  call.reply.integer(ref === NONE ? 0 : call.db.stringLength(ref));
}

function getrange(call: Call): void {
  const { args, db, reply } = call;
  const from = args.integer(2);
  const to = args.integer(3);
  const ref = lookupString(call, 1);
  if (ref === NONE || (from < 0 && to < 0 && from > to)) {
    reply.bulkString("");
    return;
  }
  db.readString(ref);
  const { length } = db;
  // A negative end before the first byte means that byte: Redis answers so, and clients know it.
  const first = from < 0 ? Math.max(length + from, 0) : from;
  const last = Math.min(to < 0 ? Math.max(length + to, 0) : to, length - 1);
  reply.bulk(db.buffer, db.offset + first, Math.max(last - first + 1, 0));
}

function setrange(call: Call): void {
  const { args, core, db, reply } = call;
  const offset = args.integer(2);
  if (offset < 0) throw OFFSET_OUT_OF_RANGE;
  const ref = lookupStringWrite(call, 1);
  const end = offset + args.length(3);
  if (args.length(3) === 0) {
    reply.integer(ref === NONE ? 0 : db.stringLength(ref));
    return;
  }
  if (end > core.settings["proto-max-bulk-len"]) throw STRING_TOO_LONG;
  const target = ref === NONE ? db.setStringValue(args.string(1), "") : ref;
  reply.integer(write(call, target, offset, 3));
  notify(call, STRING_EVENT, "setrange", 1);
}
