/** Bitmaps and bitfields, which are strings. */

import type { Group } from "./group.ts";

const SET = "[overflow (wrap | sat | fail)] set <encoding> <bitoffset> <int>";
const INCREMENT = "[overflow (wrap | sat | fail)] incrby <encoding> <bitoffset> <int>";

export const bitmaps: Group = {
  company: "joins",
  makes: [
    "! setbit <key> <smallbit> <bit>",
    "setbit <key> <smallbit> <bit>",
    "set <key> <text>",
    "bitop (and | or | xor) <key> <key>...",
    "bitop not <key> <key>",
    `bitfield <key> ${SET} ${INCREMENT}`,
  ],
  uses: [
    "getbit <key> <bitoffset>",
    "bitcount <key> [<index> <index> [byte | bit]]",
    "bitpos <key> <bit> [<index> [<index> [byte | bit]]]",
    `bitfield <key> ( get <encoding> <bitoffset> | ${SET} | ${INCREMENT} )...`,
    "bitfield_ro <key> ( get <encoding> <bitoffset> )...",
    "get <key>",
    "object encoding <key>",
  ],
};
