/** `fdkit trace FILE`: a program with lib/inspect's trace, by the options that strace(1) has. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { CommandLineError } from "./terminal.ts";

export const TRACE_HELP = `fdkit trace [OPTION ...] FILE [ARGUMENT ...]

Runs a program for Node and prints each call it makes through fdkit, on stderr.

  -e CALL,CALL   only these calls; !CALL for all but this one
  -p FD,FD       only calls on these fds
  -o FILE        into a file
  -s SIZE        show so many bytes of each buffer
  -r             begin each line with the seconds since the one before
  -ttt           begin each line with the seconds since 1970
  --json         JSON, one line for each call
`;

/** By option: the item of FDKIT_TRACE it becomes, and whether it takes a value. */
const OPTIONS: Readonly<Record<string, { item: string; takesValue: boolean }>> = {
  "-e": { item: "trace=", takesValue: true },
  "-p": { item: "fd=", takesValue: true },
  "-o": { item: "output=", takesValue: true },
  "-s": { item: "strings=", takesValue: true },
  "-r": { item: "timestamps=relative", takesValue: false },
  "-ttt": { item: "timestamps=absolute", takesValue: false },
  "--json": { item: "format=json", takesValue: false },
};

/** Resolves to the exit status of the program. */
export async function traceProgram(args: readonly string[]): Promise<number> {
  const items: string[] = [];
  let i = 0;
  for (; args[i]?.startsWith("-"); i++) {
    const name = args[i] as string;
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (option === undefined) throw wrong(`trace has no option ${name}`);
    const value = option.takesValue ? args[++i] : "";
    if (value === undefined) throw wrong(`${name} needs a value`);
    // FDKIT_TRACE would take what is behind it for the next option.
    if (value.includes(":")) throw wrong(`${name} takes no colon: ${value}`);
    items.push(option.item + value);
  }
  const [file] = args.slice(i);
  if (file === undefined) throw wrong("trace needs a program, a file for Node");
  if (!existsSync(file)) throw wrong(`there is no file ${file}`);
  return run(args.slice(i), items.length === 0 ? "1" : items.join(":"));
}

function wrong(message: string): CommandLineError {
  return new CommandLineError(message, "trace");
}

async function run(program: readonly string[], trace: string): Promise<number> {
  const tracer = new URL("../../lib/inspect/trace-on.js", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", tracer, ...program], {
    stdio: "inherit",
    env: { ...process.env, FDKIT_TRACE: trace },
  });
  // The program gets Ctrl-C from the terminal, and decides.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  await once(child, "close");
  const signal = child.signalCode;
  return child.exitCode ?? (signal === null ? 1 : 128 + constants.signals[signal]);
}
