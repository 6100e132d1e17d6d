/**
 * The members of a large sorted set: bytes in a log, each with its score, found through an index as
 * keys are, and in order in a tree. See also sorted-set.ts, pair-log.ts, rank-tree.ts.
 */

import { hashBytes } from "../keyspace/hash.ts";
import { Index } from "../keyspace/index.ts";
import { PairLog } from "./pair-log.ts";
import { NODE_BYTES, RankTree } from "./rank-tree.ts";

/** What V8 needs for the objects, in bytes. */
const TABLE_BYTES = 2000;
export const SCORE_BYTES = 8;
/** A score and its bytes. */
const scratch = new Float64Array(1);
const scratchBytes = Buffer.from(scratch.buffer);

export class ScoreTable {
  /** Where `find` and `read` have found a member. */
  readonly pairs = new PairLog((from, to) => this.move(from, to));
  private readonly index = new Index();
  private readonly tree = new RankTree((score, member, otherScore, otherMember) => {
    return score - otherScore || this.compareMembers(member, otherMember);
  });
  /** The hash of the member looked for last. */
  private hash = 0;

  get bytes(): number {
    return TABLE_BYTES + this.index.bytes + this.pairs.bytes + this.tree.nodes * NODE_BYTES;
  }

  get size(): number {
    return this.tree.size;
  }

  /** The address of the member `source[offset, offset + length)`, or 0. */
  find(source: Buffer, offset: number, length: number): number {
    const { index, pairs } = this;
    this.hash = hashBytes(source, offset, length);
    let at = index.first(this.hash);
    while (at !== 0 && !pairs.hasName(at, source, offset, length)) at = index.next();
    return at;
  }

  score(address: number): number {
    const { pairs } = this;
    pairs.read(address);
    return readScore(pairs.buffer, pairs.valueAt);
  }

  /** Adds a member, or gives it another score. */
  set(source: Buffer, offset: number, length: number, score: number): void {
    const { index, pairs, tree } = this;
    let at = this.find(source, offset, length);
    if (at === 0) {
      at = pairs.append(source, offset, length, scoreBytes(score), 0, SCORE_BYTES);
      index.insert(this.hash, at);
    } else {
      tree.remove(this.score(at), at);
      pairs.read(at);
      writeScore(pairs.buffer, pairs.valueAt, score);
    }
    tree.insert(score, at);
  }

  delete(source: Buffer, offset: number, length: number): boolean {
    const at = this.find(source, offset, length);
    if (at === 0) return false;
    this.tree.remove(this.score(at), at);
    this.index.remove(this.hash, at);
    this.pairs.remove(at);
    return true;
  }

  /** How many members come before the one at `address`. */
  rank(address: number): number {
    return this.tree.rank(this.score(address), address);
  }

  countWhile(holds: (score: number, address: number) => boolean): number {
    return this.tree.countWhile(holds);
  }

  /** Visits the members of the ranks from `start` up to `end`; `pairs` has read each. */
  visit(start: number, end: number, visit: (score: number) => void): void {
    this.tree.visit(start, end, (score, address) => {
      this.pairs.read(address);
      visit(score);
    });
  }

  /** The same from the last to the first. */
  visitBack(start: number, end: number, visit: (score: number) => void): void {
    this.tree.visitBack(start, end, (score, address) => {
      this.pairs.read(address);
      visit(score);
    });
  }

  /** A member at random; the table must not be empty. */
  random(): number {
    return this.index.random();
  }

  /** Visits the members from `cursor` on; the cursor to go on with, or 0. */
  scan(cursor: number, count: number, visit: (address: number) => void): number {
    return this.index.walk(cursor % 2 ** 32, count, visit);
  }

  private compareMembers(a: number, b: number): number {
    const { pairs } = this;
    if (a === b) return 0;
    pairs.read(a);
    const { buffer, nameAt, nameLength } = pairs;
    pairs.read(b);
    return compareBytes(buffer, nameAt, nameLength, pairs.buffer, pairs.nameAt, pairs.nameLength);
  }

  /** The pair at `from` is at `to` now; both can be read still. */
  private move(from: number, to: number): void {
    const { pairs } = this;
    pairs.read(to);
    this.index.replace(hashBytes(pairs.buffer, pairs.nameAt, pairs.nameLength), from, to);
    this.tree.rename(this.score(to), from, to);
  }
}

/** A score as it is stored; good until the next one. */
export function scoreBytes(score: number): Buffer {
  scratch[0] = score;
  return scratchBytes;
}

/** A double at any offset. */
export function readScore(buffer: Buffer, offset: number): number {
  for (let i = 0; i < SCORE_BYTES; i++) scratchBytes[i] = buffer[offset + i] as number;
  return scratch[0] as number;
}

function writeScore(buffer: Buffer, offset: number, score: number): void {
  scratch[0] = score;
  for (let i = 0; i < SCORE_BYTES; i++) buffer[offset + i] = scratchBytes[i] as number;
}

/** As memcmp(3), and the shorter one first. */
export function compareBytes(
  a: Buffer,
  aAt: number,
  aLength: number,
  b: Buffer,
  bAt: number,
  bLength: number,
): number {
  const shorter = Math.min(aLength, bLength);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[aAt + i] as number) - (b[bAt + i] as number);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}
