/**
 * COMMAND: the server describes its own commands, so that clients need no list of their own.
 * https://redis.io/docs/latest/commands/command/
 *
 * See also ../command-facts.ts and ../key-specs.ts.
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { Command, CommandGroup, CommandTable } from "../command.ts";
import { categoriesOf, REPLACEMENTS, tipsOf } from "../command-facts.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { Glob } from "../glob.ts";
import { help } from "../help.ts";
import { type FoundKey, findKeys, type KeySpec, keySpecsOf } from "../key-specs.ts";
import type { Reply } from "../reply.ts";
import { type Argument, argumentsOf } from "../syntax-tree.ts";

const OPEN = "loading stale";

// biome-ignore format: a table is read by its columns
export const commandCommands: CommandGroup = { group: "server", rows: [
  ["command",                 -1, OPEN, 0, 0, 0, all,      "2.8.13", "Describes all commands"],
  ["command|count",            2, OPEN, 0, 0, 0, count,    "2.8.13", "Number of commands"],
  ["command|docs",            -2, OPEN, 0, 0, 0, docs,     "7.0.0",  "Commands in words"],
  ["command|getkeys",         -4, OPEN, 0, 0, 0, getKeys,  "2.8.13", "The keys of a request"],
  ["command|getkeysandflags", -4, OPEN, 0, 0, 0, getFlags, "7.0.0",  "And what is done to them"],
  ["command|help",             2, OPEN, 0, 0, 0, help,     "5.0.0",  "Prints this help"],
  ["command|info",            -2, OPEN, 0, 0, 0, info,     "2.8.13", "Describes some of them"],
  ["command|list",            -2, OPEN, 0, 0, 0, list,     "7.0.0",  "Names of commands"],
] };

const INVALID_COMMAND = replyError("ERR Invalid command specified");
const NO_KEYS = replyError("ERR The command has no key arguments");
const INVALID_COUNT = replyError("ERR Invalid number of arguments specified for command");
const INVALID_ARGUMENTS = replyError("ERR Invalid arguments specified for command");

function all({ core, reply }: Call): void {
  const commands = [...core.table.commands.values()];
  reply.array(commands.length);
  for (const command of commands) describe(command, reply);
}

function count({ core, reply }: Call): void {
  reply.integer(core.table.commands.size);
}

/** COMMAND INFO [name…]; nothing stands for a name that is no command. */
function info(call: Call): void {
  const { args, core, reply } = call;
  if (args.count === 2) {
    all(call);
    return;
  }
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const command = core.table.byName(args.string(i));
    if (command === undefined) reply.null();
    else describe(command, reply);
  }
}

/** The ten elements of COMMAND INFO. */
function describe(command: Command, reply: Reply): void {
  reply.array(10);
  reply.bulkString(command.name);
  reply.integer(command.arity);
  reply.simpleStrings([...command.flags]);
  reply.integer(command.firstKey);
  reply.integer(command.lastKey);
  reply.integer(command.keyStep);
  reply.simpleStrings(categoriesOf(command).map((name) => `@${name}`));
  const tips = tipsOf(command);
  reply.set(tips.length);
  for (const tip of tips) reply.bulkString(tip);
  const specs = keySpecsOf(command);
  reply.set(specs.length);
  for (const spec of specs) describeKeys(spec, reply);
  describeSubcommands(command, reply);
}

/** Redis sends an array, but an empty set. */
function describeSubcommands({ subcommands }: Command, reply: Reply): void {
  if (subcommands.size === 0) reply.set(0);
  else reply.array(subcommands.size);
  for (const subcommand of subcommands.values()) describe(subcommand, reply);
}

function describeKeys({ notes, flags, begin, find }: KeySpec, reply: Reply): void {
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) for (const text of ["notes", notes]) reply.bulkString(text);
  reply.bulkString("flags");
  reply.simpleStrings(flags.split(" "));
  reply.bulkString("begin_search");
  describeStep(begin, reply);
  reply.bulkString("find_keys");
  describeStep(find, reply);
}

/** A step of the search for keys: its type, and the rest of its fields as the specification. */
function describeStep(step: KeySpec["begin"] | KeySpec["find"], reply: Reply): void {
  const { type, ...spec } = step;
  const fields = Object.entries(spec) as [string, string | number][];
  reply.map(2);
  for (const text of ["type", type, "spec"]) reply.bulkString(text);
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulkString(name);
    if (typeof value === "number") reply.integer(value);
    else reply.bulkString(value);
  }
}

/** COMMAND DOCS [name…]; a name that is no command is left out. */
function docs({ args, core, reply }: Call): void {
  const commands = args.count === 2 ? [...core.table.commands.values()] : named(args, core.table);
  reply.map(commands.length);
  for (const command of commands) describeInWords(command, reply);
}

function named(args: Args, table: CommandTable): Command[] {
  const commands: Command[] = [];
  for (let i = 2; i < args.count; i++) {
    const command = table.byName(args.string(i));
    if (command !== undefined) commands.push(command);
  }
  return commands;
}

/** For the server's own tests and other servers. */
const INTERNAL = new Set(["debug", "pfdebug", "pfselftest", "replconf", "restore-asking"]);

