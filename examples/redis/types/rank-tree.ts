/**
 * The order of a large sorted set: a B+ tree that knows how many entries are below each branch, so
 * that insertion, removal, the entry of a rank and the rank of an entry are in O(log n) each. An
 * entry is a score and an integer that says whose it is; nodes are arrays of numbers, which cost
 * the garbage collector next to nothing.
 *
 * Bayer and McCreight, "Organization and Maintenance of Large Ordered Indices" (1972)
 */

const CAPACITY = 64;
/** A node with fewer entries joins its neighbour when both fit well into one. */
const FEW = CAPACITY / 4;
const COMFORTABLE = (CAPACITY * 3) / 4;

/** Negative, zero or positive as an entry comes before, is, or comes behind the other one. */
type Compare = (score: number, item: number, otherScore: number, otherItem: number) => number;
export type Visitor = (score: number, item: number) => void;

/** A leaf with entries, or a branch: then entry i, but for the first, is the first of child i. */
class Node {
  count = 0;
  readonly scores = new Float64Array(CAPACITY);
  readonly items = new Int32Array(CAPACITY);
  /** Of a branch: its children, and how many entries are below each. */
  readonly children: Node[] | undefined;
  readonly sizes: Int32Array | undefined;

  constructor(isLeaf: boolean) {
    this.children = isLeaf ? undefined : [];
    this.sizes = isLeaf ? undefined : new Int32Array(CAPACITY);
  }

  get size(): number {
    if (this.sizes === undefined) return this.count;
    let size = 0;
    for (let i = 0; i < this.count; i++) size += this.sizes[i] as number;
    return size;
  }

  insert(at: number, score: number, item: number, child?: Node): void {
    const { items, scores, sizes } = this;
    for (let i = this.count; i > at; i--) {
      scores[i] = scores[i - 1] as number;
      items[i] = items[i - 1] as number;
      if (sizes !== undefined) sizes[i] = sizes[i - 1] as number;
    }
    scores[at] = score;
    items[at] = item;
    if (child !== undefined) {
      (sizes as Int32Array)[at] = child.size;
      (this.children as Node[]).splice(at, 0, child);
    }
    this.count++;
  }

  remove(at: number): void {
    const { items, scores, sizes } = this;
    this.count--;
    for (let i = at; i < this.count; i++) {
      scores[i] = scores[i + 1] as number;
      items[i] = items[i + 1] as number;
      if (sizes !== undefined) sizes[i] = sizes[i + 1] as number;
    }
    this.children?.splice(at, 1);
  }

  /** Moves the upper half into a node of its own. */
  split(): Node {
    const right = new Node(this.children === undefined);
    const from = this.count >> 1;
    right.take(this, from);
    this.count = from;
    if (this.children !== undefined) this.children.length = from;
    return right;
  }

  /** Appends what `other` has from `from` on. */
  take(other: Node, from: number): void {
    const end = this.count;
    this.scores.set(other.scores.subarray(from, other.count), end);
    this.items.set(other.items.subarray(from, other.count), end);
    this.sizes?.set((other.sizes as Int32Array).subarray(from, other.count), end);
    this.children?.push(...(other.children as Node[]).slice(from));
    this.count += other.count - from;
  }
}

/** What a node takes, in bytes, with its share of the branches above. */
export const NODE_BYTES = 1400;

export class RankTree {
  size = 0;
  nodes = 1;
  private root = new Node(true);
  private readonly compare: Compare;
  // The way from the root to a leaf: nodes, and which child was taken of each.
  private readonly path: Node[] = [];
  private readonly taken: number[] = [];
  private depth = 0;

  constructor(compare: Compare) {
    this.compare = compare;
  }

  insert(score: number, item: number): void {
    const leaf = this.descend(score, item);
    const at = this.lowerBound(leaf, score, item, 0);
    this.resize(1);
    leaf.insert(at, score, item);
    if (at === 0) this.renameFirst(leaf);
    this.splitFull(leaf);
  }

  /** Removes an entry that is there. */
  remove(score: number, item: number): void {
    const leaf = this.descend(score, item);
    const at = this.lowerBound(leaf, score, item, 0);
    this.resize(-1);
    leaf.remove(at);
    if (at === 0 && leaf.count > 0) this.renameFirst(leaf);
    if (leaf.count < FEW) this.join(leaf);
  }

  /** The entry of `item` is from now on that of `renamed`, which compares as `item` does. */
  rename(score: number, item: number, renamed: number): void {
    const leaf = this.descend(score, item);
    const at = this.lowerBound(leaf, score, item, 0);
    leaf.items[at] = renamed;
    if (at === 0) this.renameFirst(leaf);
  }

  /** How many entries come before this one. */
  rank(score: number, item: number): number {
    const leaf = this.descend(score, item);
    let rank = this.lowerBound(leaf, score, item, 0);
    for (let level = 0; level < this.depth; level++) {
      const sizes = (this.path[level] as Node).sizes as Int32Array;
      for (let i = 0; i < (this.taken[level] as number); i++) rank += sizes[i] as number;
    }
    return rank;
  }

  /** How many entries from the first on fulfil a condition that holds up to some place. */
  countWhile(holds: (score: number, item: number) => boolean): number {
    let node = this.root;
    let count = 0;
    while (node.children !== undefined) {
      const child = Math.max(0, partition(node, 1, holds) - 1);
      for (let i = 0; i < child; i++) count += (node.sizes as Int32Array)[i] as number;
      node = node.children[child] as Node;
    }
    return count + partition(node, 0, holds);
  }

  /** Visits the entries of the ranks from `start` up to `end`, that one not included. */
  visit(start: number, end: number, visit: Visitor): void {
    visitBelow(this.root, Math.max(0, start), Math.min(end, this.size), visit);
  }

