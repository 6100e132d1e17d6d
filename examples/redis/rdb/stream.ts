/**
 * Streams in dumps: nodes of entries as listpacks, which stream-node.ts here reads and writes; what
 * the stream knows of itself; its consumer groups with what is pending.
 */

import { type Consumer, ConsumerGroup, UNKNOWN_COUNT } from "../types/consumer-group.ts";
import { StreamValue } from "../types/stream.ts";
import { compareIds, type Half, MAX_ID, MIN_ID, type StreamId } from "../types/stream-id.ts";
import type { StreamNode } from "../types/stream-node.ts";
import { CorruptDump, type RdbReader } from "./reader.ts";
import { readNode, writeNode } from "./stream-node.ts";
import type { RdbWriter } from "./writer.ts";

const ID_BYTES = 16;
/** An id, a time of delivery, a count. */
const LEAST_PENDING = ID_BYTES + 8 + 1;
/** A name, when it was seen, and how much is pending. */
const LEAST_CONSUMER = 1 + 8 + 1;
const ALL_BITS = 2n ** 64n - 1n;
/** Of those that a double has and a 64-bit integer with a sign, too. */
const LARGEST_COUNT = 2 ** 63 - 1024;

export function writeStream(writer: RdbWriter, stream: StreamValue): void {
  const nodes = new Set<StreamNode>();
  for (const { node } of stream.range(MIN_ID, MAX_ID)) nodes.add(node);
  writer.number(nodes.size);
  for (const node of nodes) {
    writer.number(ID_BYTES);
    writeRawId(writer, node.id(0));
    const bytes = writeNode(node);
    writer.string(bytes, 0, bytes.length);
  }
  writer.number(stream.length);
  for (const id of [stream.lastId, stream.firstId, stream.maxDeletedId]) writeId(writer, id);
  writer.number(Math.min(stream.entriesAdded, LARGEST_COUNT));
  writer.number(stream.groups.size);
  for (const [name, group] of inOrder(stream.groups)) {
    writer.text(name);
    writeId(writer, group.lastId);
    const read = Math.min(group.entriesRead, LARGEST_COUNT);
    writer.number(read === UNKNOWN_COUNT ? ALL_BITS : read);
    writePending(writer, group);
  }
}

/** Groups and consumers are in the order of their names. */
function inOrder<T>(named: ReadonlyMap<string, T>): [string, T][] {
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1));
}

function writePending(writer: RdbWriter, group: ConsumerGroup): void {
  writer.number(group.pending.size);
  for (const { id, deliveryTime, deliveryCount } of group.pending.from(MIN_ID)) {
    writeRawId(writer, id);
    writer.time(deliveryTime);
    writer.number(deliveryCount);
  }
  writer.number(group.consumers.size);
  for (const [name, { pending, seenTime }] of inOrder(group.consumers)) {
    writer.text(name);
    writer.time(seenTime);
    writer.number(pending.size);
    for (const { id } of pending.from(MIN_ID)) writeRawId(writer, id);
  }
}

function writeId(writer: RdbWriter, { ms, seq }: StreamId): void {
  writer.number(ms);
  writer.number(seq);
}

/** The 16 bytes under which a radix tree files an id. */
function writeRawId(writer: RdbWriter, { ms, seq }: StreamId): void {
  const bytes = Buffer.allocUnsafe(ID_BYTES);
  bytes.writeBigUInt64BE(BigInt(ms), 0);
  bytes.writeBigUInt64BE(BigInt(seq), 8);
  writer.bytes(bytes, 0, ID_BYTES);
}

function rawId(bytes: Buffer): StreamId {
  if (bytes.length !== ID_BYTES) throw new CorruptDump("an id of another length");
  return { ms: half(bytes.readBigUInt64BE(0)), seq: half(bytes.readBigUInt64BE(8)) };
}

function half(value: bigint): Half {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Version 1 does not say how many entries there ever were, or which were deleted. */
export function readStream(reader: RdbReader, version: 1 | 2): StreamValue {
  const stream = new StreamValue();
  for (let left = reader.count(2); left > 0; left--) {
    readNode(stream, rawId(reader.string()), reader.string());
  }
  const length = reader.number();
  const lastId = readId(reader);
  const isBehind = stream.length === 0 || compareIds(lastId, stream.lastId) >= 0;
  if (length !== stream.length || !isBehind) throw new CorruptDump("a stream of another length");
  stream.lastId = lastId;
  if (version === 2) {
    const firstId = readId(reader);
    if (stream.length > 0 && compareIds(firstId, stream.firstId) !== 0) {
      throw new CorruptDump("a stream that begins elsewhere");
    }
    stream.maxDeletedId = readId(reader);
    stream.entriesAdded = Math.max(0, countOf(reader.number()));
  }
  for (let left = reader.count(5); left > 0; left--) readGroup(reader, stream, version);
  return stream;
}

function readId(reader: RdbReader): StreamId {
  return { ms: reader.number(), seq: reader.number() };
}

/** A count of 64 bits with a sign, which may be unknown. */
function countOf(value: Half): number {
  const count = Number(BigInt.asIntN(64, BigInt(value)));
  if (count < UNKNOWN_COUNT) throw new CorruptDump("a negative count");
  return Math.min(count, LARGEST_COUNT);
}

function readGroup(reader: RdbReader, stream: StreamValue, version: 1 | 2): void {
  const name = reader.text();
  const lastId = readId(reader);
  const read = version === 2 ? countOf(reader.number()) : stream.distanceFromStart(lastId);
  if (stream.groups.has(name)) throw new CorruptDump("a group that is there twice");
  const group = new ConsumerGroup(lastId, read);
  stream.groups.set(name, group);
  const deliveries = readDeliveries(reader);
  for (let left = reader.count(LEAST_CONSUMER); left > 0; left--) {
    readConsumer(reader, group, deliveries);
  }
  if (deliveries.size > 0) throw new CorruptDump("a pending entry without a consumer");
}

interface Delivery {
  readonly id: StreamId;
  readonly time: number;
  readonly count: number;
}

/** What is pending in a group, by the id's bytes. */
function readDeliveries(reader: RdbReader): Map<string, Delivery> {
  const deliveries = new Map<string, Delivery>();
  for (let left = reader.count(LEAST_PENDING); left > 0; left--) {
    const key = reader.characters(ID_BYTES);
    const id = rawId(Buffer.from(key, "latin1"));
    const time = reader.time();
    if (deliveries.has(key)) throw new CorruptDump("an entry that is pending twice");
    deliveries.set(key, { id, time, count: Number(reader.number()) });
  }
  return deliveries;
}

/** Takes what is pending for a consumer out of `deliveries`. */
function readConsumer(
  reader: RdbReader,
  group: ConsumerGroup,
  deliveries: Map<string, Delivery>,
): void {
  const name = reader.text();
  const seenTime = reader.time();
  if (group.consumers.has(name)) throw new CorruptDump("a consumer that is there twice");
  const consumer: Consumer = group.addConsumer(name, seenTime);
  for (let left = reader.count(ID_BYTES); left > 0; left--) {
    const key = reader.characters(ID_BYTES);
    const delivery = deliveries.get(key);
    if (delivery === undefined) throw new CorruptDump("a pending entry that its group lacks");
    deliveries.delete(key);
    group.deliver(delivery.id, consumer, delivery.time).deliveryCount = delivery.count;
  }
}
