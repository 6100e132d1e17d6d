/**
 * The commands a connection begins and ends with: PING ECHO HELLO AUTH SELECT QUIT RESET.
 * https://redis.io/docs/latest/commands/?group=connection
 *
 * See also client.ts, for CLIENT.
 */

import { authenticate } from "../authenticate.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import type { Reply } from "../reply.ts";
import type { Session } from "../session.ts";
import { isSubscriber } from "../subscriptions.ts";
import { REDIS_VERSION } from "../version.ts";
import { checkAttribute } from "./client.ts";

/** What a client may send before it is known. */
const OPEN = "noscript loading stale fast no_auth allow_busy";

// biome-ignore format: a table is read by its columns
export const connectionCommands: CommandGroup = { group: "connection", rows: [
  ["ping",   -1, "fast",               0, 0, 0, ping,   "1.0.0", "PONG, or the argument"],
  ["echo",    2, "loading stale fast", 0, 0, 0, echo,   "1.0.0", "Answers the argument"],
  ["hello",  -1, OPEN,                 0, 0, 0, hello,  "6.0.0", "Chooses RESP2 or RESP3"],
  ["auth",   -2, OPEN,                 0, 0, 0, auth,   "1.0.0", "Tells the password"],
  ["select",  2, "loading stale fast", 0, 0, 0, select, "1.0.0", "Changes to another database"],
  ["quit",   -1, OPEN,                 0, 0, 0, quit,   "1.0.0", "Closes the connection"],
  ["reset",   1, OPEN,                 0, 0, 0, reset,  "6.2.0", "Makes the connection as new"],
] };

const PONG = Buffer.from("+PONG\r\n");

const PING_ARITY = replyError("ERR wrong number of arguments for 'ping' command");
const NO_PASSWORD = replyError(
  "ERR AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?",
);
const NOT_A_PROTOCOL = replyError("ERR Protocol version is not an integer or out of range");
const NO_PROTOCOL = replyError("NOPROTO unsupported protocol version");
const HELLO_NEEDS_AUTH = replyError(
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH " +
    "<user> <pass> option can be used to authenticate the client and select the RESP protocol " +
    "version at the same time",
);

function ping({ args, reply, session }: Call): void {
  if (args.count > 2) throw PING_ARITY;
  if (session.protocol === 2 && isSubscriber(session)) {
    reply.bulkStrings(["pong", args.count === 1 ? "" : args.string(1)]);
  } else if (args.count === 1) reply.raw(PONG);
  else reply.bulk(args.buffer, args.offset(1), args.length(1));
}

function echo({ args, reply }: Call): void {
  reply.bulk(args.buffer, args.offset(1), args.length(1));
}

/** HELLO [2|3 [AUTH user password] [SETNAME name]] */
function hello(call: Call): void {
  const { args, reply, session } = call;
  const { protocol, user, password, name } = parseHello(call);
  if (user !== undefined) authenticate(call, user, password);
  if (!session.authenticated) throw HELLO_NEEDS_AUTH;
  if (name !== undefined) session.name = name;
  if (args.count > 1) {
    session.protocol = protocol;
    reply.protocol = protocol;
  }
  greet(session, reply);
}

interface Greeting {
  protocol: 2 | 3;
  user?: string;
  password: string;
  name?: string;
}

function parseHello({ args }: Call): Greeting {
  const greeting: Greeting = { protocol: 2, password: "" };
  if (args.count === 1) return greeting;
  if (!/^-?[0-9]{1,18}$/.test(args.string(1))) throw NOT_A_PROTOCOL;
  if (!args.is(1, "2") && !args.is(1, "3")) throw NO_PROTOCOL;
  greeting.protocol = args.is(1, "2") ? 2 : 3;
  for (let i = 2; i < args.count; i++) {
    const values = args.count - i - 1;
    if (args.is(i, "auth") && values >= 2) {
      args.conceal(i + 1);
      args.conceal(i + 2);
      greeting.user = args.string(++i);
      greeting.password = args.string(++i);
    } else if (args.is(i, "setname") && values >= 1) {
      greeting.name = checkAttribute("Client names", args.string(++i));
    } else {
      throw replyError(`ERR Syntax error in HELLO option '${args.printed(i)}'`);
    }
  }
  return greeting;
}

function greet(session: Session, reply: Reply): void {
  reply.map(7);
  for (const text of ["server", "redis", "version", REDIS_VERSION, "proto"]) reply.bulkString(text);
  reply.integer(session.protocol);
  reply.bulkString("id");
  reply.integer(session.id);
  for (const text of ["mode", "standalone", "role", "master", "modules"]) reply.bulkString(text);
  reply.array(0);
}

/** AUTH [user] password */
function auth(call: Call): void {
  const { args, core, reply } = call;
  // First of all: a password that is refused may be the right one somewhere else.
  for (let i = 1; i < args.count; i++) args.conceal(i);
  if (args.count > 3) throw SYNTAX_ERROR;
  if (args.count === 2 && core.users.default.needsNoPassword) throw NO_PASSWORD;
  const user = args.count === 3 ? args.string(1) : "default";
  authenticate(call, user, args.string(args.count - 1));
  reply.ok();
}

function select({ args, core, reply, session }: Call): void {
  const index = args.int32(1);
  session.db = core.database(index);
  session.dbIndex = index;
  reply.ok();
}

function quit({ reply, session }: Call): void {
  reply.ok();
  session.closeAfterReply = true;
}

function reset({ core, reply, session }: Call): void {
  core.endTransaction(session);
  core.subscriptions.unsubscribeAll(session);
  core.tracking.disable(session);
  core.monitors.delete(session);
  session.monitor = false;
  session.db = core.database(0);
  session.dbIndex = 0;
  session.protocol = 2;
  session.name = "";
  if (session.replyMode === "off") session.replyMode = "on";
  session.noTouch = false;
  core.users.welcome(session);
  reply.protocol = 2;
  reply.simple("RESET");
}
