/** SORT, over lists, sets and sorted sets, with weights and values in other keys. */

import type { Group } from "./group.ts";

const OPTIONS =
  "{ [by (w* | h*->f | nosort | *)] [limit <index> <count>] [get (v* | # | h*->f | x)]... " +
  "[asc | desc] [alpha] }";

export const sorting: Group = {
  // SORT takes a number out of range in an earlier command of anybody for one of its own.
  company: "alone",
  makes: [
    "rpush <key> (1 | 2 | 3 | 10 | 1.5)...",
    "rpush <key> <value>...",
    "sadd <key> <member>...",
    "zadd <key> ((1 | 2 | 3 | -0 | inf) <member>)...",
    "mset w1 3 w2 1 w3 2 v1 one v2 two",
    "hset h1 f 5 ; hset h2 f 4 ; hset h3 f x",
  ],
  uses: [
    `sort <key> ${OPTIONS}`,
    `sort_ro <key> ${OPTIONS}`,
    "sort <key> { [by (w* | h*->f)] [desc] store <key> [get v*] }",
    "sort <key> { alpha [desc] store <key> }",
    "sort <key>",
    "sort <key> alpha",
  ],
};
