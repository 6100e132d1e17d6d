/**
 * ACL: users, and what they may do.
 * https://redis.io/docs/latest/commands/?group=server
 *
 * See also ../acl/.
 */

import { randomBytes } from "node:crypto";
import { describeCommands } from "../acl/describe.ts";
import { loadAclFile, saveAclFile } from "../acl/file.ts";
import type { Denial, Words } from "../acl/request.ts";
import { RuleError } from "../acl/rule-error.ts";
import { mergeSelectors } from "../acl/rules.ts";
import { hasSpaces, type Selector } from "../acl/selector.ts";
import { endSessionsOf, endStrayListeners } from "../acl/sessions.ts";
import type { User } from "../acl/user.ts";
import type { Call } from "../call.ts";
import type { Command, CommandGroup } from "../command.ts";
import { CATEGORIES, categoryMembers } from "../command-facts.ts";
import { replyError } from "../errors.ts";
import { help, subcommandError } from "../help.ts";
import type { Reply } from "../reply.ts";

const OPEN = "noscript loading stale";
const ADMIN = "admin noscript loading stale";

// biome-ignore format: a table is read by its columns
export const aclCommands: CommandGroup = { group: "server", rows: [
  ["acl",         -2, "",              0, 0, 0, help,    "6.0.0", "Users and their rights"],
  ["acl|cat",     -2, OPEN,            0, 0, 0, cat,     "6.0.0", "Categories, or what is in one"],
  ["acl|deluser", -3, ADMIN,           0, 0, 0, delUser, "6.0.0", "Removes users"],
  ["acl|dryrun",  -4, ADMIN,           0, 0, 0, dryRun,  "7.0.0", "Whether a user might run this"],
  ["acl|genpass", -2, OPEN,            0, 0, 0, genPass, "6.0.0", "A password nobody can guess"],
  ["acl|getuser",  3, ADMIN,           0, 0, 0, getUser, "6.0.0", "A user's rules by their kinds"],
  ["acl|help",     2, "loading stale", 0, 0, 0, help,    "6.0.0", "Prints this help"],
  ["acl|list",     2, ADMIN,           0, 0, 0, list,    "6.0.0", "Users as lines of a file"],
  ["acl|load",     2, ADMIN,           0, 0, 0, load,    "6.0.0", "Reads the ACL file again"],
  ["acl|log",     -2, ADMIN,           0, 0, 0, log,     "6.0.0", "What was denied to whom"],
  ["acl|save",     2, ADMIN,           0, 0, 0, save,    "6.0.0", "Writes the ACL file"],
  ["acl|setuser", -3, ADMIN,           0, 0, 0, setUser, "6.0.0", "Adds or changes a user"],
  ["acl|users",    2, ADMIN,           0, 0, 0, users,   "6.0.0", "The names of all users"],
  ["acl|whoami",   2, OPEN,            0, 0, 0, whoAmI,  "6.0.0", "The caller's own name"],
] };

const BAD_USER_NAME = replyError("ERR Usernames can't contain spaces or null characters");
const UNDYING = replyError("ERR The 'default' user cannot be removed");
const NO_FILE = replyError(
  "ERR This Redis instance is not configured to use an ACL file. You may want to specify users " +
    "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis " +
    "configuration file set) in order to store users in the Redis configuration.",
);
const MAX_BITS = 4096;
const BAD_BITS = replyError(
  "ERR ACL GENPASS argument must be the number of bits for the output password, a positive " +
    `number up to ${MAX_BITS}`,
);
const ENTRIES_SHOWN = 10;

/** ACL CAT [category] */
function cat(call: Call): void {
  const { args, core, reply } = call;
  if (args.count > 3) throw subcommandError(call);
  if (args.count === 2) {
    reply.bulkStrings(CATEGORIES);
    return;
  }
  const members = categoryMembers(core.table, args.string(2));
  if (members === undefined) throw replyError(`ERR Unknown category '${args.prefix(2, 128)}'`);
  reply.bulkStrings(members.map(({ name }) => name));
}

/** ACL DELUSER name…: with their connections */
function delUser({ args, core, reply, session }: Call): void {
  for (let i = 2; i < args.count; i++) if (args.string(i) === "default") throw UNDYING;
  let deleted = 0;
  for (let i = 2; i < args.count; i++) {
    const user = core.users.delete(args.string(i));
    if (user === undefined) continue;
    endSessionsOf(user, core.sessions.values(), session);
    deleted++;
  }
  reply.integer(deleted);
}

/** ACL DRYRUN name command [arg…] */
function dryRun(call: Call): void {
  const { args, core, reply } = call;
  const user = core.users.get(args.string(2));
  if (user === undefined) throw replyError(`ERR User '${args.string(2)}' not found`);
  const command = commandAt(call, 3);
  if (!command.acceptsCount(args.count - 3)) {
    throw replyError(`ERR wrong number of arguments for '${command.name}' command`);
  }
  const denial = user.denies(command, wordsFrom(call, 3));
  if (denial === undefined) reply.ok();
  else reply.bulkString(refusal(denial, command, args.prefix(denial.index + 3, 1024)));
}

/** The command that the words from `at` on would run. */
function commandAt({ args, core }: Call, at: number): Command {
  const found = core.table.byName(args.string(at));
  const isContainer = found !== undefined && found.subcommands.size > 0 && args.count > at + 1;
  const command = isContainer ? found.subcommands.get(args.word(at + 1)) : found;
  if (command !== undefined && !args.string(at).includes("|")) return command;
  throw replyError(`ERR Command '${args.string(at)}' not found`);
}

