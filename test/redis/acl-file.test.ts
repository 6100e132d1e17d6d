/** Users in files: `aclfile`, ACL LOAD and SAVE, `user` lines of redis.conf, CONFIG REWRITE. */

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { parseArguments, UsageError } from "../../examples/redis/config.ts";
import { testCore } from "../helpers/core-session.ts";
import { folder, ServerProcess } from "../helpers/redis-server.ts";
import { NO_REFEREE, startReferee } from "../helpers/referee.ts";

const TWICE = "Duplicate user found. A user can only be defined once in config files";
const DEFAULT_USER = "user default on nopass ~* &* +@all\n";

function aclFile(t: Test, text: string): string {
  const path = join(folder(t), "users.acl");
  writeFileSync(path, text, "latin1");
  return path;
}

t.test(
  "users of an aclfile are there, with the default user, and ACL SAVE writes them",
  async (t) => {
    const path = aclFile(t, "user b on >pw ~k* +get\r\n\n  user a off (~x +@read)  \n");
    const { core, send } = testCore({ aclfile: path });
    t.same(
      core.users.sorted().map(({ name }) => name),
      ["a", "b", "default"],
    );
    t.equal(send(["acl", "setuser", "c", "nopass"]), "+OK\r\n");
    t.equal(send(["acl", "save"]), "+OK\r\n");
    t.match(
      readFileSync(path, "latin1"),
      /^user a off .*\nuser b on #\w{64} .*\nuser c off nopass /,
    );
    t.match(readFileSync(path, "latin1"), DEFAULT_USER);
    t.equal(statSync(path).mode & 0o777, 0o644, "the mode of the file stays");
    const again = testCore({ aclfile: path });
    t.same(again.core.users.describe(), core.users.describe());
  },
);

t.test("ACL LOAD ends connections of users that the file replaces", async (t) => {
  const path = aclFile(t, "user a on nopass +@all\n");
  const { send, connect } = testCore({ aclfile: path });
  const session = connect();
  const other = connect();
  send(["auth", "a", "x"], session);
  writeFileSync(path, "user b on nopass\nuser default on >new ~k +@all\n");
  t.equal(send(["acl", "load"]), "+OK\r\n");
  t.ok(session.closed);
  t.notOk(other.closed);
  t.match(send(["get", "x"], other), /^-NOPERM/, "the rules of the default user hold at once");
  t.equal(send(["ping"], connect()), "-NOAUTH Authentication required.\r\n");
});

/** Files with mistakes, each as the real server tells of it. */
const WRONG = [
  "users a on",
  "user",
  "user a on\nuser a off",
  "user a on +nosuch +@none ~k\nuser b +get|x|y",
  "user a foo bar +nosuch",
  "user a (+get",
  "user a allkeys ~k allchannels &c",
  "user a #abc",
  "user a\tb on",
  "\n\nuser a <none\nuser b on\nx",
];

t.test("a file with a mistake changes nothing, and every mistake is told", async (t) => {
  const path = aclFile(t, "user a on\n");
  const referee = await startReferee(t, "--aclfile", path);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  const { send } = testCore({ aclfile: path });
  const before = send(["acl", "list"]);
  for (const text of WRONG) {
    writeFileSync(path, text);
    t.equal(send(["acl", "load"]), await referee.send("acl load"), JSON.stringify(text));
    t.equal(send(["acl", "list"]), before);
  }
});

t.test("a server does not start with a mistake in its users", async (t) => {
  const broken = aclFile(t, "user a on +nosuch\n");
  const users = {
    userLines: [{ words: ["b", "on"], fail: (text: string) => new UsageError(text) }],
  };
  t.throws(() => testCore({ aclfile: broken }), { message: /ACL errors.*'\+nosuch': Unknown/s });
  t.throws(() => testCore({ aclfile: "/no/such.acl" }), {
    message: /opening file '\/no\/such.acl/,
  });
  t.throws(() => testCore({ aclfile: broken, ...users }), { message: /but not both/ });
  const file = join(folder(t), "redis.conf");
  writeFileSync(file, "user b on\nuser b off\n");
  const { settings } = parseArguments([file]);
  t.throws(() => testCore(settings), {
    message: `${file}:2: Error in user declaration 'b': ${TWICE}`,
  });
  writeFileSync(file, "port 0\nuser b on +get\nuser c on foo\n");
  const program = new ServerProcess(t, [file]);
  t.strictSame(await program.ended(), [1, null]);
  t.equal(program.errors, `fdkit: ${file}:3: Error in user declaration 'foo': Syntax error\n`);
});

t.test("CONFIG REWRITE puts the users of now where users stood", async (t) => {
  const file = join(folder(t), "redis.conf");
  writeFileSync(file, "port 0\n# people\nuser b on nopass +get\nuser a on\n");
  const { core, send } = testCore(parseArguments([file]).settings);
  Object.assign(core.host, { configFile: file });
  t.equal(send(["acl", "setuser", "c", "on"]), "+OK\r\n");
  t.equal(send(["acl", "deluser", "a"]), ":1\r\n");
  t.equal(send(["config", "rewrite"]), "+OK\r\n");
  t.match(
    readFileSync(file, "latin1"),
    /# people\nuser b on nopass resetchannels -@all \+get\nuser c on resetchannels -@all\n# Gen/,
  );
  t.match(readFileSync(file, "latin1"), DEFAULT_USER);
  const again = testCore(parseArguments([file]).settings);
  t.same(again.core.users.describe(), core.users.describe());
});
