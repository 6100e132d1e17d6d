/** Clients that wait for entries of streams, and the state of groups: as the real server has it. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, type Request, requestWords, startReferee } from "../helpers/referee.ts";
import { type Scenario, sameScenarios } from "../helpers/scenario.ts";

const GROUP = ["a xadd s 1-0 a 1", "a xgroup create s g $", "a xgroup create t g $ mkstream"];

const SCENARIOS: Record<string, Scenario> = {
  "readers behind ids": [
    "a xadd s 1-0 a 1",
    "b xread block 0 streams s $",
    "c xread block 0 count 1 streams none s $ $",
    "d xread block 0 streams s 5-0",
    "e xread block 0 streams s 0",
    "a xadd s 2-0 a 2",
    "a xadd s 6-0 a 3",
    "a xadd none 1-0 a 1",
  ],
  "several entries at once": [
    "b xread block 0 count 2 streams s t $ $",
    "c xread block 0 streams s t $ $",
    "a multi",
    "a xadd t 1-0 a 1",
    "a xadd s 1-0 a 1",
    "a xadd s 2-0 a 2",
    "a xadd s 3-0 a 3",
    "a exec",
    "b ping",
  ],
  "an entry that is gone again": [
    "b xread block 0 streams s $",
    "a multi",
    "a xadd s 1-0 a 1",
    "a xdel s 1-0",
    "a exec",
    "a xadd s 2-0 a 1",
  ],
  "an entry that is gone again, for a group": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "a multi",
    "a xadd s 2-0 a 1",
    "a xdel s 2-0",
    "a exec",
    "a xgroup delconsumer s g b",
    "a xreadgroup group g c streams s >",
    "a xadd s 3-0 a 1",
    "a xdel s 3-0",
    "a xreadgroup group g c streams s >",
    "a xgroup createconsumer s g c",
    "a xdel s 1-0",
    "a xreadgroup group g d streams s >",
    "a xgroup createconsumer s g d",
    "a xread streams s 0",
    "a xgroup destroy nosuch g",
  ],
  timeouts: [
    "b xread block 300 streams s $",
    ...GROUP,
    "c xreadgroup group g c block 300 streams s >",
    "sleep 700",
    "b ping",
    "c ping",
    "a xpending s g",
  ],
  "within a transaction": [
    ...GROUP,
    "b multi",
    "b xread block 0 streams s $",
    "b xreadgroup group g c block 0 streams s >",
    "b xread block 0 streams s 0",
    "b exec",
  ],
  "members of a group": [
    ...GROUP,
    "b xreadgroup group g b block 0 count 1 streams s t > >",
    "c xreadgroup group g c block 0 streams s >",
    "d xreadgroup group g d block 0 noack streams t s > >",
    "a xadd s 2-0 a 2",
    "a xadd s 3-0 a 3",
    "a xadd s 4-0 a 4",
    "a xadd t 1-0 a 1",
    "a xpending s g",
    "e xreadgroup group g e block 0 streams s 0",
  ],
  "a group that goes": [
    ...GROUP,
    "a xgroup create s other $",
    "b xreadgroup group g b block 0 streams s >",
    "c xreadgroup group other c block 0 streams s >",
    "d xreadgroup group g b block 0 streams t s > >",
    "e xread block 0 streams s $",
    "a xgroup destroy s g",
    "a xadd s 2-0 a 1",
  ],
  "a stream that goes": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "c xread block 0 streams s $",
    "a del s",
    "b ping",
    "a xadd s 2-0 a 1",
  ],
  "a stream that expires or moves away": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "c xreadgroup group g b block 0 streams t >",
    "a rename s u",
    "a pexpireat t 1",
    "a xlen t",
  ],
  "a stream that becomes another type": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "c xread block 0 streams s $",
    "a set s v",
    "d xreadgroup group g b block 0 streams t >",
    "a multi",
    "a del t",
    "a rpush t 1",
    "a exec",
    "a del s",
    "a xadd s 9-0 a 1",
  ],
  "a stream that is another one": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "a multi",
    "a del s",
    "a xadd s 5-0 a 1",
    "a exec",
  ],
  "all keys go": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "c xread block 0 streams s $",
    "a flushall",
    "a xadd s 5-0 a 1",
  ],
  "a group that goes back": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "a xgroup setid s g 0",
    "a ping",
    "a xadd s 2-0 a 1",
  ],
  "a consumer that is removed": [
    ...GROUP,
    "b xreadgroup group g b block 0 streams s >",
    "a xgroup delconsumer s g b",
    "a xgroup createconsumer s g c",
    "a xadd s 2-0 a 1",
    "a xpending s g",
  ],
  "clients that are unblocked": [
    ...GROUP,
    "b xread block 0 streams s $",
    "c xread block 0 streams s $",
    "d xreadgroup group g c block 0 streams s >",
    "a client unblock $b",
    "a client unblock $c error",
    "a client unblock $d timeout",
    "a client unblock $d",
  ],
  "what WATCH sees": [
    ...GROUP,
    "a xadd s 2-0 a 1",
    "b watch s",
    "a xreadgroup group g c streams s >",
    "a xclaim s g d 0 2-0",
    "a xautoclaim s g e 0 0",
    "a xack s g 2-0",
    "a xgroup createconsumer s g f",
    "a xgroup delconsumer s g c",
    "a xgroup setid s g 0",
    "a xsetid s 9-0",
    "a xgroup create s g2 0",
    "a xgroup destroy s g",
    "b multi",
    "b exec",
    "b watch s",
    "a xdel s 1-0",
    "b multi",
    "b exec",
  ],
  "wrong types": [
    "a set str v",
    "b xread block 0 streams str $",
    "c xread block 0 streams none str 0 0",
    "b xreadgroup group g c block 0 streams str >",
    "b xreadgroup group g c block 0 streams none >",
  ],
};

t.test("waits as Redis does", async (t) => {
  await sameScenarios(t, await startReferee(t), SCENARIOS);
});

const HOUR = 3_600_000;
const hoursSince = (time: number) => `${Math.floor((Date.now() - time) / HOUR)} h ago`;

/** Times as whole hours ago: the two servers are not asked in the same millisecond. */
function withoutTimes(reply: string): string {
  return reply
    .replace(/:(\d{13})\r/g, (_all, time) => `:${hoursSince(Number(time))}\r`)
    .replace(
      /((?:idle|\*4\r\n\$\d+\r\n\d+-\d+\r\n\$\d+\r\n[^\r]*)\r\n:)(\d+)/g,
      (_all, head, idle) => `${head}${hoursSince(Date.now() - Number(idle))}`,
    )
    .replace(/\$15\r\n\d{13}-\d\r/g, "$an id\r");
}

