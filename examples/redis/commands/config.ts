/**
 * CONFIG: reads and changes the settings of a running server.
 * https://redis.io/docs/latest/commands/config-set/
 *
 * See also ../options.ts, the table of all there is to set.
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import {
  findOption,
  isSecret,
  OPTION_NAMES,
  type OptionName,
  printOption,
  type Settings,
  setOption,
  settable,
} from "../config.ts";
import { rewriteConfigFile } from "../config-rewrite.ts";
import type { Core } from "../core.ts";
import { ReplyError, replyError, SYNTAX_ERROR } from "../errors.ts";
import { Glob } from "../glob.ts";
import { help } from "../help.ts";
import { OptionError } from "../option-kinds.ts";
import { mayUse } from "../permission.ts";

const ADMIN = "admin noscript loading stale";

// biome-ignore format: a table is read by its columns
export const configCommands: CommandGroup = { group: "server", rows: [
  ["config",           -2, "",              0, 0, 0, help,      "2.0.0", "The server's settings"],
  ["config|get",       -3, ADMIN,           0, 0, 0, get,       "2.0.0", "Settings by patterns"],
  ["config|help",       2, "loading stale", 0, 0, 0, help,      "5.0.0", "Prints this help"],
  ["config|resetstat",  2, ADMIN,           0, 0, 0, resetStat, "2.0.0", "Zeroes INFO's counts"],
  ["config|rewrite",    2, ADMIN,           0, 0, 0, rewrite,   "2.8.0", "Writes redis.conf anew"],
  ["config|set",       -4, ADMIN,           0, 0, 0, set,       "2.0.0", "Changes settings"],
] };

const PROTECTED = "can't set protected config";
const IMMUTABLE = "can't set immutable config";
const DUPLICATE = "duplicate parameter";
const NO_CONFIG_FILE = replyError("ERR The server is running without a config file");

/** CONFIG GET pattern…; a plain name is reported the way it was asked for. */
function get({ args, core, reply }: Call): void {
  const found = new Map<string, string>();
  for (let i = 2; i < args.count; i++) findMatching(args.string(i), found);
  reply.map(found.size);
  for (const [name, shown] of found) {
    reply.bulkString(shown);
    reply.bulkString(printOption(core.settings, findOption(name) as OptionName));
  }
}

function findMatching(pattern: string, found: Map<string, string>): void {
  const name = pattern.toLowerCase();
  if (findOption(name) !== undefined && !found.has(name)) found.set(name, pattern);
  if (!/[*?[\\]/.test(pattern)) return;
  const glob = new Glob(name);
  for (const option of OPTION_NAMES) {
    if (glob.matches(option) && !found.has(option)) found.set(option, option);
  }
}

interface Change {
  /** By which of its names the client called it. */
  readonly asked: string;
  readonly name: OptionName;
  readonly value: string;
}

/** CONFIG SET name value [name value…]: when one of them is refused, none is changed. */
function set(call: Call): void {
  const { core, reply } = call;
  const changes = parseChanges(call);
  const before = { ...core.settings };
  let asked = "";
  try {
    for (const change of changes) {
      ({ asked } = change);
      setOption(core.settings, change.name, [change.value]);
    }
    for (const change of changes) {
      ({ asked } = change);
      core.host.settingChanged(change.name);
    }
  } catch (error) {
    restore(core, before, changes);
    if (!(error instanceof OptionError || error instanceof ReplyError)) throw error;
    throw refusal(asked, error.message.replace(/^ERR /, ""));
  }
  const password = changes.find(({ name }) => name === "requirepass");
  if (password !== undefined) core.users.setDefaultPassword(password.value);
  reply.ok();
}

function parseChanges(call: Call): Change[] {
  const { args, core, session } = call;
  const whoMay = core.settings["enable-protected-configs"];
  if (args.count % 2 === 1) throw SYNTAX_ERROR;
  const changes = new Map<string, Change>();
  for (let i = 2; i < args.count; i += 2) {
    const shown = args.printed(i);
    const asked = args.word(i);
    const name = findOption(asked);
    if (name === undefined) {
      throw replyError(`ERR Unknown option or number of arguments for CONFIG SET - '${shown}'`);
    }
    if (isSecret(name)) args.conceal(i + 1);
    if (settable(name) === "at start") throw refusal(shown, IMMUTABLE);
    if (settable(name) === "protected" && !mayUse(whoMay, session)) throw refusal(shown, PROTECTED);
    if (changes.has(asked)) throw refusal(shown, DUPLICATE);
    changes.set(asked, { asked, name, value: args.string(i + 1) });
  }
  return [...changes.values()];
}

/** Puts everything back, also what the server had already made of the first changes. */
function restore(core: Core, before: Settings, changes: readonly Change[]): void {
  const touched = changes.filter(({ name }) => core.settings[name] !== before[name]);
  Object.assign(core.settings, before);
  for (const { name } of touched) {
    try {
      core.host.settingChanged(name);
    } catch (error) {
      core.host.log("warning", `CONFIG SET can't restore ${name}: ${(error as Error).message}`);
    }
  }
}

function refusal(asked: string, reason: string): ReplyError {
  return replyError(`ERR CONFIG SET failed (possibly related to argument '${asked}') - ${reason}`);
}

function resetStat({ core, reply }: Call): void {
  core.stats.reset();
  for (const db of core.databases) db.expired = 0;
  for (const command of core.table.commands.values()) {
    command.resetStats();
    for (const subcommand of command.subcommands.values()) subcommand.resetStats();
  }
  reply.ok();
}

function rewrite({ core, reply }: Call): void {
  const { configFile } = core.host;
  if (configFile === "") throw NO_CONFIG_FILE;
  try {
    const users = core.settings.aclfile === "" ? core.users.describe() : [];
    rewriteConfigFile(configFile, core.settings, users);
  } catch (error) {
    throw replyError(`ERR Rewriting config file: ${(error as Error).message}`);
  }
  reply.ok();
}
