/**
 * What a command is: a row with name, arity, flags, key positions and handler. Each file in
 * commands/ begins with its rows; here they become `Command`s that are found by the bytes of a
 * name, so that lookup, arity and permission are checked in one place for all of them.
 */

import type { Args } from "./args.ts";
import type { Handler } from "./call.ts";
import { Histogram } from "./histogram.ts";

/**
 * The columns of a row:
 *  name      in lower case; a subcommand is `container|name`
 *  arity     number of arguments with the name; negative: at least so many
 *  flags     Redis's words, separated by spaces: write readonly denyoom admin pubsub noscript
 *            blocking loading stale fast no_auth no_monitor skip_slowlog movablekeys …
 *  keys      first key, last key (negative: from the end), step; 0 0 0 when there are none
 *  handler   what runs it
 *  since     the first Redis version that has it
 *  summary   one sentence for COMMAND DOCS
 */
export type Row = readonly [
  name: string,
  arity: number,
  flags: string,
  firstKey: number,
  lastKey: number,
  keyStep: number,
  handler: Handler,
  since: string,
  summary: string,
];

/** The rows of one group, as COMMAND DOCS names it: string, generic, connection, … */
export interface CommandGroup {
  readonly group: string;
  readonly rows: readonly Row[];
}

export class Command {
  readonly name: string;
  readonly arity: number;
  readonly flags: ReadonlySet<string>;
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
  readonly handler: Handler;
  readonly since: string;
  readonly summary: string;
  readonly group: string;
  readonly subcommands = new Map<string, Command>();
  /** Whether a client may call it before it has authenticated. */
  readonly noAuth: boolean;
  /** Whether its work is bounded, whatever is in the database. */
  readonly isBrief: boolean;
  calls = 0;
  /** Of calls that were not timed, an estimate: see timing.ts. */
  microseconds = 0;
  rejected = 0;
  failed = 0;
  /** How many of `calls` are in `microseconds`. */
  private accounted = 0;
  /** The time of the last one of them. */
  private lastMicroseconds = 0;
  /** How long calls took, as far as `latency-tracking` was on. */
  times: Histogram | undefined;

  constructor(row: Row, group: string) {
    const [name, arity, flags, firstKey, lastKey, keyStep, handler, since, summary] = row;
    this.name = name;
    this.arity = arity;
    this.flags = new Set(flags.split(" ").filter((flag) => flag !== ""));
    this.firstKey = firstKey;
    this.lastKey = lastKey;
    this.keyStep = keyStep;
    this.handler = handler;
    this.since = since;
    this.summary = summary;
    this.group = group;
    this.noAuth = this.flags.has("no_auth");
    // Redis says of SET that it is not fast, because it may have to evict other keys first.
    this.isBrief = this.flags.has("fast") || name === "set";
  }

  /** The time of one call, which stands for all since the one timed before. */
  addTime(microseconds: number): void {
    const weight = this.calls - this.accounted;
    this.microseconds += microseconds * weight;
    this.times?.add(microseconds, weight);
    this.accounted = this.calls;
    this.lastMicroseconds = microseconds;
  }

  /** Takes the calls since the last one that was timed to have been like it. */
  settleTimes(): void {
    if (this.calls > this.accounted) this.addTime(this.lastMicroseconds);
  }

  /** Begins to keep times, unless that is so. */
  keepTimes(): void {
    this.times ??= new Histogram();
  }

  resetStats(): void {
    this.calls = 0;
    this.accounted = 0;
    this.microseconds = 0;
    this.times = undefined;
    this.rejected = 0;
    this.failed = 0;
  }

  acceptsCount(count: number): boolean {
    return this.arity >= 0 ? count === this.arity : count >= -this.arity;
  }
}

export class CommandTable {
  /** Top-level commands, in the order of their rows. */
  readonly commands = new Map<string, Command>();
  private readonly slots: (Command | undefined)[];
  private readonly mask: number;

  constructor(groups: readonly CommandGroup[]) {
    for (const { group, rows } of groups) {
      for (const row of rows) this.register(new Command(row, group));
    }
    let size = 1;
    while (size < this.commands.size * 4) size *= 2;
    this.slots = new Array<Command | undefined>(size).fill(undefined);
    this.mask = size - 1;
    for (const command of this.commands.values()) this.insert(command);
  }

  private register(command: Command): void {
    const [container = "", subcommand] = command.name.split("|");
    if (subcommand === undefined) this.commands.set(container, command);
    else this.commands.get(container)?.subcommands.set(subcommand, command);
  }

  /** All of them, each followed by its subcommands. */
  *all(): Generator<Command> {
    for (const command of this.commands.values()) {
      yield command;
      yield* command.subcommands.values();
    }
  }

  private insert(command: Command): void {
    let slot = hashName(Buffer.from(command.name), 0, command.name.length) & this.mask;
    while (this.slots[slot] !== undefined) slot = (slot + 1) & this.mask;
    this.slots[slot] = command;
  }

  /** The command that `args[0]` names in any case; makes no string. */
  find(args: Args): Command | undefined {
    const length = args.length(0);
    let slot = hashName(args.buffer, args.offset(0), length) & this.mask;
    for (;;) {
      const command = this.slots[slot];
      if (command === undefined || args.is(0, command.name)) return command;
      slot = (slot + 1) & this.mask;
    }
  }

  /** By name, also `container|subcommand`; for introspection. */
  byName(name: string): Command | undefined {
    const [container = "", subcommand] = name.toLowerCase().split("|");
    const command = this.commands.get(container);
    return subcommand === undefined ? command : command?.subcommands.get(subcommand);
  }
}

/** FNV-1a over the bytes with ASCII's case bit set, so that `GET` and `get` meet. */
function hashName(bytes: Uint8Array, offset: number, length: number): number {
  let hash = 0x811c9dc5;
  const end = offset + length;
  for (let i = offset; i < end; i++) {
    hash = Math.imul(hash ^ ((bytes[i] as number) | 0x20), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}