function wordsFrom({ args }: Call, start: number): Words {
  return {
    count: args.count - start,
    length: (i) => args.length(i + start),
    string: (i) => args.string(i + start),
    prefix: (i, limit) => args.prefix(i + start, limit),
  };
}

function refusal({ reason }: Denial, command: Command, word: string): string {
  if (reason === "command") {
    return `This user has no permissions to run the '${command.name}' command`;
  }
  return `This user has no permissions to access the '${word}' ${reason}`;
}

/** ACL GENPASS [bits] */
function genPass(call: Call): void {
  const { args, reply } = call;
  if (args.count > 3) throw subcommandError(call);
  const bits = args.count === 3 ? args.integer(2) : 256;
  if (bits < 1 || bits > MAX_BITS) throw BAD_BITS;
  const digits = Math.ceil(bits / 4);
  reply.bulkString(
    randomBytes(Math.ceil(digits / 2))
      .toString("hex")
      .slice(0, digits),
  );
}

function getUser({ args, core, reply }: Call): void {
  const user = core.users.get(args.string(2));
  if (user === undefined) {
    reply.null();
    return;
  }
  const [own, ...others] = user.selectors as [Selector, ...Selector[]];
  reply.map(6);
  reply.bulkString("flags");
  const flags = user.flags();
  reply.set(flags.length);
  for (const flag of flags) reply.bulkString(flag);
  reply.bulkString("passwords");
  reply.bulkStrings(user.passwords);
  describe(own, reply);
  reply.bulkString("selectors");
  reply.array(others.length);
  for (const selector of others) {
    reply.map(3);
    describe(selector, reply);
  }
}

function describe(selector: Selector, reply: Reply): void {
  const parts = {
    commands: describeCommands(selector),
    keys: selector.keyRules().join(" "),
    channels: selector.channelRules().join(" "),
  };
  for (const text of Object.entries(parts).flat()) reply.bulkString(text);
}

function list({ core, reply }: Call): void {
  reply.bulkStrings(core.users.describe());
}

function load(call: Call): void {
  const { core, session, reply } = call;
  const { errors, removed } = loadAclFile(core.users, aclFile(call));
  if (errors !== "") throw replyError(`ERR ${errors}`);
  for (const user of removed) endSessionsOf(user, core.sessions.values(), session);
  reply.ok();
}

function aclFile({ core }: Call): string {
  if (core.settings.aclfile === "") throw NO_FILE;
  return core.settings.aclfile;
}

/** ACL LOG [count | RESET] */
function log(call: Call): void {
  const { args, core, reply } = call;
  const { entries } = core.users.log;
  if (args.count > 3) throw subcommandError(call);
  if (args.count === 3 && args.is(2, "reset")) {
    core.users.log.clear();
    reply.ok();
    return;
  }
  const wanted = args.count === 3 ? Math.max(0, args.integer(2)) : ENTRIES_SHOWN;
  const shown = entries.slice(0, wanted);
  reply.array(shown.length);
  for (const { count, reason, context, object, username, time, client } of shown) {
    reply.map(7);
    reply.bulkString("count");
    reply.integer(count);
    const texts = { reason, context, object, username };
    for (const text of Object.entries(texts).flat()) reply.bulkString(text);
    reply.bulkString("age-seconds");
    reply.double((core.clock.now - time) / 1000);
    for (const text of ["client-info", client]) reply.bulkString(text);
  }
}

function save(call: Call): void {
  const { core, reply } = call;
  const path = aclFile(call);
  try {
    saveAclFile(core.users, path);
  } catch (error) {
    core.host.log("warning", `Saving ACLs to disk failed: ${(error as Error).message}`);
    throw replyError(
      "ERR There was an error trying to save the ACLs. Please check the server logs for more " +
        "information",
    );
  }
  reply.ok();
}

/** ACL SETUSER name [rule…]: all of the rules, or none */
function setUser({ args, core, reply, session }: Call): void {
  for (let i = 2; i < args.count; i++) args.conceal(i);
  const name = args.string(2);
  if (hasSpaces(name)) throw BAD_USER_NAME;
  const words: string[] = [];
  for (let i = 3; i < args.count; i++) words.push(args.string(i));
  const { rules, unmatched } = mergeSelectors(words);
  if (unmatched !== undefined) {
    const word = words[unmatched];
    throw replyError(`ERR Unmatched parenthesis in acl selector starting at '${word}'.`);
  }
  const user = core.users.unlisted(name);
  const known = core.users.get(name);
  if (known !== undefined) user.become(known);
  for (const rule of rules) applyRule(core, user, rule);
  core.users.set(user);
  if (known !== undefined) endStrayListeners(known, core.sessions.values(), session);
  reply.ok();
}

function applyRule({ users }: Call["core"], user: User, rule: string): void {
  try {
    users.apply(user, [rule]);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    throw replyError(`ERR Error in ACL SETUSER modifier '${rule}': ${error.message}`);
  }
}

function users({ core, reply }: Call): void {
  reply.bulkStrings(core.users.sorted().map(({ name }) => name));
}

function whoAmI({ reply, session }: Call): void {
  reply.bulkString(session.user.name);
}
