import type { Peer } from "../check/peer.ts";
import type { Exercise } from "../check/stage.ts";

/** Sends datagrams with these numbers, asks, and wants this answer. */
function send(peer: Peer, numbers: readonly number[], expected: string): void {
  for (const number of numbers) {
    peer.say(`${String.fromCharCode(0, 0, number >> 8, number & 255)}data`);
  }
  peer.say("");
  peer.receives(expected);
}

export const lost: Exercise = {
  name: "05-lost",
  task: "count the datagrams that the net has lost",
  argument: "datagram port",
  async check(stage) {
    const peer = stage.connect();
    await stage.step("1, 2, 3: nothing is lost", () => send(peer, [1, 2, 3], "3 came, 0 lost"));
    await stage.step("5 and 7: what was 4, and what was 6?", () => {
      send(peer, [5, 7], "5 came, 2 lost");
    });
    await stage.step("6 comes late, and is not lost after all", () => {
      send(peer, [6], "6 came, 1 lost");
    });
    await stage.step("6 comes again: a copy counts for nothing", () => {
      send(peer, [6, 6, 2], "6 came, 1 lost");
    });
    await stage.step("numbers of more than one byte", () => send(peer, [300], "7 came, 293 lost"));
    await stage.step("another sender has numbers of its own", () => {
      send(stage.connect(), [2], "1 came, 1 lost");
    });
  },
};
