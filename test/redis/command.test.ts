/** COMMAND: what the server says of its commands is what the real one says of them. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, sameReplies, startReferee } from "../helpers/referee.ts";

/** Newer than 7.0. */
const NEWER = new Set(
  (
    "client|setinfo client|no-touch waitaof zrank zrevrank hexpire hpexpire hexpireat hpexpireat " +
    "httl hpttl hexpiretime hpexpiretime hpersist hgetex hsetex hgetdel hscan"
  ).split(" "),
);

/** `COMMAND INFO name` with the notes on keys left out: they are in words of our own. */
function withoutNotes(reply: string): string {
  return reply
    .replace(/\$5\r\nnotes\r\n\$\d+\r\n.*\r\n/g, "")
    .replace(/%4(?=\r\n\$5\r\nflags)/g, "%3")
    .replace(/\*8(?=\r\n\$5\r\nflags)/g, "*6");
}

function leafNames(): string[] {
  const names: string[] = [];
  for (const command of testCore().core.table.commands.values()) {
    if (command.subcommands.size === 0) names.push(command.name);
    for (const { name } of command.subcommands.values()) names.push(name);
  }
  return names.filter((name) => !NEWER.has(name));
}

t.test("COMMAND INFO tells ten things of a command", async (t) => {
  const { send } = testCore();
  const keys =
    "*1\r\n*6\r\n$5\r\nflags\r\n*2\r\n+RO\r\n+access\r\n" +
    "$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n" +
    "$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:1\r\n" +
    "$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n" +
    "$4\r\nspec\r\n*6\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n";
  const get =
    "*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n" +
    `*3\r\n+@read\r\n+@string\r\n+@fast\r\n*0\r\n${keys}*0\r\n`;
  t.equal(send(["command", "info", "GET"]), `*1\r\n${get}`);
  t.equal(send(["command", "info", "get", "nosuch", "a|b"]), `*3\r\n${get}$-1\r\n$-1\r\n`);
  send(["hello", "3"]);
  const kill = send(["command", "info", "client|kill"]);
  t.equal(
    kill,
    "*1\r\n*10\r\n$11\r\nclient|kill\r\n:-3\r\n~4\r\n+admin\r\n+noscript\r\n+loading\r\n" +
      "+stale\r\n:0\r\n:0\r\n:0\r\n~4\r\n+@admin\r\n+@slow\r\n+@dangerous\r\n+@connection\r\n" +
      "~0\r\n~0\r\n~0\r\n",
  );
});

t.test("COMMAND, COMMAND COUNT and COMMAND LIST agree", async (t) => {
  const { core, send } = testCore();
  const count = core.table.commands.size;
  t.equal(send(["command", "count"]), `:${count}\r\n`);
  t.ok(send(["command"]).startsWith(`*${count}\r\n*10\r\n`));
  t.equal(send(["command", "info"]), send(["command"]));
  t.ok(send(["command", "list"]).startsWith(`*${count}\r\n`));
  t.ok(send(["command", "docs"]).startsWith(`*${count * 2}\r\n`));
});

t.test("COMMAND LIST FILTERBY also finds subcommands", async (t) => {
  const { send } = testCore();
  t.equal(
    send(["command", "list", "filterby", "pattern", "CONFIG|R*"]),
    "*2\r\n$16\r\nconfig|resetstat\r\n$14\r\nconfig|rewrite\r\n",
  );
  t.match(send(["command", "list", "FILTERBY", "aclcat", "Dangerous"]), "client|kill");
  t.equal(send(["command", "list", "filterby", "aclcat", "nosuch"]), "*0\r\n");
  t.equal(send(["command", "list", "filterby", "module", "nosuch"]), "*0\r\n");
});

t.test("COMMAND DOCS tells commands in words, subcommands too", async (t) => {
  const { send } = testCore();
  send(["hello", "3"]);
  t.match(
    send(["command", "docs", "select", "nosuch"]),
    /^%1\r\n\$6\r\nselect\r\n%4\r\n\$7\r\nsummary\r\n\$\d+\r\n.+\r\n\$5\r\nsince\r\n/,
  );
  t.match(send(["command", "docs", "config"]), /\$11\r\nsubcommands\r\n%5\r\n\$10\r\nconfig\|get/);
  t.equal(send(["command", "docs", "nosuch"]), "%0\r\n");
});

type Docs = { [name: string]: Docs } | Docs[] | string | number;

