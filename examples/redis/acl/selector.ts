/**
 * A selector: commands, keys and channels that may be used together. A user has one, and more of
 * them in parentheses; a request has to be within a single one of them.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 *
 * See also user.ts and describe.ts.
 */

import type { Command, CommandTable } from "../command.ts";
import { categoryMembers } from "../command-facts.ts";
import { Glob } from "../glob.ts";
import type { FoundKey } from "../key-specs.ts";
import { channelUse } from "./channels.ts";
import type { Denial, Request } from "./request.ts";
import {
  ALL_CHANNELS_ALREADY,
  ALL_KEYS_ALREADY,
  FIRST_ARGUMENT,
  SYNTAX,
  UNKNOWN_NAME,
} from "./rule-error.ts";

const READ = 1;
const WRITE = 2;

interface KeyPattern {
  readonly glob: Glob;
  mode: number;
}

export class Selector {
  readonly table: CommandTable;
  /** Whatever command there is, even one that is added later. */
  allowsAllCommands = false;
  /** The rules began with +@all: what they don't take away is allowed. */
  allowsByDefault = false;
  allowsAllKeys = false;
  allowsAllChannels = false;
  /** By pattern, in the order of the rules. */
  readonly channels = new Map<string, Glob>();
  private readonly keys = new Map<string, KeyPattern>();
  private readonly allowed = new Set<Command>();
  private readonly firstArguments = new Map<Command, string[]>();

  constructor(table: CommandTable) {
    this.table = table;
  }

  copy(): Selector {
    const copy = new Selector(this.table);
    copy.allowsAllCommands = this.allowsAllCommands;
    copy.allowsByDefault = this.allowsByDefault;
    copy.allowsAllKeys = this.allowsAllKeys;
    copy.allowsAllChannels = this.allowsAllChannels;
    for (const [pattern, glob] of this.channels) copy.channels.set(pattern, glob);
    for (const [pattern, entry] of this.keys) copy.keys.set(pattern, { ...entry });
    for (const command of this.allowed) copy.allowed.add(command);
    for (const [command, words] of this.firstArguments)
      copy.firstArguments.set(command, [...words]);
    return copy;
  }

  get isUnrestricted(): boolean {
    return this.allowsAllCommands && this.allowsAllKeys && this.allowsAllChannels;
  }

  /** Whether the bit of this command is set; a first argument may allow it even if not. */
  has(command: Command): boolean {
    return this.allowed.has(command);
  }

  allowedFirstArguments(command: Command): readonly string[] {
    return this.firstArguments.get(command) ?? [];
  }

  /** Applies one rule that is not about the user as a whole; throws a RuleError. */
  apply(rule: string): void {
    const change = WHOLE_RULES.get(rule.toLowerCase());
    if (change !== undefined) change(this);
    else if (rule.startsWith("~") || rule.startsWith("%")) this.addKeys(rule);
    else if (rule.startsWith("&")) this.addChannels(rule.slice(1));
    else if (/^[+-]@/.test(rule)) this.setCategory(rule.slice(2), rule.startsWith("+"));
    else if (rule.startsWith("+")) this.allow(rule.slice(1));
    else if (rule.startsWith("-")) this.setCommand(this.command(rule.slice(1)), false);
    else throw SYNTAX;
  }

  setAllCommands(isAllowed: boolean): void {
    this.allowsAllCommands = isAllowed;
    this.allowsByDefault = isAllowed;
    this.firstArguments.clear();
    this.allowed.clear();
    if (isAllowed) for (const command of this.table.all()) this.allowed.add(command);
  }

  setAllKeys(isAllowed: boolean): void {
    this.allowsAllKeys = isAllowed;
    this.keys.clear();
  }

  setAllChannels(isAllowed: boolean): void {
    this.allowsAllChannels = isAllowed;
    this.channels.clear();
  }

  /** A command with all of its subcommands. */
  setCommand(command: Command, isAllowed: boolean): void {
    for (const one of [command, ...command.subcommands.values()]) {
      if (isAllowed) this.allowed.add(one);
      else this.allowed.delete(one);
    }
    this.firstArguments.delete(command);
    if (!isAllowed) this.allowsAllCommands = false;
  }

  setCategory(category: string, isAllowed: boolean): void {
    if (category.toLowerCase() === "all") {
      this.setAllCommands(isAllowed);
      return;
    }
    const members = categoryMembers(this.table, category);
    if (members === undefined) throw UNKNOWN_NAME;
    for (const command of members) this.setCommand(command, isAllowed);
  }

  private command(name: string): Command {
    const command = name.split("|").length > 2 ? undefined : this.table.byName(name);
    if (command === undefined) throw UNKNOWN_NAME;
    return command;
  }

  /** `command`, `command|subcommand`, or `command|argument` where that is no subcommand. */
  private allow(name: string): void {
    const bar = name.lastIndexOf("|");
    if (bar < 0) {
      this.setCommand(this.command(name), true);
      return;
    }
    const command = this.command(name.slice(0, bar));
    if (command.name.includes("|")) throw FIRST_ARGUMENT;
    const word = name.slice(bar + 1);
    if (word === "") throw SYNTAX;
    if (command.subcommands.size > 0) this.setCommand(this.command(name), true);
    else this.allowFirstArgument(command, word);
  }

