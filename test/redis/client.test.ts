/** CLIENT and its subcommands: who is connected, killing, pausing, switching replies off. */

import { connect } from "node:net";
import t from "tap";
import { encodeRequest, testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, sameReplies, startReferee } from "../helpers/referee.ts";

/** The fields of one line of CLIENT LIST. */
function fields(line: string): Map<string, string> {
  const words = line.trim().split(" ");
  return new Map(words.map((word) => word.split("=", 2) as [string, string]));
}

/** The text in a bulk string. */
function textOf(reply: string): string {
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

const FIELDS_OF_7_0 =
  "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem " +
  "rbs rbp obl oll omem tot-mem events cmd user redir resp";

t.test("CLIENT INFO has the fields of 7.0 and the library's name and version", async (t) => {
  const { send, session } = testCore();
  t.equal(send(["client", "setinfo", "LIB-NAME", "tester"]), "+OK\r\n");
  t.equal(send(["client", "setinfo", "lib-ver", "1.2.3"]), "+OK\r\n");
  send(["client", "setname", "me"]);
  send(["select", "5"]);
  const line = textOf(send(["client", "info"]));
  t.ok(line.endsWith("\n"));
  const found = fields(line);
  t.equal([...found.keys()].join(" "), `${FIELDS_OF_7_0} lib-name lib-ver`);
  t.match(Object.fromEntries(found), {
    id: String(session.id),
    addr: "127.0.0.1:50000",
    laddr: "127.0.0.1:6379",
    name: "me",
    flags: "N",
    db: "5",
    cmd: "client|info",
    user: "default",
    resp: "2",
    "lib-name": "tester",
    "lib-ver": "1.2.3",
  });
  send(["hello", "3"]);
  t.match(send(["client", "info"]), /^=\d+\r\ntxt:id=\d+ .* resp=3 /);
});

t.test("CLIENT LIST shows all connections, some types, some ids", async (t) => {
  const { send, session, connect } = testCore();
  const other = connect();
  const ids = (reply: string) => [...reply.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id));
  const list = (...words: string[]) => ids(textOf(send(["client", "list", ...words])));
  t.same(list(), [session.id, other.id]);
  t.same(list("type", "normal"), [session.id, other.id]);
  t.same(list("TYPE", "PubSub"), []);
  t.same(list("id", `${other.id}`, "999", `${session.id}`), [other.id, session.id]);
  other.close();
  t.same(list(), [session.id], "a closed one is not there any longer");
});

t.test("flags tell what is special about a connection", async (t) => {
  const { send, connect } = testCore();
  const flags = () => fields(textOf(send(["client", "info"]))).get("flags");
  t.equal(send(["client", "no-evict", "on"]), "+OK\r\n");
  t.equal(flags(), "e");
  t.equal(send(["client", "no-touch", "ON"]), "+OK\r\n");
  t.equal(flags(), "eT");
  send(["client", "no-evict", "off"]);
  send(["client", "no-touch", "off"]);
  t.equal(flags(), "N");
  const watcher = connect();
  send(["monitor"], watcher);
  const line = textOf(send(["client", "list", "id", `${watcher.id}`]));
  t.equal(fields(line).get("flags"), "O");
});

t.test("CLIENT KILL ends others at once and the caller after the reply", async (t) => {
  const { send, session, connect } = testCore();
  const kill = (...words: (string | number)[]) => send(["client", "kill", ...words]);
  const [first, second, third] = [connect(), connect(), connect()];
  t.equal(kill("id", first.id), ":1\r\n");
  t.ok(first.closed);
  t.equal(kill("id", first.id), ":0\r\n", "once");
  t.equal(kill("id", session.id), ":0\r\n", "SKIPME is the default");
  t.equal(kill("user", "default", "type", "normal", "addr", "1.1.1.1:1"), ":0\r\n");
  t.equal(kill("type", "normal", "laddr", "127.0.0.1:6379", "skipme", "yes"), ":2\r\n");
  t.ok(second.closed && third.closed && !session.closeAfterReply);
  t.equal(kill("skipme", "no", "addr", "127.0.0.1:50000"), ":1\r\n");
  t.ok(session.closeAfterReply && !session.closed);
});

t.test("the old form of CLIENT KILL takes an address, also the caller's own", async (t) => {
  const { send, session } = testCore();
  t.equal(send(["client", "kill", "1.2.3.4:5"]), "-ERR No such client\r\n");
  t.equal(send(["client", "kill", "127.0.0.1:50000"]), "+OK\r\n");
  t.ok(session.closeAfterReply);
});

