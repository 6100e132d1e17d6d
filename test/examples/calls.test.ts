/**
 * The calls that each program makes in a conversation, compared with those in the folder calls/.
 * CALLS=write npx tap test/examples/calls.test.ts writes them anew. How runs are made comparable:
 * ../helpers/trace-text.ts. Every conversation goes step by step: see `called`. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { AF_INET, close, SOCK_DGRAM, sendto, socket } from "../../lib/index.ts";
import { ours, Run, run } from "../helpers/run.ts";
import { Stage, type Traced } from "../helpers/stage.ts";

const FOLDER = fileURLToPath(new URL("calls", import.meta.url));

const mayUnshare = spawnSync("unshare", ["-n", "true"]).status === 0;

type Conversation = (stage: Stage) => Promise<void>;

/** Both have the same argument, and the client ends by itself. */
async function withClient(stage: Stage, server: string, argument?: string): Promise<Traced> {
  const program = await stage.listen(server, argument);
  const client = `${server.replace("-server", "")}-client`;
  await stage.start(client, argument).ended();
  return program;
}

/** One client that is answered what it says, and has no more to say then. */
async function echo(stage: Stage, server: string, ...env: string[]): Promise<void> {
  const program = await stage.listen(server, undefined, env);
  const client = await stage.connect();
  client.write("hello");
  await client.take(5);
  client.end();
  await client.rest();
  await program.called("close");
  await program.stop();
}