function describeInWords(command: Command, reply: Reply): void {
  const { name, summary, since, group, subcommands } = command;
  const replacement = REPLACEMENTS.get(name);
  const parts = argumentsOf(name);
  reply.bulkString(name);
  const pairs = 3 + (replacement === undefined ? 0 : 3) + sizeOf(parts) + sizeOf([...subcommands]);
  const isInternal = INTERNAL.has(name);
  reply.map(pairs + (isInternal ? 1 : 0));
  for (const text of ["summary", summary, "since", since, "group", group]) reply.bulkString(text);
  if (isInternal) tellFlag("syscmd", reply);
  if (replacement !== undefined) {
    tellFlag("deprecated", reply);
    const [deprecatedSince, by] = replacement;
    const texts = ["deprecated_since", deprecatedSince, "replaced_by", by];
    for (const text of texts) reply.bulkString(text);
  }
  if (parts.length > 0) describeArguments(parts, reply);
  if (subcommands.size === 0) return;
  reply.bulkString("subcommands");
  reply.map(subcommands.size);
  for (const subcommand of subcommands.values()) describeInWords(subcommand, reply);
}

/** A list that is empty is not told of. */
function sizeOf(elements: readonly unknown[]): 0 | 1 {
  return elements.length === 0 ? 0 : 1;
}

function tellFlag(flag: string, reply: Reply): void {
  reply.bulkString("doc_flags");
  reply.simpleStrings([flag]);
}

function describeArguments(parts: readonly Argument[], reply: Reply): void {
  reply.bulkString("arguments");
  reply.array(parts.length);
  for (const part of parts) describeArgument(part, reply);
}

function describeArgument(argument: Argument, reply: Reply): void {
  const { name, type, keySpec, token, flags, parts } = argument;
  const hasKey = keySpec === undefined ? 0 : 1;
  const hasToken = token === undefined ? 0 : 1;
  reply.map(2 + hasKey + hasToken + sizeOf(flags) + sizeOf(parts));
  for (const text of ["name", name, "type", type]) reply.bulkString(text);
  if (keySpec !== undefined) {
    reply.bulkString("key_spec_index");
    reply.integer(keySpec);
  }
  if (token !== undefined) for (const text of ["token", token]) reply.bulkString(text);
  if (flags.length > 0) {
    reply.bulkString("flags");
    reply.simpleStrings(flags);
  }
  if (parts.length > 0) describeArguments(parts, reply);
}

/** COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern] */
function list({ args, core, reply }: Call): void {
  if (args.count !== 2 && (args.count !== 5 || !args.is(2, "filterby"))) throw SYNTAX_ERROR;
  const isWanted = args.count === 2 ? () => true : FILTERS.get(args.word(3))?.(args.string(4));
  if (isWanted === undefined) throw SYNTAX_ERROR;
  const names: string[] = [];
  for (const command of core.table.commands.values()) {
    if (isWanted(command)) names.push(command.name);
    if (args.count === 2) continue;
    for (const sub of command.subcommands.values()) if (isWanted(sub)) names.push(sub.name);
  }
  reply.bulkStrings(names);
}

type Filter = (command: Command) => boolean;

const FILTERS = new Map<string, (value: string) => Filter>([
  // There are no modules.
  ["module", () => () => false],
  ["aclcat", (category) => (command) => categoriesOf(command).includes(category.toLowerCase())],
  ["pattern", byPattern],
]);

function byPattern(pattern: string): Filter {
  const glob = new Glob(pattern.toLowerCase());
  return ({ name }) => glob.matches(name);
}

function getKeys(call: Call): void {
  call.reply.bulkStrings(keysOfRequest(call).map(({ key }) => key));
}

function getFlags(call: Call): void {
  const { reply } = call;
  const found = keysOfRequest(call);
  reply.array(found.length);
  for (const { key, flags } of found) {
    reply.array(2);
    reply.bulkString(key);
    reply.simpleStrings(flags.replace(" variable_flags", "").split(" "));
  }
}

/** The keys of the request that stands behind COMMAND GETKEYS. */
function keysOfRequest({ args, core }: Call): FoundKey[] {
  const words: string[] = [];
  for (let i = 2; i < args.count; i++) words.push(args.string(i));
  const command = lookup(core.table, words);
  if (command === undefined) throw INVALID_COMMAND;
  if (!keySpecsOf(command).some(({ flags }) => flags !== "not_key")) throw NO_KEYS;
  if (!command.acceptsCount(words.length)) throw INVALID_COUNT;
  const found = findKeys(command, words);
  if (found === undefined) throw INVALID_ARGUMENTS;
  const mayLackKeys = command.flags.has("no_mandatory_keys");
  if (found.length === 0 && !mayLackKeys) throw INVALID_ARGUMENTS;
  return found;
}

function lookup(table: CommandTable, [name = "", subcommand = ""]: readonly string[]) {
  const command = table.byName(name);
  const hasSubcommands = command !== undefined && command.subcommands.size > 0;
  return hasSubcommands ? command.subcommands.get(subcommand.toLowerCase()) : command;
}
