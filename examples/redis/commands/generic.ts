/**
 * Keys, whatever their values: finding, removing, renaming, copying them.
 * https://redis.io/docs/latest/commands/?group=generic
 *
 * See also expire.ts, for how long they live, and object.ts, for how they are stored.
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import type { Core } from "../core.ts";
import { NO_SUCH_KEY, SAME_OBJECT, SYNTAX_ERROR } from "../errors.ts";
import { Glob } from "../glob.ts";
import { type Keyspace, NEVER, NONE, type Ref } from "../keyspace/keyspace.ts";
import { BYTES, CHANGED, STRING, TYPE_NAMES } from "../keyspace/types.ts";
import { GENERIC_EVENT, notify } from "../keyspace-events.ts";
import { lookupRead, lookupWrite, peekRead } from "../lookup.ts";
import { parseCursor, parseScanOptions } from "../scan.ts";
import type { TypedValue } from "../types/value.ts";

// biome-ignore format: a table is read by its columns
export const genericCommands: CommandGroup = { group: "generic", rows: [
  ["del",       -2, "write",         1, -1, 1, del,       "1.0.0", "Removes keys"],
  ["unlink",    -2, "write fast",    1, -1, 1, del,       "4.0.0", "Removes, frees later"],
  ["exists",    -2, "readonly fast", 1, -1, 1, exists,    "1.0.0", "How many there are"],
  ["touch",     -2, "readonly fast", 1, -1, 1, touch,     "3.2.1", "Ends their idle time"],
  ["type",       2, "readonly fast", 1,  1, 1, type,      "1.0.0", "The type of a value"],
  ["keys",       2, "readonly",      0,  0, 0, keys,      "1.0.0", "Keys matching a pattern"],
  ["scan",      -2, "readonly",      0,  0, 0, scan,      "2.8.0", "Walks through the keys"],
  ["randomkey",  1, "readonly",      0,  0, 0, randomkey, "1.0.0", "Any key"],
  ["rename",     3, "write",         1,  2, 1, rename,    "1.0.0", "Gives a key another name"],
  ["renamenx",   3, "write fast",    1,  2, 1, renamenx,  "1.0.0", "RENAME to a free name"],
  ["copy",      -3, "write denyoom", 1,  2, 1, copy,      "6.2.0", "Copies a value to a key"],
  ["move",       3, "write fast",    1,  1, 1, move,      "1.0.0", "To another database"],
] };

/** UNLINK as well: the garbage collector frees what is removed, and not within the command. */
function del(call: Call): void {
  let removed = 0;
  for (let i = 1; i < call.args.count; i++) {
    const ref = lookupWrite(call, i);
    if (ref === NONE) continue;
    call.db.remove(ref);
    notify(call, GENERIC_EVENT, "del", i);
    removed++;
  }
  call.reply.integer(removed);
}

function exists(call: Call): void {
  replyFound(call, peekRead);
}

function touch(call: Call): void {
  replyFound(call, lookupRead);
}

function replyFound(call: Call, lookup: (call: Call, i: number) => Ref): void {
  let found = 0;
  for (let i = 1; i < call.args.count; i++) if (lookup(call, i) !== NONE) found++;
  call.reply.integer(found);
}

function type(call: Call): void {
  const ref = peekRead(call, 1);
  call.reply.simple(ref === NONE ? "none" : TYPE_NAMES[call.db.type(ref)]);
}

function keys({ args, db, reply }: Call): void {
  const glob = args.is(1, "*") ? undefined : new Glob(args.string(1));
  const found: string[] = [];
  db.each((ref) => {
    const name = db.keyName(ref);
    if (glob?.matches(name) !== false) found.push(name);
  });
  reply.bulkStrings(found);
}

/** SCAN cursor [MATCH pattern] [COUNT count] [TYPE type] */
function scan({ args, db, reply }: Call): void {
  const cursor = parseCursor(args, 1);
  const { count, glob, type } = parseScanOptions(args, 2, "match count type");
  const found: string[] = [];
  const take = (ref: Ref) => {
    if (type === undefined || type === TYPE_NAMES[db.type(ref)]) found.push(db.keyName(ref));
  };
  const isWanted = glob && ((ref: Ref) => glob.matches(db.keyName(ref)));
  const next = db.scan(cursor, count, take, isWanted);
  reply.array(2);
  reply.bulkInteger(next);
  reply.bulkStrings(found);
}

