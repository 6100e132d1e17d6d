/**
 * A sorted set: names with scores, in the order of the scores, and of the names where those are
 * equal. A tree knows the order, a hash table the score of a name, without which the tree could not
 * be searched for it.
 *
 * See also: ordered-tree.ts, hash-table.ts, sorted-set-commands.ts. */

import { HashTable } from "./hash-table.ts";
import { OrderedTree } from "./ordered-tree.ts";

export interface Entry {
  readonly name: string;
  readonly score: number;
}

function compare(a: Entry, b: Entry): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

export class SortedSet {
  private readonly scores = new HashTable<number>();
  private readonly order = new OrderedTree<Entry>(compare);

  get size(): number {
    return this.order.size;
  }

  score(name: string): number | undefined {
    return this.scores.get(name);
  }

  /** Whether the name is a new one. */
  set(name: string, score: number): boolean {
    const old = this.scores.get(name);
    if (old === score) return false;
    if (old !== undefined) this.order.remove({ name, score: old });
    this.order.insert({ name, score });
    this.scores.set(name, score);
    return old === undefined;
  }

  delete(name: string): boolean {
    const score = this.scores.get(name);
    if (score === undefined) return false;
    this.order.remove({ name, score });
    return this.scores.delete(name);
  }

  rank(name: string): number | undefined {
    const score = this.scores.get(name);
    if (score === undefined) return undefined;
    return this.order.rank((entry) => compare(entry, { name, score }) < 0);
  }

  /** The rank of the first entry that is not `isBefore`. */
  rankBehind(isBefore: (entry: Entry) => boolean): number {
    return this.order.rank(isBefore);
  }

  range(start: number, end: number): Entry[] {
    return this.order.range(start, end);
  }
}
