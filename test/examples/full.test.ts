/**
 * The servers of the ladder when no descriptor is left for another client: accept answers EMFILE,
 * and those who have come wait. Nobody who is served notices; the server sleeps, and goes on with
 * the others when somebody leaves.
 */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { reservePort } from "../helpers/ports.ts";
import { Connection, eventually } from "../helpers/redis-server.ts";
import { request } from "../helpers/redis-steps.ts";
import { ours, Run } from "../helpers/run.ts";

/** For how many clients there is room, and how many come: 09's backlog takes the others. */
const ROOM = 4;
const CLIENTS = 16;
/** How long a server sleeps that can't accept: the argument of loop.pause. */
const PAUSE_MS = 100;
/** Of 16. */
const THREADS = 4;
/** For what a busy machine does late. */
const PATIENCE_S = 30;

interface Exchange {
  readonly says: string;
  readonly hears: RegExp;
}

const ECHO: Exchange = { says: "hello", hears: /^hello$/ };
const PING: Exchange = { says: request("PING"), hears: /^\+PONG\r\n$/ };
const SERVERS: Record<string, Exchange> = {
  "09-epoll": ECHO,
  "10-backpressure": ECHO,
  "11-loop": ECHO,
  "15-http": { says: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", hears: /^HTTP\/1\.1 200 OK\r\n/ },
  "redis-steps/03-event-loop": PING,
  "redis-steps/04-hash-table": PING,
  "redis-steps/05-sorted-set": PING,
  "redis-steps/06-idle-timers": PING,
  "redis-steps/07-ttl-heap": PING,
  "redis-steps/08-lazy-free": PING,
};

/** A server, and how often it found no descriptor for a client. */
class Full {
  private readonly trace: string;
  private readonly run: Run;
  private readonly port: number;
  private readonly t: Test;
  private since = 0;

  private constructor(t: Test, run: Run, port: number, trace: string) {
    [this.t, this.run, this.port, this.trace] = [t, run, port, trace];
  }

  static async start(t: Test, name: string): Promise<Full> {
    const port = reservePort(t);
    const trace = join(t.testdir({ trace: "" }), "trace");
    const traced = ["env", `FDKIT_TRACE=trace=accept4:output=${trace}`];
    const run = new Run(t, [...traced, ...ours(`examples/${name}.js`, `${port}`)]);
    await run.printed(/ on .*\n/);
    return new Full(t, run, port, trace);
  }

  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.run.printed(pattern);
  }

  open(): Promise<Connection> {
    return Connection.open(this.t, { host: "127.0.0.1", port: this.port });
  }

  /** Leaves it the lowest numbers that are free, as many as there is room for. */
  leaveRoom(): void {
    const open = new Set(readdirSync(`/proc/${this.pid}/fd`).map(Number));
    let limit = 0;
    for (let free = 0; free < ROOM; limit++) if (!open.has(limit)) free++;
    this.limit(limit);
  }

  /** No new fd is `limit` or above. prlimit(1), on the soft limit */
  limit(limit: number): void {
    execFileSync("prlimit", ["--pid", `${this.pid}`, `--nofile=${limit}:`]);
    this.since = performance.now();
  }

  get emfiles(): number {
    return readFileSync(this.trace, "latin1").split(/= -1 EMFILE/).length - 1;
  }

  /** It has run out of descriptors, and each thread has rested after every attempt. */
  async rests(threads = 1): Promise<void> {
    this.t.ok(await eventually(() => this.emfiles > 0, PATIENCE_S), "accept answers EMFILE");
    await sleep(3 * PAUSE_MS);
    const attempts = this.emfiles;
    const pauses = 1 + (performance.now() - this.since) / PAUSE_MS;
    this.t.ok(attempts <= pauses * threads, `${attempts} attempts in ${pauses} pauses`);
  }

  async stop(): Promise<void> {
    this.t.equal((await this.run.stop("SIGINT")).errors, "");
  }

  private get pid(): number {
    return this.run.process.pid as number;
  }
}

/** Gives each thread work: one that still loads its modules has a file open now and then. */
async function startThreads(server: Full, client: Connection): Promise<void> {
  for (const key of ["a", "b"]) {
    client.write(request("SET", key, "x".repeat(1 << 16)) + request("UNLINK", key));
    await client.take("+OK\r\n:1\r\n".length);
    await server.printed(
      key === "a" ? /freed 65536 bytes/ : /freed 131072 bytes: 65536 \+ 65536\n/,
    );
  }
}

t.jobs = 3;

for (const [name, { says, hears }] of Object.entries(SERVERS)) {
  t.test(`${name} serves whom it can, and then the others`, { buffered: true }, async (t) => {
    const server = await Full.start(t, name);
    const old = await server.open();
    const isServed = async () => hears.test(await old.send(says));
    t.ok(await isServed());
    if (name === "redis-steps/08-lazy-free") await startThreads(server, old);
    server.leaveRoom();
    let served = 0;
    let leave = () => {};
    const mayLeave = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const visit = async () => {
      const client = await server.open();
      const reply = await client.send(says);
      served++;
      await mayLeave;
      client.end();
      return reply;
    };
    const visits = Array.from({ length: CLIENTS }, () => visit().catch(String));
    // Who says nothing for long is closed by some of them, and would leave room.
    const isFull = async () => (await isServed()) && served === ROOM;
    t.ok(await eventually(isFull, PATIENCE_S), `${served} are served`);
    await server.rests();
    t.ok(await isServed(), "who was there before is served on");
    leave();
    for (const reply of await Promise.all(visits)) t.match(reply, hears);
    await server.stop();
  });
}

t.test("14-chat goes on for those who are there, and the next one waits", async (t) => {
  const server = await Full.start(t, "14-chat");
  const [ann, bob] = [await server.open(), await server.open()];
  const says = async (line: string) => {
    ann.write(line);
    return bob.take(line.length);
  };
  t.equal(await says("welcome\n"), "welcome\n");
  server.leaveRoom();
  const others: Connection[] = [];
  while (others.length < ROOM) others.push(await server.open());
  const late = await server.open();
  late.write("let me in\n");
  await server.rests();
  t.equal(await says("still here\n"), "still here\n");
  t.equal(bob.waiting, 0);
  others[0].end();
  t.equal(await bob.take(10), "let me in\n");
  t.equal(await says("welcome\n"), "welcome\n");
  t.equal(await late.take(8), "welcome\n");
  await server.stop();
});

t.test("16-threads can't accept in any of them, until there is room", async (t) => {
  const server = await Full.start(t, "16-threads");
  server.limit(0);
  const clients = [await server.open(), await server.open(), await server.open()];
  await server.rests(THREADS);
  for (const { waiting } of clients) t.equal(waiting, 0);
  server.limit(1024);
  for (const client of clients) t.match(await client.rest(), /^thread [0-3]\n$/);
  await server.stop();
});
