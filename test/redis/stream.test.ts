/** Streams: the exact bytes of their replies, ours and the referee's. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { type Request, sameScripts } from "../helpers/referee.ts";

const many = (count: number): Request[] =>
  Array.from({ length: count }, (_, i) => `xadd big ${i + 1}-0 field ${i * 37} other value${i}`);

/** Numbers and words of several lengths, and not always the same fields. */
const mixed = (count: number): Request[] =>
  Array.from({ length: count }, (_, i) => {
    const field = i % 7 === 0 ? "g" : "h";
    return `xadd sm ${i * 100}-${i + 1} f ${i * i * i * 11} ${field} -${i}`;
  });

const NAMES =
  "xlen xrange xrevrange xdel xtrim xsetid xread xreadgroup xack xpending xclaim xautoclaim";

// biome-ignore format: a script is read line by line
const ENTRIES: readonly Request[] = [
  "xadd s 1-1 a 1 b 2", "xadd s 1-1 a 1", "xadd s 1-* a 3 b 4", "xadd s 5 c 1", "xadd s 0-0 a 1",
  "xadd s 4-* a 1", "xadd s 1-2", "xadd s 1-2 a", "xadd s x a 1", "xadd s 7-x a 1",
  "xadd s - a 1", "xadd n nomkstream 1-1 a 1", "exists n", "xadd s maxlen 2 6-0 a 1", "xlen s",
  "xrange s - +", "xrange s 5 6", "xrange s (5 +", "xrange s - (6", "xrange s - + count 1",
  "xrange s - + count 0", "xrange s - + count -1", "xrange s - + foo 1", "xrange s - + count",
  "xrange s (18446744073709551615-18446744073709551615 +", "xrange s - (0-0", "xrange s ( +",
  "xrevrange s (0-0 count 1",
  "xrevrange s + -", "xrevrange s + - count 1", "xrevrange s 5 (1", "xrange nosuch - +",
  "xadd s maxlen 1 minid 2 7-0 a 1", "xadd s maxlen -1 7-0 a 1", "xadd s limit 5 7-0 a 1",
  "xadd s maxlen 5 limit 5 7-0 a 1", "xadd s maxlen ~ 5 limit -1 7-0 a 1",
  "xadd s maxlen x 7-0 a 1", "xadd s maxlen ~ 1 7-0 a 1", "xlen s", "xtrim s foo 1",
  "xtrim s limit 1",
  "xtrim s maxlen 1", "xtrim s minid 100", "xtrim s maxlen = 0", "xtrim nosuch maxlen 1",
  "exists s", "xlen s", "xinfo stream s", "type s", "object encoding s",
  "xadd h 18446744073709551615-18446744073709551614 a 1", "xadd h 18446744073709551615-* a 1",
  "xadd h * a 1", "xadd h 18446744073709551616-1 a 1", "xrange h - +",
  "xadd h 9007199254740993-1 a 1",
  "xdel h 18446744073709551615-18446744073709551614 1-1", "xdel nosuch 1", "xinfo stream h",
  "xsetid h 5-5", "xsetid s 20-5", "xsetid s 3-0", "xsetid nosuch 1-1",
  "xsetid s 30-1 entriesadded 9 maxdeletedid 4-4",
  "xsetid s 3-1 maxdeletedid 4-4", "xsetid s 31 entriesadded -1", "xsetid s 31 foo 1",
  "xinfo stream s",
  ["xadd", "bin", "1-1", "\x00\xff", "\r\n", "", ""], "xrange bin - +", "copy bin bin2",
  "xadd bin2 2-2 z 1",
  "xrange bin - +", "xinfo stream bin2 full", "set str v", "xadd str 1-1 a 1", "xlen str",
  "xrange str - +",
  "xdel str 1", "xtrim str maxlen 1", "xread streams str 0", "xinfo stream str",
  "xinfo stream nosuch",
  "xlen", "xrange s -", "xdel s", "xsetid s",
];

