/**
 * A stream: entries in the order of their ids, in packed nodes that a binary search finds, and the
 * consumer groups that read it.
 */

import { type ConsumerGroup, UNKNOWN_COUNT } from "./consumer-group.ts";
import { compareIds, idKey, MAX_ID, MIN_ID, type StreamId } from "./stream-id.ts";
import { type Items, StreamNode } from "./stream-node.ts";
import { ENTRY_BYTES, type TypedValue, VALUE_BYTES } from "./value.ts";

/** How large a node may become; 0 is without limit. */
export interface NodeLimits {
  readonly "stream-node-max-bytes": number;
  readonly "stream-node-max-entries": number;
}

/** What is trimmed: all but `length` entries, or all before `id`. */
export interface Trim {
  readonly length?: number;
  readonly id?: StreamId;
  /** Only whole nodes. */
  readonly isApproximate: boolean;
  /** At most so many entries; 0 is without limit. */
  readonly limit: number;
}

/** An entry in place: good until the stream changes. */
export interface EntryPlace {
  readonly node: StreamNode;
  readonly index: number;
}

const LARGEST_NODE = 2 ** 30;
const NODE_BYTES = 400;
/** Two halves of an id and an offset. */
const PLACE_BYTES = 24;
const PENDING_BYTES = 120;

export class StreamValue implements TypedValue {
  length = 0;
  lastId = MIN_ID;
  maxDeletedId = MIN_ID;
  entriesAdded = 0;
  readonly groups = new Map<string, ConsumerGroup>();
  accounted = 0;
  private nodes: StreamNode[] = [];
  private nodeBytes = 0;

  get bytes(): number {
    let pending = 0;
    for (const group of this.groups.values()) {
      pending += VALUE_BYTES + group.pending.size * PENDING_BYTES;
      pending += group.consumers.size * (VALUE_BYTES + ENTRY_BYTES);
    }
    return VALUE_BYTES + this.nodeBytes + this.length * PLACE_BYTES + pending;
  }

