/**
 * What the commands on consumer groups share: the consumer on whose behalf a request is, and
 * changes of groups, which are none of the entries: WATCH does not see them, as in Redis.
 */

import type { Call } from "./call.ts";
import { notify, STREAM_EVENT } from "./keyspace-events.ts";
import type { Consumer, ConsumerGroup } from "./types/consumer-group.ts";
import type { StreamValue } from "./types/stream.ts";

/** The consumer named by argument `nameAt`, made at first sight, of the stream in `keyAt`. */
export function consumerOf(
  call: Call,
  group: ConsumerGroup,
  nameAt: number,
  keyAt: number,
): Consumer {
  const { args, core } = call;
  const name = args.string(nameAt);
  let consumer = group.consumers.get(name);
  if (consumer === undefined) {
    consumer = group.addConsumer(name, core.clock.now);
    notify(call, STREAM_EVENT, "xgroup-createconsumer", keyAt);
  }
  consumer.seenTime = core.clock.now;
  return consumer;
}

/** Says that a group of the stream was changed. */
export function groupChanged({ db }: Call, stream: StreamValue): void {
  db.resized(stream);
  db.changes++;
}