  /** The same from the last to the first. */
  visitBack(start: number, end: number, visit: Visitor): void {
    visitBackBelow(this.root, Math.max(0, start), Math.min(end, this.size), visit);
  }

  /** Goes to the leaf where an entry is or belongs, and remembers the way. */
  private descend(score: number, item: number): Node {
    let node = this.root;
    this.depth = 0;
    while (node.children !== undefined) {
      // An entry equal to a child's first one is in that child.
      const at = this.lowerBound(node, score, item, 1);
      const isFirst =
        at < node.count &&
        node.scores[at] === score &&
        this.compare(score, item, score, node.items[at] as number) === 0;
      const child = isFirst ? at : at - 1;
      this.path[this.depth] = node;
      this.taken[this.depth] = child;
      this.depth++;
      node = node.children[child] as Node;
    }
    return node;
  }

  /** The first place from `from` on whose entry does not come before this one. */
  private lowerBound(node: Node, score: number, item: number, from: number): number {
    const { items, scores } = node;
    let low = from;
    let high = node.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(scores[middle] as number, items[middle] as number, score, item) < 0) {
        low = middle + 1;
      } else high = middle;
    }
    return low;
  }

  /** Counts an entry more or less, all along the way. */
  private resize(by: number): void {
    this.size += by;
    for (let level = 0; level < this.depth; level++) {
      const sizes = (this.path[level] as Node).sizes as Int32Array;
      (sizes[this.taken[level] as number] as number) += by;
    }
  }

  /** Some branch above knows a node by its first entry, unless it is the first of all. */
  private renameFirst(node: Node, below = this.depth): void {
    for (let level = below - 1; level >= 0; level--) {
      const at = this.taken[level] as number;
      if (at === 0) continue;
      const branch = this.path[level] as Node;
      branch.scores[at] = node.scores[0] as number;
      branch.items[at] = node.items[0] as number;
      return;
    }
  }

  /** Splits a full node, and the branches above that get full by that. */
  private splitFull(leaf: Node): void {
    let node = leaf;
    for (let level = this.depth - 1; node.count === CAPACITY; level--) {
      const right = node.split();
      this.nodes++;
      if (level < 0) this.growRoot(node);
      const branch = level < 0 ? this.root : (this.path[level] as Node);
      const at = level < 0 ? 0 : (this.taken[level] as number);
      (branch.sizes as Int32Array)[at] = node.size;
      branch.insert(at + 1, right.scores[0] as number, right.items[0] as number, right);
      node = branch;
    }
  }

  private growRoot(node: Node): void {
    this.root = new Node(false);
    this.root.insert(0, 0, 0, node);
    this.nodes++;
  }

  /** Joins a small node with a neighbour, and the branches above that get small by that. */
  private join(leaf: Node): void {
    let node = leaf;
    for (let level = this.depth - 1; level >= 0 && node.count < FEW; level--) {
      const branch = this.path[level] as Node;
      const at = this.taken[level] as number;
      if (node.count === 0) this.drop(branch, at, level);
      else if (at > 0) this.joinTwo(branch, at - 1);
      else if (branch.count > 1) this.joinTwo(branch, 0);
      node = branch;
    }
    while (this.root.children !== undefined && this.root.count <= 1) {
      this.root = this.root.children[0] ?? new Node(true);
      this.nodes--;
    }
  }

  /** Takes an empty child out of the branch at `level`. */
  private drop(branch: Node, at: number, level: number): void {
    branch.remove(at);
    this.nodes--;
    if (at === 0 && branch.count > 0) this.renameFirst(branch, level);
  }

  /** Joins children `at` and `at + 1`, if they fit well into one node. */
  private joinTwo(branch: Node, at: number): void {
    const [left, right] = (branch.children as Node[]).slice(at, at + 2) as [Node, Node];
    if (left.count + right.count > COMFORTABLE) return;
    const joint = left.count;
    left.take(right, 0);
    // A branch does not know the first entry of its first child; the one above does.
    left.scores[joint] = branch.scores[at + 1] as number;
    left.items[joint] = branch.items[at + 1] as number;
    (branch.sizes as Int32Array)[at] = left.size;
    branch.remove(at + 1);
    this.nodes--;
  }
}

/** The first place from `from` on whose entry does not fulfil the condition. */
function partition(
  { count, items, scores }: Node,
  from: number,
  holds: (score: number, item: number) => boolean,
): number {
  let low = from;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(scores[middle] as number, items[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function visitBelow(node: Node, start: number, end: number, visit: Visitor): void {
  const { children, items, scores } = node;
  if (children === undefined) {
    for (let i = start; i < end; i++) visit(scores[i] as number, items[i] as number);
    return;
  }
  let base = 0;
  for (let i = 0; i < node.count && base < end; i++) {
    const size = (node.sizes as Int32Array)[i] as number;
    if (base + size > start) {
      const from = Math.max(0, start - base);
      visitBelow(children[i] as Node, from, Math.min(size, end - base), visit);
    }
    base += size;
  }
}

function visitBackBelow(node: Node, start: number, end: number, visit: Visitor): void {
  const { children, items, scores } = node;
  if (children === undefined) {
    for (let i = end - 1; i >= start; i--) visit(scores[i] as number, items[i] as number);
    return;
  }
  let base = node.size;
  for (let i = node.count - 1; i >= 0 && base > start; i--) {
    const size = (node.sizes as Int32Array)[i] as number;
    base -= size;
    if (base < end) {
      const from = Math.max(0, start - base);
      visitBackBelow(children[i] as Node, from, Math.min(size, end - base), visit);
    }
  }
}
