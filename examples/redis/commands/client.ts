/**
 * CLIENT and its subcommands: who is connected, and what to do about it.
 * https://redis.io/docs/latest/commands/client-list/
 *
 * See also connection.ts.
 */

import type { User } from "../acl/user.ts";
import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { help, subcommandError } from "../help.ts";
import type { Session } from "../session.ts";
import { isSubscriber } from "../subscriptions.ts";

const OWN = "noscript loading stale";
const ADMIN = "admin noscript loading stale";

// biome-ignore format: a table is read by its columns
export const clientCommands: CommandGroup = { group: "connection", rows: [
  ["client",          -2, "",              0, 0, 0, help,    "2.4.0",  "Connections of clients"],
  ["client|getname",   2, OWN,             0, 0, 0, getName, "2.6.9",  "The connection's name"],
  ["client|help",      2, "loading stale", 0, 0, 0, help,    "5.0.0",  "Prints this help"],
  ["client|id",        2, OWN,             0, 0, 0, id,      "5.0.0",  "The connection's id"],
  ["client|info",      2, OWN,             0, 0, 0, info,    "6.2.0",  "Its line of LIST"],
  ["client|kill",     -3, ADMIN,           0, 0, 0, kill,    "2.4.0",  "Closes connections"],
  ["client|list",     -2, ADMIN,           0, 0, 0, list,    "2.4.0",  "A line for every one"],
  ["client|no-evict",  3, ADMIN,           0, 0, 0, noEvict, "7.0.0",  "Spares it from eviction"],
  ["client|no-touch",  3, OWN,             0, 0, 0, noTouch, "7.2.0",  "Its reads leave no trace"],
  ["client|pause",    -3, ADMIN,           0, 0, 0, pause,   "2.9.50", "Holds commands back"],
  ["client|reply",     3, OWN,             0, 0, 0, replies, "3.2.0",  "Turns replies off or on"],
  ["client|setinfo",   4, OWN,             0, 0, 0, setInfo, "7.2.0",  "Names its library"],
  ["client|setname",   3, OWN,             0, 0, 0, setName, "2.6.9",  "Names the connection"],
  ["client|unblock",  -3, ADMIN,           0, 0, 0, unblock, "5.0.0",  "Ends a client's waiting"],
  ["client|unpause",   2, ADMIN,           0, 0, 0, unpause, "6.2.0",  "Ends PAUSE"],
] };

const NO_SUCH_CLIENT = replyError("ERR No such client");
const BAD_CLIENT_ID = replyError("ERR Invalid client ID");
const ID_TOO_SMALL = replyError("ERR client-id should be greater than 0");
const TIMEOUT_NOT_AN_INTEGER = replyError("ERR timeout is not an integer or out of range");
const TIMEOUT_NEGATIVE = replyError("ERR timeout is negative");
const PAUSE_MODE = replyError("ERR CLIENT PAUSE mode must be WRITE or ALL");
const UNBLOCK_REASON = replyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");

function getName({ reply, session }: Call): void {
  if (session.name === "") reply.null();
  else reply.bulkString(session.name);
}

function setName({ args, reply, session }: Call): void {
  session.name = checkAttribute("Client names", args.string(2));
  reply.ok();
}

/** CLIENT SETINFO LIB-NAME|LIB-VER value */
function setInfo({ args, reply, session }: Call): void {
  const value = args.string(3);
  if (args.is(2, "lib-name")) session.libName = checkAttribute("lib-name", value);
  else if (args.is(2, "lib-ver")) session.libVersion = checkAttribute("lib-ver", value);
  else throw replyError(`ERR Unrecognized option '${args.printed(2)}'`);
  reply.ok();
}

/** A name must not break the line it is shown in. */
export function checkAttribute(what: string, value: string): string {
  if (/^[!-~]*$/.test(value)) return value;
  throw replyError(`ERR ${what} cannot contain spaces, newlines or special characters.`);
}

function id({ reply, session }: Call): void {
  reply.integer(session.id);
}

function info({ core, reply, session }: Call): void {
  reply.verbatim("txt", describe(session, core.clock.now));
}

/** CLIENT LIST [TYPE normal|master|replica|pubsub] | [ID id…] */
function list({ args, core, reply }: Call): void {
  let sessions: Iterable<Session> = core.sessions.values();
  if (args.count === 4 && args.is(2, "type")) {
    const type = clientType(args, 3);
    sessions = [...sessions].filter((session) => typeOf(session) === type);
  } else if (args.count > 3 && args.is(2, "id")) {
    sessions = sessionsById(core.sessions, args);
  } else if (args.count !== 2) {
    throw SYNTAX_ERROR;
  }
  let text = "";
  for (const session of sessions) if (!session.closed) text += describe(session, core.clock.now);
  reply.verbatim("txt", text);
}

