/**
 * Commands on sorted sets that wait until there is something to take.
 * https://redis.io/docs/latest/commands/bzpopmin/
 *
 * See also sorted-set.ts, and blocking.ts for who is served when.
 */

import { serveOrBlock } from "../blocking.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { ZSET } from "../keyspace/types.ts";
import { writeObject } from "../lookup.ts";
import { parseTimeout } from "../timeout.ts";
import type { SortedSetValue } from "../types/sorted-set.ts";
import { type End, parseMultiPop, pop, popWithKey } from "./sorted-set.ts";

const TAKE = "write noscript blocking fast";
const SEVERAL = "write blocking movablekeys";

// biome-ignore format: a table is read by its columns
export const blockingSortedSetCommands: CommandGroup = { group: "sorted-set", rows: [
  ["bzpopmin", -3, TAKE,    1, -2, 1, bzpopmin, "5.0.0", "ZPOPMIN that waits"],
  ["bzpopmax", -3, TAKE,    1, -2, 1, bzpopmax, "5.0.0", "ZPOPMAX that waits"],
  ["bzmpop",   -5, SEVERAL, 0,  0, 0, bzmpop,   "7.0.0", "ZMPOP that waits"],
] };

function bzpopmin(call: Call): void {
  popFirst(call, "min");
}

function bzpopmax(call: Call): void {
  popFirst(call, "max");
}

/** BZPOPMIN key [key …] timeout */
function popFirst(call: Call, end: End): void {
  const { args } = call;
  serveOrBlock(call, {
    first: 1,
    last: args.count - 2,
    type: ZSET,
    timeout: parseTimeout(args, args.count - 1),
    serve: (call, i) => popFrom(call, i, end),
    unanswered: (reply) => reply.nullArray(),
  });
}

function popFrom(call: Call, i: number, end: End): boolean {
  const { args, reply } = call;
  const set = writeObject<SortedSetValue>(call, i, ZSET);
  if (set === undefined) return false;
  const key = args.string(i);
  reply.array(3);
  reply.bulkString(key);
  for (const { member, score } of pop(call, i, set, end, 1)) {
    reply.bulkString(member);
    reply.double(score);
  }
  return true;
}

/** BZMPOP timeout numkeys key [key …] MIN|MAX [COUNT count] */
function bzmpop(call: Call): void {
  const { first, last, end, count } = parseMultiPop(call.args, 2);
  const timeout = parseTimeout(call.args, 1);
  serveOrBlock(call, {
    first,
    last,
    type: ZSET,
    timeout,
    serve: (call, i) => popWithKey(call, i, end, count),
    unanswered: (reply) => reply.nullArray(),
  });
}
