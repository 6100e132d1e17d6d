/** Channels, patterns and shard channels; what a subscriber may do and is sent. */

import t, { type Test } from "tap";
import { type TestCore, type TestSession, testCore } from "../helpers/core-session.ts";
import {
  countReplies,
  NO_REFEREE,
  type Referee,
  type RefereeSession,
  requestWords,
  startReferee,
} from "../helpers/referee.ts";

t.test("a message goes to every subscriber and pattern, and is counted", (t) => {
  const { connect, send } = testCore();
  const [one, two] = [connect(), connect()];
  send(["subscribe", "news"], one);
  send(["psubscribe", "n*", "*s"], two);
  t.equal(send(["publish", "news", "hello"]), ":3\r\n");
  t.equal(one.pushed, "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
  t.equal(
    two.pushed,
    "*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n" +
      "*4\r\n$8\r\npmessage\r\n$2\r\n*s\r\n$4\r\nnews\r\n$5\r\nhello\r\n",
  );
  t.equal(send(["publish", "other", "hello"]), ":0\r\n");
  t.end();
});

t.test("a subscriber of RESP3 gets push messages, its own before the reply", (t) => {
  const { send } = testCore();
  send(["hello", "3"]);
  t.equal(send(["subscribe", "c"]), ">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
  t.equal(
    send(["publish", "c", Buffer.of(0, 255)]),
    ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\n\x00\xff\r\n:1\r\n",
  );
  t.end();
});

t.test("who is gone or reset listens to nothing", (t) => {
  const { connect, core, send } = testCore();
  const [one, two] = [connect(), connect()];
  send(["subscribe", "c"], one);
  send(["psubscribe", "*"], two);
  core.disconnected(one);
  send(["reset"], two);
  t.equal(send(["publish", "c", "x"]), ":0\r\n");
  t.equal(send(["pubsub", "channels"]), "*0\r\n");
  t.equal(send(["pubsub", "numpat"]), ":0\r\n");
  t.end();
});

t.test("CLIENT LIST and INFO count subscriptions", (t) => {
  const { connect, send } = testCore();
  const other = connect();
  send(["subscribe", "a", "b"], other);
  send(["psubscribe", "c"], other);
  send(["ssubscribe", "d"], other);
  t.match(send(["client", "list", "type", "pubsub"]), / flags=P .* sub=2 psub=1 ssub=1 /);
  t.match(
    send(["info", "stats"]),
    /pubsub_channels:2\r\npubsub_patterns:1\r\npubsubshard_channels:1/,
  );
  t.end();
});

/** One client's requests; `*` publishes from another one. */
const SCRIPTS: readonly (readonly string[])[] = [
  ["subscribe a b a", "unsubscribe a", "unsubscribe", "unsubscribe", "ping"],
  ["psubscribe a* *", "subscribe x", "punsubscribe", "unsubscribe x y"],
  ["ssubscribe a b", "sunsubscribe a nosuch", "sunsubscribe", "sunsubscribe"],
  ["subscribe a", "get k", "ping", "ping x", "ping x y", "client id", "subscribe", "reset", "ping"],
  ["subscribe a", "nosuch", "client nosuch", "multi", "publish a b", "unsubscribe a", "get k"],
  ["multi", "subscribe a", "psubscribe b", "exec", "unsubscribe", "punsubscribe"],
  ["hello 3", "subscribe a", "get k", "ping", "ping x", "unsubscribe", "hello 2"],
  ["subscribe a", "hello 3", "unsubscribe a"],
  ["subscribe a", "psubscribe *", "* publish a x", "* spublish a x", "* publish b ''", "reset"],
  ["ssubscribe a", "* spublish a x", "* publish a x", "reset"],
  ["hello 3", "psubscribe a?c a[d]c", "* publish abc x", "reset"],
  ["publish a", "publish a b c", "spublish a", "pubsub", "pubsub nosuch", "pubsub channels a b"],
  ["pubsub numsub", "pubsub numsub a b", "pubsub shardnumsub a", "pubsub numpat x"],
  ["hello 3", "subscribe a", "pubsub numsub a a", "pubsub channels", "pubsub channels b*", "reset"],
  ["hello 3", "ssubscribe a", "pubsub shardchannels", "pubsub shardchannels a", "reset"],
];

function withoutId(reply: string): string {
  return reply.replace(/(\r\nid\r\n):\d+/, "$1:0");
}

/** What the client received for each line. */
function runOurs(ours: TestCore, script: readonly string[]): string[] {
  const client: TestSession = ours.connect();
  const other = ours.connect();
  return script.map((line) => {
    if (!line.startsWith("* ")) return withoutId(ours.send(requestWords(line), client));
    ours.send(requestWords(line.slice(2)), other);
    const { pushed } = client;
    client.pushed = "";
    return pushed;
  });
}

/** The same from the real server, where it is to be as many replies and messages. */
async function runReferee(
  t: Test,
  referee: Referee,
  script: readonly string[],
  expected: readonly string[],
): Promise<string[]> {
  const client = await referee.connect(t);
  const other: RefereeSession = await referee.connect(t);
  const received: string[] = [];
  for (const [i, line] of script.entries()) {
    if (line.startsWith("* ")) await other.send(line.slice(2));
    else client.post(line);
    let replies = "";
    for (let count = countReplies(expected[i]); count > 0; count--) replies += await client.read();
    received.push(withoutId(replies));
  }
  return received;
}

t.test("the real server answers the same", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  for (const script of SCRIPTS) {
    const ours = runOurs(testCore(), script);
    t.strictSame(ours, await runReferee(t, referee, script, ours), script.join("; "));
  }
});
