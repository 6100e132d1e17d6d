/**
 * What becomes of each server of the ladder when a call fails, has to wait, or does less: of every
 * kind of call, the Nth. It serves on, to the byte, or ends and says which call failed and why.
 * `npm run test:battery` tries all that may befall every call, this alone one of every second kind.
 * The other programs: ladder-once.test.ts; the Redis server: survival.test.ts.
 */

import t, { type Test } from "tap";
import { faultsToTry, mayLose } from "../helpers/faults-to-try.ts";
import { endsWithReason, Faulty } from "../helpers/faulty.ts";
import { SERVERS, type Server, type Visit } from "../helpers/ladder-servers.ts";
import { inParallel } from "../helpers/parallel.ts";
import { reservePort } from "../helpers/ports.ts";
import { type Ending, eventually } from "../helpers/redis-server.ts";

/** After so many visits every fault has come, in every thread. */
const MOST_VISITS = 8;
const isRoot = process.getuid?.() === 0;

let names = 0;
async function start(t: Test, server: Server, fault?: string): Promise<Omit<Visit, "number">> {
  const { argument: wanted = `${reservePort(t)}`, ready = /\n/ } = server;
  const argument = wanted === "a name" ? `fdkit-ladder-${process.pid}-${names++}` : wanted;
  const program = new Faulty(t, server.name, argument, fault);
  await program.prints(ready);
  return { t, program, argument };
}

interface Health {
  readonly trace: string;
  /** How many it has open when nobody is there. */
  readonly sockets: number;
  readonly ending: Ending;
}

/** Two visits without a fault. Who is stopped meanwhile, and goes on, loses nothing by it. */
async function health(t: Test, server: Server): Promise<Health> {
  const visit = await start(t, server);
  const { program } = visit;
  const meanwhile = server.spins === true ? async () => {} : () => program.interrupt();
  for (const number of [1, 2]) {
    await meanwhile();
    t.ok(await server.visit({ ...visit, number, meanwhile }), `visit ${number} is served`);
  }
  if (server.spins !== true) await program.sleeps();
  const { sockets } = program;
  const { ending, errors } = await program.run.stop("SIGINT");
  const { trace } = program;
  t.equal(errors, "");
  t.equal(/EINTR/.test(trace), /epoll_wait/.test(trace), "epoll_wait says so, and nothing else");
  return { trace, sockets, ending };
}

async function survives(t: Test, server: Server, fault: string, healthy: Health): Promise<void> {
  const visit = await start(t, server, fault);
  const { program } = visit;
  const faults = fault.split(";").length;
  for (let number = 1, isOver = false; number <= MOST_VISITS && !isOver; number++) {
    const before = program.suffered;
    const isServed = await server.visit({ ...visit, number });
    const isHit = program.suffered > before;
    t.ok(isServed || mayLose(fault, server), `${fault}: nothing is lost`);
    if (!isServed && (!isHit || program.hasEnded)) {
      return endsWithReason(t, fault, await program.run.ended());
    }
    isOver = isServed && before >= faults;
  }
  const isClosed = () => program.hasEnded || program.sockets === healthy.sockets;
  t.ok(server.spins || (await eventually(isClosed)), `${fault}: every client's socket is closed`);
  const outcome = await program.run.stop("SIGINT");
  t.ok(program.suffered > 0, `${fault} comes`);
  if (outcome.errors !== "") endsWithReason(t, fault, outcome);
  else t.strictSame(outcome.ending, healthy.ending, `${fault}: it serves on, and ends as ever`);
}

for (const [position, server] of SERVERS.entries()) {
  const skip = server.needsRoot === true && !isRoot ? { skip: "it needs root" } : {};
  t.test(`${server.name} serves on, or says why not`, skip, async (t) => {
    const healthy = await health(t, server);
    const faults = faultsToTry(healthy.trace, server, position);
    t.ok(faults.length > 1, faults.join(" "));
    await inParallel(faults.map((fault) => () => survives(t, server, fault, healthy)));
  });
}
