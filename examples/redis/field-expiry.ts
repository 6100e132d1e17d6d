/**
 * Fields of hashes whose time has come: removed when their hash is looked up, a few at a time, and
 * by and by when nobody asks. Until then they are hidden. See also types/field-expiries.ts.
 */

import type { Call } from "./call.ts";
import type { Core } from "./core.ts";
import { type Keyspace, NONE } from "./keyspace/keyspace.ts";
import { HASH } from "./keyspace/types.ts";
import { GENERIC_EVENT, HASH_EVENT } from "./keyspace-events.ts";
import { readObject, writeObject } from "./lookup.ts";
import type { HashValue } from "./types/hash.ts";

/** So many fields go at once, at most: a hundred microseconds or two. */
const AT_ONCE = 128;
/** Hashes that are looked at before the clock is. */
const SAMPLE = 20;

/** The hash that the first argument names; undefined when there is none with fields to see. */
export function readHash(call: Call): HashValue | undefined {
  return current(call, readObject<HashValue>(call, 1, HASH));
}

/** The same for a command that is going to change it. */
export function writeHash(call: Call): HashValue | undefined {
  return current(call, writeObject<HashValue>(call, 1, HASH));
}

function current({ args, core, db }: Call, hash: HashValue | undefined): HashValue | undefined {
  if (hash?.expiries === undefined || !hash.expiries.hasDue) return hash;
  removeDue(core, db, args.string(1), hash);
  return hash.size === 0 ? undefined : hash;
}

/** Removes some fields whose time has come, and the key with the last one; whether any went. */
function removeDue(core: Core, db: Keyspace, key: string, hash: HashValue): boolean {
  if (hash.removeDue(AT_ONCE) === 0) return false;
  db.modified(key, hash);
  core.events.tell(HASH_EVENT, "hexpired", db, key);
  if (hash.size > 0) return true;
  db.removeName(key);
  core.events.tell(GENERIC_EVENT, "del", db, key);
  return true;
}

/**
 * Goes on through the hashes with fields that expire, as long as more than a quarter of a sample
 * had some that were due; false when `deadline` (of `performance.now()`) came first.
 */
export function expireFields(core: Core, db: Keyspace, deadline: number): boolean {
  while (expireInSample(core, db) > SAMPLE / 4) {
    if (performance.now() >= deadline) return false;
  }
  return true;
}

/** How many hashes of the next ones had fields that were due. */
function expireInSample(core: Core, db: Keyspace): number {
  const { expiring } = db;
  let found = 0;
  let looks = Math.min(SAMPLE, expiring.size);
  for (const key of expiring) {
    if (looks-- <= 0) break;
    expiring.delete(key);
    const ref = db.peekName(key);
    if (ref === NONE || db.type(ref) !== HASH) continue;
    const hash = db.object(ref) as HashValue;
    if ((hash.expiries?.size ?? 0) === 0) continue;
    if (removeDue(core, db, key, hash)) found++;
    // Behind all the others; one that is gone now is found out next time.
    expiring.add(key);
  }
  return found;
}
