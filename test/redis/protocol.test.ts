/**
 * RESP and inline commands through a real socket: exact bytes, cut anywhere, and what is refused;
 * compared with the real redis-server where it is installed. See also limits.test.ts.
 */

import t, { type Test } from "tap";
import { encodeRequest } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import {
  type Bytes,
  Connection,
  type Endpoint,
  startServer,
  withServer,
} from "../helpers/redis-server.ts";
import { NO_REFEREE, startReferee } from "../helpers/referee.ts";

const request = (...words: string[]) => encodeRequest(words).toString("latin1");
const protocolError = (text: string) => `-ERR Protocol error: ${text}\r\n`;

const LONG = "x".repeat(120);
const END = "the end\r\n";

/**
 * Requests and their replies; a second run has the same ones. Runs at the same time have names of
 * their own for the keys, of one letter.
 */
// biome-ignore format: a table is read by its columns
const corpus = (key: string): [bytes: string, reply: string][] => [
  [request("DEL", key, `list${key}`, `n${key}`, `inline${key}`), ":0\r\n"],
  [request("PING"), "+PONG\r\n"],
  [request("PING", ""), "$0\r\n\r\n"],
  [request("pInG", "x\r\ny"), "$4\r\nx\r\ny\r\n"],
  ["PING\r\n", "+PONG\r\n"],
  ["PING\n", "+PONG\r\n"],
  ["  ping  hello \r\n", "$5\r\nhello\r\n"],
  ["\r\n", ""],
  ["   \r\n", ""],
  ["*0\r\n", ""],
  ["*-1\r\n", ""],
  ["*-12\r\n", ""],
  [request("ECHO", "1234567890"), "$10\r\n1234567890\r\n"],
  [request("SET", key, LONG), "+OK\r\n"],
  [request("GET", key), `$120\r\n${LONG}\r\n`],
  [request("GET", "nosuch"), "$-1\r\n"],
  [request("MGET", key, "nosuch", ""), `*3\r\n$120\r\n${LONG}\r\n$-1\r\n$-1\r\n`],
  [request("STRLEN", key), ":120\r\n"],
  [request("RPUSH", `list${key}`, "a", "", "\0"), ":3\r\n"],
  [request("LRANGE", `list${key}`, "0", "-1"), "*3\r\n$1\r\na\r\n$0\r\n\r\n$1\r\n\0\r\n"],
  [request("GET", `list${key}`),
    "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"],
  [request("GET"), "-ERR wrong number of arguments for 'get' command\r\n"],
  [request("NOSUCH", "a", "b"),
    "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' \r\n"],
  [request(""), "-ERR unknown command '', with args beginning with: \r\n"],
  [`set inline${key} "a \\x41\\n\\"" \r\n`, "+OK\r\n"],
  [`get inline${key}\r\n`, '$5\r\na A\n"\r\n'],
  ["echo 'it\\'s'\r\n", "$4\r\nit's\r\n"],
  [request("INCRBY", `n${key}`, "9223372036854775807"), ":9223372036854775807\r\n"],
  [request("INCR", `n${key}`), "-ERR increment or decrement would overflow\r\n"],
  [request("SET", key, "x", "EX"), "-ERR syntax error\r\n"],
  [request("SELECT", "1"), "+OK\r\n"],
  [request("GET", key), "$-1\r\n"],
  [request("SELECT", "-1"), "-ERR DB index is out of range\r\n"],
  [request("SELECT", "0"), "+OK\r\n"],
  [request("DEL", key, `list${key}`, `n${key}`, `inline${key}`), ":4\r\n"],
  [request("ECHO", "the end"), `$7\r\n${END}`],
];
const CORPUS = corpus("k");
const requestsOf = (key: string) =>
  corpus(key)
    .map(([bytes]) => bytes)
    .join("");
const STREAM = requestsOf("k");
const REPLIES = CORPUS.map(([, reply]) => reply).join("");

