/**
 * A skip list whose links know how many entries they pass: insertion, removal, the entry at a rank
 * and the rank of an entry each in O(log n).
 *
 * Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees" (1990)
 */

/** Enough for 2^64 entries. */
const MAX_LEVELS = 32;
/** One entry in four of a level is on the next one, too. */
const FAN_OUT = 4;

export class SkipNode {
  readonly member: string;
  score: number;
  /** By level: the next node, and how many steps of the lowest level it is away. */
  readonly next: (SkipNode | undefined)[];
  readonly spans: number[];

  constructor(member: string, score: number, levels: number) {
    this.member = member;
    this.score = score;
    this.next = new Array<SkipNode | undefined>(levels).fill(undefined);
    this.spans = new Array<number>(levels).fill(0);
  }
}

export class SkipList {
  length = 0;
  private readonly head = new SkipNode("", 0, MAX_LEVELS);
  private levels = 1;
  // Filled by `descend`: by level, the last node before the place looked for, and its rank.
  private readonly path = new Array<SkipNode>(MAX_LEVELS).fill(this.head);
  private readonly ranks = new Array<number>(MAX_LEVELS).fill(0);

  /** A node to insert, of a random height. */
  static node(member: string, score: number): SkipNode {
    let levels = 1;
    while (levels < MAX_LEVELS && Math.random() * FAN_OUT < 1) levels++;
    return new SkipNode(member, score, levels);
  }

  insert(node: SkipNode): void {
    const { path, ranks } = this;
    this.descend((other) => isBefore(other, node));
    const height = node.next.length;
    for (; this.levels < height; this.levels++) {
      path[this.levels] = this.head;
      ranks[this.levels] = 0;
      this.head.spans[this.levels] = this.length;
    }
    for (let level = 0; level < height; level++) {
      const before = path[level];
      const passed = ranks[0] - ranks[level];
      node.next[level] = before.next[level];
      node.spans[level] = before.spans[level] - passed;
      before.next[level] = node;
      before.spans[level] = passed + 1;
    }
    for (let level = height; level < this.levels; level++) path[level].spans[level]++;
    this.length++;
  }

  /** Takes out a node that is in the list; it may be inserted again. */
  remove(node: SkipNode): void {
    const { path } = this;
    this.descend((other) => isBefore(other, node));
    for (let level = 0; level < this.levels; level++) {
      const before = path[level];
      if (before.next[level] === node) {
        before.spans[level] += node.spans[level] - 1;
        before.next[level] = node.next[level];
      } else {
        before.spans[level]--;
      }
    }
    while (this.levels > 1 && this.head.next[this.levels - 1] === undefined) this.levels--;
    this.length--;
  }

  /** How many entries come before the place of `node`, counted from 0. */
  rank(node: SkipNode): number {
    return this.countWhile((other) => isBefore(other, node));
  }

  /** How many entries from the first on fulfil a condition that holds up to some place. */
  countWhile(holds: (node: SkipNode) => boolean): number {
    this.descend(holds);
    return this.ranks[0];
  }

  /** The entry at a rank from 0 to length - 1. */
  at(rank: number): SkipNode | undefined {
    let node: SkipNode | undefined = this.head;
    let left = rank + 1;
    for (let level = this.levels - 1; level >= 0 && node !== undefined; level--) {
      while (node?.next[level] !== undefined && node.spans[level] <= left) {
        left -= node.spans[level];
        node = node.next[level];
      }
      if (left === 0) return node;
    }
    return undefined;
  }

  /** Goes along each level as long as the condition holds, then down to the next. */
  private descend(holds: (node: SkipNode) => boolean): void {
    const { path, ranks } = this;
    let node = this.head;
    let rank = 0;
    for (let level = this.levels - 1; level >= 0; level--) {
      for (
        let next = node.next[level];
        next !== undefined && holds(next);
        next = node.next[level]
      ) {
        rank += node.spans[level];
        node = next;
      }
      path[level] = node;
      ranks[level] = rank;
    }
  }
}

/** By score; among equals by the bytes of the members, whose strings are latin1. */
function isBefore(a: SkipNode, b: SkipNode): boolean {
  return a.score < b.score || (a.score === b.score && a.member < b.member);
}