t.test("a name and a library's name can't break the line they are shown in", async (t) => {
  const { send } = testCore();
  const refusal = (what: string) =>
    `-ERR ${what} cannot contain spaces, newlines or special characters.\r\n`;
  for (const name of ["a b", "a\n", "\x7f", "\xe9"]) {
    t.equal(send(["client", "setname", name]), refusal("Client names"));
    t.equal(send(["client", "setinfo", "lib-name", name]), refusal("lib-name"));
    t.equal(send(["client", "setinfo", "lib-ver", name]), refusal("lib-ver"));
  }
  t.equal(send(["client", "setinfo", "lib-x", "1"]), "-ERR Unrecognized option 'lib-x'\r\n");
  t.equal(send(["client", "setname", "me"]), "+OK\r\n");
  t.equal(send(["client", "getname"]), "$2\r\nme\r\n");
  t.equal(send(["client", "setname", ""]), "+OK\r\n");
  t.equal(send(["client", "getname"]), "$-1\r\n", "an empty name is none");
});

t.test("CLIENT PAUSE holds commands back until it ends or UNPAUSE ends it", async (t) => {
  const { core, send, connect, session } = testCore();
  const admin = connect();
  t.equal(send(["client", "pause", "60000", "write"], admin), "+OK\r\n");
  t.equal(send(["get", "key"]), "$-1\r\n", "reads go on");
  const write = encodeRequest(["set", "key", "value"]);
  t.equal(core.feed(session, write, 0, write.length), 0, "not a byte of it is used up");
  t.equal(send(["client", "unpause"], admin), "+OK\r\n");
  t.equal(core.feed(session, write, 0, write.length), write.length);
  t.equal(send(["get", "key"]), "$5\r\nvalue\r\n");
});

t.test("of two pauses the longer and the stricter one holds", async (t) => {
  const { core, send } = testCore();
  send(["client", "pause", "60000", "write"]);
  const { pausedUntil } = core;
  send(["client", "pause", "10", "write"]);
  t.equal(core.pausedUntil, pausedUntil);
  send(["client", "pause", "10", "all"]);
  t.equal(core.pausedUntil, pausedUntil);
  t.equal(core.pauseScope, "all");
});

t.test("the real server answers the same", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  // biome-ignore format: a list of commands reads better in lines
  await sameReplies(t, referee, testCore(), [
    "client", "client nosuch", "client getname", "client getname x", "client setname",
    'client setname "a b"', "client setname me", "client getname", "client id x",
    "client info x", "client list x", "client list type constructor", "client kill constructor x",
    "client list type", "client list type x", "client list type normal x",
    "client list type master", "client list type replica", "client list type slave",
    "client list id", "client list id x", "client list id 999", "client list id 999 x",
    "client kill", "client kill x", "client kill id", "client kill id x", "client kill id 0",
    "client kill id -1", "client kill id 999", "client kill id 99999999999999999999",
    "client kill type x", "client kill type master", "client kill type pubsub",
    "client kill user x", "client kill user default id 999", "client kill addr 1.2.3.4:5",
    "client kill laddr 1.2.3.4:5", "client kill x y", "client kill id 999 x",
    "client kill skipme x id 999", "client kill skipme yes id 999", "client kill id 999 skipme",
    "client no-evict", "client no-evict x", "client no-evict on", "client no-evict OFF",
    "client reply", "client reply x", "client reply on", "client pause", "client pause x",
    "client pause -1", "client pause 10 x", "client pause 10 all x",
    "client pause 99999999999999999999", "client pause 0", "client pause 0 write", "client unpause",
    "client unpause x", "client unblock", "client unblock 999", "client unblock x",
    "client unblock 999 x", "client unblock 999 timeout", "client unblock 999 error",
    "client unblock 999 error x",
  ]);
});

t.test("CLIENT REPLY drops the replies the real server drops", async (t) => {
  const requests = [
    ["client reply skip", "ping a", "ping b"],
    ["client reply skip", "client reply skip", "ping a", "ping b"],
    ["client reply skip", "client reply on", "ping a"],
    ["client reply skip", "client reply off", "ping a", "client reply on", "ping b"],
    ["client reply off", "client reply skip", "ping a", "ping b", "client reply on", "ping c"],
    ["client reply off", "nosuch", "get", "client reply x", "client reply on", "ping"],
    ["client reply off", "reset", "ping"],
    ["client reply skip", "reset", "ping"],
    ["client reply skip", "nosuch", "ping"],
  ].map((lines) => [...lines, "quit"].map((line) => encodeRequest(line.split(" "))));
  const ours = requests.map((sequence) => {
    const { core, session } = testCore();
    const bytes = Buffer.concat(sequence);
    core.feed(session, bytes, 0, bytes.length);
    return core.reply.buffer.toString("latin1", 0, core.reply.length);
  });
  t.equal(ours[0], "$1\r\nb\r\n+OK\r\n");
  t.equal(ours[2], "+OK\r\n$1\r\na\r\n+OK\r\n");
  t.equal(ours[5], "+OK\r\n+PONG\r\n+OK\r\n");
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  for (const [i, sequence] of requests.entries()) {
    t.equal(await answers(referee.path, Buffer.concat(sequence)), ours[i], `sequence ${i}`);
  }
});

/** All that a server answers to `requests`, of which the last is QUIT. */
async function answers(path: string, requests: Buffer): Promise<string> {
  const socket = connect(path).setEncoding("latin1");
  socket.write(requests);
  let received = "";
  for await (const text of socket) received += text;
  return received;
}
