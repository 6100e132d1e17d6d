/**
 * How much memory the process uses, as INFO and MEMORY report it, and an estimate of what one key
 * occupies: JavaScript does not tell the size of an object, so a walk adds up what V8 is known to
 * need for each. See also https://v8.dev/blog/heap-snapshots, and process.memoryUsage in Node.
 */

import type { Keyspace, Ref } from "./keyspace/keyspace.ts";
import { STRING } from "./keyspace/types.ts";
import type { Session } from "./session.ts";

interface ProcessMemory {
  /** JavaScript heap and the buffers outside it. */
  readonly used: number;
  readonly heapTotal: number;
  readonly resident: number;
  /** The most that was ever resident. */
  readonly peak: number;
}

export function processMemory(): ProcessMemory {
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
  const peak = Math.max(process.resourceUsage().maxRSS * 1024, rss);
  return { used: heapUsed + external, heapTotal: heapTotal + external, resident: rss, peak };
}

export function memoryOfClients(sessions: Iterable<Session>): number {
  let bytes = 0;
  for (const session of sessions) bytes += session.queryBufferCapacity + session.pendingOutput;
  return bytes;
}

/** What was in use before there were any data. */
export const STARTUP_MEMORY = processMemory().used;

const POINTER = 8;
const OBJECT_HEADER = 24;
const STRING_HEADER = 16;
const BUFFER_HEADER = 96;
const MAP_ENTRY = 40;
const SET_ENTRY = 32;
/** A record's header has 16 bytes, a slot of the index has 8, and five of eight slots are taken. */
export const KEY_OVERHEAD = 16 + 13;
/** The walk ends here, however large the value: an estimate must not stop the server. */
const MAX_OBJECTS = 100_000;

/** Bytes for key and value; of the elements of a collection, `samples` stand for all. */
export function estimateKey(db: Keyspace, ref: Ref, samples: number): number {
  const key = KEY_OVERHEAD + db.keyName(ref).length;
  if (db.type(ref) === STRING) return key + db.stringLength(ref);
  return Math.round(key + estimateObject(db.object(ref), samples));
}

function sizeOfString(text: string): number {
  return STRING_HEADER + Math.ceil(text.length / POINTER) * POINTER;
}

interface Part {
  readonly value: unknown;
  /** For how many parts of its kind this one stands. */
  readonly weight: number;
}

function estimateObject(root: object, samples: number): number {
  const seen = new Set<unknown>();
  const parts: Part[] = [{ value: root, weight: 1 }];
  let total = 0;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { value, weight } = part;
    if (typeof value === "string") total += sizeOfString(value) * weight;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    if (seen.size === MAX_OBJECTS) break;
    seen.add(value);
    const { size, children, count } = anatomy(value, samples);
    total += size * weight;
    const share = children.length === 0 ? 0 : (weight * count) / children.length;
    for (const child of children) parts.push({ value: child, weight: share });
  }
  return total;
}

interface Anatomy {
  /** Bytes of the object itself. */
  readonly size: number;
  /** Of `count` things it refers to, those that are looked at. */
  readonly children: readonly unknown[];
  readonly count: number;
}

function anatomy(value: object, samples: number): Anatomy {
  if (ArrayBuffer.isView(value)) {
    return { size: BUFFER_HEADER + value.byteLength, children: [], count: 0 };
  }
  if (Array.isArray(value)) {
    const size = OBJECT_HEADER + POINTER * value.length;
    return { size, children: value.slice(0, samples), count: value.length };
  }
  if (value instanceof Map || value instanceof Set) return anatomyOfTable(value, samples);
  const children = Object.values(value);
  const size = OBJECT_HEADER + POINTER * children.length;
  return { size, children, count: children.length };
}

function anatomyOfTable(table: Map<unknown, unknown> | Set<unknown>, samples: number): Anatomy {
  const entrySize = table instanceof Map ? MAP_ENTRY : SET_ENTRY;
  const children: unknown[] = [];
  let looked = 0;
  for (const [key, value] of table.entries()) {
    if (looked++ === samples) break;
    children.push(key);
    if (table instanceof Map) children.push(value);
  }
  const perEntry = table instanceof Map ? 2 : 1;
  return { size: OBJECT_HEADER + entrySize * table.size, children, count: table.size * perEntry };
}

/** `1.50M`, as INFO prints sizes for people. */
export function humanSize(bytes: number): string {
  let size = bytes;
  for (const unit of ["B", "K", "M", "G"]) {
    if (size < 1024) return unit === "B" ? `${size}B` : `${size.toFixed(2)}${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(2)}T`;
}
