/** Unix sockets, and the way from spinning to readiness and back-pressure. */

import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import {
  AF_UNIX,
  close,
  connect,
  readExactly,
  SHUT_WR,
  SOCK_STREAM,
  shutdown,
  socket,
  writeAll,
} from "../../lib/index.ts";
import { reservePort } from "../helpers/ports.ts";
import { Connection } from "../helpers/redis-server.ts";
import { ours, Run } from "../helpers/run.ts";

async function start(t: Test, name: string) {
  const port = reservePort(t);
  const server = new Run(t, ours(`examples/${name}.js`, `${port}`));
  await server.printed(/\n/);
  return { server, open: () => Connection.open(t, { host: "127.0.0.1", port }) };
}

t.test("07: only the address changes", async (t) => {
  const name = `fdkit-${process.pid}`;
  const server = new Run(t, ours("examples/07-unix.js", name));
  await server.printed(/listening/);
  const fd = socket(AF_UNIX, SOCK_STREAM, 0);
  connect(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
  writeAll(fd, Buffer.from("through a unix socket"));
  shutdown(fd, SHUT_WR);
  const buffer = Buffer.alloc(1024);
  const n = readExactly(fd, buffer, buffer.length);
  close(fd);
  t.equal(buffer.toString("latin1", 0, n), "through a unix socket");
  t.strictSame(await server.stop("SIGINT"), {
    ending: [null, "SIGINT"],
    output: `5 bytes through a socketpair\nlistening on @${name}\n`,
    errors: "",
  });
});

t.test("08: the answer is right, after many questions in vain", async (t) => {
  const { server, open } = await start(t, "08-nonblocking");
  const connection = await open();
  t.equal(await connection.send("x"), "x");
  // It asks for more meanwhile.
  await sleep(300);
  connection.end();
  await connection.rest();
  const [, asked] = await server.printed(/asked (\d+) times in vain\n/);
  t.ok(Number(asked) > 0);
  await server.stop("SIGINT");
});

for (const name of ["09-epoll", "10-backpressure"]) {
  t.test(`${name}: a silent client keeps nobody waiting`, async (t) => {
    const { server, open } = await start(t, name);
    const clients = [await open(), await open(), await open()];
    for (const client of clients.slice(1).reverse()) t.equal(await client.send("ping"), "ping");
    clients[1].reset();
    t.equal(await clients[0].send("later"), "later", "a reset is not the server's end");
    for (const client of clients) client.end();
    t.equal(await clients[2].rest(), "");
    t.equal((await server.stop("SIGINT")).errors, "");
  });
}

t.test("10: a slow reader gets every byte, and others are served meanwhile", async (t) => {
  const { server, open } = await start(t, "10-backpressure");
  const slow = await open();
  slow.pause();
  const bytes = "0123456789abcdef".repeat(1 << 20);
  slow.write(bytes);
  slow.end();
  const quick = await open();
  for (let i = 0; i < 20; i++) t.equal(await quick.send(`${i}`), `${i}`);
  slow.socket.resume();
  t.ok((await slow.rest()) === bytes, "16 MiB came back as they were sent");
  t.equal((await server.stop("SIGINT")).errors, "");
});
