import type { Exercise } from "../check/stage.ts";

export const upper: Exercise = {
  name: "01-upper",
  task: "answer in capital letters",
  argument: "port",
  async check(stage) {
    await stage.step('"hello" is answered with "HELLO"', () => {
      const peer = stage.connect();
      peer.say("hello");
      peer.hearsLast("HELLO");
    });
    await stage.step("digits, capitals and blanks stay as they are", () => {
      const peer = stage.connect();
      peer.say("Port 7001, please");
      peer.hearsLast("PORT 7001, PLEASE");
    });
    await stage.step("so do bytes that are no text: 0x00, 0xe4, 0xff", () => {
      const peer = stage.connect();
      peer.say("a\x00\xe4\xffz");
      peer.hearsLast("A\x00\xe4\xffZ");
    });
  },
};
