/**
 * Streams: entries with fields, in the order of their ids.
 * https://redis.io/docs/latest/commands/?group=stream
 *
 * See also stream-read.ts, stream-group.ts and stream-pending.ts.
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR, wrongArity } from "../errors.ts";
import { NONE } from "../keyspace/keyspace.ts";
import { STREAM } from "../keyspace/types.ts";
import { notify, STREAM_EVENT } from "../keyspace-events.ts";
import { lookupWrite, readObject, signalModified, writeObject } from "../lookup.ts";
import {
  INVALID_ID,
  optionValue,
  rangeEnd,
  rangeStart,
  strictId,
  TrimOptions,
  writeEntries,
  writeId,
} from "../stream-args.ts";
import { groupChanged } from "../stream-consumer.ts";
import { StreamValue } from "../types/stream.ts";
import { compareIds, MIN_ID, nextId, parseHalf, type StreamId } from "../types/stream-id.ts";

const GROW_FAST = "write denyoom fast";

// biome-ignore format: a table is read by its columns
export const streamCommands: CommandGroup = { group: "stream", rows: [
  ["xadd",      -5, GROW_FAST,       1, 1, 1, xadd,      "5.0.0", "Appends an entry"],
  ["xlen",       2, "readonly fast", 1, 1, 1, xlen,      "5.0.0", "How many entries"],
  ["xrange",    -4, "readonly",      1, 1, 1, xrange,    "5.0.0", "Entries between two ids"],
  ["xrevrange", -4, "readonly",      1, 1, 1, xrevrange, "5.0.0", "The same, the last one first"],
  ["xdel",      -3, "write fast",    1, 1, 1, xdel,      "5.0.0", "Removes entries"],
  ["xtrim",     -4, "write",         1, 1, 1, xtrim,     "5.0.0", "Removes the oldest entries"],
  ["xsetid",    -3, GROW_FAST,       1, 1, 1, xsetid,    "5.0.0", "Sets the last id"],
] };

const ZERO_ID = replyError("ERR The ID specified in XADD must be greater than 0-0");
const EXHAUSTED = replyError(
  "ERR The stream has exhausted the last possible ID, unable to add more items",
);
const NOT_LATER = replyError(
  "ERR The ID specified in XADD is equal or smaller than the target stream top item",
);
const NO_STRATEGY = replyError("ERR syntax error, XTRIM must be called with a trimming strategy");
const TOO_LARGE = replyError("ERR Elements are too large to be stored");
const LARGEST_ENTRY = 2 ** 30;

/** What XADD says of the id: all of it, its milliseconds, or nothing. */
interface WantedId {
  readonly id: StreamId | undefined;
  readonly isWhole: boolean;
}

const ANY_ID: WantedId = { id: undefined, isWhole: false };

/** XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] n [LIMIT n]] *|id field value [field value …] */
function xadd(call: Call): void {
  const { args, core, db, reply } = call;
  let options: TrimOptions | undefined;
  let creates = true;
  let i = 2;
  for (; i < args.count && !args.is(i, "*"); ) {
    options ??= new TrimOptions();
    const next = options.read(args, i);
    if (next > 0) i = next;
    else if (args.is(i, "nomkstream")) {
      creates = false;
      i++;
    } else break;
  }
  const wanted = i < args.count ? wantedId(call, i) : ANY_ID;
  const trim = options?.finish(call);
  const count = args.count - i - 1;
  if (count < 2 || count % 2 === 1) throw wrongArity("xadd");
  if (wanted.isWhole && wanted.id !== undefined && compareIds(wanted.id, MIN_ID) === 0) {
    throw ZERO_ID;
  }
  const found = writeObject<StreamValue>(call, 1, STREAM);
  if (found === undefined && !creates) {
    reply.null();
    return;
  }
  const stream = found ?? new StreamValue();
  const id = idFor(stream, wanted, core.clock.now);
  checkSize(call, i + 1);
  stream.append(id, args, i + 1, count, core.settings);
  const trimmed = trim === undefined ? 0 : stream.trim(trim);
  if (found === undefined) db.setObject(args.string(1), STREAM, stream);
  else signalModified(call, 1, stream);
  notify(call, STREAM_EVENT, "xadd", 1);
  if (trimmed > 0) notify(call, STREAM_EVENT, "xtrim", 1);
  writeId(reply, id);
}

function wantedId({ args }: Call, i: number): WantedId {
  if (args.is(i, "*")) return ANY_ID;
  const text = args.string(i);
  if (text.length > 127 || !text.endsWith("-*")) return { id: strictId(args, i), isWhole: true };
  const ms = parseHalf(text.slice(0, -2));
  if (ms === undefined) throw INVALID_ID;
  return { id: { ms, seq: 0 }, isWhole: false };
}

