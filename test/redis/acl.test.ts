/** ACL: users and their rights, word for word as the real server has them. */

import t, { type Test } from "tap";
import { type TestCore, testCore } from "../helpers/core-session.ts";
import {
  NO_REFEREE,
  type Request,
  requestWords,
  sameReplies,
  sameScripts,
  startReferee,
} from "../helpers/referee.ts";

const HASH = "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4";
const NO_COMMAND = (name: string) => {
  return `-NOPERM this user has no permissions to run the '${name}' command\r\n`;
};
const NO_KEY =
  "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n";
const NO_CHANNEL =
  "-NOPERM this user has no permissions to access one of the channels used as arguments\r\n";

function set(rules: string): Request {
  return `acl setuser u ${rules}`;
}

/** Rules that are applied to the user `u`, which is described after each. */
function described(rules: readonly string[]): Request[] {
  return [...rules.flatMap((one) => [set(one), "acl list", "acl getuser u"]), "acl deluser u"];
}

const SCRIPTS: Record<string, readonly Request[]> = {
  "a user begins with nothing": described(["", "on", "off", "nopass", "resetpass", "reset"]),
  "flags about payloads": described(["skip-sanitize-payload", "sanitize-payload"]),
  passwords: described([
    ">pw",
    ">pw",
    ">other",
    `!${HASH}`,
    "<other",
    `#${HASH}`,
    "<none",
    "!abc",
    "#abc",
    `#${HASH.toUpperCase()}`,
    "nopass",
    "on >a >b",
    "RESETPASS",
  ]),
  keys: described([
    "~a",
    "~a ~b*",
    "%R~r",
    "%W~r",
    "%rw~x %wr~y",
    "%R",
    "%",
    "%~k",
    "%X~k",
    "%RR~k",
    "%RX~k",
    "~",
    "allkeys",
    "~b",
    "resetkeys",
    "~*",
    "resetkeys %R~*",
    '"~with space"',
  ]),
  channels: described([
    "&a",
    "&b* &a",
    "allchannels",
    "&c",
    "resetchannels",
    "&*",
    "resetchannels &x",
    '"&with space"',
  ]),
  commands: described([
    "+get",
    "+GET -get",
    "+@all",
    "-get",
    "+get",
    "-@all",
    "allcommands",
    "nocommands",
    "+config|get",
    "+config",
    "-config|set",
    "nocommands +select|0 +select|1 +SELECT|0",
    "+select",
    "-select",
    "+get +nosuch",
    "+@nosuch",
    "-nosuch",
    "+config|nosuch",
    "+config|get|x",
    "+get|",
    "-select|0",
    "+",
    "-",
    "+@",
  ]),
  categories: described([
    "+@string",
    "-@string",
    "+@read",
    "-@all +@pubsub",
    "+@all -@dangerous",
    "+@ALL -@admin",
    "+@all -@write",
    "-@all +@connection",
    "-@all +@transaction",
  ]),
  selectors: described([
    "(+get ~a)",
    "(~b +set) ( %R~c )",
    "( +del ~d* )",
    "()",
    "clearselectors",
    "(+get",
    "+set (+get ~k +nosuch)",
    "((+get))",
    "(on)",
    "(+get (~a)",
    "+del)",
    '"(~a  &b)"',
  ]),
  "names and arity": [
    ["acl", "setuser", "a b"],
    ["acl", "setuser", "a\0b", "on"],
    ["acl", "setuser", ""],
    ["acl", "setuser", "b\xffn", "on", "~\x80\r\n"],
    ["acl", "setuser", "b\xffn", "on", "~\x80\x01"],
    "acl list",
    "acl users",
    "acl getuser nosuch",
    "acl deluser nosuch default",
    "acl deluser nosuch nosuch2",
    "acl deluser",
    "acl",
    "acl nosuch",
    "acl setuser",
    "acl getuser",
    "acl getuser a b",
    "acl list x",
    "acl whoami",
    "acl whoami x",
    "acl cat",
    "acl cat nosuch",
    "acl cat read write",
    "acl genpass 0",
    "acl genpass 4097",
    "acl genpass x",
    "acl genpass 1 2",
    "acl log x",
    "acl log 1 2",
    "acl log reset",
    "acl log",
    "acl load",
    "acl save",
    ["acl", "deluser", "", "b\xffn"],
  ],
  dryrun: [
    set("+get +set +mget +copy +publish +psubscribe %R~r* %W~w* ~b* &c* (+del ~d)"),
    "acl dryrun nosuch get a",
    "acl dryrun u nosuch a",
    "acl dryrun u get",
    "acl dryrun u get a",
    "acl dryrun u get ra",
    "acl dryrun u get wa",
    "acl dryrun u set wa 1",
    "acl dryrun u set wa 1 get",
    "acl dryrun u set ba 1 get",
    "acl dryrun u mget ra ba wa x",
    "acl dryrun u copy ra wa",
    "acl dryrun u copy wa ra",
    "acl dryrun u copy ra ra2",
    "acl dryrun u del d",
    "acl dryrun u del ba",
    "acl dryrun u exists ba",
    "acl dryrun u publish c1 m",
    "acl dryrun u publish d1 m",
    "acl dryrun u psubscribe c*",
    "acl dryrun u psubscribe c1",
    "acl dryrun u subscribe c1",
    "acl dryrun u config get x",
    "acl dryrun u config|get x",
    "acl dryrun u auth x",
    "acl dryrun default flushall",
    "acl deluser u",
  ],
  "rights to keys that are only named": [
    set("+@all %W~w* %R~r*"),
    "acl dryrun u exists wk rk",
    "acl dryrun u strlen wk",
    "acl dryrun u type x",
    "acl dryrun u append wk a",
    "acl dryrun u incr wk",
    "acl dryrun u lpop wk",
    "acl dryrun u zunionstore wk 2 rk rk2",
    "acl dryrun u zunionstore wk 2 rk wk",
    "acl dryrun u zunionstore wk 0 x",
    "acl dryrun u mset wk 1 x 2",
    "acl dryrun u rename rk wk",
    "acl dryrun u sinterstore wk rk rk",
    "acl dryrun u object encoding x",
    "acl dryrun u watch wk",
    "acl dryrun u spublish ch m",
    "acl deluser u",
  ],
};

