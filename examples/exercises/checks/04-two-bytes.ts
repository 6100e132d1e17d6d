import type { Exercise } from "../check/stage.ts";
import { sleep } from "../check/wait.ts";

/** A message with its length in front, in network order. */
function frame(text: string): string {
  return String.fromCharCode(text.length >> 8, text.length & 255) + text;
}

const LONG = "abcdefghij".repeat(30);

export const twoBytes: Exercise = {
  name: "04-two-bytes",
  task: "find messages behind a length of two bytes",
  argument: "port",
  async check(stage) {
    const peer = stage.connect();
    await stage.step("a message of five bytes", () => {
      peer.say(frame("hello"));
      peer.hears("hello\n");
    });
    await stage.step("a message of 300 bytes, longer than one byte can say", () => {
      peer.say(frame(LONG));
      peer.hears(`${LONG}\n`);
    });
    await stage.step("a message that comes in three pieces, cut within its length", () => {
      for (const piece of [frame(LONG).slice(0, 1), frame(LONG).slice(1, 14), LONG.slice(12)]) {
        peer.hearsNothing(20);
        peer.say(piece);
      }
      peer.hears(`${LONG}\n`);
    });
    await stage.step("three messages that come together, the second one empty", () => {
      peer.say(frame("one") + frame("") + frame("three"));
      peer.hears("one\n\nthree\n");
    });
    await stage.step("the longest message there is: 65535 bytes", () => {
      const longest = "0123456789abcde".repeat(4369);
      peer.say(frame(longest));
      peer.hears(`${longest}\n`);
    });
    await stage.step(
      "a stream that ends within a message: what is not whole is not answered",
      () => {
        peer.say(frame(LONG).slice(0, 100));
        sleep(20);
        peer.finish();
        peer.hearsLast("");
      },
    );
    await stage.step("and the next client is served", () => {
      const next = stage.connect();
      next.say(frame("next"));
      next.hears("next\n");
    });
  },
};