function idFor({ lastId }: StreamValue, { id, isWhole }: WantedId, now: number): StreamId {
  const next = nextId(lastId);
  if (next === undefined) throw EXHAUSTED;
  if (id === undefined) return now > lastId.ms ? { ms: now, seq: 0 } : next;
  if (!isWhole && id.ms === lastId.ms) {
    if (next.ms !== id.ms) throw NOT_LATER;
    return next;
  }
  if (compareIds(id, lastId) <= 0) throw NOT_LATER;
  return id;
}

function checkSize({ args }: Call, from: number): void {
  let size = 0;
  for (let i = from; i < args.count; i++) size += args.length(i);
  if (size > LARGEST_ENTRY) throw TOO_LARGE;
}

function xlen(call: Call): void {
  call.reply.integer(readObject<StreamValue>(call, 1, STREAM)?.length ?? 0);
}

/** XRANGE key start end [COUNT n] */
function xrange(call: Call): void {
  range(call, rangeStart(call.args, 2), rangeEnd(call.args, 3), false);
}

/** XREVRANGE key end start [COUNT n] */
function xrevrange(call: Call): void {
  const start = rangeStart(call.args, 3);
  range(call, start, rangeEnd(call.args, 2), true);
}

function range(call: Call, start: StreamId, end: StreamId, isReverse: boolean): void {
  const { args, reply } = call;
  let count = -1;
  for (let i = 4; i < args.count; i += 2) {
    if (!args.is(i, "count")) throw SYNTAX_ERROR;
    count = Math.max(0, optionValue(args, i));
  }
  const stream = readObject<StreamValue>(call, 1, STREAM);
  if (stream === undefined) reply.array(0);
  else if (count === 0) reply.nullArray();
  else {
    const places = isReverse ? stream.reverseRange(start, end) : stream.range(start, end);
    writeEntries(reply, places, Math.max(0, count));
  }
}

/** XDEL key id [id …] */
function xdel(call: Call): void {
  const { args, reply } = call;
  const stream = writeObject<StreamValue>(call, 1, STREAM);
  if (stream === undefined) {
    reply.integer(0);
    return;
  }
  const ids: StreamId[] = [];
  for (let i = 2; i < args.count; i++) ids.push(strictId(args, i));
  let deleted = 0;
  for (const id of ids) if (stream.delete(id)) deleted++;
  if (deleted > 0) tellChanged(call, stream, "xdel");
  reply.integer(deleted);
}

/** XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT n] */
function xtrim(call: Call): void {
  const { args, reply } = call;
  const options = new TrimOptions();
  for (let i = 2; i < args.count; ) {
    i = options.read(args, i);
    if (i === 0) throw SYNTAX_ERROR;
  }
  const trim = options.finish(call);
  if (trim === undefined) throw NO_STRATEGY;
  const stream = writeObject<StreamValue>(call, 1, STREAM);
  const deleted = stream?.trim(trim) ?? 0;
  if (stream !== undefined && deleted > 0) tellChanged(call, stream, "xtrim");
  reply.integer(deleted);
}

const NO_SUCH_KEY = replyError("ERR no such key");
const NEGATIVE_ADDED = replyError("ERR entries_added must be positive");
const BELOW_DELETED = replyError(
  "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
);
const BELOW_TOP = replyError(
  "ERR The ID specified in XSETID is smaller than the target stream top item",
);
const FEWER_ADDED = replyError(
  "ERR The entries_added specified in XSETID is smaller than the target stream length",
);

/** XSETID key id [ENTRIESADDED n] [MAXDELETEDID id] */
function xsetid(call: Call): void {
  const { args, reply } = call;
  const id = strictId(args, 2);
  let added = -1;
  let maxDeleted: StreamId | undefined;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw SYNTAX_ERROR;
    if (args.is(i, "entriesadded")) {
      added = args.integer(i + 1);
      if (added < 0) throw NEGATIVE_ADDED;
    } else if (args.is(i, "maxdeletedid")) {
      maxDeleted = strictId(args, i + 1);
      if (compareIds(id, maxDeleted) < 0) throw BELOW_DELETED;
    } else throw SYNTAX_ERROR;
  }
  if (lookupWrite(call, 1) === NONE) throw NO_SUCH_KEY;
  const stream = writeObject<StreamValue>(call, 1, STREAM) as StreamValue;
  if (stream.length > 0) {
    const last = stream.lastEntry;
    if (last !== undefined && compareIds(id, last.node.id(last.index)) < 0) throw BELOW_TOP;
    if (added !== -1 && added < stream.length) throw FEWER_ADDED;
  }
  stream.lastId = id;
  if (added !== -1) stream.entriesAdded = added;
  if (maxDeleted !== undefined && compareIds(maxDeleted, MIN_ID) > 0) {
    stream.maxDeletedId = maxDeleted;
  }
  groupChanged(call, stream);
  notify(call, STREAM_EVENT, "xsetid", 1);
  reply.ok();
}

function tellChanged(call: Call, stream: StreamValue, event: string): void {
  signalModified(call, 1, stream);
  notify(call, STREAM_EVENT, event, 1);
}
