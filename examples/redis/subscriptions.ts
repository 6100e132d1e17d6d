/**
 * Who listens to which channel. Messages are kept for nobody: a publisher's message goes to those
 * who are subscribed at that moment. https://redis.io/docs/latest/develop/interact/pubsub/
 *
 * There are three kinds of names: channels, patterns that stand for many channels, and the shard
 * channels of a cluster, which without one are a second set of channels.
 */

import { Glob } from "./glob.ts";
import type { Session } from "./session.ts";

export type Kind = "channels" | "patterns" | "shardChannels";
const KINDS: readonly Kind[] = ["channels", "patterns", "shardChannels"];

/** What one client listens to. */
export type OwnSubscriptions = Readonly<Record<Kind, Set<string>>>;

/** What nearly all clients listen to, who share it; it stays empty. */
export const NO_SUBSCRIPTIONS: OwnSubscriptions = emptySets();

function emptySets(): OwnSubscriptions {
  return { channels: new Set(), patterns: new Set(), shardChannels: new Set() };
}

const NOBODY: ReadonlySet<Session> = new Set();

export class Subscriptions {
  private readonly subscribers: Readonly<Record<Kind, Map<string, Set<Session>>>> = {
    channels: new Map(),
    patterns: new Map(),
    shardChannels: new Map(),
  };
  private readonly globs = new Map<string, Glob>();

  subscribe(session: Session, kind: Kind, name: string): void {
    const sessions = this.subscribers[kind].get(name) ?? new Set<Session>();
    sessions.add(session);
    this.subscribers[kind].set(name, sessions);
    if (session.subscriptions === NO_SUBSCRIPTIONS) session.subscriptions = emptySets();
    session.subscriptions[kind].add(name);
    if (kind === "patterns") this.globs.set(name, new Glob(name));
  }

  unsubscribe(session: Session, kind: Kind, name: string): void {
    session.subscriptions[kind].delete(name);
    const sessions = this.subscribers[kind].get(name);
    sessions?.delete(session);
    if (sessions?.size !== 0) return;
    this.subscribers[kind].delete(name);
    if (kind === "patterns") this.globs.delete(name);
  }

  /** The end of a connection, or RESET. */
  unsubscribeAll(session: Session): void {
    for (const kind of KINDS) {
      for (const name of session.subscriptions[kind]) this.unsubscribe(session, kind, name);
    }
  }

  /** Who listens to this very name. */
  listeners(kind: Kind, name: string): ReadonlySet<Session> {
    return this.subscribers[kind].get(name) ?? NOBODY;
  }

  /** The patterns with listeners that stand for `channel` among others. */
  *patternsFor(channel: string): Generator<string> {
    for (const [pattern, glob] of this.globs) if (glob.matches(channel)) yield pattern;
  }

  /** The names that have a subscriber. */
  names(kind: Kind): IterableIterator<string> {
    return this.subscribers[kind].keys();
  }

  count(kind: Kind, name: string): number {
    return this.subscribers[kind].get(name)?.size ?? 0;
  }

  size(kind: Kind): number {
    return this.subscribers[kind].size;
  }
}

/** Whether a client listens to anything. */
export function isSubscriber({ subscriptions }: Session): boolean {
  return subscriptions !== NO_SUBSCRIPTIONS && hasAny(subscriptions);
}

function hasAny({ channels, patterns, shardChannels }: OwnSubscriptions): boolean {
  return channels.size + patterns.size + shardChannels.size > 0;
}
