/** Sorted sets. */

import type { Group } from "./group.ts";

const BY_RANK = "<key> <index> <index> { [rev] [withscores] }";
const BY_SCORE = "<key> <min> <max> { byscore [rev] [limit <index> <count>] [withscores] }";
const COMBINED = "<keys> { [weights <float>...] [aggregate (sum | min | max)] }";

export const sortedSets: Group = {
  company: "joins",
  makes: [
    "zadd <key> (<score> <member>)...",
    "zadd <key> { [nx | xx] [gt | lt] [ch] [incr] } (<score> <member>)...",
    "zadd <key> 0 <member> 0 <member> 0 <member> 0 <member>",
    "zincrby <key> <float> <member>",
    `zrangestore <key> ${BY_RANK}`,
    `zrangestore <key> ${BY_SCORE}`,
    `(zunionstore | zinterstore) <key> ${COMBINED}`,
    "zdiffstore <key> <keys>",
  ],
  uses: [
    "zrem <key> <member>...",
    "zcard <key>",
    "zcount <key> <min> <max>",
    "zscore <key> <member>",
    "zmscore <key> <member>...",
    "! (zrank | zrevrank) <key> <member>",
    `zrange ${BY_RANK}`,
    `zrange ${BY_SCORE}`,
    "zrange <key> 0 -1 withscores",
    "zrevrange <key> <index> <index> [withscores]",
    "zrangebyscore <key> <min> <max> { [limit <index> <count>] [withscores] }",
    "zrevrangebyscore <key> <max> <min> { [limit <index> <count>] [withscores] }",
    "zremrangebyrank <key> <index> <index>",
    "zremrangebyscore <key> <min> <max>",
    "(zpopmin | zpopmax) <key> [<count>]",
    "! (bzpopmin | bzpopmax) <key>... (0.001 | -1 | x)",
    "zmpop <keys> (min | max) [count <count>]",
    "! bzmpop 0.001 <keys> (min | max) [count <count>]",
    `(zunion | zinter) ${COMBINED} [withscores]`,
    "zdiff <keys> [withscores]",
    "zintercard <keys> [limit <count>]",
    "! zrandmember <key> [<few> [withscores]]",
    "zscan <key> <cursor> { count 1000000 [match <pattern>] }",
    "object encoding <key>",
  ],
};
