/** The Redis core over Node's `net`, which the benchmark compares with, is the same server. */

import t, { type Test } from "tap";
import { encodeRequest } from "../helpers/core-session.ts";
import { Connection, type Endpoint } from "../helpers/redis-server.ts";
import { ours, Run } from "../helpers/run.ts";

/** Starts it on a port that the kernel chooses. */
async function start(t: Test, ...options: string[]): Promise<{ server: Run; endpoint: Endpoint }> {
  const server = new Run(t, ours("bench/net-server.js", "--port", "0", ...options));
  const [, port] = await server.printed(/^Listening on 127\.0\.0\.1:(\d+)\n/);
  return { server, endpoint: { host: "127.0.0.1", port: Number(port) } };
}

const request = (...words: (string | Buffer)[]) => encodeRequest(words).toString("latin1");
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const LARGE = "x".repeat(300_000);

// biome-ignore format: a table is read by its columns
const CORPUS: [bytes: string, reply: string][] = [
  ["PING\r\n", "+PONG\r\n"],
  [request("SET", "key", BYTES), "+OK\r\n"],
  [request("GET", "key"), `$256\r\n${BYTES.toString("latin1")}\r\n`],
  [request("GET", "nosuch"), "$-1\r\n"],
  [request("INCR", "key"), "-ERR value is not an integer or out of range\r\n"],
  [request("RPUSH", "list", "a", "b"), ":2\r\n"],
  [request("LRANGE", "list", "0", "-1"), "*2\r\n$1\r\na\r\n$1\r\nb\r\n"],
  [request("DEL", "list"), ":1\r\n"],
];
const REQUESTS = CORPUS.map(([bytes]) => bytes).join("");
const REPLIES = CORPUS.map(([, reply]) => reply).join("");

t.test("requests in one write, cut anywhere, and large ones", async (t) => {
  const { server, endpoint } = await start(t);
  const client = await Connection.open(t, endpoint);
  client.write(REQUESTS.repeat(100));
  t.equal(await client.take(REPLIES.length * 100), REPLIES.repeat(100));

  for (const byte of REQUESTS) {
    client.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(await client.take(REPLIES.length), REPLIES);

  client.write(request("SET", "large", LARGE) + request("GET", "large").repeat(3));
  const replies = `+OK\r\n${`$${LARGE.length}\r\n${LARGE}\r\n`.repeat(3)}`;
  t.equal(await client.take(replies.length), replies);
  t.equal(await client.send("HELLO 9\r\n"), "-NOPROTO unsupported protocol version\r\n");

  const broken = await Connection.open(t, endpoint);
  broken.write("PING\r\n*1\r\n+PING\r\nPING\r\n");
  t.equal(await broken.rest(), "+PONG\r\n-ERR Protocol error: expected '$', got '+'\r\n");
  const leaving = await Connection.open(t, endpoint);
  leaving.write("ECHO x\r\nQUIT\r\nECHO y\r\n");
  t.equal(await leaving.rest(), "$1\r\nx\r\n+OK\r\n");
  (await Connection.open(t, endpoint)).reset();
  t.equal(await client.send("PING\r\n"), "+PONG\r\n", "and the others go on");
  t.strictSame((await server.stop("SIGTERM")).errors, "");
});

t.test("it ends on SIGTERM, with clients connected, and on SHUTDOWN", async (t) => {
  const { server, endpoint } = await start(t, "--maxclients", "10");
  const client = await Connection.open(t, endpoint);
  t.equal(
    await client.send("CONFIG GET maxclients\r\n"),
    "*2\r\n$10\r\nmaxclients\r\n$2\r\n10\r\n",
  );
  const { ending, errors } = await server.stop("SIGTERM");
  t.strictSame([ending, errors], [[null, "SIGTERM"], ""]);
  t.equal(await client.rest(), "");

  const other = await start(t);
  const administrator = await Connection.open(t, other.endpoint);
  administrator.write("SHUTDOWN NOSAVE\r\n");
  t.equal(await administrator.rest(), "");
  t.strictSame((await other.server.ended()).ending, [0, null]);
});
