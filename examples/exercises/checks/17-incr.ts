import { request } from "../check/request.ts";
import type { Exercise } from "../check/stage.ts";

const NO_INTEGER = "-ERR value is not an integer or out of range\r\n";

export const incr: Exercise = {
  name: "17-incr",
  task: "a new command for the growing Redis",
  argument: "port",
  async check(stage) {
    const peer = stage.connect();
    await stage.step("INCR of no key is 1, and then 2", () => {
      peer.say(request("INCR", "visits"));
      peer.hears(":1\r\n");
      peer.say(request("incr", "visits"));
      peer.hears(":2\r\n");
    });
    await stage.step("GET finds the number as text", () => {
      peer.say(request("GET", "visits"));
      peer.hears("$1\r\n2\r\n");
    });
    await stage.step("a number that SET has put there goes on from there, also below zero", () => {
      peer.say(request("SET", "a", "41") + request("INCR", "a"));
      peer.hears("+OK\r\n:42\r\n");
      peer.say(request("SET", "b", "-1") + request("INCR", "b"));
      peer.hears("+OK\r\n:0\r\n");
    });
    await stage.step("text is no integer, nor is 1.5, nor nothing; all stays as it is", () => {
      for (const value of ["abc", "1.5", "", " 1", "0x10"]) {
        peer.say(request("SET", "c", value) + request("INCR", "c") + request("GET", "c"));
        peer.hears(`+OK\r\n${NO_INTEGER}$${value.length}\r\n${value}\r\n`);
      }
    });
    await stage.step("a hundred in one write", () => {
      peer.say(request("INCR", "n").repeat(100));
      peer.hears(Array.from({ length: 100 }, (_, i) => `:${i + 1}\r\n`).join(""));
    });
    await stage.step("without a key it is told what is wrong", () => {
      peer.say(request("INCR"));
      peer.hears("-ERR wrong number of arguments for 'incr' command\r\n");
    });
  },
};