t.test("as the real server", async (t) => {
  await sameScripts(t, SCRIPTS);
});

t.test("categories have the commands that they have in the real server", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  const { core, send } = testCore();
  const ours = new Set([...core.table.all()].map(({ name }) => name));
  const theirs = new Set(elements(await referee.send("command list filterby pattern *")));
  for (const category of elements(send(["acl", "cat"]))) {
    const expected = elements(await referee.send(["acl", "cat", category]));
    const found = elements(send(["acl", "cat", category.toUpperCase()]));
    const shared = (names: string[], known: Set<string>) => names.filter((one) => known.has(one));
    t.same(shared(found, theirs).sort(), shared(expected, ours).sort(), category);
  }
});

/** The elements of an array of bulk strings. */
function elements(reply: string): string[] {
  return reply.split("\r\n").filter((line, i) => i > 0 && line !== "" && !/^[$*~]/.test(line));
}

/** A user who is allowed to do what `rules` say, as a second session. */
function userSession(ours: TestCore, rules: string) {
  ours.send(["acl", "setuser", "u", "on", "nopass", ...rules.split(" ")]);
  const session = ours.connect();
  ours.send(["auth", "u", "any"], session);
  return {
    session,
    run: (line: string) => ours.send(requestWords(line), session),
  };
}