function sessionsById(sessions: ReadonlyMap<number, Session>, args: Args): Session[] {
  const found: Session[] = [];
  for (let i = 3; i < args.count; i++) {
    if (!/^-?[0-9]{1,19}$/.test(args.string(i))) throw BAD_CLIENT_ID;
    const session = sessions.get(Number(args.string(i)));
    if (session !== undefined) found.push(session);
  }
  return found;
}

const CLIENT_TYPES = new Map([
  ["normal", "normal"],
  ["master", "master"],
  ["replica", "slave"],
  ["slave", "slave"],
  ["pubsub", "pubsub"],
]);

function clientType(args: Args, i: number): string {
  const type = CLIENT_TYPES.get(args.word(i));
  if (type === undefined) throw replyError(`ERR Unknown client type '${args.printed(i)}'`);
  return type;
}

/** Replicas and masters do not exist here. */
function typeOf(session: Session): string {
  return isSubscriber(session) ? "pubsub" : "normal";
}

/** Fields of CLIENT LIST that this server has no counterpart for are 0. */
export function describe(session: Session, now: number): string {
  const fields: Record<string, string | number> = {
    id: session.id,
    addr: session.address,
    laddr: session.localAddress,
    fd: session.fdNumber,
    name: session.name,
    age: seconds(now - session.createdAt),
    idle: seconds(now - session.lastInteraction),
    flags: flagsOf(session),
    db: session.dbIndex,
    sub: session.subscriptions.channels.size,
    psub: session.subscriptions.patterns.size,
    ssub: session.subscriptions.shardChannels.size,
    multi: session.transaction?.queue.length ?? -1,
    qbuf: session.queryBufferLength,
    "qbuf-free": session.queryBufferCapacity - session.queryBufferLength,
    "argv-mem": 0,
    "multi-mem": session.transaction?.size ?? 0,
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: session.pendingOutput > 0 ? 1 : 0,
    omem: session.pendingOutput,
    "tot-mem": session.queryBufferCapacity + session.pendingOutput,
    events: session.pendingOutput > 0 ? "rw" : "r",
    cmd: session.lastCommand,
    user: session.user.name,
    redir: session.tracking?.redirect ?? -1,
    resp: session.protocol,
    "lib-name": session.libName,
    "lib-ver": session.libVersion,
  };
  const words = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return `${words.join(" ")}\n`;
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.floor(milliseconds / 1000));
}

/** In Redis's order; N when there is nothing to say. */
function flagsOf(session: Session): string {
  const flags = [
    session.monitor ? "O" : "",
    isSubscriber(session) ? "P" : "",
    session.transaction !== undefined ? "x" : "",
    session.blocked !== undefined ? "b" : "",
    session.tracking !== undefined ? "t" : "",
    session.tracking?.isBroken ? "R" : "",
    session.tracking?.isBroadcast ? "B" : "",
    session.watchBroken ? "d" : "",
    session.closeAfterReply ? "c" : "",
    session.closed ? "A" : "",
    isUnix(session) ? "U" : "",
    session.noEvict ? "e" : "",
    session.noTouch ? "T" : "",
  ];
  return flags.join("") || "N";
}

/** The peer of a unix socket has no port, which is shown as port 0. */
function isUnix(session: Session): boolean {
  return session.address.endsWith(":0");
}

/** CLIENT KILL ip:port | CLIENT KILL filter value… */
function kill(call: Call): void {
  const { args, core, reply } = call;
  if (args.count === 3) {
    const address = args.string(2);
    const victim = [...core.sessions.values()].find((session) => {
      return session.address === address && !session.closed;
    });
    if (victim === undefined) throw NO_SUCH_CLIENT;
    end(victim, call);
    reply.ok();
    return;
  }
  const filter = parseFilter(call);
  let killed = 0;
  for (const session of core.sessions.values()) {
    if (session.closed || !matches(session, filter)) continue;
    end(session, call);
    killed++;
  }
  reply.integer(killed);
}

/** The caller's own connection ends after the reply, others at once. */
function end(victim: Session, { session }: Call): void {
  if (victim === session) session.closeAfterReply = true;
  else victim.close();
}

interface Filter {
  id?: number;
  address?: string;
  localAddress?: string;
  type?: string;
  user?: User;
  spared?: Session;
}

type Apply = (filter: Filter, call: Call, i: number) => void;

