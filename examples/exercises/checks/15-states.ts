import type { Exercise } from "../check/stage.ts";

const BIG = 1 << 20;

export const states: Exercise = {
  name: "15-states",
  task: "parse a protocol of lines and lengths",
  argument: "port",
  async check(stage) {
    const peer = stage.connect();
    await stage.step("ADD and its bytes, and their SUM", () => {
      peer.say("ADD 5\nhello");
      peer.hears("ok\n");
      peer.say("SUM\n");
      peer.hears("5\n");
    });
    await stage.step("not ok before the last byte is there", () => {
      peer.say("ADD 5\nhel");
      peer.hearsNothing(100);
      peer.say("lo");
      peer.hears("ok\n");
    });
    await stage.step("a request that comes byte by byte", () => {
      for (const [early, last, answer] of [
        ["ADD 3\nab", "c", "ok\n"],
        ["SUM", "\n", "13\n"],
      ] as const) {
        for (const byte of early) {
          peer.say(byte);
          peer.hearsNothing(5);
        }
        peer.say(last);
        peer.hears(answer);
      }
    });
    await stage.step("four requests in one write", () => {
      peer.say("ADD 2\nabADD 0\nADD 1\ncSUM\n");
      peer.hears("ok\nok\nok\n16\n");
    });
    await stage.step("bytes that look like requests, and aren't", () => {
      peer.say("ADD 12\nSUM\nADD 1\n\n\nSUM\n");
      peer.hears("ok\n28\n");
    });
    await stage.step("a megabyte", () => {
      const other = stage.connect();
      other.say(`ADD ${BIG}\n${"x".repeat(BIG)}SUM\n`);
      other.hears(`ok\n${BIG}\n`);
    });
    for (const wrong of ["HELLO\n", "ADD\n", "ADD five\n", "ADD -1\n", "\n"]) {
      await stage.step(`${JSON.stringify(wrong)} is no request`, () => {
        const other = stage.connect();
        other.say(wrong);
        other.hearsLast("what?\n");
      });
    }
    await stage.step("33 bytes without a newline are none, either", () => {
      const other = stage.connect();
      other.say(`ADD ${"0".repeat(29)}`);
      other.hearsLast("what?\n");
    });
  },
};