t.test("what a user may not do is denied", async (t) => {
  const { run } = userSession(testCore(), "+get +set +config|get +select|0 ~k* %R~r* &c* +publish");
  t.equal(run("set k v"), "+OK\r\n");
  t.equal(run("set x v"), NO_KEY);
  t.equal(run("set r v"), NO_KEY);
  t.equal(run("get r"), "$-1\r\n");
  t.equal(run("del k"), NO_COMMAND("del"));
  t.equal(run("config set maxclients 1"), NO_COMMAND("config|set"));
  t.equal(run("config get maxclients"), "*2\r\n$10\r\nmaxclients\r\n$5\r\n10000\r\n");
  t.equal(run("select 0"), "+OK\r\n");
  t.equal(run("select 1"), NO_COMMAND("select"));
  t.equal(run("publish c m"), ":0\r\n");
  t.equal(run("publish d m"), NO_CHANNEL);
  t.equal(run("subscribe c"), NO_COMMAND("subscribe"));
  t.equal(run("acl whoami"), NO_COMMAND("acl|whoami"));
  t.equal(run("get"), "-ERR wrong number of arguments for 'get' command\r\n");
  t.equal(run("auth u other"), "+OK\r\n", "AUTH is for everybody");
  t.equal(run("reset"), "+RESET\r\n");
  t.equal(run("acl whoami"), "$7\r\ndefault\r\n", "RESET makes it the default user again");
});

/** The same commands to both, through a user's session and an administrator's. */
async function sameForUser(t: Test, rules: string, steps: readonly [who: string, what: string][]) {
  const referee = await startReferee(t);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  const ours = testCore();
  const theirUser = await referee.connect(t);
  await sameReplies(t, referee, ours, [`acl setuser u on nopass ${rules}`]);
  const ourUser = ours.connect();
  const login = requestWords("auth u x");
  t.equal(ours.send(login, ourUser), await theirUser.send(login));
  for (const [who, line] of steps) {
    const words = requestWords(line);
    const expected = await (who === "user" ? theirUser : referee).send(words);
    const found = ours.send(words, who === "user" ? ourUser : ours.session);
    const withoutClients = (text: string) => {
      return text
        .replace(/\$\d+\r\nid=.*\r\n/g, "CLIENT")
        .replace(/age-seconds\r\n(?:\$\d+\r\n|,)[\d.e-]+/g, "AGE")
        .replace(/id\r\n:\d+/, "ID");
    };
    t.equal(withoutClients(found), withoutClients(expected), `${who}: ${line}`);
  }
}

t.test("in a transaction, rights are checked twice", async (t) => {
  const admin = (line: string): [string, string] => ["admin", line];
  const user = (line: string): [string, string] => ["user", line];
  await sameForUser(t, "+@all ~k* &c*", [
    user("multi"),
    user("get x"),
    user("get k"),
    user("exec"),
    user("multi"),
    user("set k 1"),
    user("get k2"),
    user("publish c m"),
    user("ping"),
    admin("acl setuser u resetkeys resetchannels ~k2 -ping"),
    user("exec"),
    admin("acl log"),
    user("multi"),
    user("ping"),
    admin("acl setuser u -exec"),
    user("exec"),
    user("discard"),
    admin("acl log reset"),
  ]);
});

t.test("ACL LOG groups what is the same", async (t) => {
  const user = (line: string): [string, string] => ["user", line];
  const admin = (line: string): [string, string] => ["admin", line];
  await sameForUser(t, "-@all +get +hello ~k", [
    user("get a"),
    user("get a"),
    user("get b"),
    user("GET a"),
    user("set k 1"),
    user("config get x"),
    user("auth nobody x"),
    user("hello 2 auth nobody x"),
    user("HELLO 3 AUTH nobody x SETNAME a"),
    admin("acl log"),
    admin("acl log 2"),
    admin("acl log 0"),
    admin("acl log -1"),
    admin("config set acllog-max-len 3"),
    user("del x"),
    admin("acl log"),
    admin("config set acllog-max-len 0"),
    user("del x"),
    admin("acl log"),
    user("unlink x"),
    admin("acl log"),
    admin("hello 3"),
    admin("config set acllog-max-len 10"),
    user("del x"),
    admin("acl log 1"),
  ]);
});

