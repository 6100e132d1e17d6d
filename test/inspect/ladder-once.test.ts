/**
 * What becomes of the clients of the ladder, and of its servers for one conversation, when a call
 * fails, has to wait, or does less: of every kind of call, the Nth. They complete what they are
 * for, to the byte, or end and say which call failed and why. `npm run test:battery` tries all, as
 * in ladder.test.ts, where the other servers are.
 */

import t, { type Test } from "tap";
import { faultsToTry, mayLose } from "../helpers/faults-to-try.ts";
import { endsWithReason, Faulty } from "../helpers/faulty.ts";
import { CONVERSATIONS, type Conversation } from "../helpers/ladder-conversations.ts";
import { inParallel } from "../helpers/parallel.ts";

interface Held {
  readonly program: Faulty;
  readonly isRight: boolean;
}

let names = 0;
/** A conversation. Without a fault the program is stopped in the middle of it, and goes on. */
async function held(t: Test, { name, hold }: Conversation, fault?: string): Promise<Held> {
  let program: Faulty | undefined;
  const isRight = await hold({
    t,
    unixName: `fdkit-once-${process.pid}-${names++}`,
    start(argument) {
      program = new Faulty(t, name, argument, fault);
      return program;
    },
    meanwhile: async (program) => (fault === undefined ? program.interrupt() : undefined),
  });
  return { program: program as Faulty, isRight };
}

async function survives(t: Test, conversation: Conversation, fault: string): Promise<void> {
  const { program, isRight } = await held(t, conversation, fault);
  const outcome = await program.run.ended();
  t.ok(program.suffered > 0, `${fault} comes`);
  if (mayLose(fault, conversation) && outcome.ending[0] !== 0) {
    return endsWithReason(t, fault, outcome);
  }
  t.strictSame([outcome.ending, outcome.errors], [[0, null], ""], `${fault}: it completes`);
  t.ok(isRight || conversation.loses?.test(fault), `${fault}: nothing is lost`);
}

for (const [position, conversation] of CONVERSATIONS.entries()) {
  t.test(`${conversation.name} completes, or says why not`, async (t) => {
    const { program, isRight } = await held(t, conversation);
    t.ok(isRight, "all is right without a fault");
    t.notMatch(program.trace, /EINTR/, "and nothing tells that it was stopped");
    const faults = faultsToTry(program.trace, conversation, position);
    t.ok(faults.length > 0, faults.join(" "));
    await inParallel(faults.map((fault) => () => survives(t, conversation, fault)));
  });
}