/** A request, and then two at once. */
async function redis(stage: Stage, step: string): Promise<void> {
  const program = await stage.listen(`redis-steps/${step}`);
  const client = await stage.connect();
  const request = (...args: string[]) =>
    `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
  client.write(request("SET", "a", "1"));
  await program.called("write");
  client.write(request("GET", "a") + request("DEL", "a"));
  await program.called("write");
  client.end();
  await client.rest();
  await program.called("close");
  await program.stop();
}

const CONVERSATIONS: Record<string, Conversation> = {
  async "01: hello"(stage) {
    const server = await withClient(stage, "01-server", `${stage.port}`);
    await server.called("close");
    await server.stop();
  },

  async "02: the second client waits until the first one is closed"(stage) {
    const server = await stage.listen("02-server-loop");
    const first = await stage.connect();
    const second = await stage.connect();
    await server.called("accept");
    first.write("first");
    await first.rest();
    await server.called("accept");
    second.write("second");
    await second.rest();
    await server.called("close");
    await server.stop();
  },

  async "03: until the client has finished"(stage) {
    const server = await stage.listen("03-echo");
    const client = await stage.connect();
    for (const word of ["hello", "again"]) t.equal(await client.send(word), word);
    client.end();
    await client.rest();
    await server.called("close");
    await server.stop();
  },

  async "04: all is written before anything is read"(stage) {
    const server = await stage.listen("04-stream");
    server.signal("SIGSTOP");
    await stage.start("04-stream-client").ended();
    server.signal("SIGCONT");
    await server.ended();
  },

  async "05: a client of nobody; three datagrams, one after another"(stage) {
    await stage.start("05-datagram-client").ended();
    const server = await stage.listen("05-datagram");
    const fd = socket(AF_INET, SOCK_DGRAM, 0);
    for (const message of ["one", "a longer one", ""]) {
      const to = { family: AF_INET, address: "127.0.0.1", port: stage.port };
      sendto(fd, Buffer.from(message), message.length, 0, to);
      await server.called("poll");
    }
    close(fd);
    await server.stop();
  },

  async "06: the datagrams of 05, in a network with nothing else in it"(stage) {
    if (!mayUnshare) {
      stage.t.pass("compared", { skip: "a network of its own is for root" });
      return;
    }
    const command = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
    const env = ["FDKIT_TRACE=strings=1", ...command];
    const packets = await stage.listen("06-packets", undefined, env);
    const inside = ["nsenter", "-n", "-t", `${packets.pid}`];
    const server = [...inside, ...ours("examples/05-datagram.js", `${stage.port}`)];
    await new Run(stage.t, server).printed(/bound/);
    await run(stage.t, [...inside, ...ours("examples/05-datagram-client.js", `${stage.port}`)]);
    await packets.printed(/six/);
    await packets.stop();
  },

  async "07: hello, by a name"(stage) {
    const server = await withClient(stage, "07-unix", stage.name);
    await server.called(/close\(.*\n(.*\n)*close/);
    await server.stop();
  },

  async "08: asked in vain before each answer"(stage) {
    const server = await stage.listen("08-nonblocking");
    await server.asksInVain("accept4");
    const client = await stage.connect();
    await server.asksInVain("read");
    t.equal(await client.send("hello"), "hello");
    await server.called("write");
    await server.asksInVain("read");
    client.end();
    await client.rest();
    await server.called("close");
    await server.asksInVain("accept4");
    await server.stop();
  },

  async "09: one client among many"(stage) {
    await echo(stage, "09-epoll");
  },

  async "10: two bytes are all that the kernel takes at first"(stage) {
    await echo(stage, "10-backpressure", "FDKIT_FAULT=write:short=2:when=1");
  },

  async "11: two bytes are all that the kernel takes at first"(stage) {
    await echo(stage, "11-loop", "FDKIT_FAULT=write:short=2:when=1");
  },

  async "12: a tick, and Ctrl-C"(stage) {
    const program = await stage.listen("12-wakeups", "1");
    await program.printed(/woken/);
    await program.isWaiting();
    await program.stop();
  },

  async "13: an fd for the other process"(stage) {
    await (await withClient(stage, "13-messages", stage.name)).ended();
  },

  async "14: half a line, and its other half"(stage) {
    const server = await stage.listen("14-chat");
    const ann = await stage.connect();
    await server.called(/EPOLL_CTL_ADD(.*\n)*accept4.*EAGAIN/);
    const bob = await stage.connect();
    await server.called(/accept4.*EAGAIN/);
    ann.write("hel");
    await server.called("read");
    ann.write("lo\n");
    await bob.take(6);
    ann.end();
    await ann.rest();
    await server.called("close");
    await server.stop();
  },

  async "15: one connection for two requests"(stage) {
    const server = await stage.listen("15-http");
    const client = await stage.connect();
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.takeUntil("/more.\n");
    client.write("GET /more HTTP/1.0\r\n\r\n");
    await client.rest();
    await server.called("close");
    await server.stop();
  },

  async "16: one of the threads that share a socket"(stage) {
    const program = await stage.listen("16-threads");
    await (await stage.connect()).rest();
    await program.printed(/served/);
    await program.stop();
  },

  "redis-steps/01": (stage) => redis(stage, "01-framing"),
  "redis-steps/02": (stage) => redis(stage, "02-get-set-del"),
  "redis-steps/03": (stage) => redis(stage, "03-event-loop"),
  "redis-steps/04": (stage) => redis(stage, "04-hash-table"),
  "redis-steps/05": (stage) => redis(stage, "05-sorted-set"),
  "redis-steps/06": (stage) => redis(stage, "06-idle-timers"),
  "redis-steps/07": (stage) => redis(stage, "07-ttl-heap"),
  "redis-steps/08": (stage) => redis(stage, "08-lazy-free"),
};

t.jobs = 4; // they wait for one another more than they work
for (const [name, converse] of Object.entries(CONVERSATIONS)) {
  t.test(name, { buffered: true }, async (t) => {
    const stage = await Stage.open(t);
    await converse(stage);
    for (const program of stage.programs) compare(t, program.name, program.calls(stage.port));
  });
}

function compare(t: Test, name: string, calls: string): void {
  const file = `${FOLDER}/${name}.txt`;
  if (process.env.CALLS === "write") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, calls, "latin1");
  }
  t.equal(calls, existsSync(file) ? readFileSync(file, "latin1") : undefined, name);
}
