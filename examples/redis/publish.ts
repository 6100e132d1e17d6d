/**
 * Sending messages to subscribers. https://redis.io/docs/latest/develop/interact/pubsub/
 *
 * See also subscriptions.ts, for who listens to what.
 */

import type { Core } from "./core.ts";
import { Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** The first word of what a subscriber is sent, by kind. */
const MESSAGE = { channels: "message", shardChannels: "smessage" } as const;

/**
 * Sends a message to all who listen to `channel` now; returns to how many. A client with several
 * names that match gets it as often.
 */
export function publish(
  core: Core,
  kind: "channels" | "shardChannels",
  channel: string,
  message: Buffer,
): number {
  const { subscriptions } = core;
  const words = [MESSAGE[kind], channel];
  let receivers = deliver(core, subscriptions.listeners(kind, channel), words, message);
  if (kind === "shardChannels") return receivers;
  for (const pattern of subscriptions.patternsFor(channel)) {
    const listeners = subscriptions.listeners("patterns", pattern);
    receivers += deliver(core, listeners, ["pmessage", pattern, channel], message);
  }
  return receivers;
}

/** Writes the message once for each protocol, whatever the number of listeners. */
function deliver(
  core: Core,
  listeners: ReadonlySet<Session>,
  words: readonly string[],
  message: Buffer,
): number {
  let began2 = -1;
  let began3 = -1;
  let receivers = 0;
  for (const session of listeners) {
    if (session.closed) continue;
    receivers++;
    if (session.protocol === 3) {
      if (began3 < 0) began3 = write(resp3, words, message);
      core.push(session, resp3.buffer, began3, resp3.length);
    } else {
      if (began2 < 0) began2 = write(resp2, words, message);
      core.push(session, resp2.buffer, began2, resp2.length);
    }
  }
  return receivers;
}

/**
 * Messages one behind the other, from where they are sent: who gets all of them refers to one span
 * of bytes that grows. A buffer that is full belongs to those who have not taken it yet.
 */
const resp2 = new Reply();
const resp3 = new Reply();
resp3.protocol = 3;
/** What stands around the words and the message, at most. */
const FRAMING = 128;

/** Returns where the message begins; it ends at `writer.length`. */
function write(writer: Reply, words: readonly string[], message: Buffer): number {
  let size = FRAMING + message.length;
  for (const word of words) size += word.length;
  if (writer.length + size > writer.buffer.length) writer.detach();
  const began = writer.length;
  writer.push(words.length + 1);
  for (const word of words) writer.bulkString(word);
  writer.bulk(message, 0, message.length);
  return began;
}