/** Filters of CLIENT KILL: each takes a value, argument `i`. */
const FILTERS = new Map<string, Apply>([
  ["id", filterById],
  ["type", (filter, { args }, i) => Object.assign(filter, { type: clientType(args, i) })],
  ["addr", (filter, { args }, i) => Object.assign(filter, { address: args.string(i) })],
  ["laddr", (filter, { args }, i) => Object.assign(filter, { localAddress: args.string(i) })],
  ["user", filterByUser],
  ["skipme", filterOwn],
]);

function filterById(filter: Filter, { args }: Call, i: number): void {
  const text = args.string(i);
  if (!/^[0-9]{1,19}$/.test(text) || Number(text) === 0) throw ID_TOO_SMALL;
  filter.id = Number(text);
}

function filterByUser(filter: Filter, { args, core }: Call, i: number): void {
  const user = core.users.get(args.string(i));
  if (user === undefined) throw replyError(`ERR No such user '${args.printed(i)}'`);
  filter.user = user;
}

function filterOwn(filter: Filter, { args, session }: Call, i: number): void {
  if (args.is(i, "no")) delete filter.spared;
  else if (args.is(i, "yes")) filter.spared = session;
  else throw SYNTAX_ERROR;
}

function parseFilter(call: Call): Filter {
  const { args, session } = call;
  const filter: Filter = { spared: session };
  for (let i = 2; i < args.count; i += 2) {
    const apply = FILTERS.get(args.word(i));
    if (apply === undefined || i + 1 === args.count) throw SYNTAX_ERROR;
    apply(filter, call, i + 1);
  }
  return filter;
}

function matches(session: Session, filter: Filter): boolean {
  return (
    (filter.id === undefined || filter.id === session.id) &&
    (filter.address === undefined || filter.address === session.address) &&
    (filter.localAddress === undefined || filter.localAddress === session.localAddress) &&
    (filter.type === undefined || filter.type === typeOf(session)) &&
    (filter.user === undefined || filter.user === session.user) &&
    filter.spared !== session
  );
}

function noEvict({ args, reply, session }: Call): void {
  session.noEvict = onOff(args, 2);
  reply.ok();
}

function noTouch({ args, reply, session }: Call): void {
  session.noTouch = onOff(args, 2);
  reply.ok();
}

function onOff(args: Args, i: number): boolean {
  if (!args.is(i, "on") && !args.is(i, "off")) throw SYNTAX_ERROR;
  return args.is(i, "on");
}

/** CLIENT REPLY ON|OFF|SKIP; what becomes of replies meanwhile is decided in core.ts. */
function replies({ args, reply, session }: Call): void {
  if (args.is(2, "on")) {
    session.replyMode = "on";
    reply.ok();
  } else if (args.is(2, "off")) {
    session.replyMode = "off";
  } else if (args.is(2, "skip")) {
    if (session.replyMode !== "off") session.replyMode = "skip-next";
  } else {
    throw SYNTAX_ERROR;
  }
}

/** CLIENT PAUSE milliseconds [WRITE|ALL]; of two pauses the longer and the stricter one holds. */
function pause(call: Call): void {
  const { args, core, reply } = call;
  if (args.count > 4) throw subcommandError(call);
  const scope = args.count === 4 ? args.word(3) : "all";
  if (scope !== "all" && scope !== "write") throw PAUSE_MODE;
  if (!/^-?[0-9]{1,18}$/.test(args.string(2))) throw TIMEOUT_NOT_AN_INTEGER;
  const milliseconds = Number(args.string(2));
  if (milliseconds < 0) throw TIMEOUT_NEGATIVE;
  const isPaused = core.pausedUntil > core.clock.now;
  core.pauseScope = isPaused && core.pauseScope === "all" ? "all" : scope;
  core.pausedUntil = Math.max(core.pausedUntil, core.clock.now + milliseconds);
  reply.ok();
}

function unpause({ core, reply }: Call): void {
  core.resumeHeld();
  reply.ok();
}

/** CLIENT UNBLOCK id [TIMEOUT|ERROR]: the client gets the reply of a timeout, or an error. */
function unblock(call: Call): void {
  const { args, core, reply } = call;
  if (args.count > 4) throw subcommandError(call);
  if (args.count === 4 && !args.is(3, "timeout") && !args.is(3, "error")) throw UNBLOCK_REASON;
  const reason = args.count === 4 && args.is(3, "error") ? "error" : "timeout";
  const session = core.sessions.get(Number(args.int64(2)));
  const wasBlocked = session !== undefined && core.blocking.unblock(session, reason);
  reply.integer(wasBlocked ? 1 : 0);
}