// biome-ignore format: a script is read line by line
const TRIMS: readonly Request[] = [
  ...many(530), "xinfo stream big", "xdel big 1-0 2-0 120-0", "xtrim big maxlen ~ 300", "xlen big",
  "xtrim big minid ~ 270", "xlen big", "xtrim big maxlen ~ 0 limit 100", "xlen big",
  "xtrim big maxlen 42",
  "xinfo stream big", "xtrim big minid 500-0", "xrange big - + count 2",
  "xtrim big maxlen ~ 0 limit 0", "xlen big",
  "config set stream-node-max-bytes 200", "config set stream-node-max-entries 7",
  ...mixed(60),
  "xinfo stream sm", "xtrim sm maxlen ~ 31", "xinfo stream sm", "xadd sm minid ~ 4000 9999-1 a b",
  "xinfo stream sm",
  "config set stream-node-max-bytes 4096", "config set stream-node-max-entries 100",
  "xtrim s minid -", "xadd s minid + 99-1 f v",
];

// biome-ignore format: a script is read line by line
const GROUPS: readonly Request[] = [
  "xgroup create s g $", "xgroup create s g $ mkstream", "xgroup create s g $", "xinfo groups s",
  "xadd s 1-0 a 1", "xadd s 2-0 a 2", "xadd s 3-0 a 3", "xadd s 4-0 a 4", "xread streams s 0",
  "xread count 2 streams s nosuch 1 0",
  "xread streams s $", "xread streams s", "xread streams s nosuch 1", "xread count x streams s 0",
  "xread foo streams s 0",
  "xread streams s >", "xread group g c streams s 0", "xread noack streams s 0",
  "xread block x streams s 0",
  "xread block -1 streams s 0", "xread count 1", "xreadgroup group g c streams s $",
  "xreadgroup streams s s s > > >",
  "xreadgroup group g c count 2 streams s >", "xinfo groups s", "xreadgroup group g c streams s 0",
  "xreadgroup group g d streams s >", "xreadgroup group g d streams s >",
  "xreadgroup group nog d streams s >",
  "xreadgroup group g d streams nosuch >", "xreadgroup group g c streams nosuch s 0",
  "xpending s g", "xack s g 1-0 9-0", "xack s nog 1-0",
  "xack nosuch g 1-0", "xack s g x", "xpending s g", "xpending s nog", "xpending s g - +",
  "xpending s g - + x",
  "xpending s g - + 10 nosuch", "xpending s g idle 100000 - + 10", "xpending s g idle x - + 10",
  "xpending s g idle 5 - +",
  "xclaim s g d 0 2-0 justid", "xclaim s g d 0 2-0", "xclaim s g d 100000 2-0",
  "xclaim s g d x 2-0", "xclaim s g d 0 2-0 foo",
  "xclaim s g d 0 2-0 idle x", "xclaim s g d 0 2-0 time x", "xclaim s g d 0 2-0 retrycount x",
  "xclaim s nog d 0 2-0",
  "xclaim s g d 0 1-0", "xclaim s g e 0 1-0 force retrycount 7", "xclaim s g e 0 9-0 force",
  "xclaim s g e 0 2-0 lastid 4-0",
  "xclaim nosuch g e 0 1", "xdel s 3-0", "xautoclaim s g f 0 - count 1",
  "xautoclaim s g f 0 0 justid", "xautoclaim s g f 100000 0",
  "xautoclaim s g f 0 (1", "xautoclaim s g f x 0", "xautoclaim s g f 0 0 count 0",
  "xautoclaim s g f 0 0 foo", "xautoclaim s nog f 0 0",
  "xreadgroup group g f streams s 0", "xdel s 2-0", "xreadgroup group g f streams s 0",
  "xpending s g", "xinfo groups s", "xgroup setid s g 0",
  "xinfo groups s", "xgroup setid s g 0 entriesread 2", "xinfo groups s",
  "xgroup setid s g 0 entriesread -2", "xgroup setid s nog 0",
  "xreadgroup group g c noack streams s >", "xinfo groups s", "xgroup createconsumer s g zoe",
  "xgroup createconsumer s g zoe",
  "xgroup createconsumer s nog zoe", "xgroup delconsumer s g f", "xgroup delconsumer s g f",
  "xgroup delconsumer s nog f",
  "xinfo consumers s nog", "xinfo consumers nosuch g", "xinfo groups nosuch",
  "xinfo stream s foo", "xinfo stream s full count",
  "xinfo stream s full count x", "xgroup create s g2 2 entriesread 1", "xinfo groups s",
  "xgroup create s g3 0 foo", "xgroup create s g3 x",
  "xgroup destroy s g2", "xgroup destroy s g2", "xgroup destroy nosuch g", "xgroup foo",
  "xgroup create s", "xinfo foo",
  "set str v", "xgroup create str g 0", "xgroup destroy str g", "xack str g 1-0",
  "xpending str g", "xclaim str g c 0 1-0", "xreadgroup group g c streams str >",
  "multi", "xread block 0 streams s $", "exec", "xadd l 1-0 a 1", "xadd l 2-0 a 1",
  "xadd l 3-0 a 1", "xgroup create l g 0", "xinfo groups l",
  "xreadgroup group g c count 1 streams l >", "xinfo groups l", "xdel l 2-0", "xinfo groups l",
  "xreadgroup group g c count 1 streams l >",
  "xinfo groups l", "xdel l 3-0", "xinfo groups l", "xadd l 4-0 a 1", "xinfo groups l",
  "xtrim l maxlen 0", "xinfo groups l", "xgroup create l z $", "xinfo groups l",
  'xpending s "a\\x00b"', 'xack none "" 1', "xinfo stream none full count x",
  "xinfo stream none foo",
  'xgroup setid s "a\\x00b" 1', 'xclaim s "\\x00" c 0 1', "xgroup create edge e $ mkstream",
  "xgroup create edge h 1 entriesread 1 mkstream mkstream",
  "xgroup create edge h 1 mkstream mkstream",
  "xgroup setid edge e 1 entriesread 1 entriesread 1",
  "xgroup setid edge e +", "xgroup setid edge e -", "xinfo groups edge", "xgroup create edge f -",
];

