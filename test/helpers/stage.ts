/** Programs of the ladder on a port or a name of their own, each of their calls traced. */

import { readFileSync } from "node:fs";
import type { Test } from "tap";
import { reservePort } from "./ports.ts";
import { Connection, eventually } from "./redis-server.ts";
import { type Outcome, ours, Run } from "./run.ts";
import { comparableTrace } from "./trace-text.ts";

/** A program that runs, and what its trace says. */
export class Traced {
  readonly name: string;
  private readonly run: Run;
  private heard = 0;
  private trace = "";

  constructor(name: string, run: Run) {
    [this.name, this.run] = [name, run];
  }

  /** Waits for the next call that begins so, or that fits the pattern. */
  async called(call: string | RegExp): Promise<void> {
    const pattern = typeof call === "string" ? new RegExp(`^${call}\\(.*\n`, "m") : call;
    const match = await this.run.reported(pattern, this.heard);
    this.heard += match.index + match[0].length;
  }

  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.run.printed(pattern);
  }

  /** Waits until it asks in vain, again and again. */
  async asksInVain(call: string): Promise<void> {
    for (let times = 0; times < 2; times++)
      await this.called(new RegExp(`^${call}\\(.*EAGAIN.*\n`, "m"));
  }

  /** Waits until the main thread sleeps, in the call that it makes next. proc(5) */
  async isWaiting(): Promise<void> {
    const stat = () => readFileSync(`/proc/${this.pid}/stat`, "latin1");
    await eventually(() => / S /.test(stat()));
  }

  get pid(): number {
    return this.run.process.pid as number;
  }

  signal(signal: NodeJS.Signals): void {
    this.run.process.kill(signal);
  }

  async ended(): Promise<Outcome> {
    const outcome = await this.run.ended();
    this.trace = outcome.errors;
    return outcome;
  }

  async stop(): Promise<void> {
    this.signal("SIGINT");
    await this.ended();
  }

  /** What it called, as every run of it would; see trace-text.ts. */
  calls(port: number): string {
    return comparableTrace(this.trace, port);
  }
}

/** More stages than one process has. */
const MANY = 64;
let stages = 0;

export class Stage {
  readonly port: number;
  /** As long as `fdkit`, the name that the programs choose. */
  readonly name = (process.pid * MANY + stages++).toString(36).padStart(5, "_").slice(-5);
  readonly programs: Traced[] = [];
  readonly t: Test;

  private constructor(t: Test, port: number) {
    [this.t, this.port] = [t, port];
  }

  static async open(t: Test): Promise<Stage> {
    return new Stage(t, reservePort(t));
  }

  /** Starts a program with its port, or with `argument`; `env` are variables, or a command. */
  start(name: string, argument = `${this.port}`, env: readonly string[] = []): Traced {
    const command = ["env", "FDKIT_TRACE=1", ...env, ...ours(`examples/${name}.js`, argument)];
    const program = new Traced(name, new Run(this.t, command));
    this.programs.push(program);
    return program;
  }

  /** Starts a program, and waits until it says that it listens. */
  async listen(name: string, argument?: string, env?: readonly string[]): Promise<Traced> {
    const program = this.start(name, argument, env);
    await program.printed(/ on |bound to|ticking/);
    return program;
  }

  connect(): Promise<Connection> {
    return Connection.open(this.t, { host: "127.0.0.1", port: this.port });
  }
}
