/**
 * Client-side caching: clients that keep what they read are told when it changes.
 * https://redis.io/docs/latest/develop/reference/client-side-caching/
 *
 * By default the server remembers who read which key and tells them once; in broadcast mode it
 * remembers nothing and tells of every key that begins with a prefix, once per batch of requests.
 * It observes the databases only while somebody tracks.
 */

import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import type { Core } from "./core.ts";
import { findKeys } from "./key-specs.ts";
import type { Keyspace } from "./keyspace/keyspace.ts";
import type { Observer } from "./keyspace/observers.ts";
import { Reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { isSubscriber } from "./subscriptions.ts";

/** Where a client in RESP2, which can't be pushed to, subscribes for others. */
const CHANNEL = "__redis__:invalidate";

/** Which of the keys that are read are tracked: all, those after CLIENT CACHING YES, or NO. */
export type Choice = "all" | "optin" | "optout";

/** How one client tracks. */
export class OwnTracking {
  isBroadcast = false;
  choice: Choice = "all";
  noLoop = false;
  /** The id of the client that is told instead; 0 is itself. */
  redirect = 0;
  /** That client has gone. */
  isBroken = false;
  /** CLIENT CACHING was said for the command that follows. */
  isCachingSaid = false;
  readonly prefixes = new Set<string>();
}

/** Keys with one prefix that changed in this batch, with who changed them. */
interface Broadcast {
  readonly sessions: Set<Session>;
  changes: Map<string, Session | undefined>;
}

export class Tracking implements Observer {
  /** Clients that track. */
  private readonly sessions = new Set<Session>();
  /** Who has read which key, whatever the database: ids, since a client may have gone. */
  private readonly readers = new Map<string, Set<number>>();
  private readonly broadcasts = new Map<string, Broadcast>();
  /** Keys in `readers`, counted once for each reader. */
  items = 0;
  hasChanges = false;
  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
  }

  get clients(): number {
    return this.sessions.size;
  }

  get keys(): number {
    return this.readers.size;
  }

  get prefixes(): number {
    return this.broadcasts.size;
  }

  /** Turns it on, or changes how a client tracks that does already. */
  enable(session: Session, own: OwnTracking, prefixes: readonly string[]): void {
    for (const prefix of session.tracking?.prefixes ?? []) own.prefixes.add(prefix);
    session.tracking = own;
    this.sessions.add(session);
    for (const db of this.core.databases) db.observe(this);
    if (!own.isBroadcast) return;
    for (const prefix of prefixes.length > 0 ? prefixes : [""]) {
      own.prefixes.add(prefix);
      const broadcast = this.broadcasts.get(prefix) ?? { sessions: new Set(), changes: new Map() };
      broadcast.sessions.add(session);
      this.broadcasts.set(prefix, broadcast);
    }
  }

  disable(session: Session): void {
    if (session.tracking === undefined) return;
    for (const prefix of session.tracking.prefixes) {
      const broadcast = this.broadcasts.get(prefix);
      broadcast?.sessions.delete(session);
      if (broadcast?.sessions.size === 0) this.broadcasts.delete(prefix);
    }
    session.tracking = undefined;
    this.sessions.delete(session);
    if (this.sessions.size > 0) return;
    this.forgetAll();
    for (const db of this.core.databases) db.unobserve(this);
  }

  private forgetAll(): void {
    this.readers.clear();
    this.items = 0;
  }

  /** After a command of a client that tracks: remembers the keys it has read. */
  remember({ args, command, session }: Call): void {
    const { tracking } = session;
    if (tracking === undefined || tracking.isBroadcast || !command.flags.has("readonly")) return;
    if (tracking.choice === "optin" && !tracking.isCachingSaid) return;
    if (tracking.choice === "optout" && tracking.isCachingSaid) return;
    const words = Array.from({ length: args.count }, (_, i) => args.string(i));
    for (const { key } of findKeys(command, words) ?? []) this.addReader(key, session.id);
    this.limitTable();
  }

  private addReader(key: string, id: number): void {
    const ids = this.readers.get(key) ?? new Set<number>();
    if (!ids.has(id)) this.items++;
    ids.add(id);
    this.readers.set(key, ids);
  }

  /** tracking-table-max-keys: who read the oldest keys is told that they changed. */
  private limitTable(): void {
    const limit = Number(this.core.settings["tracking-table-max-keys"]);
    if (limit === 0) return;
    for (const key of this.readers.keys()) {
      if (this.readers.size <= limit) return;
      this.invalidate(key);
    }
  }

  /** CLIENT CACHING holds for one command, or for one transaction. */
  settleCaching(session: Session, command: Command): void {
    const isClientCommand = command.name.startsWith("client|");
    if (session.tracking === undefined || isClientCommand) return;
    if (session.transaction === undefined) session.tracking.isCachingSaid = false;
  }

  modified(_db: Keyspace, key: string): void {
    for (const [prefix, broadcast] of this.broadcasts) {
      if (!key.startsWith(prefix)) continue;
      broadcast.changes.set(key, this.core.current);
      this.hasChanges = true;
    }
    if (this.readers.size > 0) this.invalidate(key);
  }

  /** A flush is told as such, and not key by key. */
  clearing(): void {}

  private invalidate(key: string): void {
    const ids = this.readers.get(key);
    if (ids === undefined) return;
    this.readers.delete(key);
    this.items -= ids.size;
    for (const id of ids) {
      const session = this.core.sessions.get(id);
      const tracking = session?.tracking;
      if (session === undefined || tracking === undefined || tracking.isBroadcast) continue;
      if (tracking.noLoop && session === this.core.current) continue;
      this.tell(session, [key]);
    }
  }

  /** FLUSHDB and FLUSHALL: nothing that anybody keeps is good any longer. */
  flushed(): void {
    for (const session of this.sessions) this.tell(session, undefined);
    this.forgetAll();
  }

  /** Tells what changed in this batch, in the order of the keys. */
  broadcast(): void {
    this.hasChanges = false;
    for (const prefix of [...this.broadcasts.keys()].sort()) {
      const { changes, sessions } = this.broadcasts.get(prefix) as Broadcast;
      if (changes.size === 0) continue;
      (this.broadcasts.get(prefix) as Broadcast).changes = new Map();
      const keys = [...changes.keys()].sort();
      for (const session of sessions) {
        const isOwn = (key: string) => changes.get(key) === session;
        const told = session.tracking?.noLoop ? keys.filter((key) => !isOwn(key)) : keys;
        if (told.length > 0) this.tell(session, told);
      }
    }
  }

  /** Sends the names of keys to a client or to whom it named instead; undefined is all keys. */
  private tell(session: Session, keys: readonly string[] | undefined): void {
    const tracking = session.tracking as OwnTracking;
    const target = tracking.redirect === 0 ? session : this.core.sessions.get(tracking.redirect);
    if (target === undefined || target.closed) {
      tracking.isBroken = true;
      if (session.protocol === 3) this.push(session, (reply) => writeBroken(reply, tracking));
      return;
    }
    if (target.protocol === 3) {
      this.push(target, (reply) => {
        reply.push(2);
        reply.bulkString("invalidate");
        writeKeys(reply, keys, session);
      });
    } else if (tracking.redirect !== 0 && isSubscriber(target)) {
      this.push(target, (reply) => {
        reply.array(3);
        reply.bulkString("message");
        reply.bulkString(CHANNEL);
        writeKeys(reply, keys, session);
      });
    }
  }

  private push(session: Session, write: (reply: Reply) => void): void {
    writer.clear();
    writer.protocol = session.protocol;
    write(writer);
    this.core.pushBehind(session, Buffer.from(writer.buffer.subarray(0, writer.length)));
  }
}

/** Messages are written here, not where the replies are. */
const writer = new Reply();

function writeBroken(reply: Reply, { redirect }: OwnTracking): void {
  reply.push(2);
  reply.bulkString("tracking-redir-broken");
  reply.integer(redirect);
}

/** A null is written as the client that tracks would have it, not the one that is told. */
function writeKeys(reply: Reply, keys: readonly string[] | undefined, { protocol }: Session): void {
  if (keys !== undefined) {
    reply.bulkStrings(keys);
    return;
  }
  reply.protocol = protocol;
  reply.null();
}
