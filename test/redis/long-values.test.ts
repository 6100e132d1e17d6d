/** Long values through a real socket: they are not copied, and must look as if they were. */

import { encodeRequest } from "../helpers/core-session.ts";
import { withServer } from "../helpers/redis-server.ts";

const request = (...words: string[]) => encodeRequest(words).toString("latin1");
const bulk = (value: string) => `$${value.length}\r\n${value}\r\n`;
const LONG = "abcdefghij".repeat(20_000);
const OTHER = "z".repeat(LONG.length);
const CHANGED = `!${LONG.slice(1)}`;

withServer("a value that a later request of the pipeline changes", [], async (t, server) => {
  const client = await server.connect();
  const reply = "+OK\r\n";
  const changes: [request: string, reply: string, then: string][] = [
    [request("SETRANGE", "k", "0", "!"), `:${LONG.length}\r\n`, CHANGED],
    [request("SET", "k", OTHER), reply, OTHER],
    [request("SET", "k", OTHER, "GET"), bulk(LONG), OTHER],
    [request("GETSET", "k", OTHER), bulk(LONG), OTHER],
    [request("APPEND", "k", "!"), `:${LONG.length + 1}\r\n`, `${LONG}!`],
    [
      `${request("DEL", "k")}${request("SET", "l", OTHER)}${request("RENAME", "l", "k")}`,
      ":1\r\n+OK\r\n+OK\r\n",
      OTHER,
    ],
  ];
  for (const [change, changed, then] of changes) {
    const get = request("GET", "k");
    client.write(request("SET", "k", LONG) + get + get + change + get);
    const expected = reply + bulk(LONG) + bulk(LONG) + changed + bulk(then);
    t.ok((await client.take(expected.length)) === expected, change.slice(0, 30));
  }
});

withServer("a value that a later request of the transaction changes", [], async (t, server) => {
  const client = await server.connect();
  const queue = ["GET k", "GET k", "SETRANGE k 0 !", "GET k", "GET nosuch", "GET list", "GET k"];
  client.write(request("SET", "k", LONG) + request("LPUSH", "list", "a") + request("MULTI"));
  for (const line of queue) client.write(request(...line.split(" ")));
  client.write(`${request("EXEC")}PING\r\n`);
  const expected =
    `+OK\r\n:1\r\n+OK\r\n${"+QUEUED\r\n".repeat(queue.length)}*${queue.length}\r\n` +
    `${bulk(LONG)}${bulk(LONG)}:${LONG.length}\r\n${bulk(CHANGED)}$-1\r\n` +
    "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n" +
    `${bulk(CHANGED)}+PONG\r\n`;
  t.ok((await client.take(expected.length)) === expected);
});

withServer("a value that changes while its reader is slow", [], async (t, server) => {
  const [slow, writer] = [await server.connect(), await server.connect()];
  const value = LONG.repeat(40);
  await writer.send(request("SET", "k", value));
  slow.pause();
  slow.write(request("GET", "k").repeat(3));
  await writer.send("PING\r\n");
  await writer.send(request("SETRANGE", "k", "0", OTHER));
  await writer.send(request("DEL", "k"));
  slow.socket.resume();
  const replies = await slow.take(bulk(value).length * 2);
  t.ok(replies.startsWith(bulk(value)), "the first reply is whole");
});

withServer("replies that the client does not want", [], async (t, server) => {
  const client = await server.connect();
  await client.send(request("SET", "k", LONG));
  client.write(`CLIENT REPLY SKIP\r\n${request("GET", "k")}PING\r\n`);
  t.equal(await client.take(), "+PONG\r\n");
  client.write(`CLIENT REPLY OFF\r\n${request("GET", "k")}CLIENT REPLY ON\r\nPING\r\n`);
  t.equal(await client.takeUntil("+PONG\r\n"), "+OK\r\n+PONG\r\n");
});

withServer("a value for a client that is gone", [], async (t, server) => {
  const client = await server.connect();
  await client.send(request("SET", "k", LONG.repeat(40)));
  for (let i = 0; i < 3; i++) {
    const gone = await server.connect();
    gone.write(request("GET", "k").repeat(20));
    gone.reset();
  }
  t.equal(await client.send("PING\r\n"), "+PONG\r\n");
});

const SMALL_LIMIT = ["--client-output-buffer-limit", "normal 1mb 0 0"];

withServer("one reply larger than the output limit", SMALL_LIMIT, async (t, server) => {
  const client = await server.connect();
  const value = LONG.repeat(40);
  await client.send(request("SET", "k", value));
  client.write(request("GET", "k"));
  t.ok((await client.take(bulk(value).length)) === bulk(value));
});
