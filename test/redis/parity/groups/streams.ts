/** Streams and their consumer groups. */

import type { Group } from "./group.ts";

const TRIM = "(maxlen [~ | =] <count> | minid [~ | =] <id>) [limit <count>]";

export const streams: Group = {
  company: "joins",
  makes: [
    "xadd <key> <addid> <entry>",
    "xadd <key> <addid> f <value> g <value>",
    `xadd <key> [nomkstream] [${TRIM}] <addid> <entry>`,
    "xgroup create <key> <group> (<id> | 0 | $) { [mkstream] [entriesread <int>] }",
    "xreadgroup group <group> <consumer> { [count <count>] [noack] } streams <key> (> | > | <id>)",
    "xgroup createconsumer <key> <group> <consumer>",
  ],
  uses: [
    "xlen <key>",
    "xrange <key> <lowid> <highid> [count <count>]",
    "xrange <key> - +",
    "xrevrange <key> <highid> <lowid> [count <count>]",
    "xdel <key> <id>...",
    `xtrim <key> ${TRIM}`,
    "xsetid <key> <id> { [entriesadded <int>] [maxdeletedid <id>] }",
    "xread [count <count>] streams <key> <id>",
    "xread [count <count>] streams <key> <key> <id> <id>",
    "! xread { [count 2] block 1 } streams <key> (<id> | $)",
    "! xreadgroup group <group> <consumer> block 1 streams <key> (> | <id>)",
    "xgroup setid <key> <group> <id> [entriesread <int>]",
    "xgroup destroy <key> <group>",
    "xgroup delconsumer <key> <group> <consumer>",
    "xack <key> <group> <id>...",
    "xpending <key> <group>",
    "xpending <key> <group> [idle <idle>] <lowid> <highid> <count> [<consumer>]",
    "xclaim <key> <group> <consumer> <idle> <id>... { [idle <idle>] [force] [justid] }",
    "xclaim <key> <group> <consumer> <idle> <id> { [retrycount <count>] [lastid <id>] [force] }",
    "xautoclaim <key> <group> <consumer> <idle> <id> { [count <count>] [justid] }",
    "xinfo stream <key> [full [count <count>]]",
    "xinfo groups <key>",
    "xinfo consumers <key> <group>",
  ],
};
