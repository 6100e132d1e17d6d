/** Strings and counters. */

import type { Group } from "./group.ts";

export const strings: Group = {
  company: "joins",
  makes: [
    "set <key> <value> { [nx | xx] [get] [ex <seconds> | px <milliseconds> | keepttl] }",
    "set <key> <value> { [xx] [get] [exat <at> | pxat <msat> | keepttl] }",
    "set <key> <text>",
    "set <key> <number>",
    "append <key> <value>",
    "setrange <key> <offset> <value>",
    "mset (<key> <value>)...",
  ],
  uses: [
    "get <key>",
    "getdel <key>",
    "getex <key> [ex <seconds> | px <milliseconds> | exat <at> | pxat <msat> | persist]",
    "getrange <key> <index> <index>",
    "substr <key> <index> <index>",
    "getset <key> <value>",
    "setnx <key> <value>",
    "setex <key> <seconds> <value>",
    "psetex <key> <milliseconds> <value>",
    "mget <key>...",
    "msetnx (<key> <value>)...",
    "strlen <key>",
    "incr <key>",
    "decr <key>",
    "incrby <key> <int>",
    "decrby <key> <int>",
    "incrbyfloat <key> <float>",
    "lcs <key> <key> { [len] [idx] [minmatchlen <int>] [withmatchlen] }",
  ],
};
