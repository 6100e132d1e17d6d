/** Who is told of what happens to the keys of a database. */

import type { Keyspace } from "./keyspace.ts";

/** Somebody who has to know when a key is not what it was. */
export interface Observer {
  /** A key was set, changed, or is about to go. */
  modified(db: Keyspace, key: string): void;
  /** All keys are about to go. */
  clearing(db: Keyspace): void;
}

/** Somebody who waits for values of other types than string. */
export interface ObjectObserver {
  /** Such a value was set or changed, or is about to go. */
  objectChanged(db: Keyspace, key: string): void;
  /** All keys are about to go. */
  clearing(db: Keyspace): void;
}

/** Somebody who wants to know how keys come and go. */
export interface LifeObserver {
  created(db: Keyspace, key: string): void;
  /** Its time had come, and it is gone. */
  expired(db: Keyspace, key: string): void;
}
