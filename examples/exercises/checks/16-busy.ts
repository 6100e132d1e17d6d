import { Missing } from "../check/missing.ts";
import type { Peer } from "../check/peer.ts";
import type { Exercise } from "../check/stage.ts";
import { sleep } from "../check/wait.ts";

/** Time for a thread to take a request up before the next client comes. */
const START_MS = 60;

function startsToWork(peer: Peer): void {
  peer.say("work\n");
  sleep(START_MS);
}

/** The pong has to come while these are at work still. */
function answersBefore(workers: readonly Peer[], peer: Peer): void {
  peer.say("ping\n");
  peer.hears("pong\n");
  try {
    for (const worker of workers) worker.hearsNothing(0);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    throw new Missing("the pong came when the work was done, and not before");
  }
}

export const busy: Exercise = {
  name: "16-busy",
  task: "go on serving while a thread is busy",
  argument: "port",
  async check(stage) {
    await stage.step("ping is answered with pong, and work with done", () => {
      const peer = stage.connect();
      peer.say("ping\n");
      peer.hears("pong\n");
      peer.close();
    });
    const worker = stage.connect();
    await stage.step("while one is at work, another has its pong", () => {
      startsToWork(worker);
      answersBefore([worker], stage.connect());
      worker.hears("done\n");
    });
    await stage.step("while three are at work, another has its pong", () => {
      const workers = [stage.connect(), stage.connect(), stage.connect()];
      for (const each of workers) startsToWork(each);
      answersBefore(workers, stage.connect());
      for (const each of workers) each.hears("done\n");
    });
  },
};
