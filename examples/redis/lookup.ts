/**
 * How handlers find their keys: with the type checked, and hits and misses counted for INFO.
 * A read counts; a write does not, as in Redis.
 */

import type { Call } from "./call.ts";
import { WRONG_TYPE } from "./errors.ts";
import { NONE, type Ref } from "./keyspace/keyspace.ts";
import { type SizedValue, STRING, type ValueType } from "./keyspace/types.ts";

/** The key named by argument `i`, whatever its type. */
export function lookupRead(call: Call, i: number): Ref {
  const { core, db, args, session } = call;
  const ref = session.noTouch
    ? db.peek(args.buffer, args.offset(i), args.length(i))
    : db.lookup(args.buffer, args.offset(i), args.length(i));
  if (ref === NONE) {
    core.stats.keyspaceMisses++;
    tellMissed(call, i);
  } else {
    core.stats.keyspaceHits++;
  }
  return ref;
}

/** As `lookupRead`, for a command that asks about a key and doesn't use it: it stays idle. */
export function peekRead(call: Call, i: number): Ref {
  const ref = peekQuietly(call, i);
  if (ref === NONE) tellMissed(call, i);
  return ref;
}

/** As `peekRead`, where a key that is not there is no event. */
export function peekQuietly({ core, db, args }: Call, i: number): Ref {
  const ref = db.peekName(args.string(i));
  if (ref === NONE) core.stats.keyspaceMisses++;
  else core.stats.keyspaceHits++;
  return ref;
}

function tellMissed({ args, core, db }: Call, i: number): void {
  if (core.events.classes !== 0) core.events.missed(db, args.string(i));
}

export function lookupWrite({ db, args }: Call, i: number): Ref {
  return db.lookup(args.buffer, args.offset(i), args.length(i));
}

/** The same for a string; throws WRONG_TYPE for a key of another type. */
export function lookupString(call: Call, i: number): Ref {
  const ref = lookupRead(call, i);
  if (ref !== NONE && call.db.type(ref) !== STRING) throw WRONG_TYPE;
  return ref;
}

export function lookupStringWrite(call: Call, i: number): Ref {
  const ref = lookupWrite(call, i);
  if (ref !== NONE && call.db.type(ref) !== STRING) throw WRONG_TYPE;
  return ref;
}

/** The value of a key that is not a string; undefined when there is no such key. */
export function readObject<T extends object>(
  call: Call,
  i: number,
  type: ValueType,
): T | undefined {
  return typed<T>(call, lookupRead(call, i), type);
}

/** The same for a command that is going to change it. */
export function writeObject<T extends object>(
  call: Call,
  i: number,
  type: ValueType,
): T | undefined {
  return typed<T>(call, lookupWrite(call, i), type);
}

function typed<T extends object>({ db }: Call, ref: Ref, type: ValueType): T | undefined {
  if (ref === NONE) return undefined;
  if (db.type(ref) !== type) throw WRONG_TYPE;
  return db.object(ref) as T;
}

/** Says that the value of the key in argument `i`, no string, was changed in place. */
export function signalModified({ db, args }: Call, i: number, value: SizedValue): void {
  // Only an observer asks for the name.
  db.modified(db.isObserved ? args.string(i) : "", value);
}