/** Sends `pieces`, each of them read before the next one comes, until the server hangs up. */
async function sendInPieces(client: Connection, clock: Connection, pieces: readonly Bytes[]) {
  for (const piece of pieces) {
    if (client.closed) return;
    client.write(piece);
    // The server serves ready clients in turn: with this PONG it has read the piece.
    await clock.send("PING\r\n");
  }
}

/** All that comes back for `pieces` on a connection that sends nothing more after them. */
async function exchange(t: Test, endpoint: Endpoint, pieces: readonly Bytes[]): Promise<string> {
  const client = await Connection.open(t, endpoint);
  const clock = await Connection.open(t, endpoint);
  await sendInPieces(client, clock, pieces);
  client.end();
  clock.destroy();
  return client.rest();
}

withServer("each request has its reply, and all of them in one write", [], async (t, server) => {
  const client = await server.connect();
  for (const [bytes, reply] of CORPUS.slice(0, -1)) {
    client.write(bytes + request("ECHO", "the end"));
    t.equal(await client.takeUntil(END), `${reply}$7\r\n${END}`, JSON.stringify(bytes));
  }
  t.equal(await exchange(t, server.endpoint, [STREAM]), REPLIES);
  const often = await exchange(t, server.endpoint, [STREAM.repeat(300)]);
  t.ok(often === REPLIES.repeat(300), "a stream larger than every buffer");
});

withServer("one byte at a time, the replies are the same", [], async (t, server) => {
  t.equal(await exchange(t, server.endpoint, STREAM.split("")), REPLIES);
});

withServer("cut in two anywhere, the replies are the same", [], async (t, server) => {
  const streams = [..."abcdefghijklmnop"].map(requestsOf);
  const clients = await Promise.all(streams.map(() => server.connect()));
  const clock = await server.connect();
  const different: number[] = [];
  for (let first = 1; first < STREAM.length; first += clients.length) {
    for (const [i, client] of clients.entries()) client.write(streams[i].slice(0, first + i));
    await clock.send("PING\r\n");
    for (const [i, client] of clients.entries()) {
      client.write(streams[i].slice(first + i));
      if ((await client.takeUntil(END)) !== REPLIES) different.push(first + i);
    }
  }
  t.equal(different.join(), "", "the places of a cut that makes a difference");
});

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("latin1");

withServer("a long request of every byte, in pieces of any size", [], async (t, server) => {
  const value = ALL_BYTES.repeat(2000);
  const stream = request("SET", ALL_BYTES, value) + request("GET", ALL_BYTES);
  const random = new Random(7);
  const pieces: string[] = [];
  for (let at = 0, end: number; at < stream.length; at = end) {
    end = at + 1 + random.below(random.below(4) === 0 ? 100_000 : 3000);
    pieces.push(stream.slice(at, end));
  }
  const received = await exchange(t, server.endpoint, pieces);
  t.ok(received === `+OK\r\n$${value.length}\r\n${value}\r\n`, `${pieces.length} pieces`);
});

