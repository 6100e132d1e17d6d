/** Random users and random requests: ACL DRYRUN says of each what the real server says. */

import t from "tap";
import type { Command } from "../../examples/redis/command.ts";
import { CATEGORIES } from "../../examples/redis/command-facts.ts";
import { type TestCore, testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { NO_REFEREE, startReferee } from "../helpers/referee.ts";

const SEED = Number(process.env.FDKIT_TEST_SEED ?? 7);
const USERS = 60;
const REQUESTS_EACH = 60;

const random = new Random(SEED);
const PATTERNS = ["a", "b", "a*", "*b", "?", "[ab]", "a\\*", "*", "1", "[^a]*"];
const WORDS = ["a", "b", "ab", "ba", "A", "1", "2", "0", "-1", "x"];
const OPTIONS = ["get", "GET", "store", "STORE", "limit", "set", "incrby", "streams", "ex", "nx"];

function keyOrChannelRule(): string {
  return random.pick(["~", "%R~", "%W~", "%RW~", "&"]) + random.pick(PATTERNS);
}

const WHOLE = [
  "allkeys",
  "resetkeys",
  "allchannels",
  "resetchannels",
  "+@all",
  "-@all",
  "clearselectors",
  "reset",
];

function commandRule(commands: readonly Command[]): string {
  const sign = random.pick(["+", "-"]);
  if (random.below(3) === 0) return `${sign}@${random.pick(CATEGORIES)}`;
  const { name, subcommands } = random.pick(commands);
  const hasFirstArgument = sign === "+" && subcommands.size === 0 && !name.includes("|");
  return sign + name + (hasFirstArgument && random.below(4) === 0 ? `|${random.pick(WORDS)}` : "");
}

function rule(commands: readonly Command[]): string {
  const kind = random.below(20);
  if (kind === 0) return random.pick(WHOLE);
  if (kind < 10) return keyOrChannelRule();
  if (kind < 17) return commandRule(commands);
  if (kind === 17) return "+@all";
  const rules = Array.from({ length: 3 }, () => {
    return random.below(2) === 0 ? keyOrChannelRule() : commandRule(commands);
  });
  return `(${rules.join(" ")})`;
}

function request(commands: readonly Command[]): string[] {
  const { name, arity } = random.pick(commands);
  const words = name.split("|");
  const length = Math.abs(arity) + (arity < 0 ? random.below(5) : 0);
  while (words.length < length) {
    words.push(random.pick(random.below(4) === 0 ? OPTIONS : WORDS));
  }
  return words;
}

/** What was the matter, or "" for an error and for a number. */
function verdictOf(reply: string): string {
  return /(?:key|command|channel)(?=\r\n$)|^\+OK/.exec(reply)?.[0] ?? "";
}

t.test(`as the real server, with seed ${SEED}`, async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const ours = testCore();
  const commands = await sharedCommands(ours, (words) => referee.send(words));
  const verdicts = new Set<string>();
  for (let user = 0; user < USERS; user++) {
    const rules = Array.from({ length: 1 + random.below(8) }, () => rule(commands));
    if (random.below(2) === 0) rules.unshift("+@all");
    const requests = [["acl", "deluser", "u"], ...rules.map((one) => ["acl", "setuser", "u", one])];
    for (let i = 0; i < REQUESTS_EACH; i++) {
      requests.push(["acl", "dryrun", "u", ...request(commands)]);
    }
    const expected = await referee.sendAll(requests);
    for (const reply of expected) verdicts.add(verdictOf(reply));
    const different = requests.findIndex((one, i) => ours.send(one) !== expected[i]);
    const words = requests[different]?.join(" ");
    t.equal(different, -1, `${rules.join(" ")}: ${words ?? "all"} -> ${expected[different]}`);
  }
  t.same([...verdicts].sort(), ["", "+OK", "channel", "command", "key"]);
});

/** They take WITHSCORE here, which is newer than 7.0. */
const OTHER_ARITY = new Set(["zrank", "zrevrank"]);

/** Those that both servers have; without their containers, which nobody can run. */
async function sharedCommands(
  { core }: TestCore,
  send: (words: string[]) => Promise<string>,
): Promise<Command[]> {
  const theirs = new Set(
    (await send(["command", "list", "filterby", "pattern", "*"])).split("\r\n"),
  );
  return [...core.table.all()].filter(({ name, subcommands }) => {
    return subcommands.size === 0 && theirs.has(name) && !OTHER_ARITY.has(name);
  });
}
