/**
 * Commands on lists that wait until there is something to take.
 * https://redis.io/docs/latest/commands/blpop/
 *
 * See also list.ts, and blocking.ts for who is served when.
 */

import { serveOrBlock } from "../blocking.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { LIST } from "../keyspace/types.ts";
import { writeObject } from "../lookup.ts";
import { parseTimeout } from "../timeout.ts";
import type { ListValue } from "../types/list.ts";
import {
  type End,
  moveElement,
  POPPED,
  parseEnd,
  parseMultiPop,
  popWithKey,
  replyAndDrop,
  settle,
} from "./list.ts";

const TAKE = "write noscript blocking";
const MOVE = "write denyoom noscript blocking";
const SEVERAL = "write blocking movablekeys";

// biome-ignore format: a table is read by its columns
export const blockingListCommands: CommandGroup = { group: "list", rows: [
  ["blpop",      -3, TAKE,    1, -2, 1, blpop,      "2.0.0", "LPOP that waits"],
  ["brpop",      -3, TAKE,    1, -2, 1, brpop,      "2.0.0", "RPOP that waits"],
  ["blmove",      6, MOVE,    1,  2, 1, blmove,     "6.2.0", "LMOVE that waits"],
  ["brpoplpush",  4, MOVE,    1,  2, 1, brpoplpush, "2.2.0", "RPOPLPUSH that waits"],
  ["blmpop",     -5, SEVERAL, 0,  0, 0, blmpop,     "7.0.0", "LMPOP that waits"],
] };

function blpop(call: Call): void {
  popFirst(call, "left");
}

function brpop(call: Call): void {
  popFirst(call, "right");
}

/** BLPOP key [key …] timeout */
function popFirst(call: Call, end: End): void {
  const { args } = call;
  serveOrBlock(call, {
    first: 1,
    last: args.count - 2,
    type: LIST,
    timeout: parseTimeout(args, args.count - 1),
    serve: (call, i) => popFrom(call, i, end),
    unanswered: (reply) => reply.nullArray(),
  });
}

function popFrom(call: Call, i: number, end: End): boolean {
  const { args, reply } = call;
  const list = writeObject<ListValue>(call, i, LIST);
  if (list === undefined) return false;
  reply.array(2);
  reply.bulkString(args.string(i));
  replyAndDrop(call, list, end, 1);
  settle(call, i, list, POPPED[end]);
  return true;
}

/** BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout */
function blmove(call: Call): void {
  const { args } = call;
  const from = parseEnd(args, 3);
  move(call, from, parseEnd(args, 4), parseTimeout(args, 5));
}

function brpoplpush(call: Call): void {
  move(call, "right", "left", parseTimeout(call.args, 3));
}

function move(call: Call, from: End, to: End, timeout: number): void {
  serveOrBlock(call, {
    first: 1,
    last: 1,
    type: LIST,
    timeout,
    serve: (call) => moveElement(call, from, to),
    unanswered: (reply) => reply.nullArray(),
    refused: (reply) => reply.null(),
  });
}

/** BLMPOP timeout numkeys key [key …] LEFT|RIGHT [COUNT count] */
function blmpop(call: Call): void {
  const { first, last, end, limit } = parseMultiPop(call.args, 2);
  const timeout = parseTimeout(call.args, 1);
  serveOrBlock(call, {
    first,
    last,
    type: LIST,
    timeout,
    serve: (call, i) => popWithKey(call, i, end, limit),
    unanswered: (reply) => reply.nullArray(),
  });
}
