/**
 * Arguments and replies that the stream commands share: ids as they are written, ranges, trimming,
 * and an entry as it is sent.
 */

import type { Args } from "./args.ts";
import type { Call } from "./call.ts";
import { replyError, SYNTAX_ERROR } from "./errors.ts";
import { writeInteger } from "./number.ts";
import type { Reply } from "./reply.ts";
import type { EntryPlace, Trim } from "./types/stream.ts";
import {
  formatId,
  type Half,
  MAX_ID,
  MIN_ID,
  nextId,
  parseHalf,
  previousId,
  type StreamId,
} from "./types/stream-id.ts";

export const INVALID_ID = replyError("ERR Invalid stream ID specified as stream command argument");
const INVALID_START = replyError("ERR invalid start ID for the interval");
const INVALID_END = replyError("ERR invalid end ID for the interval");
const TWO_STRATEGIES = replyError(
  "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
);
const NEGATIVE_LENGTH = replyError("ERR The MAXLEN argument must be >= 0.");
const NEGATIVE_LIMIT = replyError("ERR The LIMIT argument must be >= 0.");
const LIMIT_ALONE = replyError(
  "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
);
const LIMIT_EXACT = replyError(
  "ERR syntax error, LIMIT cannot be used without the special ~ option",
);

const LONGEST_ID = 127;

/** An id with both halves, or with one: then `missing` is the number within the millisecond. */
export function strictId(args: Args, i: number, missing: Half = 0): StreamId {
  const id = parseId(args, i, missing);
  if (id === undefined) throw INVALID_ID;
  return id;
}

/** The same; undefined when it is no id. */
export function parseId(args: Args, i: number, missing: Half = 0): StreamId | undefined {
  if (args.length(i) > LONGEST_ID) return undefined;
  const [text = ""] = args.string(i).split("\0", 1);
  const dash = text.indexOf("-");
  const ms = parseHalf(dash < 0 ? text : text.slice(0, dash));
  const seq = dash < 0 ? missing : parseHalf(text.slice(dash + 1));
  return ms === undefined || seq === undefined ? undefined : { ms, seq };
}

/** The same, or `-` and `+` for the first and the last one that can be. */
export function looseId(args: Args, i: number, missing: Half = 0): StreamId {
  if (args.is(i, "-")) return MIN_ID;
  return args.is(i, "+") ? MAX_ID : strictId(args, i, missing);
}

/** One end of a range; behind `(` the id itself is not in it. */
export function rangeStart(args: Args, i: number): StreamId {
  const bare = exclusive(args, i);
  const id = bare === undefined ? looseId(args, i) : nextId(strictId(bare, 0));
  if (id === undefined) throw INVALID_START;
  return id;
}

export function rangeEnd(args: Args, i: number): StreamId {
  const bare = exclusive(args, i);
  if (bare === undefined) return looseId(args, i, MAX_ID.seq);
  const id = previousId(strictId(bare, 0, MAX_ID.seq));
  if (id === undefined) throw INVALID_END;
  return id;
}

const OPENING = 40;

/** What stands behind an opening parenthesis, as the only argument. */
function exclusive(args: Args, i: number): Args | undefined {
  if (args.length(i) < 2 || args.buffer[args.offset(i)] !== OPENING) return undefined;
  const bare = args.copy();
  const offset = bare.offset(i) + 1;
  const length = bare.length(i) - 1;
  bare.clear();
  bare.push(offset, length);
  return bare;
}

/** The options of XADD and XTRIM, as far as they say what goes. */
export class TrimOptions {
  private trim: { length?: number; id?: StreamId; isApproximate: boolean } | undefined;
  private limit: number | undefined;

  /** Reads the option at `i`; the argument after it, or 0 when it is none of these. */
  read(args: Args, i: number): number {
    if (i + 1 >= args.count) return 0;
    if (args.is(i, "limit")) {
      this.limit = args.integer(i + 1);
      if (this.limit < 0) throw NEGATIVE_LIMIT;
      return i + 2;
    }
    const byLength = args.is(i, "maxlen");
    if (!byLength && !args.is(i, "minid")) return 0;
    if (this.trim !== undefined) throw TWO_STRATEGIES;
    const hasMore = i + 2 < args.count;
    const isApproximate = hasMore && args.is(i + 1, "~");
    const at = isApproximate || (hasMore && args.is(i + 1, "=")) ? i + 2 : i + 1;
    if (byLength) this.trim = { length: args.integer(at), isApproximate };
    else this.trim = { id: strictId(args, at), isApproximate };
    if ((this.trim.length ?? 0) < 0) throw NEGATIVE_LENGTH;
    return at + 1;
  }

  /** What is to be done; undefined when nothing was said. */
  finish({ core }: Call): Trim | undefined {
    const { limit, trim } = this;
    if (trim === undefined) {
      if (limit) throw LIMIT_ALONE;
      return undefined;
    }
    if (limit !== undefined && !trim.isApproximate) throw LIMIT_EXACT;
    if (!trim.isApproximate) return { ...trim, limit: 0 };
    const usual = 100 * core.settings["stream-node-max-entries"];
    return { ...trim, limit: limit ?? (usual <= 0 ? 10_000 : Math.min(usual, 1_000_000)) };
  }
}

const DASH = 45;
/** The id that was written last; those of one turn of the loop begin with the same digits. */
const written = Buffer.alloc(40);
let writtenMs = -1;
let dash = 0;

export function writeId(reply: Reply, id: StreamId): void {
  const { ms, seq } = id;
  if (typeof ms === "bigint" || typeof seq === "bigint") {
    reply.bulkString(formatId(id));
    return;
  }
  if (ms !== writtenMs) {
    dash = writeInteger(written, ms, 0);
    written[dash] = DASH;
    writtenMs = ms;
  }
  reply.bulk(written, 0, writeInteger(written, seq, dash + 1));
}

/** An entry: its id, and its fields and values. */
export function writeEntry(reply: Reply, { node, index }: EntryPlace): void {
  reply.array(2);
  writeId(reply, node.id(index));
  reply.array(node.itemCount(index));
  node.items(index, (buffer, offset, length) => reply.bulk(buffer, offset, length));
}

/** Entries, at most `count` of them when that is not 0; returns how many. */
export function writeEntries(reply: Reply, places: Iterable<EntryPlace>, count: number): number {
  const found: EntryPlace[] = [];
  for (const place of places) {
    found.push(place);
    if (found.length === count) break;
  }
  reply.array(found.length);
  for (const place of found) writeEntry(reply, place);
  return found.length;
}

/** The number behind an option; a syntax error when there is none. */
export function optionValue(args: Args, i: number): number {
  if (i + 1 >= args.count) throw SYNTAX_ERROR;
  return args.integer(i + 1);
}