  encoding(): "stream" {
    return "stream";
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  get firstId(): StreamId {
    return this.nodes[0]?.id(0) ?? MIN_ID;
  }

  /** Appends an entry of `count` items, fields and values; `id` must be behind the last one. */
  append(id: StreamId, items: Items, from: number, count: number, limits: NodeLimits): void {
    const node = this.nodes.at(-1);
    if (node === undefined || isFull(node, items, from, count, limits)) {
      const added = new StreamNode(id, items, from, count);
      this.nodes.push(added);
      this.nodeBytes += NODE_BYTES + added.bytes.length;
    } else {
      const before = node.bytes.length;
      node.append(id, items, from, count);
      this.nodeBytes += node.bytes.length - before;
    }
    this.length++;
    this.entriesAdded++;
    this.lastId = id;
  }

  find(id: StreamId): EntryPlace | undefined {
    const node = this.nodes[this.nodeOf(id)];
    if (node === undefined) return undefined;
    const index = node.lowerBound(id);
    const isThere = index < node.count && compareIds(node.id(index), id) === 0;
    return isThere ? { node, index } : undefined;
  }

  delete(id: StreamId): boolean {
    const place = this.find(id);
    if (place === undefined) return false;
    place.node.remove(place.index);
    if (place.node.count === 0) this.dropNodes(this.nodeOf(id), 1);
    this.length--;
    if (compareIds(id, this.maxDeletedId) > 0) this.maxDeletedId = id;
    return true;
  }

  private dropNodes(index: number, count: number): void {
    for (const node of this.nodes.splice(index, count)) {
      this.nodeBytes -= NODE_BYTES + node.bytes.length;
    }
  }

  /** Removes the oldest entries; returns how many. */
  trim(trim: Trim): number {
    const before = this.length;
    let whole = 0;
    let left = this.length;
    let isLimited = false;
    for (const node of this.nodes) {
      if (trim.length !== undefined && left <= trim.length) break;
      isLimited = trim.limit > 0 && before - left + node.count > trim.limit;
      if (isLimited || !isOutside(node, left, trim)) break;
      left -= node.count;
      whole++;
    }
    this.dropNodes(0, whole);
    this.length = left;
    const node = this.nodes[0];
    if (node !== undefined && !trim.isApproximate && !isLimited) this.trimWithin(node, trim);
    return before - this.length;
  }

  private trimWithin(node: StreamNode, { id, length }: Trim): void {
    const count = id === undefined ? this.length - (length as number) : node.lowerBound(id);
    if (count <= 0) return;
    node.remove(0, count);
    this.length -= count;
  }

  /** The entries from `start` to `end`, both included, in order. */
  *range(start: StreamId, end: StreamId): Generator<EntryPlace> {
    let at = this.nodeOf(start);
    let index = this.nodes[at]?.lowerBound(start) ?? 0;
    for (; at < this.nodes.length; at++, index = 0) {
      const node = this.nodes[at] as StreamNode;
      for (; index < node.count; index++) {
        if (compareIds(node.id(index), end) > 0) return;
        yield { node, index };
      }
    }
  }

  /** The same from `end` back to `start`. */
  *reverseRange(start: StreamId, end: StreamId): Generator<EntryPlace> {
    for (let at = Math.min(this.nodeOf(end), this.nodes.length - 1); at >= 0; at--) {
      const node = this.nodes[at] as StreamNode;
      for (let index = node.count - 1; index >= 0; index--) {
        const id = node.id(index);
        if (compareIds(id, start) < 0) return;
        if (compareIds(id, end) <= 0) yield { node, index };
      }
    }
  }

  /** The index of the first node that ends at `id` or behind it. */
  private nodeOf(id: StreamId): number {
    let low = 0;
    let high = this.nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds((this.nodes[middle] as StreamNode).last, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Entries of the stream behind `group`, where that can be told; made-up counts lead below 0. */
  lag({ entriesRead, lastId }: ConsumerGroup): number | undefined {
    if (this.entriesAdded === 0) return 0;
    const isKnown = entriesRead !== UNKNOWN_COUNT && !this.hasGapsFrom(lastId);
    const read = isKnown ? entriesRead : this.distanceFromStart(lastId);
    return read === UNKNOWN_COUNT ? undefined : this.entriesAdded - read;
  }

  /** Notes that `group` has read the entry `id`, which was next for it. */
  advance(group: ConsumerGroup, id: StreamId): void {
    if (compareIds(id, group.lastId) <= 0) return;
    if (group.entriesRead !== UNKNOWN_COUNT && !this.hasGapsFrom(id)) group.entriesRead++;
    else if (this.entriesAdded > 0) group.entriesRead = this.distanceFromStart(id);
    group.lastId = id;
  }

  /** Whether an entry at `id` or behind it may have been deleted. */
  private hasGapsFrom(id: StreamId): boolean {
    if (this.length === 0 || compareIds(this.maxDeletedId, MIN_ID) === 0) return false;
    if (compareIds(this.maxDeletedId, this.firstId) < 0) return false;
    return compareIds(id, this.maxDeletedId) <= 0;
  }

  /** How many entries there ever were up to `id`, where that can be told. */
  distanceFromStart(id: StreamId): number {
    if (this.entriesAdded === 0) return 0;
    const toLast = compareIds(id, this.lastId);
    if (toLast === 0 || (this.length === 0 && toLast < 0)) return this.entriesAdded;
    if (toLast > 0) return UNKNOWN_COUNT;
    if (compareIds(this.maxDeletedId, MIN_ID) !== 0) {
      if (compareIds(this.maxDeletedId, this.firstId) >= 0) return UNKNOWN_COUNT;
    }
    const toFirst = compareIds(id, this.firstId);
    if (toFirst > 0) return UNKNOWN_COUNT;
    return this.entriesAdded - this.length + (toFirst === 0 ? 1 : 0);
  }

  /** Nodes of the radix tree in which Redis would file the nodes. */
  get radixNodes(): number {
    return radixNodes(
      this.nodes.map(({ first }) => idKey(first)),
      0,
    );
  }

  clone(): StreamValue {
    const copy = new StreamValue();
    for (const node of this.nodes) copy.nodes.push(node.clone());
    copy.nodeBytes = this.nodeBytes;
    copy.length = this.length;
    copy.lastId = this.lastId;
    copy.maxDeletedId = this.maxDeletedId;
    copy.entriesAdded = this.entriesAdded;
    for (const [name, group] of this.groups) copy.groups.set(name, group.clone());
    return copy;
  }

  /** The last entry there is. */
  get lastEntry(): EntryPlace | undefined {
    return this.reverseRange(MIN_ID, MAX_ID).next().value ?? undefined;
  }
}

function isFull(node: StreamNode, items: Items, from: number, count: number, limits: NodeLimits) {
  let size = 0;
  for (let i = from; i < from + count; i++) size += items.length(i);
  const maxBytes = limits["stream-node-max-bytes"];
  const most = maxBytes === 0 ? LARGEST_NODE : Math.min(maxBytes, LARGEST_NODE);
  if (node.listpackBytes + size >= most) return true;
  const maxEntries = limits["stream-node-max-entries"];
  return maxEntries > 0 && node.count + node.deleted >= maxEntries;
}

/** Whether all of `node` goes, when there are `left` entries. */
function isOutside(node: StreamNode, left: number, { id, length }: Trim): boolean {
  if (id !== undefined) return compareIds(node.last, id) < 0;
  return left - node.count >= (length as number);
}

/** Nodes of a radix tree over sorted keys of one length that share their first `depth` bytes. */
function radixNodes(keys: readonly string[], depth: number): number {
  const first = keys[0];
  const last = keys.at(-1);
  if (first === undefined || last === undefined) return 1;
  if (keys.length === 1) return depth === first.length ? 1 : 2;
  let end = depth;
  while (first[end] === last[end]) end++;
  let nodes = end > depth ? 2 : 1;
  for (let i = 0; i < keys.length; ) {
    let next = i + 1;
    while (next < keys.length && keys[next]?.[end] === keys[i]?.[end]) next++;
    nodes += radixNodes(keys.slice(i, next), end + 1);
    i = next;
  }
  return nodes;
}
