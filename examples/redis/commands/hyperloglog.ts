/**
 * HyperLogLog: counting different elements, about, in strings of 12 kB at most.
 * https://redis.io/docs/latest/commands/?group=hyperloglog
 *
 * See also types/hyperloglog.ts.
 */

import { randomBytes } from "node:crypto";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError } from "../errors.ts";
import { type Keyspace, NONE, type Ref } from "../keyspace/keyspace.ts";
import { notify, STRING_EVENT } from "../keyspace-events.ts";
import { lookupString, lookupStringWrite, lookupWrite } from "../lookup.ts";
import { keepAsBytes, stringBytes } from "../string-bytes.ts";
import { countRegisters, HyperLogLog, REGISTERS } from "../types/hyperloglog.ts";

// biome-ignore format: a table is read by its columns
export const hyperloglogCommands: CommandGroup = { group: "hyperloglog", rows: [
  ["pfadd",     -2, "write denyoom fast",  1,  1, 1, pfadd,      "2.8.9", "Adds elements"],
  ["pfcount",   -2, "readonly",            1, -1, 1, pfcount,    "2.8.9", "How many, about"],
  ["pfmerge",   -2, "write denyoom",       1, -1, 1, pfmerge,    "2.8.9", "Unites several"],
  ["pfdebug",    3, "write denyoom admin", 2,  2, 1, pfdebug,    "2.8.9", "Shows the registers"],
  ["pfselftest", 1, "admin",               0,  0, 0, pfselftest, "2.8.9", "Tests the estimates"],
] };

const NOT_ONE = replyError("WRONGTYPE Key is not a valid HyperLogLog string value.");
const CORRUPT = replyError("INVALIDOBJ Corrupted HLL object detected");
const NO_KEY = replyError("ERR The specified key does not exist");
const NOT_SPARSE = replyError("ERR HLL encoding is not sparse");

/** A longer string is kept apart from its key, which is what Redis says of all of these. */
const EMBEDDED_LIMIT = 44;

/** The one under a key that was looked up; in place, so that it holds until the next change. */
function open(call: Call, ref: Ref): HyperLogLog {
  const bytes = stringBytes(call, ref);
  if (!HyperLogLog.isOne(bytes)) throw NOT_ONE;
  return new HyperLogLog(bytes);
}

/** As `open`, for a change that may make it longer. */
function openForChange(call: Call, ref: Ref): HyperLogLog {
  const found = ref === NONE ? HyperLogLog.empty() : open(call, ref);
  return found.isDense ? found : new HyperLogLog(Buffer.from(found.bytes));
}

/** Stores what `openForChange` gave: so many changes. */
function save({ args, db }: Call, i: number, ref: Ref, hll: HyperLogLog, changed: number): void {
  const { changes } = db;
  const { bytes, length } = hll;
  const target = ref === NONE ? db.setStringValue(args.string(i), "") : ref;
  if (isInPlace(db, target, bytes)) {
    db.resizeString(target, length);
  } else if (length > EMBEDDED_LIMIT) {
    db.replaceString(target, bytes, 0, length);
  } else {
    db.resizeString(target, length);
    bytes.copy(db.buffer, db.offset, 0, length);
  }
  db.changes = changes + changed;
}

function isInPlace(db: Keyspace, ref: Ref, bytes: Buffer): boolean {
  db.readString(ref);
  const { buffer, offset } = db;
  return bytes.buffer === buffer.buffer && bytes.byteOffset === buffer.byteOffset + offset;
}

/** PFADD key [element …] */
function pfadd(call: Call): void {
  const { args, core, reply } = call;
  const ref = lookupStringWrite(call, 1);
  const hll = openForChange(call, ref);
  const limit = core.settings["hll-sparse-max-bytes"];
  let changed = ref === NONE ? 1 : 0;
  let isCorrupt = false;
  for (let i = 2; i < args.count && !isCorrupt; i++) {
    const result = hll.add(args.buffer, args.offset(i), args.length(i), limit);
    if (result === "raised") changed++;
    isCorrupt = result === "corrupt";
  }
  if (changed > 0) {
    hll.invalidate();
    save(call, 1, ref, hll, changed);
  } else {
    keepAsBytes(call, ref);
  }
  if (isCorrupt) throw CORRUPT;
  if (changed > 0) notify(call, STRING_EVENT, "pfadd", 1);
  reply.integer(changed > 0 ? 1 : 0);
}

/** PFCOUNT key [key …] */
function pfcount(call: Call): void {
  call.reply.integer(call.args.count > 2 ? countUnion(call) : countOne(call));
}

function countUnion(call: Call): bigint {
  const registers = new Uint8Array(REGISTERS);
  for (let i = 1; i < call.args.count; i++) merge(call, i, registers);
  return countRegisters(registers);
}

