/**
 * fdkit: the command. Its first word says what to do; what that needs is loaded then, and no more.
 * See scripts/fdkit.cjs, which starts it.
 */

import { LADDER_HELP, listLadder } from "./ladder.ts";
import { RUN_HELP, runStep } from "./run.ts";
import { CommandLineError } from "./terminal.ts";
import { TRACE_HELP, traceProgram } from "./trace.ts";

interface Subcommand {
  /** What `fdkit NAME --help` prints; the server has its own. */
  readonly help: string | undefined;
  /** Resolves to the exit status, or to undefined when the program goes on by itself. */
  run(args: readonly string[]): Promise<number | undefined>;
}

const FDS_HELP = `fdkit fds [PID]

The open fds of a process as a table: what each is, its addresses, queues and epoll interest.
Without PID: those of this command. Other users' processes need root.
`;

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  redis: { help: undefined, run: (args) => become("../redis/main.js", args) },
  trace: { help: TRACE_HELP, run: traceProgram },
  fds: { help: FDS_HELP, run: showFds },
  examples: { help: LADDER_HELP, run: async (args) => listLadder(args) },
  run: { help: RUN_HELP, run: runStep },
};

const USAGE = `fdkit COMMAND [ARGUMENT ...]

  redis [OPTION ...]    start the Redis server; fdkit redis --help has its options
  trace FILE            run a program and print each of its calls, as strace does
  fds [PID]             what every open fd of a process is
  examples              the ladder: small programs, one idea each
  run STEP              run one of them beside its partner, such as: fdkit run 04
  help [COMMAND]        say more about one; so does fdkit COMMAND --help

fdkit --version says which one this is.
`;

/** Goes on as another program of ours, which finds its arguments where it looks for them. */
async function become(program: string, args: readonly string[]): Promise<undefined> {
  process.argv = [process.execPath, new URL(program, import.meta.url).pathname, ...args];
  await import(program);
}

async function showFds(args: readonly string[]): Promise<undefined> {
  const [pid, ...others] = args;
  if (others.length > 0) throw new CommandLineError("fds takes one process", "fds");
  if (pid !== undefined && !/^[1-9]\d{0,9}$/.test(pid)) {
    throw new CommandLineError(`fds needs the number of a process, not ${pid}`, "fds");
  }
  return become("../../lib/inspect/show-fds.js", args);
}

function find(name: string): Subcommand {
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (subcommand === undefined) throw new CommandLineError(`there is no command ${name}`);
  return subcommand;
}

async function main([name, ...args]: readonly string[]): Promise<number | undefined> {
  if (name === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (name === "--version" || name === "-v") return find("redis").run(["--version"]);
  if (name === "help" && args[0] !== undefined) return main([args[0], "--help"]);
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const subcommand = find(name);
  if (subcommand.help !== undefined && (args[0] === "--help" || args[0] === "-h")) {
    process.stdout.write(subcommand.help);
    return 0;
  }
  return subcommand.run(args);
}

// Who reads this has gone, as head(1) does.
process.stdout.on("error", () => process.exit(1));

try {
  const status = await main(process.argv.slice(2));
  if (status !== undefined) process.exitCode = status;
} catch (error) {
  if (!(error instanceof CommandLineError)) throw error;
  const { message, subcommand } = error;
  const more = subcommand === undefined ? "fdkit --help" : `fdkit ${subcommand} --help`;
  process.stderr.write(`fdkit: ${message}\n${more} says what there is.\n`);
  process.exitCode = 2;
}
