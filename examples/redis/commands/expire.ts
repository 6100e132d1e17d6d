/**
 * How long a key lives: setting, asking and taking away the time at which it is removed.
 * https://redis.io/docs/latest/commands/expire/
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError } from "../errors.ts";
import { deadline, type TimeUnit } from "../expiry.ts";
import { NEVER, NONE } from "../keyspace/keyspace.ts";
import { GENERIC_EVENT, notify } from "../keyspace-events.ts";
import { lookupWrite, peekRead } from "../lookup.ts";

// biome-ignore format: a table is read by its columns
export const expireCommands: CommandGroup = { group: "generic", rows: [
  ["expire",      -3, "write fast",    1, 1, 1, expire,      "1.0.0", "Lets a key live seconds"],
  ["pexpire",     -3, "write fast",    1, 1, 1, pexpire,     "2.6.0", "The same in milliseconds"],
  ["expireat",    -3, "write fast",    1, 1, 1, expireat,    "1.2.0", "Lets it live until a time"],
  ["pexpireat",   -3, "write fast",    1, 1, 1, pexpireat,   "2.6.0", "The same in milliseconds"],
  ["ttl",          2, "readonly fast", 1, 1, 1, ttl,         "1.0.0", "Seconds a key has left"],
  ["pttl",         2, "readonly fast", 1, 1, 1, pttl,        "2.6.0", "The same in milliseconds"],
  ["expiretime",   2, "readonly fast", 1, 1, 1, expiretime,  "7.0.0", "When a key will expire"],
  ["pexpiretime",  2, "readonly fast", 1, 1, 1, pexpiretime, "7.0.0", "The same in milliseconds"],
  ["persist",      2, "write fast",    1, 1, 1, persist,     "2.2.0", "Takes a key's expiry away"],
] };

const NX_CONFLICT = replyError(
  "ERR NX and XX, GT or LT options at the same time are not compatible",
);
const GT_LT_CONFLICT = replyError("ERR GT and LT options at the same time are not compatible");

/** What TTL and its like answer for a key that stays, and for none. */
const STAYS = -1;
const NO_KEY = -2;

function expire(call: Call): void {
  setDeadline(call, "ex");
}

function pexpire(call: Call): void {
  setDeadline(call, "px");
}

function expireat(call: Call): void {
  setDeadline(call, "exat");
}

function pexpireat(call: Call): void {
  setDeadline(call, "pxat");
}

/** EXPIRE key time [NX|XX|GT|LT]; a time in the past removes the key. */
function setDeadline(call: Call, unit: TimeUnit): void {
  const { args, core, db, reply } = call;
  const conditions = parseConditions(args);
  const at = deadline(call, 2, unit);
  const ref = lookupWrite(call, 1);
  if (ref === NONE || !conditions.every((condition) => holds(condition, db.expiry(ref), at))) {
    reply.integer(0);
    return;
  }
  const isOver = at <= core.clock.now;
  if (isOver) db.remove(ref);
  else db.setExpiry(ref, at);
  notify(call, GENERIC_EVENT, isOver ? "del" : "expire", 1);
  reply.integer(1);
}

const CONDITIONS = ["nx", "xx", "gt", "lt"] as const;
type Condition = (typeof CONDITIONS)[number];

function parseConditions(args: Args): Condition[] {
  const conditions: Condition[] = [];
  for (let i = 3; i < args.count; i++) {
    const condition = CONDITIONS.find((word) => args.is(i, word));
    if (condition === undefined) throw replyError(`ERR Unsupported option ${args.printed(i)}`);
    if (!conditions.includes(condition)) conditions.push(condition);
  }
  if (conditions.includes("nx") && conditions.length > 1) throw NX_CONFLICT;
  if (conditions.includes("gt") && conditions.includes("lt")) throw GT_LT_CONFLICT;
  return conditions;
}

/** A key that stays lives longer than any other. */
function holds(condition: Condition, current: number, at: number): boolean {
  switch (condition) {
    case "nx":
      return current === NEVER;
    case "xx":
      return current !== NEVER;
    case "gt":
      return current !== NEVER && at > current;
    case "lt":
      return current === NEVER || at < current;
  }
}

function ttl(call: Call): void {
  call.reply.integer(inSeconds(timeLeft(call)));
}

function pttl(call: Call): void {
  call.reply.integer(timeLeft(call));
}

function expiretime(call: Call): void {
  call.reply.integer(inSeconds(expiryTime(call)));
}

function pexpiretime(call: Call): void {
  call.reply.integer(expiryTime(call));
}

function timeLeft(call: Call): number {
  const at = expiryTime(call);
  return at < 0 ? at : Math.max(0, at - call.core.clock.now);
}

function expiryTime(call: Call): number {
  const ref = peekRead(call, 1);
  if (ref === NONE) return NO_KEY;
  const at = call.db.expiry(ref);
  return at === NEVER ? STAYS : at;
}

/** To the nearest second, as Redis rounds. */
function inSeconds(milliseconds: number): number {
  return milliseconds < 0 ? milliseconds : Math.floor((milliseconds + 500) / 1000);
}

function persist(call: Call): void {
  const { db, reply } = call;
  const ref = lookupWrite(call, 1);
  const had = ref !== NONE && db.expiry(ref) !== NEVER;
  if (had) {
    db.setExpiry(ref, NEVER);
    notify(call, GENERIC_EVENT, "persist", 1);
  }
  reply.integer(had ? 1 : 0);
}
