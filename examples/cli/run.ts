/**
 * `fdkit run STEP`: a step of the ladder and its partner, with what both print side by side. When
 * the partner is done, so is the step.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { isClient, type Step, steps } from "./ladder.ts";
import { CommandLineError, type Style, styled } from "./terminal.ts";

export const RUN_HELP = `fdkit run STEP [ARGUMENT]

Runs a step of the ladder together with its partner, such as 04-stream with 04-stream-client, and
shows whose line is whose. STEP is its number or its name; both get ARGUMENT, most often a port.
A step without a partner runs until Ctrl-C.
`;

/** What the server still has to say when its client is gone. */
const LAST_WORDS_MS = 300;
/** How long a server may take to say that it listens, before its client comes anyway. */
const PATIENCE_MS = 2000;

/** Resolves to the exit status. */
export async function runStep([wanted, ...args]: readonly string[]): Promise<number> {
  if (wanted === undefined) throw new CommandLineError("run needs a step, such as: fdkit run 04");
  const all = steps();
  const step = find(all, wanted);
  const partner = all.find(({ name }) => name === step.partner);
  // Ctrl-C reaches the programs as well; they end, and then this one.
  process.on("SIGINT", () => {});
  return partner === undefined ? runAlone(step, args) : runBoth(step, partner, args);
}

/** The server of a number, or what has exactly this name. */
function find(all: readonly Step[], wanted: string): Step {
  const step =
    all.find(({ name }) => name === wanted) ??
    all.find(({ name }) => name.startsWith(`${wanted.padStart(2, "0")}-`) && !isClient(name));
  if (step !== undefined) return isClient(step.name) ? find(all, step.partner as string) : step;
  throw new CommandLineError(`no step is called ${JSON.stringify(wanted)}; see: fdkit examples`);
}

async function runAlone(step: Step, args: readonly string[]): Promise<number> {
  const { partners = "nobody" } = step;
  process.stdout.write(styled("dim", `${step.name}: its partner is ${partners}; Ctrl-C ends it\n`));
  const child = spawn(process.execPath, [step.file, ...args], { stdio: "inherit" });
  return statusOf(child);
}

async function runBoth(step: Step, partner: Step, args: readonly string[]): Promise<number> {
  const width = Math.max(step.name.length, partner.name.length);
  const server = start(step, args, width, "cyan");
  await Promise.race([server.hasPrinted, once(server.child, "exit"), sleep(PATIENCE_MS)]);
  if (server.child.exitCode !== null) return server.child.exitCode;
  const status = await statusOf(start(partner, args, width, "yellow").child);
  await sleep(LAST_WORDS_MS);
  server.child.kill("SIGINT");
  await statusOf(server.child);
  return status;
}

/** Starts a program; each of its lines is shown behind its name. */
function start(step: Step, args: readonly string[], width: number, style: Style) {
  const child = spawn(process.execPath, [step.file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const label = styled(style, `${step.name.padEnd(width)} │`);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      process.stdout.write(`${label} ${line}\n`);
    });
  }
  return { child, hasPrinted: once(child.stdout, "data") };
}

/** What a shell would say of its end: 128 and the signal's number is a failure, Ctrl-C is none. */
async function statusOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return child.exitCode ?? (child.signalCode === "SIGINT" ? 0 : 1);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
