/**
 * A sorted set: members with scores, in the order of the scores, and of their bytes where those are
 * equal. A map finds a member, a skip list ranks and ranges.
 */

import type { Settings } from "../config.ts";
import { SkipList, type SkipNode } from "./skip-list.ts";
import { ENTRY_BYTES, SLOT_BYTES, STRING_BYTES, type TypedValue, VALUE_BYTES } from "./value.ts";
import { walkBack } from "./walk.ts";

export interface Entry {
  readonly member: string;
  readonly score: number;
}

/** In two maps and an array; a node with arrays of links and of spans, and 1.3 of each of these. */
const MEMBER_BYTES = 2 * ENTRY_BYTES + SLOT_BYTES + STRING_BYTES + 152;

export class SortedSetValue implements TypedValue {
  private readonly nodes = new Map<string, SkipNode>();
  private readonly list = new SkipList();
  /** The members without holes, for the cursor of ZSCAN: a removal fills its hole. */
  private readonly members: string[] = [];
  private readonly places = new Map<string, number>();
  /** Redis packs small sorted sets, until once they were large. */
  private largestSize = 0;
  private longestMember = 0;

  private characters = 0;
  accounted = 0;

  get bytes(): number {
    return VALUE_BYTES + this.members.length * MEMBER_BYTES + this.characters;
  }

  get size(): number {
    return this.list.length;
  }

  score(member: string): number | undefined {
    return this.nodes.get(member)?.score;
  }

  /** Adds a member, or gives it another score. */
  set(member: string, score: number): void {
    const known = this.nodes.get(member);
    if (known !== undefined) {
      this.list.remove(known);
      known.score = score;
      this.list.insert(known);
      return;
    }
    const node = SkipList.node(member, score);
    this.list.insert(node);
    this.nodes.set(member, node);
    this.places.set(member, this.members.length);
    this.members.push(member);
    this.characters += member.length;
    this.largestSize = Math.max(this.largestSize, this.members.length);
    this.longestMember = Math.max(this.longestMember, member.length);
  }

  delete(member: string): boolean {
    const node = this.nodes.get(member);
    if (node === undefined) return false;
    this.list.remove(node);
    this.nodes.delete(member);
    const place = this.places.get(member) as number;
    this.places.delete(member);
    this.characters -= member.length;
    const last = this.members.pop() as string;
    if (last !== member) {
      this.members[place] = last;
      this.places.set(last, place);
    }
    return true;
  }

  /** How many members come before this one. */
  rank(member: string): number | undefined {
    const node = this.nodes.get(member);
    return node === undefined ? undefined : this.list.rank(node);
  }

  /** How many members, from the first on, fulfil a condition that holds up to some place. */
  countWhile(holds: (entry: Entry) => boolean): number {
    return this.list.countWhile(holds);
  }

  /** The members of the ranks from `start` up to `end`, that one not included. */
  slice(start: number, end: number): Entry[] {
    const entries: Entry[] = [];
    let node = start < end ? this.list.at(start) : undefined;
    for (let rank = start; rank < end && node !== undefined; rank++) {
      entries.push(node);
      node = node.next[0];
    }
    return entries;
  }

  /** All members in order. */
  entries(): Entry[] {
    return this.slice(0, this.size);
  }

  /** Any member; the set must not be empty. */
  random(): Entry {
    const member = this.members[Math.floor(Math.random() * this.members.length)];
    return this.nodes.get(member) as SkipNode;
  }

  /** Visits members from `cursor` on; the cursor to go on with, or 0. A packed set comes whole. */
  scan(cursor: number, count: number, settings: Settings, visit: (entry: Entry) => void): number {
    if (this.encoding(settings) === "skiplist") {
      return walkBack(this.members, cursor, count, (member) => {
        visit(this.nodes.get(member) as SkipNode);
      });
    }
    for (const entry of this.entries()) visit(entry);
    return 0;
  }

  encoding(settings: Settings): "listpack" | "skiplist" {
    const isSmall = this.largestSize <= settings["zset-max-listpack-entries"];
    const isShort = this.longestMember <= settings["zset-max-listpack-value"];
    return isSmall && isShort ? "listpack" : "skiplist";
  }

  clone(): SortedSetValue {
    const copy = new SortedSetValue();
    for (const { member, score } of this.entries()) copy.set(member, score);
    copy.largestSize = this.largestSize;
    copy.longestMember = this.longestMember;
    return copy;
  }
}
