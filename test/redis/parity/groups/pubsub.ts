/** Publish and subscribe by one client alone: what it is told, and what it may do meanwhile. */

import type { Group } from "./group.ts";

export const pubsub: Group = {
  company: "hosts",
  makes: ["subscribe <channel>...", "psubscribe <pattern>...", "ssubscribe <channel>..."],
  uses: [
    "publish <channel> <value>",
    "spublish <channel> <value>",
    "pubsub channels [<pattern>]",
    "pubsub numsub <channel>...",
    "pubsub shardchannels [<pattern>]",
    "pubsub shardnumsub <channel>...",
    "pubsub numpat",
    "unsubscribe [<channel>...]",
    "punsubscribe [<pattern>...]",
    "sunsubscribe [<channel>...]",
    "ping [<value>]",
    "get <key>",
    "reset",
  ],
};
