/**
 * DEBUG, as far as tests and tools of others call it; only where `enable-debug-command` allows it.
 * https://redis.io/docs/latest/commands/debug/
 */

import type { Args } from "../args.ts";
import type { Call, Handler } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { digestOfAll, digestOfValue, NO_DIGEST } from "../digest.ts";
import { MUST_BE_POSITIVE, NO_SUCH_KEY, replyError } from "../errors.ts";
import { Glob } from "../glob.ts";
import { subcommandError } from "../help.ts";
import { NONE, type Ref } from "../keyspace/keyspace.ts";
import { STRING } from "../keyspace/types.ts";
import { parseDouble } from "../number.ts";
import { memory } from "../option-kinds.ts";
import { mayUse } from "../permission.ts";
import type { Reply } from "../reply.ts";
import type { TypedValue } from "../types/value.ts";

// biome-ignore format: a table is read by its columns
export const debugCommands: CommandGroup = { group: "server", rows: [
  ["debug", -2, "admin noscript loading stale", 0, 0, 0, debug, "1.0.0", "For tests of the server"],
] };

/** Arguments of a subcommand, the two words of its name included. */
type Arity = readonly [least: number, most: number];
type Row = readonly [name: string, arity: Arity, handler: Handler, summary: string];

// biome-ignore format: a table is read by its columns
const SUBCOMMANDS: readonly Row[] = [
  ["change-repl-id",             [2, 2], changeReplicationId, "Begins a new history of the data"],
  ["digest",                     [2, 2], digest,              "One of all keys and values"],
  ["digest-value",               [2, Infinity], digestValues,      "One of each of these values"],
  ["error",                      [3, 3], error,               "Answers with this error"],
  ["help",                       [2, 2], help,                "Prints this help"],
  ["jmap",                       [2, 2], nothing,             "Does nothing"],
  ["listpack",                   [3, 3], existing,            "Does nothing to a key that exists"],
  ["loadaof",                    [2, 2], nothing,             "Does nothing"],
  ["log",                        [3, 3], log,                 "Writes a line to the log"],
  ["object",                     [3, 3], object,              "How a value is stored"],
  ["pause-cron",                 [3, 3], nothing,             "Does nothing"],
  ["populate",                   [3, 5], populate,            "Makes many keys"],
  ["protocol",                   [3, 3], protocol,            "Answers with a reply of this type"],
  ["quicklist",                  [3, 4], existing,            "Does nothing to a key that exists"],
  ["quicklist-packed-threshold", [3, 3], packedThreshold,     "Checks the size, and does nothing"],
  ["reload",                     [2, 5], nothing,             "Does nothing: the data stay"],
  ["replybuffer",                [4, 4], nothing,             "Does nothing"],
  ["set-active-expire",          [3, 3], setActiveExpire,     "0: keys expire only when asked for"],
  ["sleep",                      [3, 3], sleep,               "Stops the server for some seconds"],
  ["stringmatch-len",            [4, 4], stringMatch,         "Matches so many x with a pattern"],
];

const NOT_ALLOWED = replyError(
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can ' +
    "run it from a local connection, otherwise you need to set this option in the configuration " +
    "file, and then restart the server.",
);
const BAD_THRESHOLD = replyError(
  "ERR argument must be a memory value bigger than 1 and smaller than 4gb",
);
const NO_RESP2 = replyError("ERR RESP2 is not supported by this command");
const MAX_SLEEP_MS = 60_000;
const MAX_POPULATION = 10_000_000;
const MAX_TEXT = 1024 * 1024;

function debug(call: Call): void {
  const { args, core, session } = call;
  if (!mayUse(core.settings["enable-debug-command"], session)) throw NOT_ALLOWED;
  const row = SUBCOMMANDS.find(([name]) => args.is(1, name));
  if (row === undefined) throw subcommandError(call);
  const [, [least, most], handler] = row;
  if (args.count < least || args.count > most) throw subcommandError(call);
  handler(call);
}

function help({ reply }: Call): void {
  reply.array(1 + SUBCOMMANDS.length * 2);
  reply.simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const [name, , , summary] of SUBCOMMANDS) {
    reply.simple(name.toUpperCase());
    reply.simple(`    ${summary}`);
  }
}

function nothing({ reply }: Call): void {
  reply.ok();
}

function existing(call: Call): void {
  keyOf(call);
  call.reply.ok();
}

function keyOf({ args, db }: Call): Ref {
  const ref = db.peekName(args.string(2));
  if (ref === NONE) throw NO_SUCH_KEY;
  return ref;
}

function changeReplicationId({ core, reply }: Call): void {
  core.identity.changeReplicationId();
  reply.ok();
}

function digest({ core, reply }: Call): void {
  reply.simple(digestOfAll(core.databases));
}

function digestValues({ args, db, reply }: Call): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const ref = db.peekName(args.string(i));
    reply.simple(ref === NONE ? NO_DIGEST : digestOfValue(db, ref));
  }
}

function error({ args, reply }: Call): void {
  reply.error(args.string(2));
}

