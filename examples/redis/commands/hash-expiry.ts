/**
 * Fields of hashes that expire, and what came with them: reading and changing in one command.
 * From Redis 7.4 and 8.0. https://redis.io/docs/latest/commands/hexpire/
 *
 * See also hash.ts; field-expiry.ts, where fields go when their time has come.
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import {
  invalidExpireTime,
  type ReplyError,
  replyError,
  SYNTAX_ERROR,
  wrongArity,
} from "../errors.ts";
import type { TimeUnit } from "../expiry.ts";
import { readHash, writeHash } from "../field-expiry.ts";
import { HASH_EVENT, notify } from "../keyspace-events.ts";
import { signalModified } from "../lookup.ts";
import type { HashValue } from "../types/hash.ts";
import { openHash, readField, replyField, setField, settle } from "./hash.ts";

const GROW_FAST = "write denyoom fast";
const WRITE_FAST = "write fast";
const READ_FAST = "readonly fast";

// biome-ignore format: a table is read by its columns
export const hashExpiryCommands: CommandGroup = { group: "hash", rows: [
  ["hexpire",      -6, GROW_FAST,  1, 1, 1, hexpire,      "7.4.0", "Has fields expire, in seconds"],
  ["hpexpire",     -6, GROW_FAST,  1, 1, 1, hpexpire,     "7.4.0", "The same in milliseconds"],
  ["hexpireat",    -6, GROW_FAST,  1, 1, 1, hexpireat,    "7.4.0", "Has fields expire at a time"],
  ["hpexpireat",   -6, GROW_FAST,  1, 1, 1, hpexpireat,   "7.4.0", "The same in milliseconds"],
  ["httl",         -5, READ_FAST,  1, 1, 1, httl,         "7.4.0", "Seconds that fields have left"],
  ["hpttl",        -5, READ_FAST,  1, 1, 1, hpttl,        "7.4.0", "The same in milliseconds"],
  ["hexpiretime",  -5, READ_FAST,  1, 1, 1, hexpiretime,  "7.4.0", "When fields expire"],
  ["hpexpiretime", -5, READ_FAST,  1, 1, 1, hpexpiretime, "7.4.0", "The same in milliseconds"],
  ["hpersist",     -5, WRITE_FAST, 1, 1, 1, hpersist,     "7.4.0", "Has fields stay"],
  ["hgetex",       -5, WRITE_FAST, 1, 1, 1, hgetex,       "8.0.0", "Reads, and has expire or stay"],
  ["hsetex",       -6, GROW_FAST,  1, 1, 1, hsetex,       "8.0.0", "Sets fields that expire"],
  ["hgetdel",      -5, WRITE_FAST, 1, 1, 1, hgetdel,      "8.0.0", "Reads fields and removes them"],
] };

const FIELDS_MISSING = replyError(
  "ERR Mandatory argument FIELDS is missing or not at the right position",
);
const WRONG_NUMBER = replyError("ERR The `numfields` parameter must match the number of arguments");
const NO_NUMBER = replyError("ERR Number of fields must be a positive integer");
const NO_NUMBER_TO_EXPIRE = replyError("ERR Parameter `numFields` should be greater than 0");
const NO_NUMBER_TO_SET = replyError("ERR invalid number of fields");
const NEGATIVE_TIME = replyError("ERR invalid expire time, must be >= 0");
const NO_TIME = replyError("ERR missing expire time");
const TWO_TIMES = replyError(
  "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
);
const TWO_CONDITIONS = replyError("ERR Only one of FXX or FNX arguments can be specified");

/** 2^46 - 1 milliseconds, which is in the year 4199. */
const LAST_TIME = 2 ** 46 - 1;
const UNITS = ["ex", "px", "exat", "pxat"] as const;
const CONDITIONS = ["nx", "xx", "gt", "lt"] as const;
type Condition = (typeof CONDITIONS)[number];
/** How much of an unknown option its error repeats. */
const ECHOED = 128;

// What is told of a field.
const NO_FIELD = -2;
const STAYS = -1;
const UNMET = 0;
const DONE = 1;
const DELETED = 2;

/** Argument `i` as a time for a field, in milliseconds since the epoch. */
function deadline({ args, command, core }: Call, i: number, unit: TimeUnit): number {
  const given = args.integer(i);
  if (given < 0) throw NEGATIVE_TIME;
  const scale = unit === "ex" || unit === "exat" ? 1000 : 1;
  const start = unit === "ex" || unit === "px" ? core.clock.now : 0;
  const at = given * scale + start;
  if (at > LAST_TIME) throw invalidExpireTime(command.name);
  return at;
}

