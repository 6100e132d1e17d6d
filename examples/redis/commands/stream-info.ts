/**
 * XINFO: a stream, its groups and their consumers, described.
 * https://redis.io/docs/latest/commands/xinfo-stream/
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { NO_SUCH_KEY, replyError } from "../errors.ts";
import { help, subcommandError } from "../help.ts";
import { STREAM } from "../keyspace/types.ts";
import { readObject } from "../lookup.ts";
import type { Reply } from "../reply.ts";
import { writeEntries, writeEntry, writeId } from "../stream-args.ts";
import {
  type Consumer,
  type ConsumerGroup,
  type PendingEntry,
  UNKNOWN_COUNT,
} from "../types/consumer-group.ts";
import type { StreamValue } from "../types/stream.ts";
import { MAX_ID, MIN_ID } from "../types/stream-id.ts";
import { byName } from "./stream-pending.ts";

// biome-ignore format: a table is read by its columns
export const streamInfoCommands: CommandGroup = { group: "stream", rows: [
  ["xinfo",           -2, "",              0, 0, 0, help,      "5.0.0", "Describes streams"],
  ["xinfo|consumers",  4, "readonly",      2, 2, 1, consumers, "5.0.0", "Consumers of a group"],
  ["xinfo|groups",     3, "readonly",      2, 2, 1, groups,    "5.0.0", "Groups of a stream"],
  ["xinfo|help",       2, "loading stale", 0, 0, 0, help,      "5.0.0", "These lines"],
  ["xinfo|stream",    -3, "readonly",      2, 2, 1, stream,    "5.0.0", "A stream"],
] };

const USUAL_COUNT = 10;

function find(call: Call): StreamValue {
  const found = readObject<StreamValue>(call, 2, STREAM);
  if (found === undefined) throw NO_SUCH_KEY;
  return found;
}

/** XINFO STREAM key [FULL [COUNT n]] */
function stream(call: Call): void {
  const { args, reply } = call;
  const found = find(call);
  const isFull = args.count > 3;
  if (isFull && !args.is(3, "full")) throw subcommandError(call);
  if (args.count === 5 || args.count > 6) throw subcommandError(call);
  if (args.count === 6 && !args.is(4, "count")) throw subcommandError(call);
  const given = args.count === 6 ? args.integer(5) : USUAL_COUNT;
  reply.map(isFull ? 9 : 10);
  numbers(reply, found);
  if (isFull) describeFully(call, found, given < 0 ? USUAL_COUNT : given);
  else describeBriefly(reply, found);
}

function numbers(reply: Reply, found: StreamValue): void {
  field(reply, "length", found.length);
  field(reply, "radix-tree-keys", found.nodeCount);
  field(reply, "radix-tree-nodes", found.radixNodes);
  reply.bulkString("last-generated-id");
  writeId(reply, found.lastId);
  reply.bulkString("max-deleted-entry-id");
  writeId(reply, found.maxDeletedId);
  field(reply, "entries-added", found.entriesAdded);
  reply.bulkString("recorded-first-entry-id");
  writeId(reply, found.firstId);
}

function field(reply: Reply, name: string, value: number): void {
  reply.bulkString(name);
  reply.integer(value);
}

function describeBriefly(reply: Reply, found: StreamValue): void {
  field(reply, "groups", found.groups.size);
  const first = found.range(MIN_ID, MAX_ID).next().value;
  const last = found.lastEntry;
  reply.bulkString("first-entry");
  if (first) writeEntry(reply, first);
  else reply.null();
  reply.bulkString("last-entry");
  if (last !== undefined) writeEntry(reply, last);
  else reply.null();
}

function describeFully({ reply }: Call, found: StreamValue, count: number): void {
  reply.bulkString("entries");
  writeEntries(reply, found.range(MIN_ID, MAX_ID), count);
  reply.bulkString("groups");
  reply.array(found.groups.size);
  for (const [name, group] of groupsByName(found)) {
    reply.map(7);
    describeGroup(reply, found, name, group);
    field(reply, "pel-count", group.pending.size);
    reply.bulkString("pending");
    describePending(reply, firstOf(group, count), true);
    reply.bulkString("consumers");
    reply.array(group.consumers.size);
    for (const consumer of byName(group.consumers)) describeConsumer(reply, consumer, count);
  }
}

function groupsByName(found: StreamValue): [string, ConsumerGroup][] {
  return [...found.groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function describeGroup(reply: Reply, found: StreamValue, name: string, group: ConsumerGroup): void {
  reply.bulkString("name");
  reply.bulkString(name);
  reply.bulkString("last-delivered-id");
  writeId(reply, group.lastId);
  describeProgress(reply, found, group);
}

function describeProgress(reply: Reply, found: StreamValue, group: ConsumerGroup): void {
  const progress = [
    ["entries-read", group.entriesRead === UNKNOWN_COUNT ? undefined : group.entriesRead],
    ["lag", found.lag(group)],
  ] as const;
  for (const [name, value] of progress) {
    reply.bulkString(name);
    if (value === undefined) reply.null();
    else reply.integer(value);
  }
}

function firstOf({ pending }: ConsumerGroup | Consumer, count: number): PendingEntry[] {
  const found: PendingEntry[] = [];
  for (const entry of pending.from(MIN_ID)) {
    found.push(entry);
    if (found.length === count) break;
  }
  return found;
}

function describePending(reply: Reply, found: readonly PendingEntry[], named: boolean): void {
  reply.array(found.length);
  for (const { consumer, deliveryCount, deliveryTime, id } of found) {
    reply.array(named ? 4 : 3);
    writeId(reply, id);
    if (named) reply.bulkString(consumer.name);
    reply.integer(deliveryTime);
    reply.integer(deliveryCount);
  }
}

function describeConsumer(reply: Reply, consumer: Consumer, count: number): void {
  reply.map(4);
  reply.bulkString("name");
  reply.bulkString(consumer.name);
  field(reply, "seen-time", consumer.seenTime);
  field(reply, "pel-count", consumer.pending.size);
  reply.bulkString("pending");
  describePending(reply, firstOf(consumer, count), false);
}

/** XINFO GROUPS key */
function groups(call: Call): void {
  const { reply } = call;
  const found = find(call);
  reply.array(found.groups.size);
  for (const [name, group] of groupsByName(found)) {
    reply.map(6);
    reply.bulkString("name");
    reply.bulkString(name);
    field(reply, "consumers", group.consumers.size);
    field(reply, "pending", group.pending.size);
    reply.bulkString("last-delivered-id");
    writeId(reply, group.lastId);
    describeProgress(reply, found, group);
  }
}

/** XINFO CONSUMERS key group */
function consumers(call: Call): void {
  const { args, core, reply } = call;
  const group = find(call).groups.get(args.string(3));
  if (group === undefined) {
    throw replyError(
      `NOGROUP No such consumer group '${args.printed(3)}' for key name '${args.printed(2)}'`,
    );
  }
  reply.array(group.consumers.size);
  for (const { name, pending, seenTime } of byName(group.consumers)) {
    reply.map(3);
    reply.bulkString("name");
    reply.bulkString(name);
    field(reply, "pending", pending.size);
    field(reply, "idle", Math.max(0, core.clock.now - seenTime));
  }
}
