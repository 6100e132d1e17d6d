/** The connection, and what commands tell of themselves. */

import type { Group } from "./group.ts";

export const connection: Group = {
  company: "hosts",
  makes: ["set <key> <value>", "client setname (<value> | x | y)", "select <db>"],
  uses: [
    "ping [<value>]",
    "echo <value>",
    "client getname",
    "client (trackinginfo | getredir | nosuch)",
    "client no-evict (on | off)",
    "client unblock 123456789 [timeout | error]",
    // Without BCAST: when its messages come depends on how many commands a server read at once.
    "! client tracking (on | off) { [prefix <key>] [optin] [optout] [noloop] }",
    "client tracking off bcast",
    "client caching (yes | no)",
    "! command getkeys (set | get | zunionstore | mset | xread) <key> <value> <value>",
    "! command info nosuch",
    "debug protocol (string | integer | double | null | array | set)",
    "debug protocol (map | attrib | verbatim | true | push)",
    "nosuch <value>...",
    "config set (maxmemory-policy | hz | nosuch) <value>",
    "config get (maxmemory-policy | hash-max-* | nosuch)",
  ],
};
