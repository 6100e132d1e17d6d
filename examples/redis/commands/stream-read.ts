/**
 * XREAD and XREADGROUP: what is behind an id in several streams, or a wait for it.
 * https://redis.io/docs/latest/commands/xread/
 *
 * Several streams are answered at once, so this asks all of them and only then waits.
 */

import type { Wait } from "../blocking.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { STREAM } from "../keyspace/types.ts";
import { readObject, writeObject } from "../lookup.ts";
import { strictId, writeEntries, writeEntry, writeId } from "../stream-args.ts";
import { consumerOf, groupChanged } from "../stream-consumer.ts";
import { parseMilliseconds } from "../timeout.ts";
import type { Consumer, ConsumerGroup } from "../types/consumer-group.ts";
import type { EntryPlace, StreamValue } from "../types/stream.ts";
import { compareIds, MAX_ID, MIN_ID, nextId, type StreamId } from "../types/stream-id.ts";

const READ = "readonly blocking movablekeys";
const WRITE = "write blocking movablekeys";

// biome-ignore format: a table is read by its columns
export const streamReadCommands: CommandGroup = { group: "stream", rows: [
  ["xread",      -4, READ,  0, 0, 0, read, "5.0.0", "Entries behind ids, of several streams"],
  ["xreadgroup", -7, WRITE, 0, 0, 0, read, "5.0.0", "The same, shared among consumers"],
] };

interface Request {
  count: number;
  /** Milliseconds; undefined when it does not wait. */
  timeout: number | undefined;
  noAck: boolean;
  /** Where in the arguments the name of the group is, 0 for none. */
  group: number;
  /** Where in the arguments the keys are; as many ids follow. */
  first: number;
  streams: number;
  /** Behind which id each stream is read; undefined means what the group has not read. */
  after: (StreamId | undefined)[];
}

const UNBALANCED = replyError(
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);
const NO_GROUP_GIVEN = replyError("ERR Missing GROUP option for XREADGROUP");
const ONLY_IN_GROUPS = replyError(
  "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
);
const NOACK_IN_GROUPS = replyError(
  "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
);
const DOLLAR_IN_GROUP = replyError(
  "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of " +
    "this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID " +
    "would just return an empty result set.",
);
const GREATER_IN_READ = replyError(
  "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> " +
    "<consumer> option.",
);

const STREAM_GONE = replyError("UNBLOCKED the stream key no longer exists");
const GROUP_GONE = replyError(
  "NOGROUP the consumer group this client was blocked on no longer exists",
);

/** XREAD [COUNT n] [BLOCK ms] STREAMS key … id …; XREADGROUP GROUP group consumer … the same */
function read(call: Call): void {
  const request = parse(call);
  resolveIds(call, request);
  const places = Array.from({ length: request.streams }, (_, i) => request.first + i);
  if (serve(call, request, places, lastThere)) return;
  if (request.timeout === undefined) {
    call.reply.nullArray();
    return;
  }
  call.core.blocking.block(call, waitFor(request, request.timeout));
}

function waitFor(request: Request, timeout: number): Wait {
  const wait: Wait = {
    first: request.first,
    last: request.first + request.streams - 1,
    type: STREAM,
    timeout,
    serve: (call, i) => serve(call, request, [i], lastEver),
    unanswered: (reply) => reply.nullArray(),
  };
  if (request.group === 0) return wait;
  // Who reads in a group is told when the stream goes.
  return {
    ...wait,
    serve: (call, i) => {
      if (!hasGroup(call, request, i)) throw GROUP_GONE;
      return serve(call, request, [i], lastEver);
    },
    lost: () => {
      throw STREAM_GONE;
    },
  };
}

function hasGroup(call: Call, { group }: Request, i: number): boolean {
  const stream = writeObject<StreamValue>(call, i, STREAM);
  return stream?.groups.has(call.args.string(group)) === true;
}

function parse(call: Call): Request {
  const { args, command } = call;
  const isGroup = command.name === "xreadgroup";
  const request: Request = {
    count: 0,
    timeout: undefined,
    noAck: false,
    group: 0,
    first: 0,
    streams: 0,
    after: [],
  };
  let i = 1;
  for (; i < args.count; i++) {
    const more = args.count - 1 - i;
    if (args.is(i, "block") && more > 0) request.timeout = parseMilliseconds(args, ++i);
    else if (args.is(i, "count") && more > 0) request.count = Math.max(0, args.integer(++i));
    else if (args.is(i, "streams") && more > 0) break;
    else if (args.is(i, "group") && more >= 2) {
      if (!isGroup) throw ONLY_IN_GROUPS;
      request.group = i + 1;
      i += 2;
    } else if (args.is(i, "noack")) {
      if (!isGroup) throw NOACK_IN_GROUPS;
      request.noAck = true;
    } else throw SYNTAX_ERROR;
  }
  if (i >= args.count) throw SYNTAX_ERROR;
  if ((args.count - 1 - i) % 2 !== 0) throw UNBALANCED;
  if (isGroup && request.group === 0) throw NO_GROUP_GIVEN;
  request.first = i + 1;
  request.streams = (args.count - 1 - i) / 2;
  return request;
}

