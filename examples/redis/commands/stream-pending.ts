/**
 * What was delivered to the consumers of a group and not acknowledged: seen, ended, taken over.
 * https://redis.io/docs/latest/commands/xpending/
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { STREAM } from "../keyspace/types.ts";
import { readObject } from "../lookup.ts";
import { parseInt64 } from "../number.ts";
import { parseId, rangeEnd, rangeStart, strictId, writeEntry, writeId } from "../stream-args.ts";
import { consumerOf, groupChanged } from "../stream-consumer.ts";
import type { Consumer, ConsumerGroup, PendingEntry } from "../types/consumer-group.ts";
import type { StreamValue } from "../types/stream.ts";
import { compareIds, MIN_ID, type StreamId } from "../types/stream-id.ts";

const WRITE_FAST = "write fast";

// biome-ignore format: a table is read by its columns
export const streamPendingCommands: CommandGroup = { group: "stream", rows: [
  ["xack",       -4, WRITE_FAST, 1, 1, 1, xack,       "5.0.0", "Says that entries are done"],
  ["xautoclaim", -6, WRITE_FAST, 1, 1, 1, xautoclaim, "6.2.0", "Takes over what is pending"],
  ["xclaim",     -6, WRITE_FAST, 1, 1, 1, xclaim,     "5.0.0", "Takes over some of it"],
  ["xpending",   -3, "readonly", 1, 1, 1, xpending,   "5.0.0", "What is pending"],
] };

const COUNT_NOT_POSITIVE = replyError("ERR COUNT must be > 0");

/** XACK key group id [id …] */
function xack(call: Call): void {
  const { args, reply } = call;
  const stream = readObject<StreamValue>(call, 1, STREAM);
  const group = stream?.groups.get(args.string(2));
  if (stream === undefined || group === undefined) {
    reply.integer(0);
    return;
  }
  const ids: StreamId[] = [];
  for (let i = 3; i < args.count; i++) ids.push(strictId(args, i));
  let count = 0;
  for (const id of ids) if (group.acknowledge(id)) count++;
  if (count > 0) groupChanged(call, stream);
  reply.integer(count);
}

function findGroup(call: Call, stream: StreamValue | undefined): ConsumerGroup {
  const { args } = call;
  const group = stream?.groups.get(args.string(2));
  if (group !== undefined) return group;
  throw replyError(
    `NOGROUP No such key '${args.printed(1)}' or consumer group '${args.printed(2)}'`,
  );
}

/** XPENDING key group [[IDLE ms] start end count [consumer]] */
function xpending(call: Call): void {
  const { args } = call;
  if (args.count !== 3 && (args.count < 6 || args.count > 9)) throw SYNTAX_ERROR;
  if (args.count === 3) {
    summarize(call, findGroup(call, readObject<StreamValue>(call, 1, STREAM)));
    return;
  }
  const hasIdle = args.is(3, "idle");
  const minIdle = hasIdle ? args.integer(4) : 0;
  if (hasIdle && args.count < 8) throw SYNTAX_ERROR;
  const at = hasIdle ? 5 : 3;
  const count = Math.max(0, args.integer(at + 2));
  const start = rangeStart(args, at);
  const end = rangeEnd(args, at + 1);
  const group = findGroup(call, readObject<StreamValue>(call, 1, STREAM));
  const owner = args.count > at + 3 ? group.consumers.get(args.string(at + 3)) : group;
  const found: PendingEntry[] = [];
  for (const entry of owner?.pending.from(start) ?? []) {
    if (found.length >= count || compareIds(entry.id, end) > 0) break;
    if (call.core.clock.now - entry.deliveryTime >= minIdle) found.push(entry);
  }
  describePending(call, found);
}

function describePending({ core, reply }: Call, found: readonly PendingEntry[]): void {
  reply.array(found.length);
  for (const { consumer, deliveryCount, deliveryTime, id } of found) {
    reply.array(4);
    writeId(reply, id);
    reply.bulkString(consumer.name);
    reply.integer(Math.max(0, core.clock.now - deliveryTime));
    reply.integer(deliveryCount);
  }
}

function summarize({ reply }: Call, { consumers, pending }: ConsumerGroup): void {
  const [first, last] = [pending.first(), pending.last()];
  reply.array(4);
  reply.integer(pending.size);
  if (first === undefined || last === undefined) {
    reply.null();
    reply.null();
    reply.nullArray();
    return;
  }
  writeId(reply, first.id);
  writeId(reply, last.id);
  const busy = byName(consumers).filter((consumer) => consumer.pending.size > 0);
  reply.array(busy.length);
  for (const { name, pending: own } of busy) {
    reply.array(2);
    reply.bulkString(name);
    reply.bulkInteger(own.size);
  }
}

