/** Lists in dumps: a chain of listpacks, with a node of its own for an element that is huge. */

import type { Settings } from "../config.ts";
import { ListValue } from "../types/list.ts";
import { ListpackWriter, listpackElements } from "./listpack.ts";
import { CorruptDump, type RdbReader } from "./reader.ts";
import type { RdbWriter } from "./writer.ts";
import { ziplistElements } from "./ziplist.ts";

// How a node is kept: one element as it is, or a listpack.
const PLAIN = 1;
const PACKED = 2;

/** What list-max-listpack-size means when it is -1 to -5, in bytes of a node. */
const NODE_BYTES = [4096, 8192, 16384, 32768, 65536] as const;
/** A node limited by its number of elements is no larger than this either. */
const SAFE_BYTES = 8192;
/** What an element is thought to need beside its own bytes. */
const OVERHEAD = 8;
const HUGE = 1 << 30;
/** A container, a listpack's length, and the shortest one. */
const LEAST_NODE = 2;

/** Writes nodes as Redis fills them when elements are appended one by one. */
export function writeList(writer: RdbWriter, list: ListValue, settings: Settings): void {
  const nodes: { container: number; bytes: Buffer }[] = [];
  let node = new ListpackWriter();
  const close = () => {
    if (node.count > 0) nodes.push({ container: PACKED, bytes: node.finish() });
    node = new ListpackWriter();
  };
  for (let i = 0; i < list.length; i++) {
    list.seek(i);
    const { buffer, offset, size } = list;
    if (size >= HUGE) {
      close();
      nodes.push({ container: PLAIN, bytes: buffer.subarray(offset, offset + size) });
      continue;
    }
    if (!hasRoom(node, size, settings["list-max-listpack-size"])) close();
    node.push(buffer, offset, size);
  }
  close();
  writer.number(nodes.length);
  for (const { container, bytes } of nodes) {
    writer.number(container);
    writer.string(bytes, 0, bytes.length);
  }
}

function hasRoom(node: ListpackWriter, size: number, fill: number): boolean {
  if (node.count === 0) return true;
  const needed = node.size + size + OVERHEAD;
  if (fill >= 0) return needed <= SAFE_BYTES && node.count < fill;
  return needed <= (NODE_BYTES[Math.min(-fill, NODE_BYTES.length) - 1] as number);
}

/** A list of nodes, each with its container before it. */
export function readQuicklist2(reader: RdbReader, settings: Settings): ListValue {
  const list = emptyList(settings);
  for (let left = reader.someCount(LEAST_NODE); left > 0; left--) {
    const container = reader.number();
    const bytes = reader.string();
    if (container === PLAIN) list.pushBytes(bytes, 0, bytes.length);
    else if (container === PACKED) pushAll(list, listpackElements(bytes));
    else throw new CorruptDump("an unknown container");
  }
  return checked(list);
}

export function readQuicklist(reader: RdbReader, settings: Settings): ListValue {
  const list = emptyList(settings);
  for (let left = reader.someCount(1); left > 0; left--) {
    pushAll(list, ziplistElements(reader.string()));
  }
  return checked(list);
}

export function readZiplistList(reader: RdbReader, settings: Settings): ListValue {
  const list = emptyList(settings);
  pushAll(list, ziplistElements(reader.string()));
  return checked(list);
}

export function readPlainList(reader: RdbReader, settings: Settings): ListValue {
  const list = emptyList(settings);
  for (let left = reader.someCount(1); left > 0; left--) {
    const bytes = reader.string();
    list.pushBytes(bytes, 0, bytes.length);
  }
  return list;
}

function emptyList(settings: Settings): ListValue {
  return new ListValue(settings["list-max-listpack-size"]);
}

function pushAll(list: ListValue, elements: readonly string[]): void {
  for (const element of elements) list.push(element);
}

function checked(list: ListValue): ListValue {
  if (list.length === 0) throw new CorruptDump("an empty list");
  return list;
}
