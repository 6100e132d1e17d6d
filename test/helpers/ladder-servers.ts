/** The programs of the ladder that serve until they are ended, and what a client gets of each. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Test } from "tap";
import {
  AF_UNIX,
  adoptSocket,
  close,
  connect,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SyscallError,
  socket,
} from "../../lib/index.ts";
import type { Limits } from "./faults-to-try.ts";
import type { Faulty } from "./faulty.ts";
import { reservePort } from "./ports.ts";
import { Connection, eventually } from "./redis-server.ts";

export interface Visit {
  readonly t: Test;
  readonly program: Faulty;
  /** What the program was started with. */
  readonly argument: string;
  /** Which visit it is, from 1. */
  readonly number: number;
  /** What happens to the program while it waits for the client to speak. */
  readonly meanwhile?: () => Promise<void>;
}

export interface Server extends Limits {
  readonly name: string;
  /** What it is started with; a port of its own, without it. */
  readonly argument?: "a name" | "20";
  /** What it prints when it is ready; a line, without it. */
  readonly ready?: RegExp;
  readonly needsRoot?: boolean;
  /** It never sleeps. */
  readonly spins?: boolean;
  /** A client's visit: whether all that it was answered is right, to the byte. */
  visit(visit: Visit): Promise<boolean>;
}

type Open = (t: Test, argument: string) => Promise<Connection | undefined>;

const byPort: Open = (t, port) =>
  Connection.open(t, { host: "127.0.0.1", port: Number(port) }).catch(() => undefined);

