/** Programs as their users start them: to their end, or until they have printed something. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { EXEC } from "./exec.ts";
import { type Ending, MAIN } from "./redis-server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  readonly ending: Ending;
  readonly output: string;
  readonly errors: string;
}

/** One of our own programs, such as "examples/01-server.js". */
export function ours(name: string, ...args: string[]): string[] {
  return [process.execPath, resolve(MAIN, "../../..", name), ...args];
}

export class Run {
  readonly process: ChildProcessWithoutNullStreams;
  /** What it has printed so far. */
  output = "";
  private errors = "";
  private readonly closed: Promise<Ending>;

  /** Starts it with `input`, a byte string, as all of its standard input. */
  constructor(t: Test, command: readonly string[], input = "") {
    // tap makes every Node among its children load a module that listens to signals.
    const script = `unset NODE_OPTIONS; ${EXEC} "$@"`;
    this.process = spawn("sh", ["-c", script, "sh", ...command], { cwd: ROOT });
    this.process.stdout.setEncoding("latin1").on("data", (text) => (this.output += text));
    this.process.stderr.setEncoding("latin1").on("data", (text) => (this.errors += text));
    this.process.stdin.on("error", () => {}).end(input, "latin1");
    this.closed = once(this.process, "close") as Promise<Ending>;
    t.teardown(async () => {
      this.process.kill("SIGKILL");
      await this.closed;
    });
  }

  /** The first match of `pattern` in what it printed; an Error when it ends without one. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.match(this.process.stdout, () => pattern.exec(this.output), pattern);
  }

  /** The same of its standard error, from byte `start` on. */
  reported(pattern: RegExp, start = 0): Promise<RegExpExecArray> {
    return this.match(this.process.stderr, () => pattern.exec(this.errors.slice(start)), pattern);
  }

  private async match(
    stream: Readable,
    find: () => RegExpExecArray | null,
    pattern: RegExp,
  ): Promise<RegExpExecArray> {
    for (;;) {
      const match = find();
      if (match !== null) return match;
      if (stream.readableEnded) throw new Error(`ended without ${pattern}: ${this.errors}`);
      await Promise.race([once(stream, "data"), this.closed]);
    }
  }

  async ended(): Promise<Outcome> {
    const ending = await this.closed;
    return { ending, output: this.output, errors: this.errors };
  }

  /** Ends it with `signal`. */
  stop(signal: NodeJS.Signals): Promise<Outcome> {
    this.process.kill(signal);
    return this.ended();
  }
}

export function run(t: Test, command: readonly string[], input?: string): Promise<Outcome> {
  return new Run(t, command, input).ended();
}

/** Listens on a port of 127.0.0.1 until `close` is called. */
export async function takePort(wanted = 0): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer().listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const close = async () => {
    await once(server.close(), "close");
  };
  return { port, close };
}
