/**
 * Consumer groups of streams, and what is told about them.
 * https://redis.io/docs/latest/commands/xgroup/
 *
 * See also stream-pending.ts, for what was delivered and not acknowledged.
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError } from "../errors.ts";
import { help, subcommandError } from "../help.ts";
import { STREAM } from "../keyspace/types.ts";
import { notify, STREAM_EVENT } from "../keyspace-events.ts";
import { writeObject } from "../lookup.ts";
import { looseId, strictId } from "../stream-args.ts";
import { groupChanged } from "../stream-consumer.ts";
import { ConsumerGroup, UNKNOWN_COUNT } from "../types/consumer-group.ts";
import { StreamValue } from "../types/stream.ts";
import type { StreamId } from "../types/stream-id.ts";

const GROW = "write denyoom";
const OPEN = "loading stale";

// biome-ignore format: a table is read by its columns
export const streamGroupCommands: CommandGroup = { group: "stream", rows: [
  ["xgroup",                -2, "",      0, 0, 0, help,           "5.0.0", "Consumer groups"],
  ["xgroup|create",         -5, GROW,    2, 2, 1, create,         "5.0.0", "Adds a group"],
  ["xgroup|createconsumer",  5, GROW,    2, 2, 1, createConsumer, "6.2.0", "Adds a consumer"],
  ["xgroup|delconsumer",     5, "write", 2, 2, 1, delConsumer,    "5.0.0", "Removes a consumer"],
  ["xgroup|destroy",         4, "write", 2, 2, 1, destroy,        "5.0.0", "Removes a group"],
  ["xgroup|help",            2, OPEN,    0, 0, 0, help,           "5.0.0", "These lines"],
  ["xgroup|setid",          -5, "write", 2, 2, 1, setId,          "5.0.0", "Where it goes on"],
] };

const NO_STREAM = replyError(
  "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use " +
    "the MKSTREAM option to create an empty stream automatically.",
);
const BUSY = replyError("BUSYGROUP Consumer Group name already exists");
const BAD_COUNT = replyError("ERR value for ENTRIESREAD must be positive or -1");

interface GroupOptions {
  makesStream: boolean;
  entriesRead: number;
}

function parseOptions(call: Call, isCreate: boolean): GroupOptions {
  const { args } = call;
  const options: GroupOptions = { makesStream: false, entriesRead: UNKNOWN_COUNT };
  for (let i = 5; i < args.count; i++) {
    if (isCreate && args.is(i, "mkstream")) options.makesStream = true;
    else if (args.is(i, "entriesread") && i + 1 < args.count) {
      options.entriesRead = args.integer(++i);
      if (options.entriesRead < UNKNOWN_COUNT) throw BAD_COUNT;
    } else throw subcommandError(call);
  }
  return options;
}

/** XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD n] */
function create(call: Call): void {
  const { args, db, reply } = call;
  const { entriesRead, makesStream } = parseOptions(call, true);
  const found = writeObject<StreamValue>(call, 2, STREAM);
  if (found === undefined && !makesStream) throw NO_STREAM;
  // An option may be said twice, but not so often.
  if (args.count > 8) throw subcommandError(call);
  const stream = found ?? new StreamValue();
  const id = groupId(call, stream, strictId);
  const name = args.string(3);
  if (stream.groups.has(name)) throw BUSY;
  stream.groups.set(name, new ConsumerGroup(id, entriesRead));
  if (found === undefined) db.setObject(args.string(2), STREAM, stream);
  else groupChanged(call, stream);
  notify(call, STREAM_EVENT, "xgroup-create", 2);
  reply.ok();
}

/** The id in argument 4; `$` is that of the last entry. */
function groupId({ args }: Call, stream: StreamValue, parse: typeof strictId): StreamId {
  return args.is(4, "$") ? stream.lastId : parse(args, 4);
}

function findStream(call: Call): StreamValue {
  const stream = writeObject<StreamValue>(call, 2, STREAM);
  if (stream === undefined) throw NO_STREAM;
  return stream;
}

function findGroup({ args }: Call, stream: StreamValue): ConsumerGroup {
  const group = stream.groups.get(args.string(3));
  if (group !== undefined) return group;
  throw replyError(
    `NOGROUP No such consumer group '${args.printed(3)}' for key name '${args.printed(2)}'`,
  );
}

/** XGROUP CREATECONSUMER key group consumer */
function createConsumer(call: Call): void {
  const { args, core, reply } = call;
  const stream = findStream(call);
  const group = findGroup(call, stream);
  const isNew = !group.consumers.has(args.string(4));
  if (isNew) {
    group.addConsumer(args.string(4), core.clock.now);
    tellChanged(call, stream, "xgroup-createconsumer");
  }
  reply.integer(isNew ? 1 : 0);
}

/** XGROUP DELCONSUMER key group consumer */
function delConsumer(call: Call): void {
  const { args, reply } = call;
  const stream = findStream(call);
  const group = findGroup(call, stream);
  const isThere = group.consumers.has(args.string(4));
  const pending = group.removeConsumer(args.string(4));
  if (isThere) tellChanged(call, stream, "xgroup-delconsumer");
  reply.integer(pending);
}

/** XGROUP DESTROY key group */
function destroy(call: Call): void {
  const { args, core, db, reply } = call;
  const stream = findStream(call);
  const isThere = stream.groups.delete(args.string(3));
  if (isThere) {
    tellChanged(call, stream, "xgroup-destroy");
    core.blocking.objectChanged(db, args.string(2));
  }
  reply.integer(isThere ? 1 : 0);
}

/** XGROUP SETID key group id|$ [ENTRIESREAD n] */
function setId(call: Call): void {
  const { entriesRead } = parseOptions(call, false);
  const stream = findStream(call);
  const group = findGroup(call, stream);
  if (call.args.count > 7) throw subcommandError(call);
  group.lastId = groupId(call, stream, looseId);
  group.entriesRead = entriesRead;
  tellChanged(call, stream, "xgroup-setid");
  call.reply.ok();
}

function tellChanged(call: Call, stream: StreamValue, event: string): void {
  groupChanged(call, stream);
  notify(call, STREAM_EVENT, event, 2);
}
