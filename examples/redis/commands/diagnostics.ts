/**
 * SLOWLOG and MEMORY: what took long, and what takes space.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/
 *
 * See also latency.ts.
 */

import { getHeapStatistics } from "node:v8";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import type { Core } from "../core.ts";
import { replyError, SYNTAX_ERROR } from "../errors.ts";
import { help, subcommandError } from "../help.ts";
import { NONE } from "../keyspace/keyspace.ts";
import { memoryUse, processMemory } from "../memory.ts";
import type { Reply } from "../reply.ts";
import type { SlowlogEntry } from "../slowlog.ts";

const LOG = "admin loading stale";
const OPEN = "loading stale";

// biome-ignore format: a table is read by its columns
export const diagnosticsCommands: CommandGroup = { group: "server", rows: [
  ["slowlog",             -2, "",         0, 0, 0, help,          "2.2.12", "What took long"],
  ["slowlog|get",         -2, LOG,        0, 0, 0, slowlogGet,    "2.2.12", "The newest entries"],
  ["slowlog|help",         2, OPEN,       0, 0, 0, help,          "6.2.0",  "Prints this help"],
  ["slowlog|len",          2, LOG,        0, 0, 0, slowlogLen,    "2.2.12", "Number of entries"],
  ["slowlog|reset",        2, LOG,        0, 0, 0, slowlogReset,  "2.2.12", "Forgets the entries"],

  ["memory",              -2, "",         0, 0, 0, help,          "4.0.0",  "What takes memory"],
  ["memory|doctor",        2, "",         0, 0, 0, memoryDoctor,  "4.0.0",  "Is it too much?"],
  ["memory|help",          2, OPEN,       0, 0, 0, help,          "4.0.0",  "Prints this help"],
  ["memory|malloc-stats",  2, "",         0, 0, 0, mallocStats,   "4.0.0",  "V8's own figures"],
  ["memory|purge",         2, "",         0, 0, 0, purge,         "4.0.0",  "Collects garbage"],
  ["memory|stats",         2, "",         0, 0, 0, memoryStats,   "4.0.0",  "Its parts, in bytes"],
  ["memory|usage",        -3, "readonly", 2, 2, 1, memoryUsage,   "4.0.0",  "Of a key, estimated"],
] };

const BAD_COUNT = replyError("ERR count should be greater than or equal to -1");
const DEFAULT_ENTRIES = 10;
/** A process of Node needs tens of megabytes for itself; nothing is worth a remark below this. */
const LITTLE = 256 * 1024 * 1024;

/** SLOWLOG GET [count]; -1 is all. */
function slowlogGet(call: Call): void {
  const { args, core, reply } = call;
  if (args.count > 3) throw subcommandError(call);
  const count = args.count === 3 ? entryCount(args.string(2)) : DEFAULT_ENTRIES;
  const entries = count === -1 ? core.slowlog.entries : core.slowlog.entries.slice(0, count);
  reply.array(entries.length);
  for (const entry of entries) describeEntry(entry, reply);
}

function entryCount(text: string): number {
  if (!/^(?:-1|0|[1-9][0-9]{0,18})$/.test(text)) throw BAD_COUNT;
  return Number(text);
}

function describeEntry(entry: SlowlogEntry, reply: Reply): void {
  reply.array(6);
  reply.integer(entry.id);
  reply.integer(entry.time);
  reply.integer(entry.microseconds);
  reply.bulkStrings(entry.args);
  reply.bulkString(entry.address);
  reply.bulkString(entry.clientName);
}

function slowlogLen({ core, reply }: Call): void {
  reply.integer(core.slowlog.entries.length);
}

