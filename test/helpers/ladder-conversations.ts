/** The programs of the ladder that end by themselves, each with the partner of a conversation. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import type { Test } from "tap";
import {
  AF_UNIX,
  adoptServer,
  bind,
  listen,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  socket,
} from "../../lib/index.ts";
import type { Limits } from "./faults-to-try.ts";
import type { Faulty } from "./faulty.ts";
import { reservePort } from "./ports.ts";
import { Connection, eventually } from "./redis-server.ts";
import { ours, Run, run } from "./run.ts";

export interface Scene {
  readonly t: Test;
  /** A name for a socket that nobody else has. */
  readonly unixName: string;
  /** Starts the program. */
  start(argument: string): Faulty;
  /** What happens to the program while it waits for its partner. */
  meanwhile(program: Faulty): Promise<void>;
}

export interface Conversation extends Limits {
  readonly name: string;
  /** From its start to its end: whether it printed, and its partner heard, what is right. */
  hold(scene: Scene): Promise<boolean>;
}

async function onPort(): Promise<[server: Server, argument: string]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return [server, `${(server.address() as { port: number }).port}`];
}

/** Node's own net takes an abstract name for one of 107 bytes. */
async function onName({ unixName }: Scene): Promise<[server: Server, argument: string]> {
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bind(fd, { family: AF_UNIX, abstract: Buffer.from(unixName) });
  listen(fd, 16);
  return [adoptServer(fd), unixName];
}

/** A client says hello, and prints what comes back. */
function hello(serve: typeof onName): Conversation["hold"] {
  return async (scene) => {
    const [server, argument] = await serve(scene);
    let heard = "";
    const program = scene.start(argument);
    server.on("connection", async (connection) => {
      // A client that fails may leave bytes unread: a reset.
      connection.on("error", () => {}).setEncoding("latin1");
      [heard] = await once(connection, "data");
      await scene.meanwhile(program);
      connection.end(heard);
    });
    const { output } = await program.run.ended();
    server.close();
    return heard === "hello" && output === "the server answers: hello\n";
  };
}

const WORDS = ["one", "two", "three", "four", "five"];
const FRAMES = WORDS.map((word) => String.fromCharCode(word.length) + word);

/** A client of two connections, which says all that it has to say and goes. */
async function twoStreams({ start }: Scene): Promise<boolean> {
  const [server, port] = await onPort();
  const streams: Promise<string>[] = [];
  server.on("connection", (connection) => streams.push(text(connection).catch(() => "reset")));
  const { ending } = await start(port).run.ended();
  if (ending[0] === 0) await eventually(() => streams.length === 2);
  const heard = await Promise.all(streams);
  server.close();
  return heard.join() === [WORDS.join(""), FRAMES.join("")].join();
}

/** A server of two connections. It prints the reads of the first, and the frames of the second. */
async function printsStreams({ t, start, meanwhile }: Scene): Promise<boolean> {
  const port = reservePort(t);
  const program = start(`${port}`);
  await program.prints(/listening/);
  for (const bytes of [WORDS.join(""), FRAMES.join("")]) {
    const endpoint = { host: "127.0.0.1", port };
    const client = await Connection.open(t, endpoint).catch(() => undefined);
    if (client !== undefined) await meanwhile(program);
    client?.write(bytes);
    client?.end();
    await client?.rest();
  }
  const { output } = await program.run.ended();
  const [, reads = "", frames] = output.split("\n");
  const [, count, pieces = ""] = /^(\d+) reads: (.*)$/.exec(reads) ?? [];
  const read = pieces.split(" | ");
  if (read.length !== Number(count) || read.join("") !== WORDS.join("")) return false;
  return frames === `5 frames: ${WORDS.join(" | ")}`;
}

const MESSAGES = ["one", "a longer one", "three", "four", "five", "six"];

async function sixDatagrams({ start }: Scene): Promise<boolean> {
  const server = createSocket("udp4").bind(0, "127.0.0.1");
  const heard: string[] = [];
  server.on("message", (message) => heard.push(message.toString("latin1")));
  await once(server, "listening");
  const { ending, output } = await start(`${server.address().port}`).run.ended();
  if (ending[0] === 0) await eventually(() => heard.length === MESSAGES.length);
  server.close();
  const sent = MESSAGES.map((message) => `sent ${message.length} bytes: ${message}\n`);
  return heard.join() === MESSAGES.join() && output === sent.join("");
}

const WRITTEN = "written by another process\n";
const printedBy13 = (name: string) => `listening on @${name}\n8 bytes: to | gether\n`;

async function takesAnFd({ t, unixName, start, meanwhile }: Scene): Promise<boolean> {
  const program = start(unixName);
  if (await program.prints(/listening/)) await meanwhile(program);
  const client = await run(t, ours("examples/13-messages-client.js", unixName));
  const { output } = await program.run.ended();
  return output === printedBy13(unixName) && client.output === WRITTEN;
}

async function passesAnFd({ t, unixName, start }: Scene): Promise<boolean> {
  const server = new Run(t, ours("examples/13-messages.js", unixName));
  await server.printed(/listening/);
  const { output } = await start(unixName).run.ended();
  // Who failed early leaves it waiting.
  if (output !== WRITTEN) server.process.kill("SIGKILL");
  return (await server.ended()).output === printedBy13(unixName) && output === WRITTEN;
}

/** One read and one write: what is more than that is the subject of 03. */
const READS_ONCE = { loses: /short/, spared: /^(read|write):error=EINTR/ };

export const CONVERSATIONS: readonly Conversation[] = [
  { name: "01-client", hold: hello(onPort), ...READS_ONCE },
  { name: "04-stream", hold: printsStreams },
  { name: "04-stream-client", hold: twoStreams },
  { name: "05-datagram-client", hold: sixDatagrams },
  { name: "07-unix-client", hold: hello(onName), ...READS_ONCE },
  { name: "13-messages", hold: takesAnFd },
  { name: "13-messages-client", hold: passesAnFd },
];
