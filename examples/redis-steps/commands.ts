/**
 * What a command is: a row of a table with its arity and its handler. Name and arity are checked
 * once, here, so that handlers contain nothing but what the command means.
 *
 * See also: strings.ts, sorted-set-commands.ts, and ../redis/command.ts for the grown-up form. */

import { error } from "./resp.ts";

/** By name. The arity is how many arguments, the name included; negative: at least so many. */
export type Commands = Record<string, { arity: number; run: (args: Buffer[]) => string }>;

/** What a handler throws to answer with an error. */
export class CommandError extends Error {}

/** Runs one request, and gives its reply. */
export function runCommand(commands: Commands, args: Buffer[]): string {
  if (args.length === 0) return "";
  const name = args[0].toString("latin1").toLowerCase();
  if (!Object.hasOwn(commands, name))
    return error(`unknown command '${name.slice(0, 64).replace(/[\r\n]/g, " ")}'`);
  const { arity, run } = commands[name];
  const isRight = arity < 0 ? args.length >= -arity : args.length === arity;
  if (!isRight) return error(`wrong number of arguments for '${name}' command`);
  try {
    return run(args);
  } catch (failure) {
    if (!(failure instanceof CommandError)) throw failure;
    return `-${failure.message}\r\n`;
  }
}
