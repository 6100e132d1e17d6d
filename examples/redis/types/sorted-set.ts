/**
 * A sorted set: members with scores, in the order of the scores, and of their bytes where those are
 * equal. Small ones are packed in that order, each member before the eight bytes of its score; one
 * that grows beyond the limits becomes a table with a tree (score-table.ts) and stays one.
 */

import { byteString, bytesOf } from "../bytes.ts";
import type { Settings } from "../config.ts";
import { hasPackedForm } from "../keyspace/residence.ts";
import { ZSET } from "../keyspace/types.ts";
import { entrySize, Packed } from "./packed.ts";
import { compareBytes, readScore, SCORE_BYTES, ScoreTable, scoreBytes } from "./score-table.ts";
import { type TypedValue, VALUE_BYTES } from "./value.ts";

export interface Entry {
  readonly member: string;
  readonly score: number;
}

type Limits = Pick<Settings, "zset-max-listpack-entries" | "zset-max-listpack-value">;

const DEFAULT_LIMITS: Limits = { "zset-max-listpack-entries": 128, "zset-max-listpack-value": 64 };
const OBJECT_BYTES = 48;

/** Gets a member, `buffer[offset, offset + length)`, and its score. */
export type MemberVisitor = (buffer: Buffer, offset: number, length: number, score: number) => void;

export class SortedSetValue implements TypedValue {
  accounted = 0;
  /** Undefined once the set is a table. */
  packed: Packed | undefined;
  private table: ScoreTable | undefined = undefined;

  constructor(packed = new Packed()) {
    this.packed = packed;
  }

  /** A set of these: packed if all of them may be, for in a table a zero keeps its sign. */
  static from(entries: readonly Entry[], limits: Limits): SortedSetValue {
    const set = new SortedSetValue();
    const longest = limits["zset-max-listpack-value"];
    const isSmall =
      entries.length <= limits["zset-max-listpack-entries"] &&
      entries.every(({ member }) => member.length <= longest);
    if (!isSmall) set.convert();
    for (const { member, score } of entries) set.set(member, score, limits);
    return set;
  }

  get bytes(): number {
    if (this.packed !== undefined) return OBJECT_BYTES + this.packed.bytes;
    return VALUE_BYTES + (this.table as ScoreTable).bytes;
  }

  get size(): number {
    return this.packed === undefined ? (this.table as ScoreTable).size : this.packed.count / 2;
  }

  score(member: string): number | undefined {
    return this.scoreOf(bytesOf(member), 0, member.length);
  }

  /** The score of the member `source[offset, offset + length)`. */
  scoreOf(source: Buffer, offset: number, length: number): number | undefined {
    const { packed, table } = this;
    if (table !== undefined) {
      const address = table.find(source, offset, length);
      return address === 0 ? undefined : table.score(address);
    }
    const at = find(packed as Packed, source, offset, length);
    return at < 0 ? undefined : scoreAt(packed as Packed, at);
  }

  /** Adds a member, or gives it another score. */
  set(member: string, score: number, limits: Limits = DEFAULT_LIMITS): void {
    this.setBytes(bytesOf(member), 0, member.length, score, limits);
  }

  /** As `set`, with the member `source[offset, offset + length)`. */
  setBytes(source: Buffer, offset: number, length: number, score: number, limits: Limits): void {
    const { packed } = this;
    if (packed !== undefined) {
      const at = find(packed, source, offset, length);
      if (at >= 0) packed.remove(at, 2);
      else if (
        this.size >= limits["zset-max-listpack-entries"] ||
        length > limits["zset-max-listpack-value"]
      ) {
        this.convert();
      }
    }
    if (this.table !== undefined) this.table.set(source, offset, length, score);
    else insert(packed as Packed, source, offset, length, score + 0);
  }

  delete(member: string): boolean {
    return this.deleteBytes(bytesOf(member), 0, member.length);
  }

  deleteBytes(source: Buffer, offset: number, length: number): boolean {
    const { packed, table } = this;
    if (table !== undefined) return table.delete(source, offset, length);
    const at = find(packed as Packed, source, offset, length);
    if (at >= 0) (packed as Packed).remove(at, 2);
    return at >= 0;
  }

  /** How many members come before this one. */
  rank(member: string): number | undefined {
    const bytes = bytesOf(member);
    const { packed, table } = this;
    if (table !== undefined) {
      const address = table.find(bytes, 0, bytes.length);
      return address === 0 ? undefined : table.rank(address);
    }
    const { begin } = packed as Packed;
    const found = find(packed as Packed, bytes, 0, bytes.length);
    let rank = 0;
    for (let at = begin; at < found; at = next(packed as Packed, at)) rank++;
    return found < 0 ? undefined : rank;
  }

  /** How many members, from the first on, fulfil a condition that holds up to some place. */
  countWhile(holds: (entry: Entry) => boolean): number {
    const { packed, table } = this;
    if (table !== undefined) {
      const { pairs } = table;
      return table.countWhile((score, address) => {
        pairs.read(address);
        return holds({ member: pairs.name(), score });
      });
    }
    return countPacked(packed as Packed, (at) => {
      return holds({ member: (packed as Packed).string(at), score: scoreAt(packed as Packed, at) });
    });
  }