/** Input after which the connection can't go on, and the last words of the server. */
// biome-ignore format: a table is read by its columns
const MALFORMED: [bytes: string, replies: string][] = [
  ["*\r\n", protocolError("invalid multibulk length")],
  ["*x\r\n", protocolError("invalid multibulk length")],
  ["* 1\r\n", protocolError("invalid multibulk length")],
  ["*+1\r\n", protocolError("invalid multibulk length")],
  ["*01\r\n", protocolError("invalid multibulk length")],
  ["*1.0\r\n", protocolError("invalid multibulk length")],
  ["*2147483648\r\n", protocolError("invalid multibulk length")],
  ["*9223372036854775808\r\n", protocolError("invalid multibulk length")],
  ["*1\r\n:1\r\n", protocolError("expected '$', got ':'")],
  ["*1\r\n*1\r\n", protocolError("expected '$', got '*'")],
  ["*1\r\nfoo\r\n", protocolError("expected '$', got 'f'")],
  ["*1\r\n\r\n", protocolError("expected '$', got ' '")],
  ["*1\r\n\n\r\n", protocolError("expected '$', got ' '")],
  ["*1\r\n\xff\r\n", protocolError("expected '$', got '\xff'")],
  ["*1\r\n$\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$x\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$-1\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$-2\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$+5\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$ 5\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$0x10\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$05\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$536870913\r\n", protocolError("invalid bulk length")],
  ["*1\r\n$9223372036854775808\r\n", protocolError("invalid bulk length")],
  ["*2\r\n$4\r\nPING\r\n$x\r\n", protocolError("invalid bulk length")],
  ['echo "a\r\n', protocolError("unbalanced quotes in request")],
  ["echo 'a\r\n", protocolError("unbalanced quotes in request")],
  ['echo "a"b\r\n', protocolError("unbalanced quotes in request")],
  ["echo 'a'b\r\n", protocolError("unbalanced quotes in request")],
  ['echo "a\\\r\n', protocolError("unbalanced quotes in request")],
  ["x".repeat(70_000), protocolError("too big inline request")],
  [`*${"1".repeat(70_000)}`, protocolError("too big mbulk count string")],
  [`*1\r\n$${"1".repeat(70_000)}`, protocolError("too big bulk count string")],
  [`PING\r\n${request("PING")}*x\r\nPING\r\n`,
    `+PONG\r\n+PONG\r\n${protocolError("invalid multibulk length")}`],
  ["POST / HTTP/1.1\r\n\r\n", ""],
  ["post\r\n", ""],
  ["Host: 127.0.0.1:6379\r\n", ""],
  ["HOST: x\r\nPING\r\n", ""],
];

withServer("malformed input gets the exact error, then the end", [], async (t, server) => {
  for (const [bytes, replies] of MALFORMED) {
    const shown = JSON.stringify(bytes.slice(0, 60));
    t.equal(await exchange(t, server.endpoint, [bytes]), replies, shown);
    if (bytes.length > 100) continue;
    t.equal(await exchange(t, server.endpoint, bytes.split("")), replies, `${shown} in bytes`);
  }
});

withServer("a browser's request ends it, and drops what was said", [], async (t, server) => {
  const bytes = "GET / HTTP/1.1\r\nHost: x\r\nset a b\r\n";
  const error = "-ERR wrong number of arguments for 'get' command\r\n";
  t.equal(await exchange(t, server.endpoint, [bytes]), "");
  t.equal(await exchange(t, server.endpoint, bytes.split("")), error);
  const client = await server.connect();
  t.equal(await client.send("EXISTS a\r\n"), ":0\r\n", "no line became a command");
});

withServer("a NUL in an inline command separates words", [], async (t, server) => {
  t.equal(await exchange(t, server.endpoint, ["echo\0a\r\n"]), "$1\r\na\r\n");
  t.equal(await exchange(t, server.endpoint, ["echo 'a\0b'\r\n"]), "$3\r\na\0b\r\n");
});

