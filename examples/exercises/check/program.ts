/**
 * The learner's program as a process: what it prints, how busy it is, how it ends.
 *
 * Man pages: pipe2(2), proc(5) on schedstat */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { close, O_CLOEXEC, POLLIN, pipe2, read } from "fdkit";
import { Missing, show } from "./missing.ts";
import { sleep, waitFor } from "./wait.ts";

/** Node itself needs a moment to start, and more on a busy machine. */
const START_MS = 20_000;
const END_MS = 3000;
const LAST_WORDS_MS = 100;
const NS_PER_MS = 1e6;

/** An error that nobody catches names the learner's own lines, as with npm run example. */
const FAILURE = new URL("../../cli/failure.js", import.meta.url).href;
const FLAGS = ["--enable-source-maps", "--import", FAILURE];

const buffer = Buffer.alloc(65536);

export class Program {
  private readonly child: ChildProcess;
  private readonly outfd: number;
  private readonly exit: Promise<unknown>;
  private output = "";

  constructor(file: string, args: readonly string[]) {
    const [outfd, childfd] = pipe2(O_CLOEXEC);
    this.outfd = outfd;
    this.child = spawn(process.execPath, [...FLAGS, file, ...args], {
      stdio: ["ignore", childfd, childfd],
    });
    this.exit = once(this.child, "exit");
    close(childfd);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Waits until it has printed something that matches. */
  printed(pattern: RegExp): void {
    const deadline = performance.now() + START_MS;
    while (!pattern.test(this.output)) {
      if (!waitFor(this.outfd, POLLIN, Math.max(0, deadline - performance.now()))) {
        throw new Missing(`the program should print ${pattern}, and printed ${show(this.output)}`);
      }
      const n = read(this.outfd, buffer, buffer.length);
      if (n === 0) throw new Missing("the program ended");
      this.output += buffer.toString("utf8", 0, n);
    }
  }

  /** What it said, if it has ended: most often an error that nobody caught. */
  lastWords(): string | undefined {
    while (waitFor(this.outfd, POLLIN, LAST_WORDS_MS)) {
      const n = read(this.outfd, buffer, buffer.length);
      if (n === 0) return this.output.trim();
      this.output += buffer.toString("utf8", 0, n);
    }
    return undefined;
  }

  /**
   * How many of the next `ms` milliseconds it wants the processor: those it runs, and those it
   * waits for others to leave it. A program that sleeps wants none.
   */
  busyMs(ms: number): number {
    const before = this.wantedNs();
    sleep(ms);
    return (this.wantedNs() - before) / NS_PER_MS;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Its exit status, or the signal that ended it; a Missing when it doesn't end. */
  async ended(): Promise<string> {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), END_MS);
    await this.exit;
    clearTimeout(timer);
    const { exitCode, signalCode } = this.child;
    if (signalCode === "SIGKILL") throw new Missing("the program should end, and goes on");
    return exitCode === null ? `signal ${signalCode}` : `status ${exitCode}`;
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exit;
    close(this.outfd);
  }

  private wantedNs(): number {
    const [running, waiting] = readFileSync(`/proc/${this.pid}/schedstat`, "utf8").split(" ");
    return Number(running) + Number(waiting);
  }
}
