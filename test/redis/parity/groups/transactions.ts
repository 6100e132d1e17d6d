/** Transactions: between MULTI and EXEC stands what other groups give as well. */

import type { Group } from "./group.ts";

export const transactions: Group = {
  company: "hosts",
  makes: [
    "multi",
    "watch <key>...",
    "multi ; set <key> <value> ; incr <key> ; exec",
    "watch <key> ; set <key> <value> ; multi ; get <key> ; exec",
    "multi ; nosuch <key> ; exec",
    "! multi ; blpop <key> 0 ; brpoplpush <key> <key> 0 ; bzpopmin <key> 0 ; exec",
  ],
  uses: ["exec", "exec", "exec", "discard", "unwatch", "set <key> <value>", "rpush <key> <value>"],
};
