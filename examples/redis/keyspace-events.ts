/**
 * Keyspace notifications: what happens to keys, published to whoever subscribes to it.
 * https://redis.io/docs/latest/develop/use/keyspace-notifications/
 *
 * A command tells of an event with `notify`; where nobody asked for its class in
 * notify-keyspace-events, which is the default, that is the test of one bit.
 */

import type { Call } from "./call.ts";
import type { Core } from "./core.ts";
import type { Keyspace } from "./keyspace/keyspace.ts";
import type { LifeObserver } from "./keyspace/observers.ts";
import { publish } from "./publish.ts";

// The classes of events, one bit each, by the letter of the setting.
const KEYSPACE = 1 << 0;
const KEYEVENT = 1 << 1;
export const GENERIC_EVENT = 1 << 2;
export const STRING_EVENT = 1 << 3;
export const LIST_EVENT = 1 << 4;
export const SET_EVENT = 1 << 5;
export const HASH_EVENT = 1 << 6;
export const ZSET_EVENT = 1 << 7;
const EXPIRED_EVENT = 1 << 8;
const EVICTED_EVENT = 1 << 9;
export const STREAM_EVENT = 1 << 10;
const MODULE_EVENT = 1 << 11;
const MISS_EVENT = 1 << 12;
const NEW_EVENT = 1 << 13;

const BIT_OF_LETTER = new Map([
  ["K", KEYSPACE],
  ["E", KEYEVENT],
  ["g", GENERIC_EVENT],
  ["$", STRING_EVENT],
  ["l", LIST_EVENT],
  ["s", SET_EVENT],
  ["h", HASH_EVENT],
  ["z", ZSET_EVENT],
  ["x", EXPIRED_EVENT],
  ["e", EVICTED_EVENT],
  ["t", STREAM_EVENT],
  ["d", MODULE_EVENT],
  ["m", MISS_EVENT],
  ["n", NEW_EVENT],
]);
const ALL = "g$lshzxetd";

export class KeyspaceEvents implements LifeObserver {
  /** The classes somebody asked for; 0 when their events would go nowhere. */
  classes = 0;
  private readonly core: Core;
  private setting = "";

  constructor(core: Core) {
    this.core = core;
  }

  /** Follows notify-keyspace-events. */
  configure(setting: string): void {
    if (setting === this.setting) return;
    this.setting = setting;
    let bits = 0;
    for (const letter of setting.replace("A", ALL)) bits |= BIT_OF_LETTER.get(letter) ?? 0;
    this.classes = (bits & (KEYSPACE | KEYEVENT)) === 0 ? 0 : bits;
    const isObserver = (this.classes & (EXPIRED_EVENT | NEW_EVENT)) !== 0;
    for (const db of this.core.databases) db.lifeObserver = isObserver ? this : undefined;
  }

  /** Publishes one event; `key` is a byte string. */
  tell(kind: number, event: string, db: Keyspace, key: string): void {
    if ((this.classes & kind) === 0) return;
    const id = this.core.databases.indexOf(db);
    if (this.classes & KEYSPACE) this.send(`__keyspace@${id}__:${key}`, event);
    if (this.classes & KEYEVENT) this.send(`__keyevent@${id}__:${event}`, key);
  }

  private send(channel: string, message: string): void {
    publish(this.core, "channels", channel, Buffer.from(message, "latin1"));
  }

  created(db: Keyspace, key: string): void {
    this.tell(NEW_EVENT, "new", db, key);
  }

  expired(db: Keyspace, key: string): void {
    this.tell(EXPIRED_EVENT, "expired", db, key);
  }

  evicted(db: Keyspace, key: string): void {
    this.tell(EVICTED_EVENT, "evicted", db, key);
  }

  missed(db: Keyspace, key: string): void {
    this.tell(MISS_EVENT, "keymiss", db, key);
  }
}

/** Tells of an event of a key: an argument of the call, or a byte string. */
export function notify(call: Call, kind: number, event: string, key: number | string): void {
  const { args, core, db } = call;
  if ((core.events.classes & kind) === 0) return;
  core.events.tell(kind, event, db, typeof key === "number" ? args.string(key) : key);
}
