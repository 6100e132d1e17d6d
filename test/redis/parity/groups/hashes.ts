/** Hashes. */

import type { Group } from "./group.ts";

export const hashes: Group = {
  company: "joins",
  makes: [
    "hset <key> <entry>",
    "hset <key> (<field> <number>)...",
    "hmset <key> <entry>",
    "hset <key> <entry>",
    "hsetnx <key> <field> <value>",
    "hincrby <key> <field> <int>",
    "hincrbyfloat <key> <field> <float>",
  ],
  uses: [
    "hget <key> <field>",
    "hmget <key> <field>...",
    "hgetall <key>",
    "hdel <key> <field>...",
    "hlen <key>",
    "hexists <key> <field>",
    "hkeys <key>",
    "hvals <key>",
    "hstrlen <key> <field>",
    "! hrandfield <key> [<few> [withvalues]]",
    "hscan <key> <cursor> { count 1000000 [match <pattern>] }",
    "object encoding <key>",
  ],
};