/** In the order of their names' bytes, as a radix tree has them. */
export function byName(consumers: ReadonlyMap<string, Consumer>): Consumer[] {
  return [...consumers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface ClaimOptions {
  minIdle: number;
  isForced: boolean;
  justId: boolean;
  deliveryTime: number;
  retryCount: number;
  lastId: StreamId;
}

/** XCLAIM key group consumer min-idle id [id …] [options] */
function xclaim(call: Call): void {
  const { args, reply } = call;
  const stream = readObject<StreamValue>(call, 1, STREAM);
  const group = findGroup(call, stream);
  const ids: StreamId[] = [];
  const minIdle = Math.max(0, numberFor(args, 4, "min-idle-time argument for XCLAIM"));
  let next = 5;
  for (; next < args.count; next++) {
    const id = parseId(args, next);
    if (id === undefined) break;
    ids.push(id);
  }
  const options = parseClaim(call, next, minIdle);
  if (compareIds(options.lastId, group.lastId) > 0) group.lastId = options.lastId;
  const found = stream as StreamValue;
  const claimed = ids.filter((id) => claim(call, found, group, id, options));
  reply.array(claimed.length);
  for (const id of claimed) writeClaimed(call, found, id, options.justId);
  groupChanged(call, found);
}

function numberFor(args: Args, i: number, what: string): number {
  const value = parseInt64(args.string(i));
  if (value === undefined) throw replyError(`ERR Invalid ${what}`);
  return Number(value);
}

function parseClaim({ args, core }: Call, from: number, minIdle: number): ClaimOptions {
  const { now } = core.clock;
  const options: ClaimOptions = {
    minIdle,
    isForced: false,
    justId: false,
    deliveryTime: now,
    retryCount: -1,
    lastId: MIN_ID,
  };
  const value = (i: number, name: string) =>
    numberFor(args, i, `${name} option argument for XCLAIM`);
  for (let i = from; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, "force")) options.isForced = true;
    else if (args.is(i, "justid")) options.justId = true;
    else if (hasMore && args.is(i, "idle")) options.deliveryTime = now - value(++i, "IDLE");
    else if (hasMore && args.is(i, "time")) options.deliveryTime = value(++i, "TIME");
    else if (hasMore && args.is(i, "retrycount")) options.retryCount = value(++i, "RETRYCOUNT");
    else if (hasMore && args.is(i, "lastid")) options.lastId = strictId(args, ++i);
    else throw replyError(`ERR Unrecognized XCLAIM option '${args.printed(i)}'`);
  }
  if (options.deliveryTime < 0 || options.deliveryTime > now) options.deliveryTime = now;
  return options;
}

/** Takes over `id`, if it was idle for long enough; one that was deleted is forgotten. */
function claim(
  call: Call,
  stream: StreamValue,
  group: ConsumerGroup,
  id: StreamId,
  options: ClaimOptions,
): boolean {
  const { now } = call.core.clock;
  const known = group.pending.get(id);
  if (stream.find(id) === undefined) {
    group.acknowledge(id);
    return false;
  }
  if (known === undefined && !options.isForced) return false;
  if (known !== undefined && options.minIdle > 0 && now - known.deliveryTime < options.minIdle) {
    return false;
  }
  const consumer = consumerOf(call, group, 3, 1);
  const entry = known ?? group.deliver(id, consumer, now);
  group.assign(entry, consumer);
  entry.deliveryTime = options.deliveryTime;
  if (options.retryCount >= 0) entry.deliveryCount = options.retryCount;
  else if (!options.justId) entry.deliveryCount++;
  return true;
}

function writeClaimed({ reply }: Call, stream: StreamValue, id: StreamId, justId: boolean): void {
  const place = stream.find(id);
  if (justId || place === undefined) writeId(reply, id);
  else writeEntry(reply, place);
}

/** XAUTOCLAIM key group consumer min-idle start [COUNT n] [JUSTID] */
function xautoclaim(call: Call): void {
  const { args, core, reply } = call;
  const minIdle = Math.max(0, numberFor(args, 4, "min-idle-time argument for XAUTOCLAIM"));
  const start = rangeStart(args, 5);
  let count = 100;
  let justId = false;
  for (let i = 6; i < args.count; i++) {
    if (i + 1 < args.count && args.is(i, "count")) {
      count = args.atLeast(++i, 1, COUNT_NOT_POSITIVE);
      if (count >= TOO_MANY) throw COUNT_NOT_POSITIVE;
    } else if (args.is(i, "justid")) justId = true;
    else throw SYNTAX_ERROR;
  }
  const stream = readObject<StreamValue>(call, 1, STREAM) as StreamValue;
  const group = findGroup(call, stream);
  const { claimed, deleted, next } = due(call, stream, group, start, minIdle, count);
  for (const id of deleted) group.acknowledge(id);
  for (const entry of claimed) {
    group.assign(entry, consumerOf(call, group, 3, 1));
    entry.deliveryTime = core.clock.now;
    if (!justId) entry.deliveryCount++;
  }
  reply.array(3);
  writeId(reply, next);
  reply.array(claimed.length);
  for (const { id } of claimed) writeClaimed(call, stream, id, justId);
  reply.array(deleted.length);
  for (const id of deleted) writeId(reply, id);
  groupChanged(call, stream);
}

const TOO_MANY = 2 ** 63 / 16;

/** What an XAUTOCLAIM takes, looking at ten times as many as it may take. */
function due(
  { core }: Call,
  stream: StreamValue,
  group: ConsumerGroup,
  start: StreamId,
  minIdle: number,
  count: number,
): { claimed: PendingEntry[]; deleted: StreamId[]; next: StreamId } {
  const claimed: PendingEntry[] = [];
  const deleted: StreamId[] = [];
  let attempts = count * 10;
  for (const entry of group.pending.from(start)) {
    if (attempts-- === 0 || claimed.length + deleted.length === count) {
      return { claimed, deleted, next: entry.id };
    }
    if (stream.find(entry.id) === undefined) deleted.push(entry.id);
    else if (core.clock.now - entry.deliveryTime >= minIdle) claimed.push(entry);
  }
  return { claimed, deleted, next: MIN_ID };
}
