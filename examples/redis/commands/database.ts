/**
 * Whole databases: counting, emptying and exchanging them.
 * https://redis.io/docs/latest/commands/?group=server
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";

// biome-ignore format: a table is read by its columns
export const databaseCommands: CommandGroup = { group: "server", rows: [
  ["dbsize",    1, "readonly fast", 0, 0, 0, dbsize,   "1.0.0", "How many keys there are"],
  ["flushdb",  -1, "write",         0, 0, 0, flushdb,  "1.0.0", "Empties the database"],
  ["flushall", -1, "write",         0, 0, 0, flushall, "1.0.0", "Empties all databases"],
  ["swapdb",    3, "write fast",    0, 0, 0, swapdb,   "4.0.0", "Exchanges two databases"],
] };

const INVALID_FIRST_INDEX = replyError("ERR invalid first DB index");
const INVALID_SECOND_INDEX = replyError("ERR invalid second DB index");

function dbsize({ db, reply }: Call): void {
  reply.integer(db.size);
}

function flushdb({ args, core, db, reply }: Call): void {
  checkFlushMode(args);
  core.tracking.flushed();
  db.clear();
  reply.ok();
}

function flushall({ args, core, reply }: Call): void {
  checkFlushMode(args);
  core.tracking.flushed();
  for (const db of core.databases) db.clear();
  reply.ok();
}

/** [ASYNC|SYNC]: both are as quick here, for the garbage collector frees the keys. */
function checkFlushMode(args: Args): void {
  if (args.count === 1) return;
  if (args.count > 2 || !(args.is(1, "sync") || args.is(1, "async"))) throw SYNTAX_ERROR;
}

/** Who is connected to one of the two sees the keys of the other from now on. */
function swapdb({ args, core, reply }: Call): void {
  const first = args.int32(1, INVALID_FIRST_INDEX);
  const second = args.int32(2, INVALID_SECOND_INDEX);
  const [one, other] = [core.database(first), core.database(second)];
  core.watchedKeys.swapping(one, other);
  core.databases[first] = other;
  core.databases[second] = one;
  core.blocking.swap(one, other);
  for (const session of core.sessions.values()) session.db = core.database(session.dbIndex);
  reply.ok();
}