/** A RESP3 reply as what it tells; of COMMAND DOCS, what is not in words of our own. */
function parseDocs(reply: string): Docs {
  let at = 0;
  const line = () => {
    const end = reply.indexOf("\r\n", at);
    const text = reply.slice(at, end);
    at = end + 2;
    return text;
  };
  const value = (): Docs => {
    const head = line();
    const count = Number(head.slice(1));
    const values = (size: number) => Array.from({ length: size }, value);
    if (/^[*~]/.test(head)) return values(count);
    if (head.startsWith("%")) return record(values(count * 2));
    if (head.startsWith("$")) at += count + 2;
    return head.startsWith("$") ? reply.slice(at - count - 2, at - 2) : head.slice(1);
  };
  return value();
}

const OWN_WORDS = /^(?:summary|complexity|history|replaced_by)$/;

function record(values: Docs[]): Docs {
  const found: Record<string, Docs> = {};
  const isArgument = values.includes("type");
  for (let i = 0; i < values.length; i += 2) {
    const name = values[i] as string;
    const isVersion = isArgument && /since$/.test(name);
    if (!OWN_WORDS.test(name) && !isVersion) found[name] = values[i + 1] as Docs;
  }
  return found;
}

t.test("COMMAND DOCS tells the arguments, as trees", async (t) => {
  const { send } = testCore();
  t.match(
    send(["command", "docs", "zadd"]),
    "$4\r\nname\r\n$6\r\nchange\r\n$4\r\ntype\r\n$10\r\npure-token\r\n" +
      "$5\r\ntoken\r\n$2\r\nCH\r\n$5\r\nflags\r\n*1\r\n+optional\r\n",
  );
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  for (const one of [send, (words: string[]) => referee.send(words)]) await one(["hello", "3"]);
  for (const name of leafNames()) {
    const words = ["command", "docs", name];
    t.same(parseDocs(send(words)), parseDocs(await referee.send(words)), name);
  }
});

t.test("every command has a summary of its own and a version", async (t) => {
  const { core } = testCore();
  for (const { name, summary, since, subcommands } of core.table.commands.values()) {
    for (const text of [summary, ...[...subcommands.values()].map((sub) => sub.summary)]) {
      t.match(text, /^[A-Z0-9].{4,}/, name);
    }
    t.match(since, /^\d+\.\d+\.\d+$/, name);
  }
});

t.test("HELP of a container names all its subcommands", async (t) => {
  const { core, send } = testCore();
  for (const { name, subcommands } of core.table.commands.values()) {
    if (subcommands.size === 0) continue;
    const help = send([name, "help"]);
    t.match(help, /^\*\d+\r\n\+[A-Z]+ <subcommand> /);
    for (const sub of subcommands.values()) {
      t.match(help, `+${(sub.name.split("|")[1] as string).toUpperCase()}`, sub.name);
    }
  }
});

t.test("the real server describes each of them the same way, in RESP2 and RESP3", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const { send } = testCore();
  for (const protocol of ["2", "3"]) {
    send(["hello", protocol]);
    await referee.send(["hello", protocol]);
    const requests = leafNames().map((name) => ["command", "info", name]);
    const expected = await referee.sendAll(requests);
    for (const [i, request] of requests.entries()) {
      const found = withoutNotes(send(request));
      t.equal(found, withoutNotes(expected[i] as string), `RESP${protocol} ${request[2]}`);
    }
  }
});

t.test("the real server finds the same keys in a request", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  // biome-ignore format: a list of commands reads better in lines
  await sameReplies(t, referee, testCore(), [
    "command nosuch", "command count x", "command list x", "command list filterby",
    "command list filterby x y", "command list filterby constructor y",
    "command info constructor", "command info __proto__", "command list filterby pattern",
    "command getkeys xread a b c",
    "command getkeys", "command list filterby pattern a b", "command getkeysandflags",
    "command getkeys get", "command getkeys get k", "command getkeys GET k",
    "command getkeys nosuch k", "command getkeys ping x", "command getkeys set k",
    "command getkeys set k v", "command getkeys mset a b c d", "command getkeys mset a b c",
    "command getkeys del a b c", "command getkeys client kill x", "command getkeys client x",
    "command getkeys config get x", "command getkeys object encoding k",
    "command getkeys memory usage k", "command getkeys rename a b",
    "command getkeysandflags rename a b", "command getkeysandflags get k",
    "command getkeysandflags set k v", "command getkeysandflags set k v ex 5 get",
    "command getkeysandflags set k get", "command getkeysandflags copy a b",
    "command getkeysandflags del a b",
    'command getkeys get "a\\x00b"',
  ]);
});
