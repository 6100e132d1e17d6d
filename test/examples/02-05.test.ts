/** The blocking steps of the ladder: a queue, an echo, a stream cut anywhere, datagrams. */

import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { reservePort } from "../helpers/ports.ts";
import { Connection } from "../helpers/redis-server.ts";
import { ours, Run, run } from "../helpers/run.ts";

async function start(t: Test, name: string): Promise<{ server: Run; port: number }> {
  const port = reservePort(t);
  const server = new Run(t, ours(`examples/${name}.js`, `${port}`));
  await server.printed(/\n/);
  return { server, port };
}

t.test("02: the second client waits until the first is closed", async (t) => {
  const { server, port } = await start(t, "02-server-loop");
  const endpoint = { host: "127.0.0.1", port };
  const first = await Connection.open(t, endpoint);
  const second = await Connection.open(t, endpoint);
  await server.printed(/serving .*\n/);
  second.write("second");
  first.write("first");
  t.equal(await first.rest(), "first");
  t.equal(await second.rest(), "second");
  await server.printed(/closed\n.*serving 127\.0\.0\.1:\d+, .*\nclosed\n/);
  const { ending, output, errors } = await server.stop("SIGINT");
  t.strictSame([ending, errors], [[null, "SIGINT"], ""]);
  t.equal(output.match(/serving/g)?.length, 2);
});

t.test("03: every byte comes back until the client has finished", async (t) => {
  const { server, port } = await start(t, "03-echo");
  const connection = await Connection.open(t, { host: "127.0.0.1", port });
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 256)).toString("latin1");
  connection.write(bytes);
  t.equal(await connection.take(bytes.length), bytes);
  connection.write("more");
  connection.end();
  t.equal(await connection.rest(), "more");
  await server.printed(/closed\n/);
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("04: reads cut the stream anywhere, frames come whole", async (t) => {
  const { server, port } = await start(t, "04-stream");
  const client = await run(t, ours("examples/04-stream-client.js", `${port}`));
  t.strictSame(client, { ending: [0, null], output: "", errors: "" });
  const { ending, output, errors } = await server.ended();
  t.strictSame([ending, errors], [[0, null], ""]);
  const [, reads, frames] = output.split("\n");
  const pieces = reads.replace(/^\d+ reads: /, "").split(" | ");
  t.match(reads, new RegExp(`^${pieces.length} reads: `));
  t.equal(pieces.join(""), "onetwothreefourfive");
  t.ok(pieces.every((piece) => piece.length <= 4));
  t.notSame(pieces, ["one", "two", "three", "four", "five"]);
  t.equal(frames, "5 frames: one | two | three | four | five");
});

t.test("04: frames that arrive in single bytes come whole, half a frame is none", async (t) => {
  const { server, port } = await start(t, "04-stream");
  const empty = await Connection.open(t, { host: "127.0.0.1", port });
  empty.end();
  await empty.rest();
  await server.printed(/reads/);
  const connection = await Connection.open(t, { host: "127.0.0.1", port });
  for (const byte of "\x02ab\x00\x01c\x03de") connection.write(byte);
  connection.end();
  await connection.rest();
  const { output } = await server.ended();
  t.equal(output, `listening on 127.0.0.1:${port}\n0 reads: \n3 frames: ab |  | c\n`);
});

const SENT = `sent 3 bytes: one
sent 12 bytes: a longer one
sent 5 bytes: three
sent 4 bytes: four
sent 4 bytes: five
sent 3 bytes: six
`;

t.test("05: datagrams keep their boundaries, a long one is cut, others are lost", async (t) => {
  const { server, port } = await start(t, "05-datagram");
  const sent = { ending: [0, null], output: SENT, errors: "" };
  t.strictSame(await run(t, ours("examples/05-datagram-client.js", `${port}`)), sent);
  await server.printed(/12 bytes.*\n/);
  await sleep(200);
  const { output } = await server.stop("SIGINT");
  const lines = output.replace(/^127\.0\.0\.1:\d+ /gm, "").split("\n");
  t.strictSame(lines.slice(0, 3), [
    `bound to 127.0.0.1:${port}`,
    "sent 3 bytes, 3 arrived: one",
    "sent 12 bytes, 8 arrived: a longer",
  ]);
  t.notMatch(output, /six/);
});

t.test("05: nobody tells the client that nobody is there", async (t) => {
  const port = reservePort(t);
  const { ending, output } = await run(t, ours("examples/05-datagram-client.js", `${port}`));
  t.strictSame([ending, output], [[0, null], SENT]);
});
