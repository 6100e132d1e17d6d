import { sleepsFor } from "../check/nature.ts";
import type { Exercise } from "../check/stage.ts";

const CLIENTS = 50;

export const together: Exercise = {
  name: "09-together",
  task: "serve a second client while the first is silent",
  argument: "port",
  async check(stage) {
    const first = stage.connect();
    await stage.step("a second client is answered while the first is silent", () => {
      first.hearsNothing(50);
      const second = stage.connect();
      second.say("second");
      second.hears("second");
    });
    await stage.step("and the first, when it speaks at last", () => {
      first.say("first");
      first.hears("first");
    });
    await stage.step(`${CLIENTS} more at once, each with bytes of its own`, () => {
      const peers = Array.from({ length: CLIENTS }, () => stage.connect());
      for (const [i, peer] of peers.entries()) peer.say(`client ${i}`);
      for (const [i, peer] of [...peers.entries()].reverse()) peer.hears(`client ${i}`);
    });
    await stage.step("a client that finishes is closed", () => {
      first.finish();
      first.hearsLast("");
    });
    await stage.step("a client that breaks off hurts nobody else", () => {
      const other = stage.connect();
      const broken = stage.connect();
      broken.say("I am");
      broken.hears("I am");
      broken.reset();
      other.say("still here");
      other.hears("still here");
    });
    await stage.step("while all are silent, it sleeps", () => sleepsFor(stage.program));
  },
};
