/**
 * A value out of one server and into another: DUMP and RESTORE.
 * https://redis.io/docs/latest/commands/restore/
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { NONE, type Ref } from "../keyspace/keyspace.ts";
import { STRING } from "../keyspace/types.ts";
import { GENERIC_EVENT, notify } from "../keyspace-events.ts";
import { lookupRead, lookupWrite } from "../lookup.ts";
import { openPayload, sealPayload } from "../rdb/payload.ts";
import { CorruptDump, type RdbReader } from "../rdb/reader.ts";
import { type ReadValue, readValue, writeValue } from "../rdb/value.ts";
import { RdbWriter } from "../rdb/writer.ts";

const RESTORES = "write denyoom";
const BY_CLUSTERS = "write denyoom asking";

// biome-ignore format: a table is read by its columns
export const dumpCommands: CommandGroup = { group: "generic", rows: [
  ["dump",     2, "readonly", 1, 1, 1, dump,    "2.6.0", "A value as bytes"],
  ["restore", -4, RESTORES,   1, 1, 1, restore, "2.6.0", "Makes a key of such bytes"],
] };

// biome-ignore format: a table is read by its columns
export const clusterDumpCommands: CommandGroup = { group: "server", rows: [
  ["restore-asking", -4, BY_CLUSTERS, 1, 1, 1, restore, "3.0.0", "RESTORE between nodes"],
] };

const BUSY_KEY = replyError("BUSYKEY Target key name already exists.");
const BAD_PAYLOAD = replyError("ERR DUMP payload version or checksum are wrong");
const BAD_FORMAT = replyError("ERR Bad data format");
const BAD_TTL = replyError("ERR Invalid TTL value, must be >= 0");
const BAD_IDLE_TIME = replyError("ERR Invalid IDLETIME value, must be >= 0");
const BAD_FREQUENCY = replyError("ERR Invalid FREQ value, must be >= 0 and <= 255");
const MOST_FREQUENT = 255;

function dump(call: Call): void {
  const { core, db, reply } = call;
  const ref = lookupRead(call, 1);
  if (ref === NONE) {
    reply.null();
    return;
  }
  const writer = new RdbWriter(core.settings.rdbcompression ? "lzf" : "none");
  writeValue(writer, db, ref, core.settings);
  const payload = sealPayload(writer);
  reply.bulk(payload, 0, payload.length);
}

interface RestoreOptions {
  replaces: boolean;
  isAbsolute: boolean;
  /** Seconds. */
  idleTime: number | undefined;
  frequency: number | undefined;
}

/** RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency] */
function restore(call: Call): void {
  const { args, core, db, reply } = call;
  const options = parseOptions(args);
  const isTaken = lookupWrite(call, 1) !== NONE;
  if (isTaken && !options.replaces) throw BUSY_KEY;
  const ttl = args.integer(2);
  if (ttl < 0) throw BAD_TTL;
  const value = readPayload(call);
  const at = ttl === 0 || options.isAbsolute ? ttl : ttl + core.clock.now;
  if (at !== 0 && at <= core.clock.now) {
    if (isTaken) removeOld(call);
    reply.ok();
    return;
  }
  const ref = setUse(call, store(call, value), options);
  if (at !== 0) db.setExpiry(ref, at);
  notify(call, GENERIC_EVENT, "restore", 1);
  reply.ok();
}

function parseOptions(args: Args): RestoreOptions {
  const options: RestoreOptions = {
    replaces: false,
    isAbsolute: false,
    idleTime: undefined,
    frequency: undefined,
  };
  for (let i = 4; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, "replace")) options.replaces = true;
    else if (args.is(i, "absttl")) options.isAbsolute = true;
    else if (args.is(i, "idletime") && hasMore && options.frequency === undefined) {
      options.idleTime = args.integer(++i);
      if (options.idleTime < 0) throw BAD_IDLE_TIME;
    } else if (args.is(i, "freq") && hasMore && options.idleTime === undefined) {
      options.frequency = args.integer(++i);
      if (options.frequency < 0 || options.frequency > MOST_FREQUENT) throw BAD_FREQUENCY;
    } else throw SYNTAX_ERROR;
  }
  return options;
}

function readPayload({ args, core }: Call): ReadValue {
  const start = args.offset(3);
  const reader = openPayload(args.buffer, start, start + args.length(3));
  if (reader === undefined) throw BAD_PAYLOAD;
  return read(reader, core.settings);
}

function read(reader: RdbReader, settings: Call["core"]["settings"]): ReadValue {
  try {
    return readValue(reader, settings);
  } catch (error) {
    if (error instanceof CorruptDump) throw BAD_FORMAT;
    throw error;
  }
}

function removeOld(call: Call): void {
  call.db.removeName(call.args.string(1));
  notify(call, GENERIC_EVENT, "del", 1);
}

function store({ args, db }: Call, read: ReadValue): Ref {
  if (read.type !== STRING) return db.setObject(args.string(1), read.type, read.value);
  const { bytes } = read;
  const [offset, length] = [args.offset(1), args.length(1)];
  return db.setString(args.buffer, offset, length, bytes, 0, bytes.length);
}

/** How long ago, or how often, the key was used, as far as the policy of eviction asks for it. */
function setUse({ db }: Call, ref: Ref, { frequency, idleTime }: RestoreOptions): Ref {
  db.setUse(ref, (access) => {
    if (!access.countsFrequency) return access.unusedFor((idleTime ?? 0) * 1000);
    return frequency === undefined ? access.first() : access.usedAsOften(frequency);
  });
  return ref;
}
