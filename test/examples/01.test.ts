/** The textbook's server and client, as two processes, and what they do when things go wrong. */

import t, { type Test } from "tap";
import { reservePort } from "../helpers/ports.ts";
import { Connection } from "../helpers/redis-server.ts";
import { ours, Run, run, takePort } from "../helpers/run.ts";

const client = (port: number | string) => ours("examples/01-client.js", `${port}`);

/** The server, listening. */
async function startServer(t: Test, port: number): Promise<Run> {
  const server = new Run(t, ours("examples/01-server.js", `${port}`));
  await server.printed(/\n/);
  return server;
}

t.test("clients are answered, one after another, and Ctrl-C ends the server", async (t) => {
  const port = reservePort(t);
  const server = await startServer(t, port);
  for (let i = 0; i < 2; i++) {
    t.strictSame(await run(t, client(port)), {
      ending: [0, null],
      output: "the server answers: hello\n",
      errors: "",
    });
  }
  t.strictSame(await server.stop("SIGINT"), {
    ending: [null, "SIGINT"],
    output: `listening on 127.0.0.1:${port}\n`,
    errors: "",
  });
});

t.test("any bytes come back, and the connection ends", async (t) => {
  const port = reservePort(t);
  const server = await startServer(t, port);
  const endpoint = { host: "127.0.0.1", port };
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("latin1");
  for (const sent of [bytes, "x", "x".repeat(1024), bytes]) {
    const connection = await Connection.open(t, endpoint);
    connection.write(sent);
    t.equal(await connection.rest(), sent);
  }
  const silent = await Connection.open(t, endpoint);
  silent.end();
  t.equal(await silent.rest(), "", "who says nothing is told nothing");
  const waiting = [await Connection.open(t, endpoint), await Connection.open(t, endpoint)];
  for (const connection of [...waiting].reverse()) connection.write("in the queue");
  for (const connection of waiting) t.equal(await connection.rest(), "in the queue");
  await server.stop("SIGINT");
});

t.test("the server can be started again at once on the same port", async (t) => {
  const port = reservePort(t);
  for (let i = 0; i < 2; i++) {
    const server = await startServer(t, port);
    const connection = await Connection.open(t, { host: "127.0.0.1", port });
    t.equal(await connection.send("x"), "x");
    await connection.rest();
    await server.stop("SIGINT");
  }
});

t.test("what can't be done ends the program, and says why", async (t) => {
  const { port, close } = await takePort();
  const inUse = `SyscallError: bind: EADDRINUSE (address already in use) 127.0.0.1:${port}`;
  const noPort = "RangeError: port must be an integer from 0 to 65535, not ";
  const refused = "SyscallError: connect: ECONNREFUSED (connection refused) 127.0.0.1:";
  const nobody = reservePort(t);
  const cases: [command: string[], error: string][] = [
    [ours("examples/01-server.js", `${port}`), inUse],
    [ours("examples/01-server.js", "seven"), `${noPort}NaN`],
    [ours("examples/01-server.js", "65536"), `${noPort}65536`],
    [client("-1"), `${noPort}-1`],
    [client(nobody), `${refused}${nobody}`],
  ];
  for (const [command, error] of cases) {
    const { ending, output, errors } = await run(t, command);
    t.strictSame([ending, output], [[1, null], ""]);
    t.equal(
      errors.split("\n").find((line) => /^\w*Error: /.test(line)),
      error,
    );
  }
  await close();
});
