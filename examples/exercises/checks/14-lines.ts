import type { Exercise } from "../check/stage.ts";

const LIMIT = 64;

export const lines: Exercise = {
  name: "14-lines",
  task: "answer whole lines, and limit their length",
  argument: "port",
  async check(stage) {
    const peer = stage.connect();
    await stage.step("a line comes back", () => {
      peer.say("hello\n");
      peer.hears("hello\n");
    });
    await stage.step("half a line waits for its other half", () => {
      peer.say("hel");
      peer.hearsNothing(100);
      peer.say("lo again\n");
      peer.hears("hello again\n");
    });
    await stage.step("two lines and a half in one write: two come back", () => {
      peer.say("one\n\nthr");
      peer.hears("one\n\n");
      peer.hearsNothing(100);
      peer.say("ee\n");
      peer.hears("three\n");
    });
    await stage.step("clients don't get each other's halves", () => {
      const [left, right] = [stage.connect(), stage.connect()];
      left.say("le");
      right.say("ri");
      left.hearsNothing(50);
      left.say("ft\n");
      right.say("ght\n");
      left.hears("left\n");
      right.hears("right\n");
    });
    await stage.step(`a line of ${LIMIT} bytes is not too long`, () => {
      peer.say(`${"x".repeat(LIMIT)}\n`);
      peer.hears(`${"x".repeat(LIMIT)}\n`);
    });
    await stage.step("what has no newline at the end of the file is no line", () => {
      peer.say("whole\nnot whole");
      peer.finish();
      peer.hearsLast("whole\n");
    });
    await stage.step("65 bytes without a newline are too long, before the newline comes", () => {
      const long = stage.connect();
      long.say("x".repeat(LIMIT + 1));
      long.hearsLast("too long\n");
    });
    await stage.step("a long line with its newline is too long as well", () => {
      const long = stage.connect();
      long.say(`ok\n${"x".repeat(LIMIT + 1)}\n`);
      long.hearsLast("ok\ntoo long\n");
    });
  },
};