/** `FIELDS count field …` from argument `i` on to the end: where the first field is. */
function firstField(args: Args, i: number, noNumber: ReplyError): number {
  if (i >= args.count || !args.is(i, "fields")) throw FIELDS_MISSING;
  if (i + 1 === args.count) throw WRONG_NUMBER;
  if (args.atLeast(i + 1, 1, noNumber) !== args.count - i - 2) throw WRONG_NUMBER;
  return i + 2;
}

function hexpire(call: Call): void {
  expireAll(call, "ex");
}

function hpexpire(call: Call): void {
  expireAll(call, "px");
}

function hexpireat(call: Call): void {
  expireAll(call, "exat");
}

function hpexpireat(call: Call): void {
  expireAll(call, "pxat");
}

/** HEXPIRE key time [NX|XX|GT|LT] FIELDS count field [field …] */
function expireAll(call: Call, unit: TimeUnit): void {
  const { args, reply } = call;
  const hash = writeHash(call);
  const at = deadline(call, 2, unit);
  const condition = CONDITIONS.find((word) => args.is(3, word));
  const first = firstField(args, condition === undefined ? 3 : 4, NO_NUMBER_TO_EXPIRE);
  const outcomes = new Set<number>();
  reply.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    const outcome = hash === undefined ? NO_FIELD : expireField(call, hash, i, at, condition);
    outcomes.add(outcome);
    reply.integer(outcome);
  }
  if (hash === undefined) return;
  if (outcomes.has(DELETED)) settle(call, hash, "hdel");
  else if (outcomes.has(DONE)) settle(call, hash, "hexpire");
}

/** Has the field in argument `i` expire at a time; one that is past removes it. */
function expireField(
  { args, core, db }: Call,
  hash: HashValue,
  i: number,
  at: number,
  condition?: Condition,
): number {
  if (!readField(args, hash, i)) return NO_FIELD;
  const name = args.string(i);
  if (condition !== undefined && !isMet(condition, hash.expiryOf(name), at)) return UNMET;
  if (at <= core.clock.now) {
    hash.delete(name);
    return DELETED;
  }
  hash.setExpiry(name, at, core.clock);
  db.expiring.add(args.string(1));
  return DONE;
}

/** A field that stays is like one that expires at the end of all times, for XX and GT. */
function isMet(condition: Condition, known: number | undefined, at: number): boolean {
  if (known === undefined) return condition === "nx" || condition === "lt";
  if (condition === "gt") return at > known;
  if (condition === "lt") return at < known;
  return condition === "xx";
}

function httl(call: Call): void {
  const { now } = call.core.clock;
  tellExpiries(call, (at) => Math.ceil((at - now) / 1000));
}

function hpttl(call: Call): void {
  const { now } = call.core.clock;
  tellExpiries(call, (at) => at - now);
}

function hexpiretime(call: Call): void {
  tellExpiries(call, (at) => Math.ceil(at / 1000));
}

function hpexpiretime(call: Call): void {
  tellExpiries(call, (at) => at);
}

/** HTTL key FIELDS count field [field …] */
function tellExpiries(call: Call, form: (at: number) => number): void {
  const { args, reply } = call;
  const hash = readHash(call);
  const first = firstField(args, 2, NO_NUMBER);
  reply.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    if (hash === undefined || !readField(args, hash, i)) {
      reply.integer(NO_FIELD);
    } else {
      const at = hash.expiryOf(args.string(i));
      reply.integer(at === undefined ? STAYS : form(at));
    }
  }
}

/** HPERSIST key FIELDS count field [field …] */
function hpersist(call: Call): void {
  const { args, reply } = call;
  const hash = writeHash(call);
  const first = firstField(args, 2, NO_NUMBER);
  let persisted = 0;
  reply.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    if (hash === undefined || !readField(args, hash, i)) {
      reply.integer(NO_FIELD);
    } else {
      const isDone = hash.persist(args.string(i));
      if (isDone) persisted++;
      reply.integer(isDone ? DONE : STAYS);
    }
  }
  if (hash !== undefined && persisted > 0) settle(call, hash, "hpersist");
}

