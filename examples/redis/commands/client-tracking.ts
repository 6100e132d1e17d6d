/**
 * CLIENT's subcommands for client-side caching.
 * https://redis.io/docs/latest/commands/client-tracking/
 *
 * See also tracking.ts.
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import type { Session } from "../session.ts";
import { OwnTracking } from "../tracking.ts";

const OWN = "noscript loading stale";

// biome-ignore format: a table is read by its columns
export const clientTrackingCommands: CommandGroup = { group: "connection", rows: [
  ["client|caching",      3, OWN, 0, 0, 0, caching,      "6.0.0", "Tracks the next reads, or not"],
  ["client|getredir",     2, OWN, 0, 0, 0, getRedir,     "6.0.0", "Who is told of changes"],
  ["client|tracking",    -3, OWN, 0, 0, 0, tracking,     "6.0.0", "Tells when reads go stale"],
  ["client|trackinginfo", 2, OWN, 0, 0, 0, trackingInfo, "6.2.0", "How it tracks"],
] };

const ONE_REDIRECT = replyError("ERR A client can only redirect to a single other client");
const NO_TARGET = replyError("ERR The client ID you want redirect to does not exist");
const PREFIX_WITHOUT_BCAST = replyError("ERR PREFIX option requires BCAST mode to be enabled");
const BCAST_SWITCH = replyError(
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client, " +
    "and then re-enabling it with a different mode.",
);
const BCAST_WITH_CHOICE = replyError("ERR OPTIN and OPTOUT are not compatible with BCAST");
const BOTH_CHOICES = replyError("ERR You can't specify both OPTIN mode and OPTOUT mode");
const CHOICE_SWITCH = replyError(
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, " +
    "and then re-enabling it with a different mode.",
);
const NOT_CHOOSING = replyError(
  "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or " +
    "OPTOUT mode enabled",
);
const NOT_OPTIN = replyError(
  "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
);
const NOT_OPTOUT = replyError(
  "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
);

interface Options {
  redirect: number;
  bcast: boolean;
  optin: boolean;
  optout: boolean;
  noloop: boolean;
  readonly prefixes: string[];
}

/** CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP] */
function tracking(call: Call): void {
  const { args, core, reply, session } = call;
  const options = parseOptions(call);
  if (args.is(2, "on")) {
    checkOptions(options, session.tracking);
    const { prefixes } = options;
    if (options.bcast) checkPrefixes(prefixes, session);
    core.tracking.enable(session, asTracking(options), prefixes);
  } else if (args.is(2, "off")) {
    core.tracking.disable(session);
  } else {
    throw SYNTAX_ERROR;
  }
  reply.ok();
}

function parseOptions({ args, core }: Call): Options {
  const options: Options = {
    redirect: 0,
    bcast: false,
    optin: false,
    optout: false,
    noloop: false,
    prefixes: [],
  };
  for (let i = 3; i < args.count; i++) {
    const word = FLAGS.find((known) => args.is(i, known));
    if (word !== undefined) {
      options[word] = true;
    } else if (args.is(i, "redirect") && i + 1 < args.count) {
      if (options.redirect !== 0) throw ONE_REDIRECT;
      options.redirect = targetId(args, ++i, core.sessions);
    } else if (args.is(i, "prefix") && i + 1 < args.count) {
      options.prefixes.push(args.string(++i));
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return options;
}

const FLAGS = ["bcast", "optin", "optout", "noloop"] as const;

function targetId(args: Args, i: number, sessions: ReadonlyMap<number, Session>): number {
  const id = Number(args.int64(i));
  if (!sessions.has(id)) throw NO_TARGET;
  return id;
}

function checkOptions(options: Options, before: OwnTracking | undefined): void {
  const { bcast, optin, optout, prefixes } = options;
  if (!bcast && prefixes.length > 0) throw PREFIX_WITHOUT_BCAST;
  if (before !== undefined && before.isBroadcast !== bcast) throw BCAST_SWITCH;
  if (bcast && (optin || optout)) throw BCAST_WITH_CHOICE;
  if (optin && optout) throw BOTH_CHOICES;
  if ((optin && before?.choice === "optout") || (optout && before?.choice === "optin")) {
    throw CHOICE_SWITCH;
  }
}

function checkPrefixes(prefixes: readonly string[], session: Session): void {
  for (const [i, prefix] of prefixes.entries()) {
    for (const other of session.tracking?.prefixes ?? []) {
      if (overlap(prefix, other)) throw overlapError(prefix, "an existing prefix", other);
    }
    for (const other of prefixes.slice(i + 1)) {
      if (overlap(prefix, other)) throw overlapError(prefix, "another provided prefix", other);
    }
  }
}

function overlap(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

function overlapError(prefix: string, what: string, other: string) {
  return replyError(
    `ERR Prefix '${prefix}' overlaps with ${what} '${other}'. ` +
      "Prefixes for a single client must not overlap.",
  );
}

function asTracking({ bcast, noloop, optin, optout, redirect }: Options): OwnTracking {
  const own = new OwnTracking();
  own.isBroadcast = bcast;
  own.noLoop = noloop;
  own.redirect = redirect;
  if (optin) own.choice = "optin";
  if (optout) own.choice = "optout";
  return own;
}

/** CLIENT CACHING YES|NO */
function caching({ args, reply, session }: Call): void {
  const own = session.tracking;
  if (own === undefined) throw NOT_CHOOSING;
  if (args.is(2, "yes")) {
    if (own.choice !== "optin") throw NOT_OPTIN;
  } else if (args.is(2, "no")) {
    if (own.choice !== "optout") throw NOT_OPTOUT;
  } else {
    throw SYNTAX_ERROR;
  }
  own.isCachingSaid = true;
  reply.ok();
}

function getRedir({ reply, session }: Call): void {
  reply.integer(session.tracking?.redirect ?? -1);
}

function trackingInfo({ reply, session }: Call): void {
  const flags = flagsOf(session.tracking);
  reply.map(3);
  reply.bulkString("flags");
  reply.set(flags.length);
  for (const flag of flags) reply.bulkString(flag);
  reply.bulkString("redirect");
  reply.integer(session.tracking?.redirect ?? -1);
  reply.bulkString("prefixes");
  reply.bulkStrings([...(session.tracking?.prefixes ?? [])].sort());
}

function flagsOf(own: OwnTracking | undefined): string[] {
  if (own === undefined) return ["off"];
  const flags = ["on"];
  if (own.isBroadcast) flags.push("bcast");
  if (own.choice !== "all") flags.push(own.choice);
  if (own.isCachingSaid) flags.push(own.choice === "optin" ? "caching-yes" : "caching-no");
  if (own.noLoop) flags.push("noloop");
  if (own.isBroken) flags.push("broken_redirect");
  return flags;
}
