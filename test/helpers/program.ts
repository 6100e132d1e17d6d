// Child processes that run a few lines of JavaScript on the built package, for what must not
// happen in the process of the test: signals, uncaught exceptions, limits, the end of a process.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Test } from "tap";
import { EXEC } from "./exec.ts";

const lib = (name: string) => JSON.stringify(new URL(`../../dist/lib/${name}`, import.meta.url));

const PRELUDE = `
import { Worker, isMainThread } from "node:worker_threads";
import * as constants from ${lib("constants.js")};
import { Loop } from ${lib("loop.js")};
import * as net from ${lib("net.js")};
import * as file from ${lib("sys/file.js")};
import * as sockets from ${lib("sys/socket.js")};
const { EPOLLIN, EPOLLOUT, EPOLLET, SIGINT, SIGTERM, SIGUSR2 } = constants;
/** The public face, for programs that need more. */
const loadFdkit = () => import(${lib("index.js")});
const print = (word) => net.writeAll(1, Buffer.from(word + "\\n"));
`;

/** How a process ended: [exit code, null] or [null, signal]. */
type Ending = [code: number | null, signal: NodeJS.Signals | null];

export class Program {
  readonly process: ChildProcess;
  /** What it wrote to stderr. */
  errors = "";
  #output = "";
  readonly #ending: Promise<Ending>;

  /** Starts `code`, in which the loop, the calls and `print` are at hand. `limits` is for sh. */
  constructor(t: Test, code: string, limits = ":") {
    const args = ["--input-type=module", "-e", PRELUDE + code];
    // tap makes every Node among its children load a module that listens to signals.
    const script = `unset NODE_OPTIONS; ${limits}; ${EXEC} "$0" "$@"`;
    this.process = spawn("sh", ["-c", script, process.execPath, ...args]);
    this.process.stdout?.setEncoding("utf8").on("data", (text) => (this.#output += text));
    this.process.stderr?.setEncoding("utf8").on("data", (text) => (this.errors += text));
    this.#ending = this.#end();
    t.teardown(() => this.process.kill("SIGKILL"));
  }

  /** Its stdin is closed a moment after "close". */
  async #end(): Promise<Ending> {
    const { stdin } = this.process;
    const ending = (await once(this.process, "close")) as Ending;
    if (stdin?.closed === false) await once(stdin, "close");
    return ending;
  }

  /** The next line it prints; an Error with its stderr if it ends before. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#output.indexOf("\n");
      if (end !== -1) {
        const line = this.#output.slice(0, end);
        this.#output = this.#output.slice(end + 1);
        return line;
      }
      if (this.process.stdout?.readableEnded !== false) throw new Error(`ended: ${this.errors}`);
      await Promise.race([once(this.process.stdout, "data"), this.#ending]);
    }
  }

  /** Everything else that it prints, when it has ended. */
  async rest(): Promise<string> {
    await this.#ending;
    return this.#output;
  }

  ended(): Promise<Ending> {
    return this.#ending;
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  get pid(): number {
    return this.process.pid as number;
  }
}
