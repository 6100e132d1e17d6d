/**
 * The referee: the real redis-server 7.0, started on a unix socket of its own, whose replies ours
 * are compared with byte for byte. Where it isn't installed a test says so and skips.
 *
 *   const referee = await startReferee(t);
 *   if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
 *   await sameReplies(t, referee, testCore(), ["set k v", ["get", "k"]]);
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "tap";
import { splitInline } from "../../examples/redis/inline.ts";
import { encodeRequest, type TestCore, testCore } from "./core-session.ts";
import { EXEC } from "./exec.ts";

export const NO_REFEREE = "redis-server 7.0 is not installed";

/** A command: its words, or one line as redis-cli takes it (`set k "a b\x00"`), of byte strings. */
export type Request = string | readonly (string | number | Buffer)[];

export function requestWords(request: Request): readonly (string | number | Buffer)[] {
  if (typeof request !== "string") return request;
  const words = splitInline(request);
  if (words === undefined) throw new Error(`unbalanced quotes: ${request}`);
  return words;
}

/** A connection to the referee. */
export class RefereeSession {
  private readonly socket: Socket;
  private received = "";
  /** Ends the wait of `read`, which looks again then. */
  private wake = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.received += text;
      this.wake();
    });
    // An error is followed by a close; `read` tells of it.
    socket.on("error", () => {}).on("close", () => this.wake());
  }

  /** Sends one command; resolves to the exact bytes of its reply, as a byte string. */
  async send(request: Request): Promise<string> {
    this.post(request);
    return this.read();
  }

  /** Sends one command that may have any number of replies; `read` gives them. */
  post(request: Request): void {
    this.socket.write(encodeRequest(requestWords(request)));
  }

  /** The same for several commands, which are sent at once. */
  postAll(requests: readonly Request[]): void {
    this.socket.write(Buffer.concat(requests.map((one) => encodeRequest(requestWords(one)))));
  }

  /** Sends all commands at once; resolves to their replies. */
  async sendAll(requests: readonly Request[]): Promise<string[]> {
    this.postAll(requests);
    const replies: string[] = [];
    while (replies.length < requests.length) replies.push(await this.read());
    return replies;
  }

  /** The next reply or pushed message. */
  async read(): Promise<string> {
    for (;;) {
      const end = replyEnd(this.received, 0);
      if (end >= 0) {
        const reply = this.received.slice(0, end);
        this.received = this.received.slice(end);
        return reply;
      }
      if (this.socket.closed) throw new Error("the referee closed the connection");
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** What has arrived and was not read. */
  get waiting(): string {
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The server, and a first connection to it. */
export class Referee extends RefereeSession {
  readonly path: string;

  constructor(path: string, socket: Socket) {
    super(socket);
    this.path = path;
  }

  /** One more connection, closed when `t` ends. */
  async connect(t: Test): Promise<RefereeSession> {
    const session = new RefereeSession(await dial(this.path));
    t.teardown(() => session.close());
    return session;
  }
}

/** Starts a referee for `t`, with options like "--databases", "4"; undefined without Redis 7.0. */
export async function startReferee(t: Test, ...options: string[]): Promise<Referee | undefined> {
  const version = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  if (version.error !== undefined || !version.stdout.includes("v=7.0.")) return undefined;
  const directory = mkdtempSync(join(tmpdir(), "fdkit-referee-"));
  const path = join(directory, "socket");
  const server = spawn(
    "sh",
    [
      "-c",
      `${EXEC} redis-server "$@"`,
      "sh",
      "--port",
      "0",
      "--unixsocket",
      path,
      "--save",
      "",
      "--dir",
      directory,
      "--enable-debug-command",
      "yes",
      ...options,
    ],
    { stdio: "ignore" },
  );
  const ended = once(server, "exit");
  t.teardown(async () => {
    server.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true });
  });
  const referee = new Referee(path, await dialUntilUp(path));
  t.teardown(() => referee.close());
  return referee;
}

async function dialUntilUp(path: string): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await dial(path);
    } catch (error) {
      if (attempt === 500) throw error;
      await sleep(10);
    }
  }
}

async function dial(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
}

/** Runs `requests` on both, in order, and compares every reply. */
export async function sameReplies(
  t: Test,
  referee: RefereeSession,
  ours: TestCore,
  requests: readonly Request[],
): Promise<void> {
  const expected = await referee.sendAll(requests);
  for (const [i, request] of requests.entries()) {
    const words = requestWords(request);
    t.equal(ours.send(words), expected[i], shown(words));
  }
}

/** Runs each of the scripts on a referee and a core of its own, in RESP2 and in RESP3. */
export async function sameScripts(
  t: Test,
  scripts: Readonly<Record<string, readonly Request[]>>,
): Promise<void> {
  const referee = await startReferee(t);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  for (const [name, requests] of Object.entries(scripts)) {
    for (const protocol of [2, 3]) {
      await t.test(`${name} over RESP${protocol}`, async (t) => {
        await referee.sendAll(["flushall", "select 0", ["hello", protocol]]);
        const ours = testCore({ "enable-debug-command": "yes" });
        ours.send(["hello", protocol]);
        await sameReplies(t, referee, ours, requests);
      });
    }
  }
}

/** Runs random edits on both at once, and says which is the first that makes a difference. */
export async function sameEdits(t: Test, requests: readonly Request[]): Promise<void> {
  const referee = await startReferee(t);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  const ours = testCore();
  const expected = await referee.sendAll(requests);
  const different = requests.findIndex((one, i) => ours.send(requestWords(one)) !== expected[i]);
  t.equal(different, -1, `first difference: ${requests[different]}`);
}

function shown(words: readonly (string | number | Buffer)[]): string {
  return words.map((word) => JSON.stringify(word.toString()).slice(0, 60)).join(" ");
}

/** How many replies and messages there are in `text`. */
export function countReplies(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at = replyEnd(text, at);
  return count;
}

/** Where the RESP value that begins at `start` ends, or -1 when more bytes are needed. */
function replyEnd(text: string, start: number): number {
  const lineEnd = text.indexOf("\r\n", start);
  if (lineEnd < 0) return -1;
  const next = lineEnd + 2;
  const count = Number(text.slice(start + 1, lineEnd));
  switch (text[start]) {
    case "$":
    case "=":
    case "!": {
      const end = count < 0 ? next : next + count + 2;
      return end <= text.length ? end : -1;
    }
    case "*":
    case "~":
    case ">":
      return elementsEnd(text, next, count);
    case "%":
      return elementsEnd(text, next, count * 2);
    case "|":
      return elementsEnd(text, next, count * 2 + 1);
    default:
      return next;
  }
}

function elementsEnd(text: string, start: number, count: number): number {
  let at = start;
  for (let i = 0; i < count && at >= 0; i++) at = replyEnd(text, at);
  return at;
}