function slowlogReset({ core, reply }: Call): void {
  core.slowlog.clear();
  reply.ok();
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function memoryDoctor({ core, reply }: Call): void {
  const { peak, resident } = memoryUse(core);
  const { used } = processMemory();
  const limit = getHeapStatistics().heap_size_limit;
  const findings = [
    [used > 0.8 * limit, "The JavaScript heap is near its limit: see node --max-old-space-size."],
    [peak > LITTLE && peak > 2 * resident, "Much more memory was in use before than is now."],
    [resident > LITTLE && resident > 2 * used, "Half of the process's memory is not in use."],
  ] as const;
  const found = findings.filter(([isSo]) => isSo).map(([, finding]) => finding);
  reply.verbatim("txt", `${found.join("\n") || "Nothing is wrong with the use of memory."}\n`);
}

function mallocStats({ reply }: Call): void {
  const lines = Object.entries(getHeapStatistics()).map(([name, value]) => `${name}: ${value}`);
  reply.verbatim("txt", `${lines.join("\n")}\n`);
}

/** The collector is ours to call only under `node --expose-gc`; else it comes when it comes. */
function purge({ reply }: Call): void {
  globalThis.gc?.();
  reply.ok();
}

/** MEMORY USAGE key [SAMPLES count]: values know their size, so that none has to be sampled. */
function memoryUsage({ args, db, reply }: Call): void {
  for (let i = 3; i < args.count; i += 2) {
    if (!args.is(i, "samples") || i + 1 >= args.count) throw SYNTAX_ERROR;
    if (args.integer(i + 1) < 0) throw SYNTAX_ERROR;
  }
  const ref = db.peekName(args.string(2));
  if (ref === NONE) reply.null();
  else reply.integer(db.sizeOf(ref));
}

/** A map of sizes in bytes and of ratios, and one map for each database that holds keys. */
function memoryStats({ core, reply }: Call): void {
  const databases = [...core.databases.entries()].filter(([, { size }]) => size > 0);
  const parts = memoryParts(core);
  reply.map(parts.length + databases.length);
  for (const [name, kind, value] of parts) {
    reply.bulkString(name);
    if (kind === "ratio") reply.double(value);
    else reply.integer(value);
  }
  for (const [i, { mainTableBytes, expiresTableBytes }] of databases) {
    reply.bulkString(`db.${i}`);
    reply.map(2);
    reply.bulkString("overhead.hashtable.main");
    reply.integer(mainTableBytes);
    reply.bulkString("overhead.hashtable.expires");
    reply.integer(expiresTableBytes);
  }
}

type Part = readonly [name: string, kind: "bytes" | "count" | "ratio", value: number];

function memoryParts(core: Core): Part[] {
  const { used, peak, clients, overhead, unused, resident } = memoryUse(core);
  const keys = core.databases.reduce((total, { size }) => total + size, 0);
  const dataset = used - overhead;
  return [
    ["peak.allocated", "bytes", peak],
    ["total.allocated", "bytes", used],
    ["startup.allocated", "bytes", 0],
    ["replication.backlog", "bytes", 0],
    ["clients.slaves", "bytes", 0],
    ["clients.normal", "bytes", clients],
    ["cluster.links", "bytes", 0],
    ["aof.buffer", "bytes", 0],
    ["lua.caches", "bytes", 0],
    ["functions.caches", "bytes", 0],
    ["overhead.total", "bytes", overhead],
    ["keys.count", "count", keys],
    ["keys.bytes-per-key", "bytes", keys === 0 ? 0 : Math.round(used / keys)],
    ["dataset.bytes", "bytes", dataset],
    ["dataset.percentage", "ratio", share(dataset, used) * 100],
    ["peak.percentage", "ratio", share(used, peak) * 100],
    ["allocator.allocated", "bytes", used],
    ["allocator.active", "bytes", used + unused],
    ["allocator.resident", "bytes", resident],
    ["allocator-fragmentation.ratio", "ratio", share(used + unused, used)],
    ["allocator-fragmentation.bytes", "bytes", unused],
    ["allocator-rss.ratio", "ratio", share(resident, used + unused)],
    ["allocator-rss.bytes", "bytes", resident - used - unused],
    ["rss-overhead.ratio", "ratio", 1],
    ["rss-overhead.bytes", "bytes", 0],
    ["fragmentation", "ratio", share(resident, used)],
    ["fragmentation.bytes", "bytes", resident - used],
  ];
}
