/**
 * What becomes of the Redis server when a system call fails that usually does not: the Nth call of
 * each kind fails, for the first N. It serves on, or ends and says which call failed and why. (The
 * programs of the ladder: ladder.test.ts, ladder-once.test.ts.)
 */

import t, { type Test } from "tap";
import { inParallel } from "../helpers/parallel.ts";
import { eventually, RedisServer, ServerProcess } from "../helpers/redis-server.ts";

/** How often a client may be turned away before somebody is served. */
const ATTEMPTS = 6;

const LISTENING = /Listening on 127\.0\.0\.1:(\d+)\n/;

/** The calls of a server's life, what may befall them, and how many of each kind fail in turn. */
const REDIS: [call: string, faults: string[], first: number][] = [
  ["accept4", ["error=ECONNABORTED", "error=EMFILE", "error=EINTR", "error=EAGAIN"], 3],
  ["recv", ["error=ECONNRESET", "error=EAGAIN", "error=EINTR", "short=1"], 3],
  ["send", ["error=EPIPE", "error=EAGAIN", "error=EINTR", "short=1"], 3],
  ["epoll_ctl", ["error=ENOMEM"], 6],
  ["epoll_wait", ["error=EINTR"], 3],
  ["setsockopt", ["error=ENOBUFS"], 4],
  ["socket", ["error=EMFILE"], 1],
  ["bind", ["error=EADDRINUSE"], 1],
  ["listen", ["error=EADDRINUSE"], 1],
  ["getsockname", ["error=ENOBUFS"], 2],
  ["epoll_create1", ["error=EMFILE"], 1],
  ["close", ["error=EIO"], 2],
];

/** The server with a fault, once it listens; or undefined if the fault ended it, with a reason. */
async function startFaulty(t: Test, fault: string): Promise<RedisServer | undefined> {
  const limits = `export FDKIT_FAULT='${fault}'`;
  const options = ["--port", "0", "--bind", "127.0.0.1"];
  const program = new ServerProcess(t, options, limits);
  try {
    const [, port] = await program.printed(LISTENING);
    return new RedisServer(t, program, { host: "127.0.0.1", port: Number(port) });
  } catch {
    await endsWithReason(t, program, fault);
    return undefined;
  }
}

/** `fdkit: bind: EADDRINUSE (address already in use) …` and nothing else. */
async function endsWithReason(t: Test, program: ServerProcess, fault: string): Promise<void> {
  const [call, error] = fault.split(/:error=|:/);
  t.strictSame(await program.ended(), [1, null], fault);
  t.match(program.errors, new RegExp(`^fdkit: ${call}: ${error} \\(`), fault);
  t.equal(program.errors.trim().split("\n").length, 1, `${fault}: one line, and no stack`);
}

/** What a new client is told; "" if it is turned away, or if nobody is there any more. */
async function ask(server: RedisServer, request: string): Promise<string> {
  const client = await server.connect().catch(() => undefined);
  if (client === undefined) return "";
  client.write(request);
  const reply = await client.take(7);
  client.destroy();
  return reply;
}

async function survives(t: Test, fault: string, idleFds: number): Promise<void> {
  const server = await startFaulty(t, fault);
  if (server === undefined) return;
  let served = 0;
  for (let i = 0; i < ATTEMPTS; i++) if ((await ask(server, "PING\r\n")) === "+PONG\r\n") served++;
  if (served < ATTEMPTS - 1) return endsWithReason(t, server.program, fault);
  const isBack = await eventually(() => server.openFds === idleFds);
  t.ok(isBack, `${fault}: ${server.openFds} fds are open, and ${idleFds} before`);
  server.program.kill("SIGTERM");
  const ending = await server.program.ended();
  if (ending[0] === 0) t.equal(server.program.errors, "", fault);
  else await endsWithReason(t, server.program, fault);
}

t.test("the Redis server serves on, or says why not", async (t) => {
  const healthy = (await startFaulty(t, "dup:error=EIO")) as RedisServer;
  t.equal(await ask(healthy, "PING\r\n"), "+PONG\r\n");
  let idleFds = 0;
  await eventually(() => {
    const { openFds } = healthy;
    const isSteady = openFds === idleFds;
    idleFds = openFds;
    return isSteady;
  });
  await healthy.stop();
  const jobs = REDIS.flatMap(([call, faults, first]) =>
    faults.flatMap((fault) =>
      Array.from({ length: first }, (_, i) => () => {
        return survives(t, `${call}:${fault}:when=${i + 1}`, idleFds);
      }),
    ),
  );
  await inParallel(jobs);
});

t.test("bytes come and go one at a time, and every other call has to wait", async (t) => {
  const faults = "send,recv:short=1:when=1+2;recv,send,epoll_wait:error=EINTR:when=3+4";
  const server = (await startFaulty(t, faults)) as RedisServer;
  const client = await server.connect();
  const value = "x".repeat(300);
  client.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$300\r\n${value}\r\n`.repeat(20));
  t.equal(await client.take(100), "+OK\r\n".repeat(20));
  client.write("GET k\r\n");
  t.equal(await client.take(308), `$300\r\n${value}\r\n`);
  await server.stop();
});