t.test("requirepass is the default user's password", async (t) => {
  const ours = testCore();
  const { send, connect } = ours;
  const early = connect();
  t.equal(send(["config", "set", "requirepass", "pw"]), "+OK\r\n");
  t.equal(send(["ping"], early), "+PONG\r\n", "who was here before stays");
  const late = connect();
  t.equal(send(["ping"], late), "-NOAUTH Authentication required.\r\n");
  t.equal(send(["auth", "default", "pw"], late), "+OK\r\n");
  const third = connect();
  t.equal(send(["acl", "setuser", "default", "nopass"]), "+OK\r\n");
  t.equal(send(["ping"], third), "+PONG\r\n", "it is no longer asked for");
  t.match(send(["auth", "pw"], third), /^-ERR AUTH <password> called without any password/);
  t.equal(send(["acl", "setuser", "default", "off"]), "+OK\r\n");
  t.equal(send(["ping"], third), "-NOAUTH Authentication required.\r\n");
  t.match(send(["auth", "default", "pw"], third), /^-WRONGPASS/);
});

t.test("connections end with their user", async (t) => {
  const ours = testCore();
  const { session, run } = userSession(ours, "+@all ~* &*");
  const other = ours.connect();
  t.match(run("client list"), /user=default .*\n.*user=u /);
  t.equal(ours.send(["client", "kill", "user", "nosuch"]), "-ERR No such user 'nosuch'\r\n");
  t.equal(ours.send(["acl", "deluser", "u"]), ":1\r\n");
  t.ok(session.closed);
  t.notOk(other.closed);
  const own = userSession(ours, "+@all");
  t.equal(own.run("acl deluser u"), ":1\r\n");
  t.ok(own.session.closeAfterReply, "even the one that asked for it, after the reply");
  const third = userSession(ours, "+@all");
  t.equal(ours.send(["client", "kill", "user", "u"]), ":1\r\n");
  t.ok(third.session.closed);
  t.equal(userSession(ours, "-@all").run("auth u"), NOT_DEFAULT);
});

const NOT_DEFAULT =
  "-ERR AUTH <password> called without any password configured for the default user. " +
  "Are you sure your configuration is correct?\r\n";

t.test("who may listen no longer is disconnected", async (t) => {
  const ours = testCore();
  const open = () => userSession(ours, "+subscribe +psubscribe +ssubscribe allchannels");
  const listeners = ["subscribe news", "psubscribe n*", "ssubscribe news", "subscribe other"].map(
    (line) => {
      const one = open();
      one.run(line);
      return one.session;
    },
  );
  const idle = open().session;
  ours.send(["acl", "setuser", "u", "resetchannels", "&n*", "&other"]);
  t.same(
    listeners.map(({ closed }) => closed),
    [false, false, false, false],
  );
  ours.send(["acl", "setuser", "u", "resetchannels", "&ne*"]);
  t.same(
    listeners.map(({ closed }) => closed),
    [false, true, false, true],
  );
  t.notOk(idle.closed);
});

t.test("ACL GENPASS makes as many hex digits as hold the bits", async (t) => {
  const { send } = testCore();
  t.match(send(["acl", "genpass"]), /^\$64\r\n[0-9a-f]{64}\r\n$/);
  t.match(send(["acl", "genpass", "5"]), /^\$2\r\n[0-9a-f]{2}\r\n$/);
  t.match(send(["acl", "genpass", "4096"]), /^\$1024\r\n/);
  t.not(send(["acl", "genpass"]), send(["acl", "genpass"]));
});

t.test("INFO counts what was denied", async (t) => {
  const ours = testCore();
  const { run } = userSession(ours, "+get ~k");
  run("get x");
  run("set k v");
  run("auth u2 x");
  const info = ours.send(["info", "stats"]);
  t.match(info, "acl_access_denied_auth:1\r\n");
  t.match(info, "acl_access_denied_cmd:1\r\n");
  t.match(info, "acl_access_denied_key:1\r\n");
  t.match(info, "acl_access_denied_channel:0\r\n");
  t.match(ours.send(["acl", "log"]), "user=u ");
});

t.test("passwords in rules are in neither SLOWLOG nor MONITOR", async (t) => {
  const { send, connect } = testCore({ "slowlog-log-slower-than": 0 });
  const watcher = connect();
  send(["monitor"], watcher);
  send(["acl", "setuser", "u", ">secret"]);
  send(["acl", "setuser", "u", ">secret", "nosuch"]);
  t.notMatch(send(["slowlog", "get"]), "secret");
  t.notMatch(watcher.pushed, "secret");
});