const FIRST = Date.now() - 10.5 * HOUR;

// biome-ignore format: a script is read line by line
const STATE: readonly Request[] = [
  "xadd t * a 1", "xadd t nomkstream * a 2", "xadd t maxlen 5 * a 3 b 4", "xrange t - +",
  "xadd s 1-0 a 1", "xadd s 2-0 a 2 b 3", "xadd s 3-0 a 3", "xadd s 4-0 a 4",
  "xinfo stream s full", "xgroup create s g 0", "xgroup create s b 2-0 entriesread 2",
  "xgroup create s a $", "xgroup createconsumer s g zoe", "xgroup createconsumer s g adam",
  "xinfo stream s full", "xinfo groups s", "xinfo consumers s g", "xinfo consumers s a",
  "xreadgroup group g adam count 2 streams s >", "xreadgroup group g new streams s >",
  "xreadgroup group g idler streams s >", "xreadgroup group g idler streams s 0",
  "xreadgroup group b c noack streams s >", "xinfo stream s full", "xinfo stream s full count 1",
  "xinfo stream s full count 0", "xinfo stream s full count -1", "xinfo stream s FULL COUNT 2",
  "xinfo groups s", "xinfo consumers s g", "xinfo consumers s b", "xpending s g",
  "xpending s g - + 10", "xpending s g - + 1", "xpending s g - + 0", "xpending s g - + -1",
  "xpending s g 2 3 10", "xpending s g (1 + 10", "xpending s g (1-0 (3-0 10",
  "xpending s g - + 10 adam", "xpending s g 2 + 10 adam", "xpending s g - + 10 zoe",
  "xpending s g idle 0 - + 10 new", "xpending s g idle 1000000 - + 10",
  "xpending s g IDLE 0 - + 2", "xpending s g - + 10 adam extra", "xpending s g - +",
  "xpending s g idle 0 - + 10 adam extra", "xpending s g idle 0 - +", "xpending s g x + 10",
  "xpending s g -", "xpending s g idle 0", "xpending s g idle -1 - + 10",
  "xclaim s g zoe 0 1-0 idle 9000000", "xpending s g - + 10", "xclaim s g zoe 0 1-0 idle 9000000",
  `xclaim s g zoe 0 2-0 time ${FIRST}`, "xpending s g idle 8000000 - + 10",
  "xclaim s g zoe 0 3-0 time 99999999999999", "xclaim s g zoe 0 3-0 idle -5",
  "xclaim s g zoe 0 3-0 retrycount 9", "xclaim s g zoe 0 3-0 retrycount -1",
  "xclaim s g zoe 0 3-0 time -1", "xclaim s g ZOE 5000000 1-0 2-0 3-0 4-0 justid",
  "xpending s g - + 10", "xinfo consumers s g", "xclaim s g x -1 3-0 JUSTID",
  "xclaim s g x 0 3-0 justid retrycount 4", "xclaim s g x 0 3 4 justid force idle 4000000",
  "xclaim s g x 0 3-0 3-0 justid", "xclaim s g x 0 3-0 lastid 2-0", "xinfo groups s",
  "xclaim s g x 0 3-0 lastid 9-0", "xinfo groups s", "xclaim s g x 0 3-0 lastid", "xpending s g",
  "xclaim s g x 0 3-0 lastid y", "xclaim s g x 0 3-0 idle", "xclaim s g x 0 force",
  "xclaim s g x 0 3-0 force 4-0", "xclaim s g x 0 3-x", "xclaim s g x 0 +", "xclaim s g x 0 -",
  "xclaim s g x 0 3-", "xclaim s g x 0 18446744073709551616", "xclaim s g x 0 -3",
  "xclaim s g x 0 +3",
  'xclaim s g x 0 " 3"', 'xclaim s g x 0 ""', "xclaim s g x 0 3-0 (3", "xclaim s g x 0 3-0-0",
  "xclaim s g x 0 7", "xclaim s g x 0 7 force", "xclaim s g x 0 nosuch justid",
  "xclaim s g x 9223372036854775808 3-0", "xclaim s g x 9223372036854775807 3-0",
  "xclaim s g x 1.5 3-0", "xclaim str g x 0 3-0", "xclaim s g x 0", "xclaim s g newer 0 99-0",
  "xinfo consumers s g", "xautoclaim s g auto 5000000 - count 1",
  "xautoclaim s g auto 0 2-0 count 2",
  "xautoclaim s g auto 0 (2-0 COUNT 1 JUSTID", "xautoclaim s g auto 0 9-0",
  "xautoclaim s g auto -1 0", "xautoclaim s g auto 0 + justid", "xautoclaim s g auto 0 0 count",
  "xautoclaim s g auto 0 0 count -1", "xautoclaim s g auto 0 0 count x", "xautoclaim s g auto 0 x",
  "xautoclaim s g auto 0 0 count 576460752303423488", "xautoclaim s g auto 9223372036854775808 0",
  "xautoclaim s g auto 0 (18446744073709551615-18446744073709551615", "xpending s g - + 10",
  "xdel s 2-0 4-0", "xclaim s g x 0 4-0 1-0", "xautoclaim s g other 0 0 count 1",
  "xautoclaim s g other 9000000 0 count 5", "xpending s g - + 10", "xinfo stream s full",
  "copy s copied", "xinfo stream copied full", "xinfo consumers copied g", "xpending copied g",
  "xgroup delconsumer s g x", "xinfo stream s full", "expire s 100", "ttl s", "persist s",
  "rename s renamed", "xinfo stream renamed full", "move renamed 1", "exists renamed",
  "del t", "debug digest", "debug digest-value copied none",
  "expire copied 100", "debug digest", "xadd copied 7-7 a 1 b 2", "xdel copied 1-0",
  "debug digest-value copied",
  "command getkeys xinfo stream s", "command getkeys xinfo groups s",
  "command getkeys xgroup destroy s g", "command getkeysandflags xgroup create s g 0",
  "command getkeysandflags xinfo stream s full", "command getkeysandflags xclaim s g c 0 1",
  "command info xgroup|create xgroup|createconsumer xgroup|delconsumer xgroup|destroy",
  "command info xgroup|help xgroup|setid xinfo|consumers xinfo|groups xinfo|help xinfo|stream",
  "xadd l 1-0 a 1", "xgroup create l g 0 entriesread 2", "xinfo groups l", "xadd l 2-0 a 1",
  "xadd l 3-0 a 1", "xdel l 2-0", "xadd l 4-0 a 1", "xgroup setid l g 1 entriesread 1",
  "xinfo groups l", "xtrim l maxlen 1", "xinfo groups l", "xreadgroup group g c streams l >",
  "xinfo groups l", "xinfo", "xgroup", "xinfo stream", "xinfo groups s g", "xgroup help x",
];

t.test("has the state that Redis has", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  for (const protocol of [2, 3]) {
    const ours = testCore({ "enable-debug-command": "yes" });
    const hello = ["hello", protocol] as const;
    await referee.sendAll(["flushall", "select 0", hello]);
    ours.send(hello);
    for (const request of STATE) {
      const reply = withoutTimes(ours.send(requestWords(request)));
      t.equal(reply, withoutTimes(await referee.send(request)), `${request} over RESP${protocol}`);
    }
  }
});
