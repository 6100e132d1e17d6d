import type { Exercise } from "../check/stage.ts";
import { sleep } from "../check/wait.ts";

export const count: Exercise = {
  name: "03-count",
  task: "count bytes until the end of the file",
  argument: "port",
  async check(stage) {
    await stage.step("five bytes, and the end of the file: 5 bytes", () => {
      const peer = stage.connect();
      peer.say("hello");
      peer.finish();
      peer.hearsLast("5 bytes\n");
    });
    await stage.step("nothing is said before the end of the file", () => {
      const peer = stage.connect();
      peer.say("hel");
      peer.hearsNothing(100);
      peer.say("lo again");
      sleep(20);
      peer.finish();
      peer.hearsLast("11 bytes\n");
    });
    await stage.step("a client that says nothing has said 0 bytes", () => {
      const peer = stage.connect();
      peer.finish();
      peer.hearsLast("0 bytes\n");
    });
    await stage.step("a megabyte is counted to the last byte", () => {
      const peer = stage.connect();
      peer.say("x".repeat(1 << 20));
      peer.finish();
      peer.hearsLast("1048576 bytes\n");
    });
  },
};
