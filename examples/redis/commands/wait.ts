/**
 * WAIT and WAITAOF: until so many replicas have the writes of this client. There are none, and
 * nothing is written to disk, so that to wait for any of them means to wait until the timeout.
 * https://redis.io/docs/latest/commands/wait/
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { MUST_BE_POSITIVE, replyError } from "../errors.ts";
import { STRING } from "../keyspace/types.ts";
import type { Reply } from "../reply.ts";
import { parseMilliseconds } from "../timeout.ts";

// biome-ignore format: a table is read by its columns
export const waitCommands: CommandGroup = { group: "generic", rows: [
  ["wait",    3, "noscript", 0, 0, 0, wait,    "3.0.0", "Until replicas have the writes"],
  ["waitaof", 4, "noscript", 0, 0, 0, waitaof, "7.2.0", "Until they are on disk"],
] };

const NOT_0_OR_1 = replyError("ERR value is out of range, value must between 0 and 1");
const NO_AOF = replyError(
  "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
);

/** WAIT numreplicas timeout */
function wait(call: Call): void {
  const replicas = call.args.integer(1);
  waitFor(call, replicas, parseMilliseconds(call.args, 2), (reply) => reply.integer(0));
}

/** WAITAOF numlocal numreplicas timeout */
function waitaof(call: Call): void {
  const { args } = call;
  const local = args.atLeast(1, 0, NOT_0_OR_1);
  if (local > 1) throw NOT_0_OR_1;
  const replicas = args.atLeast(2, 0, MUST_BE_POSITIVE);
  const timeout = parseMilliseconds(args, 3);
  if (local > 0) throw NO_AOF;
  waitFor(call, replicas, timeout, (reply) => {
    reply.array(2);
    reply.integer(0);
    reply.integer(0);
  });
}

function waitFor(
  call: Call,
  replicas: number,
  timeout: number,
  unanswered: (reply: Reply) => void,
): void {
  if (replicas <= 0) {
    unanswered(call.reply);
    return;
  }
  // No key, and so no type of value, will ever serve it.
  const serve = () => false;
  call.core.blocking.block(call, { first: 1, last: 0, type: STRING, timeout, serve, unanswered });
}
