/**
 * OBJECT: how a value is stored and how it is used.
 * https://redis.io/docs/latest/commands/object/
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import type { Settings } from "../config.ts";
import { replyError } from "../errors.ts";
import { help } from "../help.ts";
import { type Keyspace, NONE, type Ref } from "../keyspace/keyspace.ts";
import { STRING } from "../keyspace/types.ts";
import { peekQuietly } from "../lookup.ts";
import type { TypedValue } from "../types/value.ts";

// biome-ignore format: a table is read by its columns
export const objectCommands: CommandGroup = { group: "generic", rows: [
  ["object",          -2, "",              0, 0, 0, help,     "2.2.3", "How a value is kept"],
  ["object|encoding",  3, "readonly",      2, 2, 1, encoding, "2.2.3", "The form it is kept in"],
  ["object|freq",      3, "readonly",      2, 2, 1, freq,     "4.0.0", "How often it is used"],
  ["object|idletime",  3, "readonly",      2, 2, 1, idletime, "2.2.3", "Seconds since it was used"],
  ["object|refcount",  3, "readonly",      2, 2, 1, refcount, "2.2.3", "How many keys share it"],
  ["object|help",      2, "loading stale", 0, 0, 0, help,     "6.2.0", "These lines"],
] };

const ADVICE =
  "Please note that when switching between policies at runtime LRU and LFU data will take some " +
  "time to adjust.";
const NO_FREQUENCY = replyError(
  `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${ADVICE}`,
);
const NO_IDLE_TIME = replyError(
  `ERR An LFU maxmemory policy is selected, idle time not tracked. ${ADVICE}`,
);

/** Redis keeps these integers once for all keys, and says so. */
const SHARED_INTEGERS = 10_000;
const SHARED_REFCOUNT = 2 ** 31 - 1;

function encoding(call: Call): void {
  const { core, db, reply } = call;
  const ref = find(call);
  if (ref === NONE) return;
  if (db.type(ref) === STRING) reply.bulkString(db.stringEncoding(ref));
  else reply.bulkString((db.object(ref) as TypedValue).encoding(core.settings));
}

/** The key of the subcommand; NONE when there is none, which is answered then. */
function find(call: Call): Ref {
  const ref = peekQuietly(call, 2);
  if (ref === NONE) call.reply.null();
  return ref;
}

function freq(call: Call): void {
  const ref = find(call);
  if (ref === NONE) return;
  if (!countsFrequency(call.core.settings)) throw NO_FREQUENCY;
  call.reply.integer(call.db.frequency(ref));
}

function idletime(call: Call): void {
  const ref = find(call);
  if (ref === NONE) return;
  if (countsFrequency(call.core.settings)) throw NO_IDLE_TIME;
  call.reply.integer(Math.floor(call.db.idleTime(ref) / 1000));
}

function countsFrequency(settings: Settings): boolean {
  return settings["maxmemory-policy"].endsWith("-lfu");
}

function refcount(call: Call): void {
  const { core, db, reply } = call;
  const ref = find(call);
  if (ref === NONE) return;
  const isShared = sharesIntegers(core.settings) && isSmallInteger(db, ref);
  reply.integer(isShared ? SHARED_REFCOUNT : 1);
}

/** An eviction that looks at single keys needs a value of its own for each. */
function sharesIntegers({ maxmemory, "maxmemory-policy": policy }: Settings): boolean {
  return Number(maxmemory) === 0 || !/-l[rf]u$/.test(policy);
}

function isSmallInteger(db: Keyspace, ref: Ref): boolean {
  if (db.type(ref) !== STRING) return false;
  const value = db.integerValue(ref);
  return value !== undefined && value >= 0 && value < SHARED_INTEGERS;
}
