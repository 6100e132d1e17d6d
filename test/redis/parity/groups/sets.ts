/** Sets. */

import type { Group } from "./group.ts";

export const sets: Group = {
  company: "joins",
  makes: [
    "sadd <key> <member>...",
    "sadd <key> <number>...",
    "sadd <key> <member>...",
    "smove <key> <key> <member>",
    "sinterstore <key> <key>...",
    "sunionstore <key> <key>...",
    "sdiffstore <key> <key>...",
  ],
  uses: [
    "srem <key> <member>...",
    "sismember <key> <member>",
    "smismember <key> <member>...",
    "scard <key>",
    "smembers <key>",
    "! spop <key> (1000 | 0 | -1 | x)",
    "! srandmember <key> [<few>]",
    "sinter <key>...",
    "sintercard <keys> [limit <count>]",
    "sunion <key>...",
    "sdiff <key>...",
    "sscan <key> <cursor> { count 1000000 [match <pattern>] }",
    "object encoding <key>",
  ],
};