  private allowFirstArgument(command: Command, word: string): void {
    const words = this.firstArguments.get(command) ?? [];
    if (!words.some((one) => one.toLowerCase() === word.toLowerCase())) words.push(word);
    this.firstArguments.set(command, words);
  }

  /** `~pattern`, `%R~pattern`, `%W~pattern`, `%RW~pattern` */
  private addKeys(rule: string): void {
    if (this.allowsAllKeys) throw ALL_KEYS_ALREADY;
    const match = /^(?:~|%(r|w|rw|wr)(?:~|$))(.*)$/is.exec(rule);
    if (match === null) throw SYNTAX;
    const [, modes = "rw", pattern = ""] = match;
    if (hasSpaces(pattern)) throw SYNTAX;
    const mode = (/r/i.test(modes) ? READ : 0) | (/w/i.test(modes) ? WRITE : 0);
    const known = this.keys.get(pattern);
    if (known === undefined) this.keys.set(pattern, { glob: new Glob(pattern), mode });
    else known.mode |= mode;
  }

  private addChannels(pattern: string): void {
    if (this.allowsAllChannels) throw ALL_CHANNELS_ALREADY;
    if (hasSpaces(pattern)) throw SYNTAX;
    this.channels.set(pattern, new Glob(pattern));
  }

  /** What stands in the way of a request, or undefined when nothing does. */
  denies(request: Request): Denial | undefined {
    if (!this.allowsCommand(request)) return { reason: "command", index: 0 };
    const key = this.allowsAllKeys ? undefined : request.keys.find((one) => !this.allowsKey(one));
    if (key !== undefined) return { reason: "key", index: key.index };
    const use = this.allowsAllChannels ? undefined : channelUse(request);
    for (const { name, index } of use?.channels ?? []) {
      const isAllowed =
        use?.isPattern === true ? this.channels.has(name) : this.allowsChannel(name);
      if (!isAllowed) return { reason: "channel", index };
    }
    return undefined;
  }

  private allowsCommand(request: Request): boolean {
    const { command } = request;
    if (this.allowsAllCommands || command.noAuth || this.allowed.has(command)) return true;
    const first = this.firstArguments.get(command);
    if (first === undefined) return false;
    const word = request.firstArgument?.toLowerCase();
    return first.some((one) => one.toLowerCase() === word);
  }

  private allowsKey({ key, flags }: FoundKey): boolean {
    const mode = modeOf(flags);
    for (const pattern of this.keys.values()) {
      if ((pattern.mode & mode) === mode && pattern.glob.matches(key)) return true;
    }
    return false;
  }

  /** A channel is matched with the patterns, a pattern has to be one of them. */
  allowsChannel(name: string): boolean {
    for (const glob of this.channels.values()) if (glob.matches(name)) return true;
    return false;
  }

  /** Whether it may read every key there is: what SORT needs for its BY and GET. */
  get readsAllKeys(): boolean {
    const mode = this.keys.get("*")?.mode ?? 0;
    return this.allowsAllKeys || (mode & READ) !== 0;
  }

  keyRules(): string[] {
    if (this.allowsAllKeys) return ["~*"];
    return [...this.keys].map(([pattern, { mode }]) => KEY_PREFIXES[mode] + pattern);
  }

  channelRules(): string[] {
    if (this.allowsAllChannels) return ["&*"];
    return [...this.channels.keys()].map((pattern) => `&${pattern}`);
  }
}

const KEY_PREFIXES: Record<number, string> = { [READ]: "%R~", [WRITE]: "%W~", 3: "~" };

const modes = new Map<string, number>();

/** A key whose value is neither read nor changed, only found, needs no right but to be named. */
function modeOf(flags: string): number {
  let mode = modes.get(flags);
  if (mode === undefined) {
    const reads = /\baccess\b/.test(flags) ? READ : 0;
    mode = reads | (/\b(?:insert|delete|update)\b/.test(flags) ? WRITE : 0);
    modes.set(flags, mode);
  }
  return mode;
}

/** Redis has no quotes in rules: what would split one can't be in it. */
export function hasSpaces(text: string): boolean {
  return /[ \t\n\v\f\r\0]/.test(text);
}

const WHOLE_RULES = new Map<string, (selector: Selector) => void>([
  ["allkeys", (selector) => selector.setAllKeys(true)],
  ["~*", (selector) => selector.setAllKeys(true)],
  ["resetkeys", (selector) => selector.setAllKeys(false)],
  ["allchannels", (selector) => selector.setAllChannels(true)],
  ["&*", (selector) => selector.setAllChannels(true)],
  ["resetchannels", (selector) => selector.setAllChannels(false)],
  ["allcommands", (selector) => selector.setAllCommands(true)],
  ["nocommands", (selector) => selector.setAllCommands(false)],
]);
