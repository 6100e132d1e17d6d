/** Which words of a request are channels that somebody publishes to or listens to. */

import { nameAt, type Request } from "./request.ts";

interface ChannelUse {
  readonly isPattern: boolean;
  readonly channels: readonly { readonly name: string; readonly index: number }[];
}

/** The commands whose channels need a right, with the last one; to stop listening needs none. */
const LAST_CHANNEL = new Map([
  ["publish", 1],
  ["spublish", 1],
  ["subscribe", -1],
  ["psubscribe", -1],
  ["ssubscribe", -1],
]);

export function channelUse({ command, source }: Request): ChannelUse | undefined {
  const last = LAST_CHANNEL.get(command.name);
  if (last === undefined) return undefined;
  const channels = [];
  for (let index = 1; index < (last < 0 ? source.count : last + 1); index++) {
    channels.push({ name: nameAt(source, index), index });
  }
  return { isPattern: command.name === "psubscribe", channels };
}