function resolveIds(call: Call, request: Request): void {
  const { args } = call;
  for (let i = request.first; i < request.first + request.streams; i++) {
    const idAt = i + request.streams;
    const stream = readObject<StreamValue>(call, i, STREAM);
    if (request.group > 0) groupOf(call, request, i, stream);
    if (args.is(idAt, "$")) {
      if (request.group > 0) throw DOLLAR_IN_GROUP;
      request.after.push(stream?.lastId ?? MIN_ID);
    } else if (args.is(idAt, ">")) {
      if (request.group === 0) throw GREATER_IN_READ;
      request.after.push(undefined);
    } else request.after.push(strictId(args, idAt));
  }
}

function groupOf(
  { args }: Call,
  request: Request,
  i: number,
  stream: StreamValue | undefined,
): ConsumerGroup {
  const group = stream?.groups.get(args.string(request.group));
  if (group !== undefined) return group;
  const name = args.printed(request.group);
  throw replyError(
    `NOGROUP No such key '${args.printed(i)}' or consumer group '${name}' in XREADGROUP with ` +
      "GROUP option",
  );
}

/** Which id of a stream is its last one. */
type LastOf = (stream: StreamValue) => StreamId;

function lastThere({ lastEntry }: StreamValue): StreamId {
  return lastEntry?.node.id(lastEntry.index) ?? MIN_ID;
}

/** Who was waiting is answered also when an entry is gone again, then without any. */
function lastEver({ lastId }: StreamValue): StreamId {
  return lastId;
}

/** Answers with what the streams of these arguments have; false when that is nothing. */
function serve(call: Call, request: Request, places: readonly number[], lastOf: LastOf): boolean {
  const { args, reply } = call;
  const ready = places.filter((i) => hasNews(call, request, i, lastOf));
  if (ready.length === 0) return false;
  if (reply.protocol === 3) reply.map(ready.length);
  else reply.array(ready.length);
  for (const i of ready) {
    if (reply.protocol === 2) reply.array(2);
    reply.bulkString(args.string(i));
    if (request.group > 0) readInGroup(call, request, i);
    else {
      const stream = writeObject<StreamValue>(call, i, STREAM) as StreamValue;
      const start = nextId(request.after[i - request.first] as StreamId) as StreamId;
      writeEntries(reply, stream.range(start, MAX_ID), request.count);
    }
  }
  return true;
}

function hasNews(call: Call, request: Request, i: number, lastOf: LastOf): boolean {
  const stream = readObject<StreamValue>(call, i, STREAM);
  let after = request.after[i - request.first];
  if (request.group > 0) {
    if (after !== undefined) return true;
    after = groupOf(call, request, i, stream).lastId;
  }
  return stream !== undefined && compareIds(lastOf(stream), after as StreamId) > 0;
}

function readInGroup(call: Call, request: Request, i: number): void {
  const stream = writeObject<StreamValue>(call, i, STREAM) as StreamValue;
  const group = groupOf(call, request, i, stream);
  const consumer = consumerOf(call, group, request.group + 1, i);
  const after = request.after[i - request.first];
  if (after === undefined) deliverNew(call, request, stream, group, consumer);
  else history(call, stream, consumer, after, request.count);
  groupChanged(call, stream);
}

function deliverNew(
  { core, reply }: Call,
  { count, noAck }: Request,
  stream: StreamValue,
  group: ConsumerGroup,
  consumer: Consumer,
): void {
  const found: EntryPlace[] = [];
  for (const place of stream.range(nextId(group.lastId) as StreamId, MAX_ID)) {
    found.push(place);
    if (found.length === count) break;
  }
  reply.array(found.length);
  for (const place of found) {
    const id = place.node.id(place.index);
    stream.advance(group, id);
    if (!noAck) group.deliver(id, consumer, core.clock.now);
    writeEntry(reply, place);
  }
}

/** What was delivered to `consumer` before; a deleted entry has no fields any longer. */
function history(
  { core, reply }: Call,
  stream: StreamValue,
  consumer: Consumer,
  after: StreamId,
  count: number,
): void {
  const found = [];
  const start = nextId(after);
  for (const pending of start === undefined ? [] : consumer.pending.from(start)) {
    found.push(pending);
    if (found.length === count) break;
  }
  reply.array(found.length);
  for (const pending of found) {
    const place = stream.find(pending.id);
    if (place === undefined) {
      reply.array(2);
      writeId(reply, pending.id);
      reply.nullArray();
      continue;
    }
    writeEntry(reply, place);
    pending.deliveryTime = core.clock.now;
    pending.deliveryCount++;
  }
}