/** Node's own net takes an abstract name for one of 107 bytes. */
const byName: Open = async (t, name) => {
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  try {
    connect(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
  } catch (error) {
    close(fd);
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
  return Connection.of(t, adoptSocket(fd));
};

/** Says something, hears the answer, and only then has no more to say. */
function saying(request: string, reply: string, open = byPort): Server["visit"] {
  return async ({ t, argument, meanwhile }) => {
    const client = await open(t, argument);
    if (client === undefined) return false;
    await meanwhile?.();
    client.write(request);
    const heard = await client.take(reply.length);
    client.end();
    return heard + (await client.rest()) === reply;
  };
}

/** Two datagrams, from a port that no program is to have, and what is printed of them. */
function sending(...lines: ((from: string, to: string) => RegExp)[]): Server["visit"] {
  return async ({ t, argument, program, meanwhile }) => {
    const client = createSocket("udp4").bind(reservePort(t), "127.0.0.1");
    await once(client, "listening");
    const from = `127.0.0.1:${client.address().port}`;
    await meanwhile?.();
    for (const text of ["one", "a longer one"]) client.send(text, Number(argument), "127.0.0.1");
    const printed = lines.map((line) => program.prints(line(from, `127.0.0.1:${argument}`)));
    const isRight = !(await Promise.all(printed)).includes(false);
    client.close();
    return isRight;
  };
}

/** Ann and Bob come in; she says a line, in two halves, and he hears it. */
async function chat({ t, argument, program, number, meanwhile }: Visit): Promise<boolean> {
  const [ann, bob] = [await byPort(t, argument), await byPort(t, argument)];
  if (ann === undefined || bob === undefined) return false;
  const accepted = () => program.trace.match(/^accept4\(.* = \d+/gm)?.length ?? 0;
  await eventually(() => program.hasEnded || accepted() >= 2 * number, 60);
  await meanwhile?.();
  for (const half of ["hel", "lo\n"]) ann.write(half);
  const heard = await Promise.race([bob.take(6), ann.rest().then(() => "")]);
  for (const client of [ann, bob]) client.end();
  return heard + (await bob.rest()) === "hello\n" && (await ann.rest()) === "";
}

/** One comes in by the socket that all threads share, and one by those of the next port. */
async function greeted({ t, argument, program, number, meanwhile }: Visit): Promise<boolean> {
  await meanwhile?.();
  const port = Number(argument);
  const heard: string[] = [];
  for (const each of [port, port + 1]) {
    heard.push((await (await byPort(t, `${each}`))?.rest()) ?? "");
  }
  const counted = () => {
    const lines = [...program.run.output.matchAll(/^served by thread: (.+)$/gm)];
    return sum(lines.at(-1)?.[1].split(" ") ?? []);
  };
  await eventually(() => program.hasEnded || counted() === 2 * number, 60);
  return heard.every((line) => /^thread [0-3]\n$/.test(line)) && !program.hasEnded;
}

/** It was woken two times more, and each tick has added 3. */
async function ticking({ program, number }: Visit): Promise<boolean> {
  const woken = new RegExp(`(?:[^]*?^woken, with \\d+\n){${2 * number}}`, "m");
  if (!(await program.prints(woken))) return false;
  const [printed] = woken.exec(program.run.output) as RegExpExecArray;
  const counts = [...printed.matchAll(/^woken, with (\d+)$/gm)].map(([, count]) => count);
  return sum(counts) === 3 * (printed.match(/^tick$/gm)?.length ?? 0);
}

function sum(numbers: readonly string[]): number {
  return numbers.reduce((total, number) => total + Number(number), 0);
}

const echo = saying("hello", "hello");

const HTTP = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const PAGE = "Hello from a file descriptor. There is more at /more.\n";
const HEADERS = `Content-Type: text/plain\r\nContent-Length: ${PAGE.length}\r\n`;

/** A request of Redis, as a client sends it. */
const request = (...args: string[]) =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
const framing = saying(request("GET", "a") + request("PING"), "$5\r\nGET a\r\n$4\r\nPING\r\n");
const redis = saying(
  request("SET", "a", "1") + request("GET", "a") + request("DEL", "a"),
  "+OK\r\n$1\r\n1\r\n:1\r\n",
);

/** One read and one write: what is more than that is the subject of 03. */
const READS_ONCE = { loses: /short/, spared: /^(read|write):error=EINTR/ };
const LIKE_BEFORE = { startsAsBefore: true };

export const SERVERS: readonly Server[] = [
  { name: "01-server", visit: echo, ...READS_ONCE },
  { name: "02-server-loop", visit: echo, ...READS_ONCE, ...LIKE_BEFORE },
  { name: "03-echo", visit: echo, ...LIKE_BEFORE },
  {
    name: "05-datagram",
    visit: sending(
      (from) => new RegExp(`^${from} sent 3 bytes, 3 arrived: one\n`, "m"),
      (from) => new RegExp(`^${from} sent 12 bytes, 8 arrived: a longer\n`, "m"),
    ),
  },
  {
    name: "06-packets",
    needsRoot: true,
    visit: sending(
      (from, to) => new RegExp(`^${from} > ${to} UDP, 3 bytes: "one"\n`, "m"),
      (from, to) => new RegExp(`^${from} > ${to} UDP, 12 bytes: "a longer one"\n`, "m"),
    ),
  },
  {
    name: "07-unix",
    argument: "a name",
    ready: /listening/,
    visit: saying("hello", "hello", byName),
  },
  { name: "08-nonblocking", visit: echo, spins: true, ...LIKE_BEFORE },
  { name: "09-epoll", visit: echo, loses: /^write/, ...LIKE_BEFORE },
  { name: "10-backpressure", visit: echo, ...LIKE_BEFORE },
  { name: "11-loop", visit: echo },
  { name: "12-wakeups", argument: "20", visit: ticking },
  { name: "14-chat", visit: chat, ...LIKE_BEFORE },
  {
    name: "15-http",
    visit: saying(HTTP, `HTTP/1.1 200 OK\r\n${HEADERS}Connection: close\r\n\r\n${PAGE}`),
    ...LIKE_BEFORE,
  },
  { name: "16-threads", ready: /4 threads on/, visit: greeted },
  { name: "redis-steps/01-framing", visit: framing, ...LIKE_BEFORE },
  { name: "redis-steps/02-get-set-del", visit: redis, ...LIKE_BEFORE },
  { name: "redis-steps/03-event-loop", visit: redis, ...LIKE_BEFORE },
  { name: "redis-steps/04-hash-table", visit: redis, ...LIKE_BEFORE },
  { name: "redis-steps/05-sorted-set", visit: redis, ...LIKE_BEFORE },
  { name: "redis-steps/06-idle-timers", visit: redis, ...LIKE_BEFORE },
  { name: "redis-steps/07-ttl-heap", visit: redis, ...LIKE_BEFORE },
  { name: "redis-steps/08-lazy-free", visit: redis, ...LIKE_BEFORE },
];
