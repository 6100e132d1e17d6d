/** PING ECHO HELLO AUTH SELECT QUIT RESET: literal bytes, and compared with the real server. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, sameReplies, startReferee } from "../helpers/referee.ts";

const NOAUTH = "-NOAUTH Authentication required.\r\n";
const WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

function greeting(protocol: 2 | 3, id: number): string {
  const header = protocol === 3 ? "%7" : "*14";
  return (
    `${header}\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n` +
    `$5\r\nproto\r\n:${protocol}\r\n$2\r\nid\r\n:${id}\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n` +
    "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
  );
}

t.test("PING and ECHO give back any bytes", async (t) => {
  const { send } = testCore();
  const bytes = Buffer.from([0, 13, 10, 255]);
  t.equal(send(["ping"]), "+PONG\r\n");
  t.equal(send(["PiNg", bytes]), "$4\r\n\0\r\n\xff\r\n");
  t.equal(send(["echo", bytes]), "$4\r\n\0\r\n\xff\r\n");
});

t.test("HELLO chooses the protocol, which holds until RESET", async (t) => {
  const { send, session } = testCore();
  t.equal(send(["hello"]), greeting(2, session.id));
  t.equal(send(["hello", "3"]), greeting(3, session.id));
  t.equal(send(["client", "getname"]), "_\r\n");
  t.equal(send(["hello"]), greeting(3, session.id), "without a version it stays");
  t.equal(send(["hello", "2", "setname", "me"]), greeting(2, session.id));
  t.equal(send(["client", "getname"]), "$2\r\nme\r\n");
  send(["hello", "3"]);
  t.equal(send(["reset"]), "+RESET\r\n");
  t.equal(send(["client", "getname"]), "$-1\r\n");
});

t.test("a HELLO that fails changes nothing", async (t) => {
  const { send, session } = testCore({ requirepass: "right" });
  t.equal(send(["hello", "3", "auth", "default", "wrong", "setname", "me"]), WRONGPASS);
  t.equal(session.protocol, 2);
  t.equal(session.name, "");
  t.notOk(session.authenticated);
});

t.test("with a password, nothing but the commands that tell it are open", async (t) => {
  const { core, send, connect } = testCore({ requirepass: "p\xe4ss" });
  t.equal(send(["ping"]), NOAUTH);
  t.equal(send(["get", "key"]), NOAUTH);
  t.match(send(["hello", "3"]), /^-NOAUTH HELLO must be called with the client already auth/);
  t.equal(send(["auth", "pass"]), WRONGPASS);
  t.equal(send(["auth", "other", "p\xe4ss"]), WRONGPASS);
  t.equal(send(["auth", "p\xe4ss"]), "+OK\r\n");
  t.equal(send(["ping"]), "+PONG\r\n");
  t.equal(send(["reset"]), "+RESET\r\n");
  t.equal(send(["ping"]), NOAUTH, "RESET forgets that the client is known");

  const other = connect();
  t.equal(send(["hello", "2", "auth", "default", "p\xe4ss"], other), greeting(2, other.id));
  core.users.setDefaultPassword("new");
  t.equal(send(["ping"], other), "+PONG\r\n", "a new password is for new connections");
});

t.test("passwords are in neither MONITOR nor SLOWLOG", async (t) => {
  const { send, connect } = testCore({ requirepass: "secret", "slowlog-log-slower-than": 0 });
  const watcher = connect();
  send(["auth", "secret"], watcher);
  send(["monitor"], watcher);
  send(["auth", "secret"]);
  send(["auth", "default", "secret"]);
  send(["hello", "2", "auth", "default", "secret", "setname", "me"]);
  send(["config", "set", "masterauth", "secret"]);
  t.match(watcher.pushed, '"auth" "(redacted)"\r\n');
  t.match(watcher.pushed, '"hello" "2" "auth" "(redacted)" "(redacted)" "setname" "me"\r\n');
  const repeated = Array.from({ length: 20 }, () => ["auth", "default", "secret"]).flat();
  send(["hello", "2", ...repeated]);
  const slowlog = send(["slowlog", "get", "-1"]);
  t.match(slowlog, "(redacted)");
  t.notMatch(watcher.pushed + slowlog, /secret/);
});

t.test("SELECT changes the database", async (t) => {
  const { core, send, session } = testCore({ databases: 4 });
  core.database(3).setStringValue("key", "three");
  t.equal(send(["select", "3"]), "+OK\r\n");
  t.equal(session.dbIndex, 3);
  t.equal(session.db, core.database(3));
  t.equal(send(["select", "4"]), "-ERR DB index is out of range\r\n");
  t.equal(session.dbIndex, 3);
  send(["reset"]);
  t.equal(session.db, core.database(0));
});

t.test("QUIT answers and ends the connection; what follows it is not run", async (t) => {
  const { core, session } = testCore();
  const requests = Buffer.from("QUIT\r\nPING\r\n");
  core.feed(session, requests, 0, requests.length);
  t.equal(core.reply.buffer.toString("latin1", 0, core.reply.length), "+OK\r\n");
  t.ok(session.closeAfterReply);
});

t.test("the real server answers the same, without a password", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  // biome-ignore format: a list of commands reads better in lines
  await sameReplies(t, referee, testCore(), [
    "ping", "ping hello", 'ping ""', "ping a b", "echo", 'echo "a\\x00b"', "echo a b", "hello 1",
    "hello 4", "hello x", 'hello ""', "hello 99999999999999999999", "hello 3 x", "hello 3 auth",
    "hello 3 auth a", "hello 2 auth other x", "hello 2 setname", 'hello 2 setname "a b"',
    'hello 2 setname "a\\n"', "hello 2 auth default x setname", "auth", "auth x",
    "auth default x", "auth other x", "auth a b c", "select", "select x", "select -1",
    "select 16", "select 99999999999999999999", "select 1", "select 1 2", "reset", "reset x",
    "RESET",
  ]);
});

t.test("the real server answers the same, with a password", async (t) => {
  const referee = await startReferee(t, "--requirepass", "pw");
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  // biome-ignore format: a list of commands reads better in lines
  await sameReplies(t, await referee.connect(t), testCore({ requirepass: "pw" }), [
    "ping", "echo", "nosuch", "config nosuch", "hello", "hello 2", "hello 3", "hello 9",
    "hello 2 auth default bad", "hello 2 setname x", "auth", "auth bad", "auth default bad",
    "auth other pw", 'auth ""', "auth pw x y", "ping", "auth pw", "ping", "auth bad", "ping",
    "reset", "ping", "auth default pw", "ping",
  ]);
});