function log({ args, core, reply }: Call): void {
  core.host.log("warning", `DEBUG LOG: ${args.string(2)}`);
  reply.ok();
}

/** The address is the same for all: JavaScript objects move. */
function object(call: Call): void {
  const { core, db, reply } = call;
  const ref = keyOf(call);
  const encoding =
    db.type(ref) === STRING
      ? db.stringEncoding(ref)
      : (db.object(ref) as TypedValue).encoding(core.settings);
  const idle = Math.floor(db.idleTime(ref) / 1000);
  const seen = Math.floor(core.clock.now / 1000) - idle;
  reply.simple(
    `Value at:0x0 refcount:1 encoding:${encoding} ` +
      `serializedlength:${db.sizeOf(ref)} ` +
      `lru:${seen % 2 ** 24} lru_seconds_idle:${idle}`,
  );
}

/** DEBUG POPULATE count [prefix] [size]; keys that are there stay as they are. */
function populate({ args, db, reply }: Call): void {
  const count = positive(args, 2, MAX_POPULATION);
  const prefix = args.count > 3 ? args.string(3) : "key";
  const size = args.count > 4 ? positive(args, 4, MAX_TEXT) : 0;
  for (let i = 0; i < count; i++) {
    const key = `${prefix}:${i}`;
    if (db.peekName(key) !== NONE) continue;
    const value = `value:${i}`;
    db.setStringValue(key, size === 0 ? value : value.padEnd(size, "\0").slice(0, size));
  }
  reply.ok();
}

function positive(args: Args, i: number, most: number): number {
  const text = args.string(i);
  if (!/^[0-9]{1,15}$/.test(text) || Number(text) > most) throw MUST_BE_POSITIVE;
  return Number(text);
}

/** Replies of every type there is, for the tests of clients. */
const SPECIMENS = new Map<string, (reply: Reply) => void>([
  ["string", (reply) => reply.bulkString("Hello World")],
  ["integer", (reply) => reply.integer(12345)],
  ["double", (reply) => reply.double(3141 / 1000)],
  ["bignum", bignum],
  ["null", (reply) => reply.null()],
  ["array", array],
  ["set", set],
  ["map", map],
  ["attrib", attribute],
  ["push", push],
  ["verbatim", (reply) => reply.verbatim("txt", "This is a verbatim\nstring")],
  ["true", (reply) => reply.boolean(true)],
  ["false", (reply) => reply.boolean(false)],
]);

function protocol({ args, reply }: Call): void {
  const write = SPECIMENS.get(args.word(2));
  if (write === undefined) {
    const names = [...SPECIMENS.keys()].join("|");
    throw replyError(`ERR Wrong protocol type name. Please use one of the following: ${names}`);
  }
  write(reply);
}

const BIGNUM = "1234567999999999999999999999999999999";

function bignum(reply: Reply): void {
  if (reply.protocol === 3) reply.raw(Buffer.from(`(${BIGNUM}\r\n`));
  else reply.bulkString(BIGNUM);
}

function array(reply: Reply): void {
  reply.array(3);
  for (let i = 0; i < 3; i++) reply.integer(i);
}

function set(reply: Reply): void {
  reply.set(3);
  for (let i = 0; i < 3; i++) reply.integer(i);
}

function map(reply: Reply): void {
  reply.map(3);
  for (let i = 0; i < 3; i++) {
    reply.integer(i);
    reply.boolean(i === 1);
  }
}

/** Redis sends the attribute before the reply; RESP2 has none. */
function attribute(reply: Reply): void {
  if (reply.protocol === 3) {
    reply.raw(Buffer.from("|1\r\n"));
    reply.bulkString("key-popularity");
    reply.array(2);
    reply.bulkString("key:123");
    reply.integer(90);
  }
  reply.bulkString("Some real reply following the attribute");
}

function push(reply: Reply): void {
  if (reply.protocol === 2) throw NO_RESP2;
  reply.push(2);
  reply.bulkString("server-cpu-usage");
  reply.integer(42);
  reply.bulkString("Some real reply following the push reply");
}

function packedThreshold({ args, reply }: Call): void {
  try {
    memory(0, 2 ** 32 - 1).parse([args.string(2)], 0);
  } catch {
    throw BAD_THRESHOLD;
  }
  reply.ok();
}

function setActiveExpire({ args, core, reply }: Call): void {
  core.activeExpire = !args.is(2, "0");
  reply.ok();
}

/** DEBUG SLEEP seconds: nobody is served meanwhile, which is what it is for. */
function sleep({ args, reply }: Call): void {
  const milliseconds = parseDouble(args.string(2)) * 1000;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  if (milliseconds > 0) Atomics.wait(cell, 0, 0, Math.min(milliseconds, MAX_SLEEP_MS));
  reply.ok();
}

/** DEBUG STRINGMATCH-LEN length pattern */
function stringMatch({ args, reply }: Call): void {
  const text = "x".repeat(positive(args, 2, MAX_TEXT));
  reply.integer(new Glob(args.string(3)).matches(text) ? 1 : 0);
}
