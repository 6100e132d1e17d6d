/**
 * A consumer group: how far it has read a stream, who reads for it, and what was delivered to whom
 * and not acknowledged yet. Each pending entry is in two lists, the group's and its consumer's.
 */

import { PendingList } from "./pending-list.ts";
import type { StreamId } from "./stream-id.ts";

export interface Consumer {
  readonly name: string;
  /** When it was last heard of, in milliseconds. */
  seenTime: number;
  readonly pending: PendingList<PendingEntry>;
}

export interface PendingEntry {
  readonly id: StreamId;
  consumer: Consumer;
  /** Milliseconds since the epoch. */
  deliveryTime: number;
  deliveryCount: number;
}

/** How many entries were read, when nobody can tell. */
export const UNKNOWN_COUNT = -1;

export class ConsumerGroup {
  lastId: StreamId;
  /** Entries of the stream up to `lastId`, or UNKNOWN_COUNT. */
  entriesRead: number;
  readonly consumers = new Map<string, Consumer>();
  readonly pending = new PendingList<PendingEntry>();

  constructor(lastId: StreamId, entriesRead: number) {
    this.lastId = lastId;
    this.entriesRead = entriesRead;
  }

  /** Adds a consumer whose name is not there. */
  addConsumer(name: string, now: number): Consumer {
    const consumer: Consumer = { name, seenTime: now, pending: new PendingList() };
    this.consumers.set(name, consumer);
    return consumer;
  }

  /** Removes a consumer with what is pending for it; returns how much that was. */
  removeConsumer(name: string): number {
    const consumer = this.consumers.get(name);
    if (consumer === undefined) return 0;
    for (const { id } of consumer.pending.from({ ms: 0, seq: 0 })) this.pending.delete(id);
    this.consumers.delete(name);
    return consumer.pending.size;
  }

  /** Notes that `id` was delivered to `consumer`; returns the entry, which may be another's. */
  deliver(id: StreamId, consumer: Consumer, now: number): PendingEntry {
    const known = this.pending.get(id);
    if (known !== undefined) {
      this.assign(known, consumer);
      known.deliveryTime = now;
      known.deliveryCount = 1;
      return known;
    }
    const entry: PendingEntry = { id, consumer, deliveryTime: now, deliveryCount: 1 };
    this.pending.add(entry);
    consumer.pending.add(entry);
    return entry;
  }

  /** Makes a pending entry another consumer's. */
  assign(entry: PendingEntry, consumer: Consumer): void {
    if (entry.consumer === consumer) return;
    entry.consumer.pending.delete(entry.id);
    entry.consumer = consumer;
    consumer.pending.add(entry);
  }

  /** Removes a pending entry; false when it is none. */
  acknowledge(id: StreamId): boolean {
    const entry = this.pending.get(id);
    if (entry === undefined) return false;
    entry.consumer.pending.delete(id);
    return this.pending.delete(id);
  }

  clone(): ConsumerGroup {
    const copy = new ConsumerGroup(this.lastId, this.entriesRead);
    for (const { name, seenTime } of this.consumers.values()) copy.addConsumer(name, seenTime);
    for (const entry of this.pending.from({ ms: 0, seq: 0 })) {
      const consumer = copy.consumers.get(entry.consumer.name) as Consumer;
      const twin = copy.deliver(entry.id, consumer, entry.deliveryTime);
      twin.deliveryCount = entry.deliveryCount;
    }
    return copy;
  }
}
