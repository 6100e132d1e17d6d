/** Sorted sets by member: that means something only where all scores are equal. */

import type { Group } from "./group.ts";

const BY_LEX = "<key> <lexmin> <lexmax> { bylex [rev] [limit <index> <count>] }";

export const lex: Group = {
  company: "alone",
  makes: [
    "! zadd <key> 0 <member>",
    "! zadd <key> 0 <member> 0 <member> 0 <member> 0 <member>",
    `zrangestore <key> ${BY_LEX}`,
  ],
  uses: [
    `zrange ${BY_LEX}`,
    "zrangebylex <key> <lexmin> <lexmax> [limit <index> <count>]",
    "zrevrangebylex <key> <lexmax> <lexmin> [limit <index> <count>]",
    "zlexcount <key> <lexmin> <lexmax>",
    "zremrangebylex <key> <lexmin> <lexmax>",
    "zrem <key> <member>...",
    "object encoding <key>",
  ],
};
