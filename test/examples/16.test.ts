/** Four threads on one port: all serve, all end when told. */

import t from "tap";
import { Connection } from "../helpers/redis-server.ts";
import { freePort, ours, Run } from "../helpers/run.ts";

const CONNECTIONS = 40;

for (const mode of ["exclusive", "reuseport"]) {
  t.test(`16: threads serve one port, ${mode}`, async (t) => {
    const port = await freePort();
    const program = new Run(t, ours("examples/16-threads.js", `${port}`, mode));
    await program.printed(/4 threads on/);
    const served = [0, 0, 0, 0];
    for (let i = 0; i < CONNECTIONS; i++) {
      const connection = await Connection.open(t, { host: "127.0.0.1", port });
      const [, number] = /^thread ([0-3])\n$/.exec(await connection.rest()) ?? [];
      served[Number(number)]++;
    }
    // The kernel spreads by a hash of the ports: that all 40 have one socket is beyond chance.
    if (mode === "reuseport") t.ok(served.filter((n) => n > 0).length > 1, `${served}`);
    const told = `served by thread: ${served.join(" ")}\n`;
    await program.printed(new RegExp(told));
    const { ending, output, errors } = await program.stop("SIGINT");
    t.strictSame([ending, errors], [[0, null], ""]);
    t.match(output, /signal 2\n$/);
    t.equal(
      served.reduce((sum, n) => sum + n),
      CONNECTIONS,
    );
  });
}
