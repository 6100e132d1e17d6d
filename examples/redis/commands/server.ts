/**
 * The commands about the server as such: TIME ROLE LASTSAVE LOLWUT SHUTDOWN MONITOR.
 * https://redis.io/docs/latest/commands/?group=server
 *
 * See also info.ts, config.ts, command.ts and diagnostics.ts.
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { drawRipples } from "../lolwut.ts";
import { REDIS_VERSION } from "../version.ts";

const OPEN = "loading stale fast";
const OWN = "noscript loading stale fast";
const ADMIN = "admin noscript loading stale";
const STOP = "admin noscript loading stale no_multi allow_busy";

// biome-ignore format: a table is read by its columns
export const serverCommands: CommandGroup = { group: "server", rows: [
  ["time",      1, OPEN,            0, 0, 0, time,     "2.6.0",  "The server's clock"],
  ["role",      1, OWN,             0, 0, 0, role,     "2.8.12", "Master or replica"],
  ["lastsave",  1, OPEN,            0, 0, 0, lastSave, "1.0.0",  "Time of the last save"],
  ["lolwut",   -1, "readonly fast", 0, 0, 0, lolwut,   "5.0.0",  "A picture, the version"],
  ["shutdown", -1, STOP,            0, 0, 0, shutdown, "1.0.0",  "Ends the server"],
  ["monitor",   1, ADMIN,           0, 0, 0, monitor,  "1.0.0",  "Shows every request"],
] };

const NO_SHUTDOWN = replyError("ERR No shutdown in progress.");
const CANNOT_SAVE = replyError("ERR Errors trying to SHUTDOWN. Check logs.");

/** Seconds, and microseconds of the second. */
function time({ reply }: Call): void {
  const microseconds = Math.floor(preciseNow() * 1000);
  reply.bulkStrings([String(Math.floor(microseconds / 1e6)), String(microseconds % 1e6)]);
}

/** Milliseconds with fraction; the clock that has one is used while it agrees with the other. */
function preciseNow(): number {
  const now = Date.now();
  const precise = performance.timeOrigin + performance.now();
  return Math.abs(precise - now) < 2 ? precise : now;
}

function role({ reply }: Call): void {
  reply.array(3);
  reply.bulkString("master");
  reply.integer(0);
  reply.array(0);
}

/** Nothing is saved; the data are as old as the server. */
function lastSave({ core, reply }: Call): void {
  reply.integer(Math.floor(core.stats.startedAt / 1000));
}

/** LOLWUT [VERSION number …] */
function lolwut({ args, reply }: Call): void {
  if (args.count > 2 && args.is(1, "version")) args.integer(2);
  reply.verbatim("txt", `${drawRipples()}Redis ver. ${REDIS_VERSION}\n`);
}

const SHUTDOWN_WORDS = ["nosave", "save", "now", "force", "abort"] as const;

/** SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] | ABORT: there is no reply, the connection closes. */
function shutdown({ args, core, session }: Call): void {
  const words = new Set<string>();
  for (let i = 1; i < args.count; i++) {
    const word = SHUTDOWN_WORDS.find((known) => args.is(i, known));
    if (word === undefined) throw SYNTAX_ERROR;
    words.add(word);
  }
  if (words.has("save") && words.has("nosave")) throw SYNTAX_ERROR;
  if (words.has("abort")) throw words.size > 1 ? SYNTAX_ERROR : NO_SHUTDOWN;
  // To save was asked for, and there is no way to: the data would be lost.
  if (words.has("save") && !words.has("force")) {
    core.host.log("warning", "SHUTDOWN SAVE: this server writes nothing to disk");
    throw CANNOT_SAVE;
  }
  core.host.log("notice", `SHUTDOWN from ${session.address}`);
  session.closeAfterReply = true;
  core.host.shutdown();
}

function monitor({ core, reply, session }: Call): void {
  session.monitor = true;
  core.monitors.add(session);
  reply.ok();
}
