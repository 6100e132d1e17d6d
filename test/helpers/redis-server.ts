/**
 * Our Redis server as a process of its own, and raw connections to it. Each server has a port or a
 * unix socket that nobody else has, must end with exit code 0, and must print nothing to stderr.
 *
 *   withServer("GET of no key", ["--maxclients", "10"], async (t, server) => {
 *     const client = await server.connect();
 *     t.equal(await client.send("GET nosuch\r\n"), "$-1\r\n");
 *   });
 */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { EXEC } from "./exec.ts";

const { FDKIT_TEST_DIST } = process.env;
const DIST = FDKIT_TEST_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));
/** The program under test. */
export const MAIN = resolve(DIST, "examples/redis/main.js");

/** Where a server listens, as node:net wants it. */
export type Endpoint = { path: string } | { host: string; port: number };

/** Bytes to send; a string is a byte string. */
export type Bytes = string | Buffer;

/** How a process ended: [exit code, null] or [null, signal]. */
export type Ending = [code: number | null, signal: NodeJS.Signals | null];

/** A connection that does what a test says and nothing else: no parser, no reconnecting. */
export class Connection {
  readonly socket: Socket;
  private chunks: string[] = [];
  /** Bytes received and not taken by `take` yet. */
  waiting = 0;
  closed = false;
  private wake = () => {};

  private constructor(socket: Socket) {
    this.socket = socket.setNoDelay();
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.chunks.push(text);
      this.waiting += text.length;
      this.wake();
    });
    // A reset is an end like any other here: what arrived before it is what counts.
    socket
      .on("error", () => {})
      .on("close", () => {
        this.closed = true;
        this.wake();
      });
  }

  static async open(t: Test, endpoint: Endpoint): Promise<Connection> {
    const socket = connect({ ...endpoint, allowHalfOpen: true });
    const connection = Connection.of(t, socket);
    await Promise.race([once(socket, "connect"), once(socket, "close")]);
    return connection;
  }

  /** Over a socket that is connected, or about to be. */
  static of(t: Test, socket: Socket): Connection {
    const connection = new Connection(socket);
    socket.on("end", () => socket.end());
    t.teardown(() => socket.destroy());
    return connection;
  }

  /** Sends in one write(2), as far as the kernel takes it. */
  write(bytes: Bytes): void {
    this.socket.write(bytes, "latin1");
  }

  /** shutdown(SHUT_WR): nothing more will be sent, replies are still welcome. */
  end(): void {
    this.socket.end();
  }

  /** Closes with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Stops reading, so that the buffers of the kernel and then those of the server fill up. */
  pause(): void {
    this.socket.pause();
  }

  /** What has arrived, waiting for `size` bytes at least; less when the connection ends. */
  async take(size = 1): Promise<string> {
    while (this.waiting < size && !this.closed) await this.change();
    return this.taken();
  }

  /** What has arrived, when it ends with `ending`. */
  async takeUntil(ending: string): Promise<string> {
    let text = this.taken();
    while (!text.endsWith(ending) && !this.closed) {
      await this.change();
      text += this.taken();
    }
    return text;
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    this.socket.resume();
    while (!this.closed) await this.change();
    return this.taken();
  }

  /** Sends, and waits for a reply that arrives in one piece: any short one. */
  async send(bytes: Bytes): Promise<string> {
    this.write(bytes);
    return this.take();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private taken(): string {
    const text = this.chunks.join("");
    this.chunks = [];
    this.waiting = 0;
    return text;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

/** A run of the program; nothing is assumed about how it goes. */
export class ServerProcess {
  readonly process: ChildProcessWithoutNullStreams;
  output = "";
  errors = "";
  private readonly ending: Promise<Ending>;

  /** `limits` is for sh, `wrapper` a program that starts the server, such as strace. */
  constructor(t: Test, options: readonly string[], limits = ":", wrapper: string[] = []) {
    // tap makes every Node among its children load a module that listens to signals.
    const script = `unset NODE_OPTIONS; ${limits}; ${EXEC} "$@"`;
    const command = [...wrapper, process.execPath, MAIN, ...options];
    this.process = spawn("sh", ["-c", script, "sh", ...command]);
    this.process.stdout.setEncoding("latin1").on("data", (text) => (this.output += text));
    this.process.stderr.setEncoding("latin1").on("data", (text) => (this.errors += text));
    this.ending = once(this.process, "close") as Promise<Ending>;
    t.teardown(async () => {
      this.process.kill("SIGKILL");
      await this.ending;
    });
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** The first match of `pattern` in what it printed; an Error when it ends without one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      const hasEnded = this.process.stdout.readableEnded;
      if (hasEnded) throw new Error(`ended without ${pattern}: ${this.output}${this.errors}`);
      await Promise.race([once(this.process.stdout, "data"), this.ending]);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  ended(): Promise<Ending> {
    return this.ending;
  }
}

/** A server that is up. */
export class RedisServer {
  readonly program: ServerProcess;
  readonly endpoint: Endpoint;
  private readonly t: Test;

  constructor(t: Test, program: ServerProcess, endpoint: Endpoint) {
    this.t = t;
    this.program = program;
    this.endpoint = endpoint;
  }

  /** One more connection, closed when the test ends. */
  connect(): Promise<Connection> {
    return Connection.open(this.t, this.endpoint);
  }

  get pid(): number {
    return this.program.pid;
  }

  /** Resident memory in bytes. proc(5) */
  get memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** CPU time used so far, in milliseconds. proc(5): utime and stime, in ticks of 10 ms */
  get cpuTime(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  get openFds(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Ends it with `signal`; the test fails unless it ends in peace. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.program.kill(signal);
    await this.endsInPeace();
  }

  async endsInPeace(): Promise<void> {
    this.t.strictSame(await this.program.ended(), [0, null], "the server ends with exit code 0");
    this.t.equal(this.program.errors, "", "and printed no error or warning");
  }
}

/** A folder of its own, removed when the test ends. */
export function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), "fdkit-server-"));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Starts a server on a port that the kernel chooses, or with `--unixsocket` on that path. */
export async function startServer(
  t: Test,
  options: readonly string[] = [],
  limits?: string,
  wrapper?: string[],
): Promise<RedisServer> {
  const program = new ServerProcess(t, ["--port", "0", ...options], limits, wrapper);
  const [, path, host, port] = await program.printed(
    /Listening on (?:(\/.*)|\[?([\d.a-f:]+)\]?:(\d+))\n/,
  );
  const endpoint = path ? { path } : { host: host as string, port: Number(port) };
  return new RedisServer(t, program, endpoint);
}

/** A test with a server of its own, which has to end in peace after it. */
export function withServer(
  name: string,
  options: readonly string[],
  body: (t: Test, server: RedisServer) => Promise<void>,
): void {
  t.test(name, async (t) => {
    const server = await startServer(t, options);
    await body(t, server);
    await server.stop();
  });
}

/** Waits until `isTrue`, looking every few milliseconds; gives up after `seconds`. */
export async function eventually(
  isTrue: () => boolean | Promise<boolean>,
  seconds = 5,
): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return false;
    await sleep(5);
  }
  return true;
}
