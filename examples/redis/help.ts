/** What HELP answers for a container such as CLIENT: its subcommands, from the command table. */

import type { Call } from "./call.ts";
import { type ReplyError, replyError } from "./errors.ts";

/** The handler of every `container|help`, and of a container called without a subcommand. */
export function help({ core, command, reply }: Call): void {
  const [container = ""] = command.name.split("|");
  const subcommands = [...(core.table.byName(container)?.subcommands.values() ?? [])];
  const lines = [
    `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
  ];
  for (const { name, summary } of subcommands) {
    lines.push(name.slice(container.length + 1).toUpperCase(), `    ${summary}`);
  }
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
}

/** What a subcommand answers that was given more arguments than it knows. */
export function subcommandError({ args }: Call): ReplyError {
  const container = args.printed(0, 128).toUpperCase();
  const name = args.printed(1, 128);
  return replyError(
    `ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${container} HELP.`,
  );
}
