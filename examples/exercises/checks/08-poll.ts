import { Missing } from "../check/missing.ts";
import { isBlocking, sleepsFor } from "../check/nature.ts";
import type { Exercise } from "../check/stage.ts";

export const pollInstead: Exercise = {
  name: "08-poll",
  task: "stop spinning: let poll() wait",
  argument: "port",
  async check(stage) {
    await stage.step("while nobody is there, it sleeps", () => sleepsFor(stage.program));
    const peer = stage.connect();
    await stage.step("a client is answered", () => {
      peer.say("hello");
      peer.hears("hello");
    });
    await stage.step("while the client is silent, it sleeps", () => sleepsFor(stage.program));
    await stage.step("its sockets are non-blocking still", () => {
      const blocking = isBlocking(stage.program);
      if (blocking !== undefined) throw new Missing(`fd ${blocking} is a blocking socket`);
    });
    await stage.step("the client is answered to its end, and so is the next", () => {
      peer.say("again");
      peer.finish();
      peer.hearsLast("again");
      const next = stage.connect();
      next.say("next");
      next.hears("next");
    });
  },
};
