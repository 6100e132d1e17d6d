/**
 * Transactions: requests that run one after the other with none of another client's between them,
 * and only if the keys that were watched are as they were.
 * https://redis.io/docs/latest/commands/?group=transactions
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError } from "../errors.ts";
import { Transaction } from "../transaction.ts";

const EXEC = "noscript loading stale skip_slowlog";
const ANY_TIME = "noscript loading stale fast allow_busy";

// biome-ignore format: a table is read by its columns
export const transactionCommands: CommandGroup = { group: "transactions", rows: [
  ["multi",    1, ANY_TIME, 0,  0, 0, multi,   "1.2.0", "Begins a transaction"],
  ["exec",     1, EXEC,     0,  0, 0, exec,    "1.2.0", "Runs what is queued"],
  ["discard",  1, ANY_TIME, 0,  0, 0, discard, "2.0.0", "Forgets what is queued"],
  ["watch",   -2, ANY_TIME, 1, -1, 1, watch,   "2.2.0", "EXEC only if unchanged"],
  ["unwatch",  1, ANY_TIME, 0,  0, 0, unwatch, "2.2.0", "Forgets what is watched"],
] };

const NESTED = replyError("ERR MULTI calls can not be nested");
const EXEC_ALONE = replyError("ERR EXEC without MULTI");
const DISCARD_ALONE = replyError("ERR DISCARD without MULTI");
const WATCH_INSIDE = replyError("ERR WATCH inside MULTI is not allowed");
const ABORTED = replyError("EXECABORT Transaction discarded because of previous errors.");

function multi({ reply, session }: Call): void {
  if (session.transaction !== undefined) throw NESTED;
  session.transaction = new Transaction();
  reply.ok();
}

function exec({ core, reply, session }: Call): void {
  const { transaction } = session;
  if (transaction === undefined) throw EXEC_ALONE;
  const isBroken = core.watchedKeys.isBroken(session);
  core.endTransaction(session);
  if (transaction.hasFailed) throw ABORTED;
  if (isBroken) {
    reply.nullArray();
    return;
  }
  reply.array(transaction.queue.length);
  for (const request of transaction.queue) core.runQueued(request);
}

function discard({ core, reply, session }: Call): void {
  if (session.transaction === undefined) throw DISCARD_ALONE;
  core.endTransaction(session);
  reply.ok();
}

function watch({ args, core, db, reply, session }: Call): void {
  if (session.transaction !== undefined) throw WATCH_INSIDE;
  for (let i = 1; i < args.count; i++) core.watchedKeys.watch(session, db, args.string(i));
  reply.ok();
}

function unwatch({ core, reply, session }: Call): void {
  core.watchedKeys.unwatch(session);
  reply.ok();
}
