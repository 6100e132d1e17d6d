/** A descriptor that one process passes to another. */

import t from "tap";
import { ours, Run, run } from "../helpers/run.ts";

t.test("what the server writes into the descriptor arrives at the client", async (t) => {
  const name = `fdkit-13-${process.pid}`;
  const server = new Run(t, ours("examples/13-messages.js", name));
  await server.printed(/\n/);
  t.strictSame(await run(t, ours("examples/13-messages-client.js", name)), {
    ending: [0, null],
    output: "written by another process\n",
    errors: "",
  });
  t.strictSame(await server.ended(), {
    ending: [0, null],
    output: `listening on @${name}\n8 bytes: to | gether\n`,
    errors: "",
  });
});
