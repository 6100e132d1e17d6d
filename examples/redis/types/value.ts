/** What every value that is not a string has in common; the types themselves are beside this. */

import type { Settings } from "../config.ts";
import type { SizedValue } from "../keyspace/types.ts";

export interface TypedValue extends SizedValue {
  /** What OBJECT ENCODING says: the name of the form that Redis would keep this value in. */
  encoding(settings: Settings): string;
  /** A copy that shares nothing with this one, for COPY. */
  clone(): TypedValue;
}

// What V8 needs, in bytes, for the parts that the types are made of.
/** The value itself with its empty tables. */
export const VALUE_BYTES = 256;
/** A string without its characters. */
export const STRING_BYTES = 16;
/** An entry of a Map, with what its table has in reserve. */
export const ENTRY_BYTES = 40;
/** An element of an array. */
export const SLOT_BYTES = 8;