/** Raises `registers` to those of the one in argument `i`; returns it, if it is there. */
function merge(call: Call, i: number, registers: Uint8Array): HyperLogLog | undefined {
  const ref = lookupString(call, i);
  if (ref === NONE) return undefined;
  const hll = open(call, ref);
  if (!hll.mergeInto(registers)) throw CORRUPT;
  return hll;
}

/** The count is kept in the string: a reader that changes it, and says so. */
function countOne(call: Call): bigint {
  const ref = lookupString(call, 1);
  if (ref === NONE) return 0n;
  const hll = open(call, ref);
  const cached = hll.cachedCount;
  if (cached !== undefined) {
    keepAsBytes(call, ref);
    return cached;
  }
  const count = hll.count();
  if (count === undefined) throw CORRUPT;
  hll.cachedCount = count;
  save(call, 1, ref, hll, 1);
  return count;
}

/** PFMERGE destkey [sourcekey …] */
function pfmerge(call: Call): void {
  const { args, core, reply } = call;
  const registers = new Uint8Array(REGISTERS);
  let isDense = false;
  for (let i = 1; i < args.count; i++) {
    if (merge(call, i, registers)?.isDense === true) isDense = true;
  }
  const ref = lookupWrite(call, 1);
  const hll = openForChange(call, ref);
  if (isDense && !hll.makeDense()) throw CORRUPT;
  const limit = core.settings["hll-sparse-max-bytes"];
  registers.forEach((value, i) => {
    if (value > 0) hll.raise(i, value, limit);
  });
  hll.invalidate();
  save(call, 1, ref, hll, 1);
  notify(call, STRING_EVENT, "pfadd", 1);
  reply.ok();
}

/** PFDEBUG GETREG|DECODE|ENCODING|TODENSE key */
function pfdebug(call: Call): void {
  const { args, reply } = call;
  const ref = lookupString(call, 2);
  if (ref === NONE) throw NO_KEY;
  const hll = openForChange(call, ref);
  keepAsBytes(call, ref);
  if (args.is(1, "getreg")) {
    makeDense(call, ref, hll);
    const registers = hll.registers();
    reply.array(REGISTERS);
    registers?.forEach((value) => {
      reply.integer(value);
    });
  } else if (args.is(1, "decode")) {
    if (hll.isDense) throw NOT_SPARSE;
    reply.bulkString(runsOf(hll));
  } else if (args.is(1, "encoding")) {
    reply.simple(hll.isDense ? "dense" : "sparse");
  } else if (args.is(1, "todense")) {
    reply.integer(makeDense(call, ref, hll) ? 1 : 0);
  } else {
    throw replyError(`ERR Unknown PFDEBUG subcommand '${args.string(1)}'`);
  }
}

/** Whether there was something to do. */
function makeDense(call: Call, ref: Ref, hll: HyperLogLog): boolean {
  if (hll.isDense) return false;
  if (!hll.makeDense()) throw CORRUPT;
  save(call, 2, ref, hll, 1);
  return true;
}

/** `z:10 v:3,2 Z:16372`: zeros in one byte, values and how many, zeros in two bytes. */
function runsOf(hll: HyperLogLog): string {
  const runs: string[] = [];
  hll.eachRun((value, count, size) => {
    if (value > 0) runs.push(`v:${value},${count}`);
    else runs.push(`${size === 1 ? "z" : "Z"}:${count}`);
    return true;
  });
  return runs.join(" ");
}

/** As many as are counted with the server waiting. */
const TESTED = 100_000;
/** Redis allows its own test six standard errors, of 1.04 / sqrt(REGISTERS) each. */
const TOLERANCE = (6 * 1.04) / Math.sqrt(REGISTERS);

/** Counts ever more elements, sparse and dense: both must agree, and be close to the truth. */
function pfselftest({ core, reply }: Call): void {
  const limit = core.settings["hll-sparse-max-bytes"];
  const sparse = HyperLogLog.empty();
  const dense = HyperLogLog.empty();
  dense.makeDense();
  const element = randomBytes(8);
  for (let i = 1, next = 1; i <= TESTED; i++) {
    element.writeUInt32LE(i);
    sparse.add(element, 0, element.length, limit);
    dense.add(element, 0, element.length, limit);
    if (i < next) continue;
    next *= 10;
    const count = dense.count() as bigint;
    if (count !== sparse.count()) throw replyError("TESTFAILED dense/sparse disagree");
    if (Math.abs(Number(count) - i) > Math.ceil(i * TOLERANCE)) {
      throw replyError(`TESTFAILED Too big error. card:${i} estimate:${count}`);
    }
  }
  reply.ok();
}
