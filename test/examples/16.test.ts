/** Four threads on two ports: one serves at a time, all end when told. */

import t from "tap";
import { connectTcp } from "../../lib/net.ts";
import { setLinger } from "../../lib/options.ts";
import { close } from "../../lib/sys/file.ts";
import { reservePort } from "../helpers/ports.ts";
import { Connection } from "../helpers/redis-server.ts";
import { ours, Run } from "../helpers/run.ts";

const CONNECTIONS = 40;

/** Connects, and resets the connection at once: without lingering close() sends an RST. */
function breakOff(port: number): void {
  const fd = connectTcp("127.0.0.1", port);
  setLinger(fd, 0);
  close(fd);
}

t.test("16: threads share a socket, or the connections of a port", async (t) => {
  const port = reservePort(t);
  const program = new Run(t, ours("examples/16-threads.js", `${port}`));
  await program.printed(new RegExp(`4 threads on 127.0.0.1:${port} and on 127.0.0.1:${port + 1}`));
  const served = [0, 0, 0, 0];
  for (const listening of [port, port + 1]) {
    const before = [...served];
    for (let i = 0; i < CONNECTIONS; i++) {
      const connection = await Connection.open(t, { host: "127.0.0.1", port: listening });
      const [, number] = /^thread ([0-3])\n$/.exec(await connection.rest()) ?? [];
      served[Number(number)]++;
    }
    // The kernel spreads by a hash of the ports: that all 40 have one socket is beyond chance.
    const busy = served.filter((n, thread) => n > before[thread]).length;
    if (listening !== port) t.ok(busy > 1, `${served}`);
  }
  t.equal(
    served.reduce((sum, n) => sum + n),
    2 * CONNECTIONS,
  );
  await program.printed(new RegExp(`served by thread: ${served.join(" ")}\n`));
  const { ending, errors } = await program.stop("SIGINT");
  t.strictSame([ending, errors], [[0, null], ""]);
});

t.test("16: clients that break off before their answer harm nobody", async (t) => {
  const port = reservePort(t);
  const program = new Run(t, ours("examples/16-threads.js", `${port}`));
  await program.printed(/4 threads on/);
  for (let i = 0; i < 200; i++) breakOff(port + (i % 2));
  const connection = await Connection.open(t, { host: "127.0.0.1", port });
  t.match(await connection.rest(), /^thread [0-3]\n$/);
  const { ending, errors } = await program.stop("SIGINT");
  t.strictSame([ending, errors], [[0, null], ""]);
});

t.test("16: Ctrl-C before the threads are there ends them too", async (t) => {
  const port = `${reservePort(t)}`;
  const traced = ["env", "FDKIT_TRACE=trace=timerfd_create"];
  const program = new Run(t, [...traced, ...ours("examples/16-threads.js", port)]);
  await program.reported(/timerfd_create/);
  t.strictSame((await program.stop("SIGINT")).ending, [0, null]);
});
