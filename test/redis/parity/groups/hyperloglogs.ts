/** HyperLogLog, and what else may be in a string. */

import type { Group } from "./group.ts";

export const hyperloglogs: Group = {
  company: "joins",
  makes: [
    "pfadd <key> [<member>...]",
    "pfadd <key> <member>... ; pfadd <key> <value>...",
    "pfmerge <key> [<key>...]",
    "set <key> <value>",
  ],
  uses: [
    "pfcount <key>...",
    "get <key>",
    "object encoding <key>",
    "pfdebug (encoding | decode | todense | x) <key>",
    "setrange <key> <offset> <value>",
    "strlen <key>",
  ],
};
