import { Missing } from "../check/missing.ts";
import type { Exercise } from "../check/stage.ts";

export const goodbye: Exercise = {
  name: "12-goodbye",
  task: "end in order when SIGTERM comes",
  argument: "port",
  async check(stage) {
    const peers = [stage.connect(), stage.connect(), stage.connect()];
    await stage.step("clients are answered", () => {
      for (const peer of peers) peer.say("hello");
      for (const peer of peers) peer.hears("hello");
      peers[0]?.finish();
      peers[0]?.hearsLast("");
    });
    await stage.step("upon SIGTERM each client that is left is told bye, and closed", () => {
      stage.program.signal("SIGTERM");
      for (const peer of peers.slice(1)) peer.hearsLast("bye\n");
    });
    await stage.step("the program ends by itself, with status 0", async () => {
      const ending = await stage.program.ended();
      if (ending !== "status 0") throw new Missing(`it ended with ${ending}`);
    });
  },
};
