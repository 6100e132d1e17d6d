/**
 * Keys that hold values of more than one kind. Each family of commands sees them as if there were
 * only its own: who asks for a value of another kind is told so. What is overwritten or deleted may
 * be of any.
 *
 * See also: 05-sorted-set.ts, strings.ts, sorted-set-commands.ts. */

import { CommandError } from "./commands.ts";
import { SortedSet } from "./sorted-set.ts";
import type { Keys } from "./strings.ts";

/** What a key may hold: a string, or something that another step brings. */
export type Value = Buffer | object;

const isString = (value: Value) => Buffer.isBuffer(value);
const isSortedSet = (value: Value) => value instanceof SortedSet;

export const stringsIn = (keys: Keys<Value>) => ofKind(keys, isString);
export const sortedSetsIn = (keys: Keys<Value>) => ofKind(keys, isSortedSet);

function ofKind<V extends Value>(keys: Keys<Value>, isKind: (value: Value) => value is V): Keys<V> {
  return {
    get(key) {
      const value = keys.get(key);
      if (value === undefined || isKind(value)) return value;
      throw new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
    },
    set: (key, value) => keys.set(key, value),
    delete: (key) => keys.delete(key),
  };
}
