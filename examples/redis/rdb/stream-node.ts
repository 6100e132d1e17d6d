/**
 * A node of a stream as a listpack: how many entries there are and how many were deleted, the
 * fields of the first one, 0; then entries. Each has flags, its id as the distance from that of the
 * node, fields and values, or values alone where the fields are those of the first one; and at its
 * end how many elements it has, for the way back.
 * https://github.com/redis/redis/blob/7.0/src/t_stream.c
 */

import { byteString } from "../bytes.ts";
import type { StreamValue } from "../types/stream.ts";
import { compareIds, type Half, type StreamId } from "../types/stream-id.ts";
import type { Items, StreamNode } from "../types/stream-node.ts";
import { ListpackWriter, listpackElements } from "./listpack.ts";
import { CorruptDump } from "./reader.ts";

const DELETED = 1;
const SAME_FIELDS = 2;

/** Entries of a dump stay together in the nodes they were in, whatever the limits are now. */
const NEW_NODE = { "stream-node-max-bytes": 1, "stream-node-max-entries": 0 };
const SAME_NODE = { "stream-node-max-bytes": 0, "stream-node-max-entries": 0 };

export function writeNode(node: StreamNode): Buffer {
  const listpack = new ListpackWriter();
  const first = node.id(0);
  const fields = itemsOf(node, 0).filter((_item, i) => i % 2 === 0);
  listpack.pushInteger(node.count);
  listpack.pushInteger(0);
  listpack.pushInteger(fields.length);
  for (const field of fields) listpack.pushText(field);
  listpack.pushInteger(0);
  for (let i = 0; i < node.count; i++) {
    const items = itemsOf(node, i);
    const isSame =
      items.length === fields.length * 2 && fields.every((field, j) => field === items[j * 2]);
    const id = node.id(i);
    listpack.pushInteger(isSame ? SAME_FIELDS : 0);
    listpack.pushInteger(distance(id.ms, first.ms));
    listpack.pushInteger(distance(id.seq, first.seq));
    if (!isSame) listpack.pushInteger(items.length / 2);
    const shown = isSame ? items.filter((_item, j) => j % 2 === 1) : items;
    for (const item of shown) listpack.pushText(item);
    listpack.pushInteger(shown.length + (isSame ? 3 : 4));
  }
  return listpack.finish();
}

function itemsOf(node: StreamNode, i: number): string[] {
  const items: string[] = [];
  node.items(i, (buffer, offset, length) => items.push(byteString(buffer, offset, length)));
  return items;
}

/** As 64-bit registers subtract. */
function distance(value: Half, base: Half): number | bigint {
  if (typeof value === "number" && typeof base === "number") return value - base;
  return BigInt.asIntN(64, BigInt(value) - BigInt(base));
}

function moved(base: Half, by: string): Half {
  const value = BigInt.asUintN(64, BigInt(base) + BigInt(by));
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Elements of a listpack, one after the other. */
class Cursor {
  private readonly elements: readonly string[];
  private at = 0;

  constructor(elements: readonly string[]) {
    this.elements = elements;
  }

  get isAtEnd(): boolean {
    return this.at === this.elements.length;
  }

  text(): string {
    const element = this.elements[this.at++];
    if (element === undefined) throw new CorruptDump("a node of a stream that ends too early");
    return element;
  }

  integer(): string {
    const text = this.text();
    if (!/^-?[0-9]{1,19}$/.test(text)) throw new CorruptDump("text instead of a number");
    return text;
  }

  count(): number {
    const count = Number(this.integer());
    if (!(count >= 0 && count <= this.elements.length)) throw new CorruptDump("a wrong count");
    return count;
  }
}

/** Appends the entries of a node whose id is `base` to a stream. */
export function readNode(stream: StreamValue, base: StreamId, bytes: Buffer): void {
  const cursor = new Cursor(listpackElements(bytes));
  const count = cursor.count();
  const deleted = cursor.count();
  const fields = Array.from({ length: cursor.count() }, () => cursor.text());
  if (cursor.integer() !== "0") throw new CorruptDump("a node of a stream without its end");
  let live = 0;
  for (let i = 0; i < count + deleted; i++) {
    const flags = cursor.count();
    const id = { ms: moved(base.ms, cursor.integer()), seq: moved(base.seq, cursor.integer()) };
    const items = readItems(cursor, flags, fields);
    if ((flags & DELETED) !== 0) continue;
    const isBehind = compareIds(id, stream.lastId) > 0 || stream.length === 0;
    if (!isBehind || items.length === 0) throw new CorruptDump("entries out of order");
    stream.append(id, new TextItems(items), 0, items.length, live === 0 ? NEW_NODE : SAME_NODE);
    live++;
  }
  if (!cursor.isAtEnd || live !== count) throw new CorruptDump("a node of another length");
}

function readItems(cursor: Cursor, flags: number, fields: readonly string[]): string[] {
  const isSame = (flags & SAME_FIELDS) !== 0;
  const items: string[] = [];
  const count = isSame ? fields.length : cursor.count();
  for (let i = 0; i < count; i++) items.push(fields[i] as string, "");
  for (let i = 0; i < count; i++) {
    if (!isSame) items[i * 2] = cursor.text();
    items[i * 2 + 1] = cursor.text();
  }
  if (cursor.count() !== count * (isSame ? 1 : 2) + (isSame ? 3 : 4)) {
    throw new CorruptDump("an entry of another length");
  }
  return items;
}

/** Byte strings as the spans that a stream takes. */
class TextItems implements Items {
  readonly buffer: Buffer;
  private readonly starts: number[] = [0];

  constructor(texts: readonly string[]) {
    this.buffer = Buffer.from(texts.join(""), "latin1");
    let at = 0;
    for (const { length } of texts) {
      at += length;
      this.starts.push(at);
    }
  }

  offset(i: number): number {
    return this.starts[i] as number;
  }

  length(i: number): number {
    return (this.starts[i + 1] as number) - (this.starts[i] as number);
  }
}
