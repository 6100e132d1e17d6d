/**
 * The patterns of SORT's BY and GET: `weight_*` names a string for each element, `object_*->name`
 * a field of a hash, and `#` the element itself.
 */

import type { Keyspace } from "./keyspace/keyspace.ts";
import { NONE } from "./keyspace/keyspace.ts";
import { HASH, STRING } from "./keyspace/types.ts";
import type { HashValue } from "./types/hash.ts";

export class KeyPattern {
  /** Whether it names the same for all elements. */
  readonly isConstant: boolean;
  private readonly isElement: boolean;
  private readonly prefix: string;
  private readonly suffix: string;
  /** Of a hash; "" for a string. */
  private readonly field: string;

  constructor(pattern: string) {
    const star = pattern.indexOf("*");
    // An arrow with nothing behind it belongs to the name.
    const arrow = star < 0 ? -1 : pattern.indexOf("->", star + 1);
    const hasField = arrow >= 0 && arrow + 2 < pattern.length;
    this.isConstant = star < 0;
    this.isElement = pattern === "#";
    this.prefix = pattern.slice(0, Math.max(star, 0));
    this.suffix = pattern.slice(star + 1, hasField ? arrow : undefined);
    this.field = hasField ? pattern.slice(arrow + 2) : "";
  }

  /** What the pattern finds for `element`; undefined when there is no such key, field or string. */
  lookup(db: Keyspace, element: string): string | undefined {
    if (this.isElement) return element;
    if (this.isConstant) return undefined;
    const ref = db.lookupName(this.prefix + element + this.suffix);
    if (ref === NONE) return undefined;
    const type = db.type(ref);
    if (this.field === "") return type === STRING ? db.stringValue(ref) : undefined;
    return type === HASH ? (db.object(ref) as HashValue).get(this.field) : undefined;
  }
}
