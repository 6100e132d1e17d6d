import { Missing } from "../check/missing.ts";
import type { Exercise } from "../check/stage.ts";

const IDLE_MS = 500;
const EARLY_MS = 200;
const PAUSE_MS = 150;

export const idle: Exercise = {
  name: "11-idle",
  task: "close clients that say nothing",
  argument: "port",
  async check(stage) {
    const silent = stage.connect();
    const speaker = stage.connect();
    const start = performance.now();
    await stage.step(`nobody is closed in the first ${EARLY_MS} ms`, () => {
      silent.hearsNothing(EARLY_MS);
      speaker.say("a");
      speaker.hears("a");
    });
    await stage.step(`a client is closed after ${IDLE_MS} ms of silence`, () => {
      silent.hearsLast("");
      const ms = Math.round(performance.now() - start);
      if (ms < IDLE_MS - 50) throw new Missing(`it was closed after ${ms} ms already`);
    });
    await stage.step("one that says a word now and then stays", () => {
      for (let i = 0; i < 4; i++) {
        speaker.say("b");
        speaker.hears("b");
        if (i < 3) speaker.hearsNothing(PAUSE_MS);
      }
    });
    await stage.step("until it, too, is silent", () => speaker.hearsLast(""));
    await stage.step("a client that leaves by itself takes its timer along", () => {
      const leaving = stage.connect();
      leaving.say("c");
      leaving.hears("c");
      leaving.finish();
      leaving.hearsLast("");
      const next = stage.connect();
      next.hearsNothing(EARLY_MS);
      next.say("d");
      next.hears("d");
      next.hearsNothing(EARLY_MS + PAUSE_MS / 2);
    });
  },
};
