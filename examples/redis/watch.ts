/**
 * WATCH: the keys that clients want to know unchanged until their EXEC.
 * https://redis.io/docs/latest/develop/interact/transactions/
 *
 * It observes the databases that have a watched key, and only those: without watchers a change
 * costs nothing.
 */

import type { Keyspace } from "./keyspace/keyspace.ts";
import { NONE } from "./keyspace/keyspace.ts";
import type { Observer } from "./keyspace/observers.ts";
import type { Session } from "./session.ts";

type WatchersByKey = Map<string, Set<Session>>;

interface WatchedKey {
  readonly db: Keyspace;
  readonly key: string;
}

export class WatchedKeys implements Observer {
  private readonly watchers = new Map<Keyspace, WatchersByKey>();
  private readonly watched = new Map<Session, WatchedKey[]>();

  watch(session: Session, db: Keyspace, key: string): void {
    const byKey = this.watchers.get(db) ?? new Map<string, Set<Session>>();
    const sessions = byKey.get(key) ?? new Set<Session>();
    if (sessions.has(session)) return;
    // A key whose time has come is no key now, so that it may go without a change.
    db.peekName(key);
    sessions.add(session);
    byKey.set(key, sessions);
    this.watchers.set(db, byKey);
    db.observe(this);
    const keys = this.watched.get(session);
    if (keys === undefined) this.watched.set(session, [{ db, key }]);
    else keys.push({ db, key });
  }

  /** Whether a key has changed since `session` began to watch it. */
  isBroken(session: Session): boolean {
    // Looking for them removes those whose time has come, which is a change.
    for (const { db, key } of this.watched.get(session) ?? []) db.peekName(key);
    return session.watchBroken;
  }

  unwatch(session: Session): void {
    session.watchBroken = false;
    for (const { db, key } of this.watched.get(session) ?? []) this.forget(session, db, key);
    this.watched.delete(session);
  }

  private forget(session: Session, db: Keyspace, key: string): void {
    const byKey = this.watchers.get(db);
    const sessions = byKey?.get(key);
    sessions?.delete(session);
    if (sessions?.size === 0) byKey?.delete(key);
    if (byKey?.size !== 0) return;
    this.watchers.delete(db);
    db.unobserve(this);
  }

  modified(db: Keyspace, key: string): void {
    for (const session of this.watchers.get(db)?.get(key) ?? []) session.watchBroken = true;
  }

  clearing(db: Keyspace): void {
    for (const key of this.watchers.get(db)?.keys() ?? []) {
      if (db.peekName(key) !== NONE) this.modified(db, key);
    }
  }

  /** Before two databases change places: a watched key that is in either is another one then. */
  swapping(first: Keyspace, second: Keyspace): void {
    for (const [here, there] of [
      [first, second],
      [second, first],
    ] as const) {
      for (const key of this.watchers.get(here)?.keys() ?? []) {
        if (here.peekName(key) !== NONE || there.peekName(key) !== NONE) this.modified(here, key);
      }
    }
  }
}
