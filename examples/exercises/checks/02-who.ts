import { formatAddress, getsockname } from "fdkit";
import type { Peer } from "../check/peer.ts";
import type { Exercise } from "../check/stage.ts";

function isTold(peer: Peer, number: number): void {
  const address = getsockname(peer.fd);
  if (address instanceof Uint8Array) return;
  peer.hearsLast(`you are ${formatAddress(address)}, client ${number}\n`);
}

export const who: Exercise = {
  name: "02-who",
  task: "tell each client its own address, and which one it is",
  argument: "port",
  async check(stage) {
    await stage.step("the first client is told its address, and that it is client 1", () => {
      isTold(stage.connect(), 1);
    });
    await stage.step("two at the same time are clients 2 and 3", () => {
      const [second, third] = [stage.connect(), stage.connect()];
      isTold(second, 2);
      isTold(third, 3);
    });
  },
};
