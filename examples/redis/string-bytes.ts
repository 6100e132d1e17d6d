/** Strings as bytes that a command reads or changes where they are: bits, registers. */

import type { Call } from "./call.ts";
import { NONE, type Ref } from "./keyspace/keyspace.ts";
import { CHANGED } from "./keyspace/types.ts";

const NO_BYTES = Buffer.alloc(0);

/** The bytes of a string; they hold until the next change. */
export function stringBytes({ db }: Call, ref: Ref): Buffer {
  if (ref === NONE) return NO_BYTES;
  db.readString(ref);
  return db.buffer.subarray(db.offset, db.offset + db.length);
}

/** What a command for bits had in hand is no number any more, changed or not. */
export function keepAsBytes({ db }: Call, ref: Ref): void {
  db.setText(ref, CHANGED);
}
