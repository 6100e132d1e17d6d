/**
 * A set of byte strings: membership, a random member and a cursor, each in O(1). The members stand
 * in an array without holes; a removal fills its hole with the last one.
 */

import type { Settings } from "../config.ts";
import { parseInt64 } from "../number.ts";
import { ENTRY_BYTES, SLOT_BYTES, STRING_BYTES, type TypedValue, VALUE_BYTES } from "./value.ts";
import { walkBack } from "./walk.ts";

const MEMBER_BYTES = ENTRY_BYTES + SLOT_BYTES + STRING_BYTES;

export class SetValue implements TypedValue {
  private readonly members: string[] = [];
  private readonly places = new Map<string, number>();
  /** Redis keeps small sets of integers sorted and packed, until once they are not. */
  private hadOtherThanIntegers = false;
  private largestSize = 0;

  private characters = 0;
  accounted = 0;

  get bytes(): number {
    return VALUE_BYTES + this.members.length * MEMBER_BYTES + this.characters;
  }

  get size(): number {
    return this.members.length;
  }

  has(member: string): boolean {
    return this.places.has(member);
  }

  /** False when it is a member already. */
  add(member: string): boolean {
    if (this.places.has(member)) return false;
    this.places.set(member, this.members.length);
    this.members.push(member);
    this.characters += member.length;
    if (this.members.length > this.largestSize) this.largestSize = this.members.length;
    this.hadOtherThanIntegers ||= parseInt64(member) === undefined;
    return true;
  }

  delete(member: string): boolean {
    const place = this.places.get(member);
    if (place === undefined) return false;
    this.places.delete(member);
    this.characters -= member.length;
    const last = this.members.pop() as string;
    if (last !== member) {
      this.members[place] = last;
      this.places.set(last, place);
    }
    return true;
  }

  /** Any member; the set must not be empty. */
  random(): string {
    return this.members[Math.floor(Math.random() * this.members.length)] as string;
  }

  values(): Iterable<string> {
    return this.members;
  }

  /** The members in Redis's order, where that is one: an intset is sorted. */
  inOrder(settings: Settings): readonly string[] {
    if (this.encoding(settings) !== "intset") return this.members;
    return [...this.members].sort((a, b) => compareIntegers(a, b));
  }

  /** Visits members from `cursor` on; the cursor to go on with, or 0. An intset comes whole. */
  scan(cursor: number, count: number, settings: Settings, visit: (member: string) => void): number {
    if (this.encoding(settings) === "intset") {
      for (const member of this.inOrder(settings)) visit(member);
      return 0;
    }
    return walkBack(this.members, cursor, count, visit);
  }

  encoding(settings: Settings): "intset" | "hashtable" {
    const isSmall = this.largestSize <= settings["set-max-intset-entries"];
    return isSmall && !this.hadOtherThanIntegers ? "intset" : "hashtable";
  }

  clone(): SetValue {
    const copy = new SetValue();
    for (const member of this.members) copy.add(member);
    copy.hadOtherThanIntegers = this.hadOtherThanIntegers;
    copy.largestSize = this.largestSize;
    return copy;
  }
}

function compareIntegers(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
