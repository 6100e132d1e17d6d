/** The types of values, in the order in which Redis numbers them in its dump format. */

import type { Packed } from "../types/packed.ts";

export const STRING = 0;
export const LIST = 1;
export const SET = 2;
export const ZSET = 3;
export const HASH = 4;
/** 5 is for the types of modules. */
export const STREAM = 6;
export type ValueType =
  | typeof STRING
  | typeof LIST
  | typeof SET
  | typeof ZSET
  | typeof HASH
  | typeof STREAM;

export const TYPE_NAMES = ["string", "list", "set", "zset", "hash", "module", "stream"] as const;

export type StringEncoding = "int" | "embstr" | "raw";

/** Milliseconds since the epoch, read once per batch of requests and shared by all who need it. */
export interface Clock {
  now: number;
}

// Encodings of a string: a number's digits, bytes, bytes that were changed in place.
export const INT = 1;
export const BYTES = 2;
export const CHANGED = 3;

/** Longer strings are kept apart from their key in Redis, and say so. */
const EMBEDDED_LIMIT = 44;

/** What OBJECT ENCODING says of a string. */
export function encodingName(encoding: number, length: number): StringEncoding {
  if (encoding === INT) return "int";
  return encoding === BYTES && length <= EMBEDDED_LIMIT ? "embstr" : "raw";
}

/** A value that is no string. */
export interface SizedValue {
  /** Its entries, while it is small: they may then live in the record of its key. */
  packed?: Packed | undefined;
  /** There when parts of it expire by themselves: it is an object that lasts, however small. */
  readonly expiries?: object | undefined;
  /** What it occupies, by estimate. */
  readonly bytes: number;
  /** As much of it as its database has counted; the database's to write. */
  accounted: number;
}
