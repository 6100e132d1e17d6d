/**
 * `fdkit run STEP`: a step of the ladder and its partners, with what all of them print side by
 * side. When the client is done, so is the step.
 */

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { printer } from "./columns.ts";
import { findStep, isClient, type Step, steps } from "./ladder.ts";
import { CommandLineError, styled } from "./terminal.ts";
import { Transcript } from "./transcript.ts";

export const RUN_HELP = `fdkit run [--trace] STEP [ARGUMENT]

Runs a step of the ladder together with its partner, such as 04-stream with 04-stream-client, side
by side where the terminal is wide enough. STEP is its number or its name; r02 or redis-steps/02 is
a step of the Redis that grows. All get ARGUMENT, most often a port. A step without a partner
of ours runs until Ctrl-C.

  --trace        shows the calls of all of them as well: what the kernel was asked
`;

/** How long nobody says anything new when the client is gone, before its server is ended. */
const SILENCE_MS = 300;
/** How long a server may take to say that it is up, before its client comes anyway. */
const PATIENCE_MS = 3000;
/** What a server says when it is up. */
const UP = /^(listening on|bound to|watching|\d+ threads on) /;

const FLAGS = ["--enable-source-maps", "--import", new URL("failure.js", import.meta.url).href];

/** Resolves to the exit status. */
export async function runStep(args: readonly string[]): Promise<number> {
  const hasCalls = args[0] === "--trace";
  const [wanted, ...argument] = hasCalls ? args.slice(1) : args;
  if (wanted === undefined) throw wrong("run needs a step, such as: fdkit run 04");
  if (wanted.startsWith("-")) throw wrong(`run has no option ${wanted}`);
  if (argument.length > 1) throw wrong(`${argument[1]} is one argument too many`);
  const all = steps();
  const step = findStep(all, wanted);
  const partners = all.filter(({ name }) => step.partners.includes(name));
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
  if (partners.length === 0) return runAlone(step, argument, hasCalls);
  return new Stage([step, ...partners], argument, hasCalls).run();
}

function wrong(message: string): CommandLineError {
  return new CommandLineError(message, "run");
}

/** Starts a program that does not outlive this one. */
function startNode(
  { file }: Step,
  argument: readonly string[],
  env: NodeJS.ProcessEnv,
  stdio: StdioOptions,
): ChildProcess {
  const child = spawn(process.execPath, [...FLAGS, file, ...argument], { env, stdio });
  process.on("exit", () => child.kill());
  return child;
}

async function runAlone(
  step: Step,
  argument: readonly string[],
  hasCalls: boolean,
): Promise<number> {
  const { name, company } = step;
  const partner = company === undefined ? "" : `its partner is ${onPort(company, argument[0])}; `;
  process.stdout.write(`${styled("dim", `${name}: ${partner}Ctrl-C ends it`)}\n`);
  const env = hasCalls ? { ...process.env, FDKIT_TRACE: "1" } : process.env;
  // Ctrl-C reaches the program as well; it ends, and then this one.
  process.on("SIGINT", () => {});
  const child = startNode(step, argument, env, "inherit");
  await once(child, "close");
  return statusOf(child);
}

/** `nc 127.0.0.1 7001` and 7002, with the port that was asked for. */
function onPort(company: string, port = "7001"): string {
  return company.replace(/\b700\d\b/g, (usual) => `${Number(usual) - 7001 + Number(port)}`);
}

interface Program {
  readonly child: ChildProcess;
  /** It says that it listens. */
  readonly isUp: Promise<void>;
  readonly ended: Promise<unknown>;
}

/** Programs that run at once: servers in their order, clients when those are up. */
class Stage {
  private readonly steps: readonly Step[];
  private readonly argument: readonly string[];
  private readonly hasCalls: boolean;
  private readonly transcript: Transcript;
  /** Ctrl-C, which reaches the programs as well. */
  private isOver = false;

  constructor(steps: readonly Step[], argument: readonly string[], hasCalls: boolean) {
    [this.steps, this.argument, this.hasCalls] = [steps, argument, hasCalls];
    this.transcript = new Transcript(
      printer(
        steps.map(({ name }) => name),
        hasCalls,
      ),
    );
  }

  async run(): Promise<number> {
    process.on("SIGINT", () => {
      this.isOver = true;
    });
    const running: Program[] = [];
    let status = 0;
    for (const [i, step] of this.steps.entries()) {
      const program = this.start(i, step);
      running.push(program);
      if (isClient(step.name)) await program.ended;
      else await Promise.race([program.isUp, program.ended, patience()]);
      status = statusOf(program.child);
      if (status > 0 || this.isOver) break;
    }
    const isSilent = () => performance.now() - this.transcript.newsMs > SILENCE_MS;
    while (status === 0 && !this.isOver && !isSilent()) await sleep(20);
    for (const { child } of running) child.kill("SIGINT");
    for (const { ended } of running) await ended;
    this.transcript.flush();
    return status;
  }

  /** All that a program prints goes into the transcript, its calls on stdout to keep the order. */
  private start(i: number, step: Step): Program {
    const env = { ...process.env };
    if (this.hasCalls) env.FDKIT_TRACE = "output=1:timestamps=absolute";
    const child = startNode(step, this.argument, env, ["ignore", "pipe", "pipe"]);
    const isUp = new Promise<void>((resolve) => {
      for (const input of [child.stdout, child.stderr] as NodeJS.ReadableStream[]) {
        createInterface({ input }).on("line", (line) => {
          this.transcript.add(i, line);
          if (UP.test(line)) resolve();
        });
      }
    });
    return { child, isUp, ended: once(child, "close") };
  }
}

/** What a shell would say of its end; none yet is none, and Ctrl-C is no failure. */
function statusOf({ exitCode, signalCode }: ChildProcess): number {
  if (exitCode !== null) return exitCode;
  return signalCode === "SIGINT" || signalCode === null ? 0 : 128 + constants.signals[signalCode];
}

/** Who is up sooner need not wait for its end. */
function patience(): Promise<void> {
  return sleep(PATIENCE_MS, undefined, { ref: false });
}
