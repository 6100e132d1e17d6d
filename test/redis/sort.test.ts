/** SORT and SORT_RO: numbers, bytes, other keys, stored results. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { type Request, sameScripts } from "../helpers/referee.ts";

t.test("elements are sorted as numbers, or as bytes", async (t) => {
  const { send } = testCore();
  send(["rpush", "l", "10", "9", "-1.5", "1e1"]);
  t.equal(send(["sort", "l"]), "*4\r\n$4\r\n-1.5\r\n$1\r\n9\r\n$2\r\n10\r\n$3\r\n1e1\r\n");
  t.equal(
    send(["sort", "l", "alpha", "desc", "limit", "0", "2"]),
    "*2\r\n$1\r\n9\r\n$3\r\n1e1\r\n",
  );
});

// Not compared: 7.0 takes every number for too large after the first that was, since errno stays.
t.test("a number too large for a double is refused, and the next one is not", async (t) => {
  const { send } = testCore();
  send(["rpush", "l", "1e999"]);
  const refused = "-ERR One or more scores can't be converted into double\r\n";
  t.equal(send(["sort", "l"]), refused);
  send(["lset", "l", "0", "1"]);
  t.equal(send(["sort", "l"]), "*1\r\n$1\r\n1\r\n");
});

t.test("a result that is empty takes the key away", async (t) => {
  const { send } = testCore();
  send(["set", "to", "x"]);
  t.equal(send(["sort", "none", "store", "to"]), ":0\r\n");
  t.equal(send(["exists", "to"]), ":0\r\n");
});

t.test("only who may read all keys names them by a pattern", async (t) => {
  const { connect, send } = testCore();
  send(["acl", "setuser", "u", "on", "nopass", "+@all", "~l*"]);
  send(["acl", "setuser", "r", "on", "nopass", "+@all", "%R~*", "~l*"]);
  send(["rpush", "l", "1"]);
  const other = connect();
  send(["auth", "u", ""], other);
  t.match(send(["sort", "l", "by", "w_*"], other), /^-ERR BY option of SORT denied/);
  t.match(send(["sort", "l", "get", "w_*"], other), /^-ERR GET option of SORT denied/);
  t.match(send(["sort", "l", "store", "m"], other), /^-NOPERM .*keys/);
  t.equal(send(["sort", "l", "by", "nosort", "get", "#", "store", "lm"], other), ":1\r\n");
  send(["auth", "r", ""], other);
  t.equal(send(["sort", "l", "by", "w_*", "get", "w_*"], other), "*1\r\n$-1\r\n");
  t.match(send(["sort", "l", "by", "w_*", "store", "m"], other), /^-NOPERM .*keys/);
});

// biome-ignore format: a script is read line by line
const NUMBERS: readonly Request[] = [
  "sort", "sort none", "rpush l 3 1 2 10 1.5 -7 1e2 +4", "sort l", "sort l desc", "sort l asc desc",
  "sort l DESC asc", "sort l limit 2 3", "sort l limit 0 0", "sort l limit 5 100",
  "sort l limit 100 1", "sort l limit -5 2", "sort l limit 2 -1", "sort l limit -1 -5",
  "sort l limit 8 1", "sort l limit 7 5", "sort l limit", "sort l limit 1", "sort l limit a 1",
  "sort l limit 1 b", "sort l limit 1 9223372036854775808", "sort l foo", "sort l by", "sort l get",
  "sort l store", "sort l alpha", "sort l alpha desc limit 1 3", "sort_ro l", "sort_ro l store x",
  "sort_ro l desc limit 0 2", "set s x", "sort s", "sort s by nosort", "sort_ro s", "hset h a 1",
  "sort h", "rpush m a b 1", "sort m", "sort m alpha", "sort m by nosort", "sort m store to",
  "rpush n 1 \"\" 0 -1 \" 5\" inf -inf", "sort n", "rpush n \" \"", "sort n", "lset n -1 nan",
  "sort n", "lset n -1 0x10", "sort n", "lset n -1 \"1 \"", "sort n",
  "sadd i 5 3 9 1 -4", "sort i", "sort i desc", "sort i by nosort", "sort i by nosort limit 1 2",
  "sort i limit 1 2", "zadd z 3 1 2 2 1 3", "sort z", "sort z desc", "sort z by nosort",
  "sort z by nosort desc", "sort z by nosort limit 1 1", "sort z by nosort desc limit 0 2",
  "sort z by nosort desc limit 1 5", "sort l by nosort desc", "sort l by nosort limit 2 2",
  "rpush e 1 1.0 01 +1 1e0", "sort e", "sort e desc",
  ["sadd", "nul", "1\0x", "\0"], "sort nul",
  "rpush texts v", ["rpush", "texts", "\0b", "", "\0a"], "sort texts alpha",
  "sort texts alpha desc", "sort texts alpha store sorted", "lrange sorted 0 -1",
];

// biome-ignore format: a script is read line by line
const PATTERNS: readonly Request[] = [
  "rpush l 1 2 3 4", "mset w_1 30 w_2 10 w_3 20 o_1 a o_2 b o_3 \"\"", "sort l by w_*",
  "sort l by w_* desc", "sort l by w_* get o_*", "sort l by w_* get # get o_*",
  "sort l get # get # desc", "sort l get o_* get nosuch_*", "sort l get constant",
  "sort l by w_* limit 1 2 get o_*", "hset h_1 f 5 g x", "hset h_2 f 4 g y", "hset h_3 f 6",
  "sort l by h_*->f", "sort l by h_*->f get h_*->g", "sort l by h_*->f desc get # get h_*->f",
  "sort l by h_*->nosuch", "sort l get h_*", "sort l get o_*->f", "sort l get h_*->", "sort l by *",
  "sort l get *", "mset 1 one 2 two 3 three", "sort l get *", "sort l by * alpha", "sort l by *",
  "sort l by w_* alpha", "sort l by nosuch_* alpha", "sort l by o_* alpha desc", "set w_4 x",
  "sort l by w_*", "sort l by w_* alpha", "sort l by w_*_x", "mset a1b 4 a2b 3 a3b 2 a4b 1",
  "sort l by a*b", "sort l by a*b get a*b", "mset a1*b 1 a2*b 4", "sort l by a**b",
  "sort l by w_1", "sort l by w_1 get w_*", "hset x1->y f 1", "sort l get x*->y->f", "rpush w_5 1",
  "rpush l 5", "sort l by w_* alpha", "sort l by h_*->f store t", "lrange t 0 -1",
  "sort l by h_*->f get o_* store t", "lrange t 0 -1", "type t", "sort l by nosort store l desc",
  "lrange l 0 -1", "sort l store a store b", "exists a b", "sort l limit 100 1 store b", "exists b",
  "set b x", "sort l store b", "type b", "set b x ex 100", "sort l store b", "ttl b",
  "command getkeys sort l", "command getkeys sort l by x get y store z",
  "command getkeys sort l store a store b", "command getkeys sort l get store store x",
  "command getkeys sort_ro l by x", "command getkeys sort l store",
];

t.test("the real server answers the same", async (t) => {
  await sameScripts(t, { numbers: NUMBERS, patterns: PATTERNS });
});
