/**
 * What becomes of each program of the ladder when a system call fails: of every kind of call that
 * it makes, the first. It serves on, or ends and says which call failed and why. (01 and the Redis
 * server: survival.test.ts.)
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Connection } from "../helpers/redis-server.ts";
import { freePort, type Outcome, ours, Run, run } from "../helpers/run.ts";

/** How many programs are tried at once. */
const AT_ONCE = 4;

interface Step {
  readonly name: string;
  /** What it is started with; a free port without it. */
  readonly argument?: string;
  /** What it prints when it is ready. */
  readonly ready?: RegExp;
  /** A client's visit: whether it was served. */
  visit(t: Test, argument: string, program: Run): Promise<boolean>;
  /** It makes its socket as a step before it does: that need not fail here too. */
  readonly startsAsBefore?: boolean;
  /** It ends by itself when it has been visited. */
  readonly isOneShot?: boolean;
  readonly needsRoot?: boolean;
}

/** Says something, and hears that something back. */
function saying(request: string, reply: RegExp): Step["visit"] {
  return async (t, port) => {
    const endpoint = { host: "127.0.0.1", port: Number(port) };
    const connection = await Connection.open(t, endpoint).catch(() => undefined);
    if (connection === undefined) return false;
    connection.write(request);
    connection.end();
    return reply.test(await connection.rest());
  };
}

/** Runs the program's partner. */
function partner(name: string): Step["visit"] {
  return async (t, argument) => {
    const { ending } = await run(t, ours(`examples/${name}.js`, argument));
    return ending[0] === 0;
  };
}

const GET = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
const HTTP = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const echo = saying("hello", /^hello$/);
const unix = `fdkit-ladder-${process.pid}`;

const LADDER: readonly Step[] = [
  { name: "02-server-loop", visit: echo },
  { name: "03-echo", visit: echo, startsAsBefore: true },
  { name: "04-stream", visit: partner("04-stream-client"), isOneShot: true },
  {
    name: "05-datagram",
    async visit(t, port, program) {
      await partner("05-datagram-client")(t, port, program);
      return program.printed(/12 bytes.*\n/).then(
        () => true,
        () => false,
      );
    },
  },
  {
    name: "06-packets",
    needsRoot: true,
    async visit(t, port, program) {
      await partner("05-datagram-client")(t, port, program);
      return program.printed(/a longer one"\n/).then(
        () => true,
        () => false,
      );
    },
  },
  {
    name: "07-unix",
    argument: `${unix}-07-`,
    ready: /listening/,
    visit: partner("07-unix-client"),
  },
  { name: "08-nonblocking", visit: echo, startsAsBefore: true },
  { name: "09-epoll", visit: echo, startsAsBefore: true },
  { name: "10-backpressure", visit: echo, startsAsBefore: true },
  { name: "11-loop", visit: echo },
  {
    name: "12-wakeups",
    argument: "20",
    visit: (_t, _argument, program) =>
      program.printed(/woken.*\n(.*\n)*.*woken/).then(
        () => true,
        () => false,
      ),
  },
  {
    name: "13-messages",
    argument: `${unix}-13-`,
    visit: partner("13-messages-client"),
    isOneShot: true,
  },
  { name: "14-chat", visit: saying("hello\n", /^$/), startsAsBefore: true },
  { name: "15-http", visit: saying(HTTP, /^HTTP\/1\.1 200/), startsAsBefore: true },
  { name: "16-threads", ready: /4 threads on/, visit: saying("", /^thread [0-3]\n$/) },
  { name: "redis-steps/01-framing", visit: saying(GET, /^\$/), startsAsBefore: true },
  { name: "redis-steps/02-get-set-del", visit: saying(GET, /^\$-1/), startsAsBefore: true },
  ...[
    "03-event-loop",
    "04-hash-table",
    "05-sorted-set",
    "06-idle-timers",
    "07-ttl-heap",
    "08-lazy-free",
  ].map((step) => {
    return { name: `redis-steps/${step}`, visit: saying(GET, /^\$-1/), startsAsBefore: true };
  }),
];

const START = new Set(["socket", "setsockopt", "bind", "listen", "getsockname"]);

let count = 0;
/** A unix socket's name is to be used once, as a port is. */
async function newArgument({ argument }: Step): Promise<string> {
  if (argument === undefined) return `${await freePort()}`;
  return argument.endsWith("-") ? `${argument}${count++}` : argument;
}

async function start(t: Test, step: Step, variable: string): Promise<[Run, string]> {
  const argument = await newArgument(step);
  const command = ["env", variable, ...ours(`examples/${step.name}.js`, argument)];
  const program = new Run(t, command);
  await program.printed(step.ready ?? /\n/).catch(() => {});
  return [program, argument];
}

/** The kinds of calls that a healthy run makes, in their order. */
async function callsOf(t: Test, step: Step): Promise<string[]> {
  const file = join(t.testdir({ trace: "" }), "trace");
  const [program, argument] = await start(t, step, `FDKIT_TRACE=output=${file}`);
  const isServed = await step.visit(t, argument, program);
  t.ok(isServed, `${step.name} serves`);
  if (step.isOneShot === true) t.strictSame((await program.ended()).ending, [0, null], step.name);
  else await program.stop("SIGINT");
  const names = readFileSync(file, "latin1").matchAll(/^(?:\[thread \d+\] )?(\w+)\(/gm);
  return [...new Set([...names].map(([, name]) => name))];
}

function endsWithReason(t: Test, fault: string, { ending, errors }: Outcome): void {
  const [call, error] = fault.split(/:error=|:/);
  t.strictSame(ending, [1, null], `${fault}: it ends\n${errors}`);
  t.match(errors, new RegExp(`SyscallError.*: ${call}: ${error} \\(`), fault);
}

async function survives(t: Test, step: Step, fault: string): Promise<void> {
  const [program, argument] = await start(t, step, `FDKIT_FAULT=${fault}`);
  await step.visit(t, argument, program);
  if (step.isOneShot === true) {
    const outcome = await program.ended();
    if (outcome.ending[0] !== 0) endsWithReason(t, fault, outcome);
    return;
  }
  if (!(await step.visit(t, argument, program))) {
    return endsWithReason(t, fault, await program.ended());
  }
  const outcome = await program.stop("SIGINT");
  if (outcome.errors !== "") endsWithReason(t, fault, outcome);
}

async function inParallel(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await job();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const isRoot = process.getuid?.() === 0;
for (const step of LADDER) {
  const skip = step.needsRoot === true && !isRoot ? { skip: "it needs root" } : {};
  t.test(`${step.name} serves on, or says why not`, skip, async (t) => {
    const calls = await callsOf(t, step);
    t.ok(calls.length > 2, calls.join(" "));
    const made = step.startsAsBefore === true ? calls.filter((call) => !START.has(call)) : calls;
    const faults = made.map((call) => `${call}:error=EIO:when=1`);
    // What a stopped and continued process is told.
    if (calls.includes("epoll_wait")) faults.push("epoll_wait:error=EINTR:when=1");
    await inParallel(faults.map((fault) => () => survives(t, step, fault)));
  });
}
