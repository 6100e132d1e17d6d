/** A program of the ladder of which a call fails, and what it is to say of that. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { openFds } from "./fds.ts";
import { eventually } from "./redis-server.ts";
import { type Outcome, ours, Run } from "./run.ts";

/** Who neither serves nor ends for so long hangs. Only a test that fails waits for it. */
const PATIENCE_MS = 30_000;

export class Faulty {
  readonly run: Run;
  private readonly file: string;

  /** Starts it; `fault` is for FDKIT_FAULT, and nothing fails without it. */
  constructor(t: Test, name: string, argument: string, fault = "") {
    const folder = mkdtempSync(join(tmpdir(), "fdkit-faulty-"));
    t.teardown(() => rmSync(folder, { recursive: true }));
    this.file = join(folder, "trace");
    const variables = [`FDKIT_TRACE=output=${this.file}`, `FDKIT_FAULT=${fault}`];
    this.run = new Run(t, ["env", ...variables, ...ours(`examples/${name}.js`, argument)]);
    const patience = setTimeout(() => this.run.process.kill("SIGKILL"), PATIENCE_MS);
    this.run.process.on("exit", () => clearTimeout(patience));
  }

  /** The calls that it has made; there is a trace as soon as it has printed something. */
  get trace(): string {
    return readFileSync(this.file, "latin1");
  }

  /** How many of its calls had a fault. */
  get suffered(): number {
    return this.trace.split("(INJECTED)").length - 1;
  }

  get hasEnded(): boolean {
    const { exitCode, signalCode } = this.run.process;
    return exitCode !== null || signalCode !== null;
  }

  /** How many sockets it has open. */
  get sockets(): number {
    return openFds(this.run.process.pid as number).filter((fd) => fd.includes("socket:")).length;
  }

  /** Waits until it has printed this; false if it ends without. */
  prints(pattern: RegExp): Promise<boolean> {
    return this.run.printed(pattern).then(
      () => true,
      () => false,
    );
  }

  /** Waits until it waits for something. */
  async sleeps(): Promise<void> {
    await eventually(() => this.state === "S");
  }

  /** Stops it while it sleeps, and lets it go on. */
  async interrupt(): Promise<void> {
    await this.sleeps();
    this.run.process.kill("SIGSTOP");
    await eventually(() => this.state === "T");
    this.run.process.kill("SIGCONT");
  }

  /** Whether its main thread runs, sleeps or was stopped. proc(5) */
  private get state(): string | undefined {
    const stat = readFileSync(`/proc/${this.run.process.pid}/stat`, "latin1");
    return /\) (\w) /.exec(stat)?.[1];
  }
}

/** `SyscallError: read: EIO (input/output error) fd 18`, and status 1. */
export function endsWithReason(t: Test, fault: string, { ending, errors }: Outcome): void {
  const [call, error] = fault.split(/:error=|:/);
  t.strictSame(ending, [1, null], `${fault}: it ends\n${errors}`);
  t.match(errors, new RegExp(`SyscallError.*: ${call}: ${error} \\(`), fault);
}