/** HGETEX key [EX|PX|EXAT|PXAT time|PERSIST] FIELDS count field [field …] */
function hgetex(call: Call): void {
  const { args, reply } = call;
  const hash = writeHash(call);
  const unit = UNITS.find((word) => args.is(2, word));
  const at = unit === undefined ? undefined : deadline(call, 3, unit);
  const persists = args.is(2, "persist");
  const first = firstField(args, unit !== undefined ? 4 : persists ? 3 : 2, NO_NUMBER);
  const outcomes = new Set<number>();
  reply.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    replyField(call, hash, i);
    if (hash === undefined) continue;
    if (at !== undefined) outcomes.add(expireField(call, hash, i, at));
    else if (persists && hash.persist(args.string(i))) outcomes.add(DONE);
  }
  if (hash === undefined) return;
  if (outcomes.has(DONE)) settle(call, hash, persists ? "hpersist" : "hexpire");
  else if (outcomes.has(DELETED)) settle(call, hash, "hdel");
}

interface SetOptions {
  /** FNX: none of the fields may be there; FXX: all of them must. */
  condition: "fnx" | "fxx" | undefined;
  /** When they expire. */
  at: number | undefined;
  keepsExpiries: boolean;
  /** Where the first field is; its value and the others follow. */
  first: number;
}

/** HSETEX key [FNX|FXX] [EX|PX|EXAT|PXAT time|KEEPTTL] FIELDS count field value [field value …] */
function hsetex(call: Call): void {
  const { args, reply } = call;
  const options = parseSetOptions(call);
  const known = writeHash(call);
  if (!allows(args, known, options)) {
    reply.integer(0);
    return;
  }
  const hash = openHash(call);
  const outcomes = new Set<number>();
  for (let i = options.first; i < args.count; i += 2) {
    const name = args.string(i);
    const kept =
      options.keepsExpiries && readField(args, hash, i) ? hash.expiryOf(name) : undefined;
    setField(call, hash, i);
    const at = options.at ?? kept;
    if (at !== undefined) outcomes.add(expireField(call, hash, i, at));
  }
  reply.integer(1);
  notify(call, HASH_EVENT, "hset", 1);
  if (options.at === undefined) signalModified(call, 1, hash);
  else settle(call, hash, outcomes.has(DELETED) ? "hdel" : "hexpire");
}

function allows(
  args: Args,
  hash: HashValue | undefined,
  { condition, first }: SetOptions,
): boolean {
  if (condition === undefined) return true;
  for (let i = first; i < args.count; i += 2) {
    const isThere = hash !== undefined && readField(args, hash, i);
    if (isThere !== (condition === "fxx")) return false;
  }
  return true;
}

function parseSetOptions(call: Call): SetOptions {
  const { args } = call;
  const options: SetOptions = {
    condition: undefined,
    at: undefined,
    keepsExpiries: false,
    first: 0,
  };
  for (let i = 2; i < args.count; i++) {
    const unit = UNITS.find((word) => args.is(i, word));
    if (args.is(i, "fields")) {
      options.first = firstPair(call, i);
      return options;
    }
    if (unit !== undefined || args.is(i, "keepttl")) {
      if (options.at !== undefined || options.keepsExpiries) throw TWO_TIMES;
      if (unit === undefined) options.keepsExpiries = true;
      else if (i + 1 === args.count) throw NO_TIME;
      else options.at = deadline(call, ++i, unit);
    } else if (args.is(i, "fnx") || args.is(i, "fxx")) {
      if (options.condition !== undefined) throw TWO_CONDITIONS;
      options.condition = args.is(i, "fnx") ? "fnx" : "fxx";
    } else {
      throw replyError(`ERR unknown argument: ${args.prefix(i, ECHOED)}`);
    }
  }
  throw SYNTAX_ERROR;
}

/** `FIELDS count field value …` from argument `i` on: where the first field is. */
function firstPair({ args, command }: Call, i: number): number {
  if (i >= args.count - 3) throw wrongArity(command.name);
  const count = args.atLeast(i + 1, 1, NO_NUMBER_TO_SET);
  if (count * 2 !== args.count - i - 2) throw wrongArity(command.name);
  return i + 2;
}

/** HGETDEL key FIELDS count field [field …] */
function hgetdel(call: Call): void {
  const { args, reply } = call;
  const hash = writeHash(call);
  const first = firstField(args, 2, NO_NUMBER);
  let removed = 0;
  reply.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    replyField(call, hash, i);
    if (hash?.deleteBytes(args.buffer, args.offset(i), args.length(i))) removed++;
  }
  if (hash !== undefined && removed > 0) settle(call, hash, "hdel");
}
