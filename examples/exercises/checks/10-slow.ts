import { sleepsFor } from "../check/nature.ts";
import type { Exercise } from "../check/stage.ts";

const FLOOD_BYTES = 32 << 20;

export const slow: Exercise = {
  name: "10-slow",
  task: "ask for EPOLLOUT only while something is left to write",
  argument: "port",
  async check(stage) {
    const quick = stage.connect();
    await stage.step("a client is answered", () => {
      quick.say("hello");
      quick.hears("hello");
    });
    await stage.step("while it is silent, the server sleeps", () => sleepsFor(stage.program));
    const slow = stage.connect();
    const flood = Buffer.from(Array.from({ length: 255 }, (_, i) => i)).toString("latin1");
    const bytes = Buffer.from(flood.repeat(FLOOD_BYTES / 255), "latin1");
    let taken = 0;
    await stage.step("a client that sends and doesn't read is read no further, in the end", () => {
      taken = slow.fill(bytes);
      if (taken === bytes.length) slow.hears("less than all that was sent");
    });
    await stage.step("others are answered meanwhile", () => {
      quick.say("still there?");
      quick.hears("still there?");
    });
    await stage.step("while it doesn't read, the server sleeps", () => sleepsFor(stage.program));
    await stage.step(`then it reads, and none of ${taken} bytes is missing`, () => {
      slow.hears(bytes.toString("latin1", 0, taken), 5000);
    });
    await stage.step("it is answered again, and the server sleeps again", () => {
      slow.say("back");
      slow.hears("back");
      sleepsFor(stage.program);
    });
  },
};
