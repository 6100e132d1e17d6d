/** The steps on Loop: the same echo, timers and signals, and a chat of whole lines. */

import t, { type Test } from "tap";
import { reservePort } from "../helpers/ports.ts";
import { Connection } from "../helpers/redis-server.ts";
import { ours, Run } from "../helpers/run.ts";

async function start(t: Test, name: string) {
  const port = reservePort(t);
  const server = new Run(t, ours(`examples/${name}.js`, `${port}`));
  await server.printed(/\n/);
  return { server, open: () => Connection.open(t, { host: "127.0.0.1", port }) };
}

t.test("11: a slow reader gets every byte, and others are served meanwhile", async (t) => {
  const { server, open } = await start(t, "11-loop");
  const slow = await open();
  slow.pause();
  const bytes = "0123456789abcdef".repeat(1 << 20);
  slow.write(bytes);
  slow.end();
  const quick = await open();
  for (let i = 0; i < 20; i++) t.equal(await quick.send(`${i}`), `${i}`);
  (await open()).reset();
  slow.socket.resume();
  t.ok((await slow.rest()) === bytes, "16 MiB came back as they were sent");
  t.equal(await quick.send("still"), "still");
  t.equal((await server.stop("SIGINT")).errors, "");
});

t.test("12: ticks and wake-ups are events, and a signal ends in order", async (t) => {
  for (const [signal, signum] of [["SIGINT", 2] as const, ["SIGTERM", 15] as const]) {
    const program = new Run(t, ours("examples/12-wakeups.js", "20"));
    await program.printed(/tick\nwoken, with 3\n(tick\nwoken, with \d+\n)/);
    const { ending, output, errors } = await program.stop(signal);
    t.strictSame([ending, errors], [[0, null], ""]);
    t.match(output, new RegExp(`signal ${signum}\nall closed\n$`));
  }
});

t.test("14: whole lines reach the others, halves wait", async (t) => {
  const { server, open } = await start(t, "14-chat");
  const [ann, bob, cid] = [await open(), await open(), await open()];
  t.equal(await echoOf(bob, ann, "hello\n"), "hello\n", "all three are welcomed");
  t.equal(await cid.take(6), "hello\n");
  for (const byte of "half a line") ann.write(byte);
  t.equal(await echoOf(bob, cid, "between\n"), "between\n", "the half is not sent");
  t.equal(await ann.take(8), "between\n");
  ann.write("\ntwo\nthree\nfo");
  t.equal(await bob.take(22), "half a line\ntwo\nthree\n");
  cid.reset();
  ann.write("x".repeat(2000));
  t.equal(await ann.rest(), "", "an endless line ends the conversation");
  t.equal((await server.stop("SIGINT")).errors, "");
});

/** What `listener` is told when `speaker` says `line`. */
function echoOf(listener: Connection, speaker: Connection, line: string): Promise<string> {
  speaker.write(line);
  return listener.take(line.length);
}