// biome-ignore format: a script is read line by line
const FACTS: readonly Request[] = [
  "command getkeys xread count 1 streams a b 0 0",
  "command getkeys xreadgroup group g c streams a >",
  "command getkeys xadd s * a b", "command getkeys xgroup create s g 0",
  "command getkeysandflags xread streams a 0",
  ["command", "info", ...NAMES.split(" ")],
];

t.test("says what the real server says", (t) => sameScripts(t, { ENTRIES, TRIMS, GROUPS, FACTS }));

t.test("serves a blocked reader", async (t) => {
  const { connect, send } = testCore();
  const reader = connect();
  t.equal(send(["xread", "block", "0", "streams", "s", "$"], reader), "");
  t.equal(send(["xadd", "s", "1-1", "a", "b"]), "$3\r\n1-1\r\n");
  t.match(
    reader.pushed,
    "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
  );
});

t.test("tells a blocked consumer that its group or its stream is gone", async (t) => {
  const { connect, send } = testCore();
  for (const [command, error] of [
    [["xgroup", "destroy", "s", "g"], "-NOGROUP "],
    [["del", "s"], "-UNBLOCKED the stream key no longer exists\r\n"],
  ] as const) {
    const reader = connect();
    send(["xgroup", "create", "s", "g", "$", "mkstream"]);
    t.equal(send(["xreadgroup", "group", "g", "c", "block", "0", "streams", "s", ">"], reader), "");
    send([...command]);
    t.ok(reader.pushed.startsWith(error), reader.pushed);
  }
});