/** More inline requests and edges, compared with the real server only. */
const EDGES = [
  "set k a\vb\r\nget k\r\n",
  "set k 'a\vb'\r\nget k\r\n",
  "echo a\\x41\r\n",
  'echo "\\x4g\\xZZ\\x4"\r\n',
  'echo "\\a\\b\\t\\n\\r\\\\\\q"\r\n',
  "echo ''\r\n",
  "echo pre'fix'\r\n",
  'echo pre"fix" x\r\n',
  "echo \xff\xfe\r\n",
  "echo a\rb\r\n",
  "echo a\r\r\n",
  "ping\r\r\n",
  "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n",
  "*1\r\n$4\r\nPING\n\r*1\r\n$4\r\nPING\r\n",
  "*1\rx$4\rxPING\r\n",
  "*1\n$4\nPING\n",
  "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
  "PING\r\nPOST /\r\nPING\r\n",
  request("foo\r\n+OK", "a\r\nb"),
  request("get\r\n", "x"),
  request("nosuch", "a\0b", "", "c") + request("no\0such") + request("client", "a\0b"),
  request("client", "kill", "a\r\nb"),
  request("client", "no\r\nsuch"),
  request("config", "set", "a\r\nb", "c"),
  request("x".repeat(300), "y".repeat(300)),
  request("x", "y".repeat(100), "z".repeat(100), "w"),
  request("object", "encoding\r\n:1"),
  request("hello", "3\r\n"),
  request("hello", "3", "setname", "a\r\nb"),
  request("hello", "4"),
  request("hello", "3") + request("get", "nosuch") + request("lrange", "nosuch", "0", "1"),
  request("set", "a", "b") + request("hello", "3") + request("get", "a") + request("hello", "2"),
  `${request("client", "reply", "off") + request("ping")}*x\r\n`,
  `${request("client", "reply", "skip")}*x\r\n`,
  request("client", "reply", "off") + request("ping") + request("client", "reply", "on"),
  request("client", "reply", "skip") + request("ping") + request("ping"),
  request("client", "reply", "skip") +
    request("client", "reply", "skip") +
    request("ping").repeat(3),
  request("client", "reply", "off") +
    request("client", "reply", "skip") +
    request("ping").repeat(2),
  request("client", "reply", "skip") + request("client", "reply", "on") + request("ping"),
  request("client", "reply", "off") + request("nosuch") + request("reset") + request("ping"),
  request("client", "reply", "maybe"),
  request("quit") + request("ping"),
  request("quit", "x"),
  `${request("client", "reply", "off")}multi\r\nping\r\nexec\r\nclient reply on\r\n`,
  `${request("client", "reply", "skip")}multi\r\nping\r\nexec\r\n`,
  `${request("multi")}\r\n*0\r\nget\r\nping\r\n${request("exec")}`,
  "set k a\vb\fc\r\nget k\r\nset k \v \fa\f\r\nget k\r\n",
  "GET / HTTP/1.1\r\nHost: x\r\nset a b\r\n",
  "+OK\r\n-ERR x\r\n:1\r\n$-1\r\n",
  "\x16\x03\x01\x02\x05\x01\x01\xfc\x03\x03\n",
  "SSH-2.0-OpenSSH_9.2\r\n",
];

/** The server may know its own clients by other numbers, and its newest version by another. */
const comparable = (replies: string) => replies.replace(/(\r\nid\r\n):\d+/g, "$1:N");

/** The stream with some of its bytes changed, the same ones in every run of the tests. */
function mutated(random: Random): string {
  const bytes = Buffer.from(STREAM.replaceAll("\0", "x"), "latin1");
  for (let i = 0; i <= random.below(3); i++) {
    // A NUL is left out: the real server looks no further for the end of the line.
    bytes[random.below(bytes.length)] = 1 + random.below(255);
  }
  return bytes.toString("latin1");
}

for (const options of [[], ["--requirepass", "secret"]]) {
  t.test(`the real server answers the same bytes ${options[0] ?? ""}`, async (t) => {
    const referee = await startReferee(t, ...options);
    if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
    const server = await startServer(t, options);
    const random = new Random(1);
    const junk = Array.from({ length: 150 }, () => mutated(random));
    for (const stream of [STREAM, ...MALFORMED.map(([bytes]) => bytes), ...EDGES, ...junk]) {
      const [ours, expected] = await Promise.all([
        exchange(t, server.endpoint, [stream]),
        exchange(t, { path: referee.path }, [stream]),
      ]);
      t.equal(comparable(ours), comparable(expected), JSON.stringify(stream.slice(0, 80)));
    }
    await server.stop();
  });
}
