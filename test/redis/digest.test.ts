/** DEBUG DIGEST and DIGEST-VALUE: the same for the same data, in the real server too. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, type Request, sameReplies, startReferee } from "../helpers/referee.ts";

const MEMBERS = Array.from({ length: 300 }, (_, i) => `member ${i}`);

const REQUESTS: readonly Request[] = [
  "debug digest",
  "debug digest-value",
  "set k v",
  "debug digest",
  "set n 42",
  'set bin "\\x00\\xff"',
  ["rpush", "l", ...MEMBERS],
  ["sadd", "s", ...MEMBERS],
  "sadd ints 3 1 2",
  ["hset", "h", ...MEMBERS],
  "hset small f v f2 2",
  "zadd z 1 a 2.5 b -inf c 0.1 d 1e300 e",
  "pexpire k 1000000",
  "debug digest-value k n bin l s ints h small z nosuch",
  "debug digest",
  "select 3",
  "set k v",
  "debug digest",
  "swapdb 0 3",
  "debug digest",
  "flushall",
  "debug digest",
];

t.test("as the real server", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  await sameReplies(t, referee, testCore({ "enable-debug-command": "yes" }), REQUESTS);
});

t.test("the order does not matter where there is none", async (t) => {
  const { send } = testCore({ "enable-debug-command": "yes" });
  const digest = (...lines: string[]) => {
    send(["flushall"]);
    for (const line of lines) send(line.split(" "));
    return send(["debug", "digest"]);
  };
  t.equal(digest("set k v"), "+264ccf65edec66bccfa7cc659414ccca432057d2\r\n");
  t.equal(digest("sadd s a b", "set k v"), digest("set k v", "sadd s b a"));
  t.not(digest("rpush l a b"), digest("rpush l b a"));
  t.not(digest("set k v"), digest("set k v2"));
});
