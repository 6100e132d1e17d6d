/**
 * Publish and subscribe: messages from clients to clients, kept for nobody.
 * https://redis.io/docs/latest/commands/?group=pubsub
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { Glob } from "../glob.ts";
import { help, subcommandError } from "../help.ts";
import { publish as send } from "../publish.ts";
import type { Kind } from "../subscriptions.ts";

const LISTEN = "pubsub noscript loading stale";
const SEND = "pubsub loading stale fast";
const ASK = "pubsub loading stale";

// biome-ignore format: a table is read by its columns
export const pubsubCommands: CommandGroup = { group: "pubsub", rows: [
  ["publish",              3, SEND,   0,  0, 0, publish,       "2.0.0", "Sends a message"],
  ["subscribe",           -2, LISTEN, 0,  0, 0, subscribe,     "2.0.0", "Listens to channels"],
  ["unsubscribe",         -1, LISTEN, 0,  0, 0, unsubscribe,   "2.0.0", "Listens no longer"],
  ["psubscribe",          -2, LISTEN, 0,  0, 0, psubscribe,    "2.0.0", "Listens to patterns"],
  ["punsubscribe",        -1, LISTEN, 0,  0, 0, punsubscribe,  "2.0.0", "Listens no longer"],
  ["spublish",             3, SEND,   1,  1, 1, spublish,      "7.0.0", "Sends within a shard"],
  ["ssubscribe",          -2, LISTEN, 1, -1, 1, ssubscribe,    "7.0.0", "Listens within a shard"],
  ["sunsubscribe",        -1, LISTEN, 1, -1, 1, sunsubscribe,  "7.0.0", "Listens no longer"],
  ["pubsub",              -2, "",     0,  0, 0, help,          "2.8.0", "Who listens to what"],
  ["pubsub|channels",     -2, ASK,    0,  0, 0, channels,      "2.8.0", "Channels with listeners"],
  ["pubsub|numpat",        2, ASK,    0,  0, 0, numpat,        "2.8.0", "How many patterns"],
  ["pubsub|numsub",       -2, ASK,    0,  0, 0, numsub,        "2.8.0", "Listeners of channels"],
  ["pubsub|shardchannels",-2, ASK,    0,  0, 0, shardChannels, "7.0.0", "The same in a shard"],
  ["pubsub|shardnumsub",  -2, ASK,    0,  0, 0, shardNumsub,   "7.0.0", "The same in a shard"],
  ["pubsub|help",          2, "loading stale", 0, 0, 0, help,  "6.2.0", "These lines"],
] };

const SUBSCRIBED = {
  channels: "subscribe",
  patterns: "psubscribe",
  shardChannels: "ssubscribe",
} as const;
const UNSUBSCRIBED = {
  channels: "unsubscribe",
  patterns: "punsubscribe",
  shardChannels: "sunsubscribe",
} as const;

function publish({ args, core, reply }: Call): void {
  reply.integer(send(core, "channels", args.string(1), args.bytes(2)));
}

function spublish({ args, core, reply }: Call): void {
  reply.integer(send(core, "shardChannels", args.string(1), args.bytes(2)));
}

function subscribe(call: Call): void {
  listen(call, "channels");
}

function psubscribe(call: Call): void {
  listen(call, "patterns");
}

function ssubscribe(call: Call): void {
  listen(call, "shardChannels");
}

function listen(call: Call, kind: Kind): void {
  const { args, core, session } = call;
  for (let i = 1; i < args.count; i++) {
    const name = args.string(i);
    core.subscriptions.subscribe(session, kind, name);
    confirm(call, SUBSCRIBED[kind], kind, name);
  }
}

function unsubscribe(call: Call): void {
  unlisten(call, "channels");
}

function punsubscribe(call: Call): void {
  unlisten(call, "patterns");
}

function sunsubscribe(call: Call): void {
  unlisten(call, "shardChannels");
}

/** Without names, all of the kind. */
function unlisten(call: Call, kind: Kind): void {
  const { args, core, session } = call;
  const names = args.count > 1 ? [] : [...session.subscriptions[kind]];
  for (let i = 1; i < args.count; i++) names.push(args.string(i));
  for (const name of names) {
    core.subscriptions.unsubscribe(session, kind, name);
    confirm(call, UNSUBSCRIBED[kind], kind, name);
  }
  if (names.length === 0) confirm(call, UNSUBSCRIBED[kind], kind, undefined);
}

/** The third element counts what the client listens to now. */
function confirm({ reply, session }: Call, word: string, kind: Kind, name?: string): void {
  const { channels, patterns, shardChannels } = session.subscriptions;
  reply.push(3);
  reply.bulkString(word);
  if (name === undefined) reply.null();
  else reply.bulkString(name);
  reply.integer(kind === "shardChannels" ? shardChannels.size : channels.size + patterns.size);
}

function channels(call: Call): void {
  listNames(call, "channels");
}

function shardChannels(call: Call): void {
  listNames(call, "shardChannels");
}

function listNames(call: Call, kind: Kind): void {
  const { args, core, reply } = call;
  if (args.count > 3) throw subcommandError(call);
  const glob = args.count === 3 ? new Glob(args.string(2)) : undefined;
  const names = [...core.subscriptions.names(kind)].filter((name) => glob?.matches(name) ?? true);
  reply.bulkStrings(names);
}

function numpat({ core, reply }: Call): void {
  reply.integer(core.subscriptions.size("patterns"));
}

function numsub(call: Call): void {
  countEach(call, "channels");
}

function shardNumsub(call: Call): void {
  countEach(call, "shardChannels");
}

function countEach({ args, core, reply }: Call, kind: Kind): void {
  reply.array((args.count - 2) * 2);
  for (let i = 2; i < args.count; i++) {
    const name = args.string(i);
    reply.bulkString(name);
    reply.integer(core.subscriptions.count(kind, name));
  }
}
