/** Lists, with what waits for them: a millisecond at the most. */

import type { Group } from "./group.ts";

export const lists: Group = {
  company: "joins",
  makes: [
    "rpush <key> <value>...",
    "lpush <key> <value>...",
    "rpush <key> <value>...",
    "linsert <key> (before | after) <value> <value>",
    "lset <key> <index> <value>",
  ],
  uses: [
    "rpushx <key> <value>...",
    "lpushx <key> <value>...",
    "lpop <key> [<count>]",
    "rpop <key> [<count>]",
    "llen <key>",
    "lrange <key> <index> <index>",
    "lrange <key> 0 -1",
    "lindex <key> <index>",
    "lrem <key> <index> <value>",
    "ltrim <key> <index> <index>",
    "lpos <key> <value> { [rank <index>] [count <count>] [maxlen <count>] }",
    "lmove <key> <key> (left | right) (left | right)",
    "rpoplpush <key> <key>",
    "lmpop <keys> (left | right) [count <count>]",
    "! blpop <key>... (0.001 | -1 | x | inf)",
    "! brpop <key>... (0.001 | -1 | x | nan)",
    "! blmove <key> <key> (left | right) (left | right | x) 0.001",
    "! brpoplpush <key> <key> (0.001 | x)",
    "! blmpop (0.001 | -1) <keys> (left | right) [count <count>]",
    "object encoding <key>",
  ],
};
