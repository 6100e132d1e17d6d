/**
 * Sending messages to subscribers. https://redis.io/docs/latest/develop/interact/pubsub/
 *
 * See also subscriptions.ts, for who listens to what.
 */

import type { Core } from "./core.ts";
import { Reply } from "./reply.ts";
import type { Delivery } from "./subscriptions.ts";

/** The first word of what a subscriber is sent, by kind. */
const MESSAGE = { channels: "message", shardChannels: "smessage" } as const;

/** Sends a message to all who listen to `channel` now; returns to how many. */
export function publish(
  core: Core,
  kind: "channels" | "shardChannels",
  channel: string,
  message: Buffer,
): number {
  let receivers = 0;
  for (const delivery of core.subscriptions.receivers(kind, channel)) {
    if (delivery.session.closed) continue;
    core.push(delivery.session, formatMessage(delivery, MESSAGE[kind], channel, message));
    receivers++;
  }
  return receivers;
}

/** Messages are written here, not where the publisher's reply is. */
const writer = new Reply();

function formatMessage(
  { session, pattern }: Delivery,
  word: string,
  channel: string,
  message: Buffer,
): Buffer {
  writer.clear();
  writer.protocol = session.protocol;
  writer.push(pattern === undefined ? 3 : 4);
  writer.bulkString(pattern === undefined ? word : "pmessage");
  if (pattern !== undefined) writer.bulkString(pattern);
  writer.bulkString(channel);
  writer.bulk(message, 0, message.length);
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}