  /** The same for a condition of the score alone. */
  countWhileScore(holds: (score: number) => boolean): number {
    const { packed, table } = this;
    if (table !== undefined) return table.countWhile(holds);
    return countPacked(packed as Packed, (at) => holds(scoreAt(packed as Packed, at)));
  }

  /** Visits the members of the ranks from `start` up to `end`, that one not included. */
  visit(start: number, end: number, visit: MemberVisitor): void {
    const { packed, table } = this;
    if (table !== undefined) {
      const { pairs } = table;
      table.visit(start, end, (score) =>
        visit(pairs.buffer, pairs.nameAt, pairs.nameLength, score),
      );
      return;
    }
    const stop = Math.min(end, this.size);
    let at = start < stop ? (packed as Packed).entry(Math.max(0, start) * 2) : 0;
    for (let rank = Math.max(0, start); rank < stop; rank++) {
      visitAt(packed as Packed, at, visit);
      at = next(packed as Packed, at);
    }
  }

  /** The same from the last to the first. */
  visitBack(start: number, end: number, visit: MemberVisitor): void {
    const { packed, table } = this;
    if (table !== undefined) {
      const { pairs } = table;
      table.visitBack(start, end, (score) => {
        visit(pairs.buffer, pairs.nameAt, pairs.nameLength, score);
      });
      return;
    }
    const stop = Math.min(end, this.size);
    let at = start < stop ? (packed as Packed).entry(stop * 2) : 0;
    for (let rank = stop - 1; rank >= Math.max(0, start); rank--) {
      at = (packed as Packed).previous((packed as Packed).previous(at));
      visitAt(packed as Packed, at, visit);
    }
  }

  /** The members of the ranks from `start` up to `end`; copies. */
  slice(start: number, end: number): Entry[] {
    const entries: Entry[] = [];
    this.visit(start, end, (buffer, offset, length, score) => {
      entries.push({ member: byteString(buffer, offset, length), score });
    });
    return entries;
  }

  /** All members in order; copies. */
  entries(): Entry[] {
    return this.slice(0, this.size);
  }

  /** Any member; the set must not be empty. */
  random(): Entry {
    const { packed, table } = this;
    if (table !== undefined) return entryAt(table, table.random());
    const at = (packed as Packed).entry(2 * Math.floor(Math.random() * this.size));
    return { member: (packed as Packed).string(at), score: scoreAt(packed as Packed, at) };
  }

  /** Visits members from `cursor` on; the cursor to go on with, or 0. A packed set comes whole. */
  scan(cursor: number, count: number, visit: (entry: Entry) => void): number {
    const { table } = this;
    if (table !== undefined) {
      return table.scan(cursor, count, (address) => visit(entryAt(table, address)));
    }
    for (const entry of this.entries()) visit(entry);
    return 0;
  }

  encoding(): "listpack" | "skiplist" {
    return this.packed === undefined ? "skiplist" : "listpack";
  }

  clone(): SortedSetValue {
    const copy = new SortedSetValue(this.packed?.clone());
    if (this.packed !== undefined) return copy;
    copy.table = this.tableOfAll();
    copy.packed = undefined;
    return copy;
  }

  /** Becomes a table, if it is none. */
  convert(): void {
    if (this.packed === undefined) return;
    const { home } = this.packed;
    this.table = this.tableOfAll();
    this.packed = undefined;
    home?.leave();
  }

  private tableOfAll(): ScoreTable {
    const table = new ScoreTable();
    this.visit(0, this.size, (buffer, offset, length, score) => {
      table.set(buffer, offset, length, score);
    });
    return table;
  }
}

function entryAt(table: ScoreTable, address: number): Entry {
  const score = table.score(address);
  return { member: table.pairs.name(), score };
}

/** Where a member is in `packed`, or -1. */
function find(packed: Packed, source: Buffer, offset: number, length: number): number {
  for (let at = packed.begin; at < packed.end; at = next(packed, at)) {
    if (packed.equals(at, source, offset, length)) return at;
  }
  return -1;
}

/** The member behind the one at `at`, and behind its score. */
function next(packed: Packed, at: number): number {
  return packed.next(at) + entrySize(SCORE_BYTES);
}

function scoreAt(packed: Packed, at: number): number {
  return readScore(packed.buffer, packed.next(at) + 1);
}

function visitAt(packed: Packed, at: number, visit: MemberVisitor): void {
  visit(packed.buffer, packed.data(at), packed.length(at), scoreAt(packed, at));
}

function countPacked(packed: Packed, holds: (at: number) => boolean): number {
  let count = 0;
  for (let at = packed.begin; at < packed.end && holds(at); at = next(packed, at)) count++;
  return count;
}

/** Puts a member that is not there where it belongs. */
function insert(
  packed: Packed,
  source: Buffer,
  offset: number,
  length: number,
  score: number,
): void {
  packed.reserve(entrySize(length) + entrySize(SCORE_BYTES));
  let at = packed.begin;
  for (; at < packed.end; at = next(packed, at)) {
    const other = scoreAt(packed, at);
    if (other > score) break;
    if (other < score) continue;
    const { buffer } = packed;
    const order = compareBytes(buffer, packed.data(at), packed.length(at), source, offset, length);
    if (order > 0) break;
  }
  packed.insert(at, source, offset, length);
  packed.insert(packed.next(at), scoreBytes(score), 0, SCORE_BYTES);
}

hasPackedForm(ZSET, (packed) => new SortedSetValue(packed));