function randomkey({ db, reply }: Call): void {
  const ref = db.random();
  if (ref === NONE) reply.null();
  else reply.bulkString(db.keyName(ref));
}

function rename(call: Call): void {
  requireSource(call);
  moveName(call, lookupWrite(call, 2) !== NONE);
  call.reply.ok();
}

function renamenx(call: Call): void {
  requireSource(call);
  const isTaken = lookupWrite(call, 2) !== NONE;
  if (!isTaken) moveName(call, isTaken);
  call.reply.integer(isTaken ? 0 : 1);
}

/** Looks the source up only now: looking up the target may have removed another key. */
function moveName(call: Call, isTaken: boolean): void {
  const { args, core, db } = call;
  const [from, to] = [args.string(1), args.string(2)];
  // A key's own name is a name it may be given; then nothing happens.
  if (from === to) return;
  db.moveTo(db.peekName(from), db, to);
  if (isTaken) core.events.created(db, to);
  notify(call, GENERIC_EVENT, "rename_from", from);
  notify(call, GENERIC_EVENT, "rename_to", to);
}

function requireSource(call: Call): void {
  if (lookupWrite(call, 1) === NONE) throw NO_SUCH_KEY;
}

interface CopyOptions {
  target: Keyspace;
  replace: boolean;
}

/** COPY source destination [DB index] [REPLACE] */
function copy(call: Call): void {
  const { args, core, db, reply } = call;
  const { target, replace } = parseCopyOptions(call);
  const name = args.string(2);
  if (target === db && name === args.string(1)) throw SAME_OBJECT;
  if (lookupRead(call, 1) === NONE) {
    reply.integer(0);
    return;
  }
  const isTaken = target.lookupName(name) !== NONE;
  if (isTaken && !replace) {
    reply.integer(0);
    return;
  }
  // Once more: looking up the target may have removed an expired key, and with it every other Ref.
  const source = peekRead(call, 1);
  copyValue(db, source, target, name);
  // What was there made room first: the key is a new one.
  if (isTaken) core.events.created(target, name);
  core.events.tell(GENERIC_EVENT, "copy_to", target, name);
  reply.integer(1);
}

function parseCopyOptions({ args, core, db }: Call): CopyOptions {
  const options: CopyOptions = { target: db, replace: false };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "replace")) options.replace = true;
    else if (args.is(i, "db") && i + 1 < args.count) options.target = databaseAt(core, args, ++i);
    else throw SYNTAX_ERROR;
  }
  return options;
}

function databaseAt(core: Core, args: Args, i: number): Keyspace {
  return core.database(args.int32(i));
}

function copyValue(db: Keyspace, source: Ref, target: Keyspace, name: string): void {
  const expireAt = db.expiry(source);
  const type = db.type(source);
  const copied =
    type === STRING
      ? copyString(db, source, target, name)
      : target.setObject(name, type, (db.object(source) as TypedValue).clone());
  if (expireAt !== NEVER) target.setExpiry(copied, expireAt);
}

/** The copy is stored as the original is: as a number, or as text although it looks like one. */
function copyString(db: Keyspace, source: Ref, target: Keyspace, name: string): Ref {
  const form = db.stringEncoding(source);
  const copied = target.setStringValue(name, db.stringValue(source));
  if (form !== "int") target.setText(copied, form === "raw" ? CHANGED : BYTES);
  return copied;
}

function move(call: Call): void {
  const { args, core, db, reply } = call;
  const target = databaseAt(core, args, 2);
  if (target === db) throw SAME_OBJECT;
  const name = args.string(1);
  const ref = lookupWrite(call, 1);
  const moves = ref !== NONE && target.lookupName(name) === NONE;
  if (moves) {
    db.moveTo(ref, target, name);
    notify(call, GENERIC_EVENT, "move_from", name);
    core.events.tell(GENERIC_EVENT, "move_to", target, name);
  }
  reply.integer(moves ? 1 : 0);
}
