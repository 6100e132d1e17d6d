/**
 * An AVL tree whose nodes know how many there are below them: to insert, to remove, to find the
 * rank of an item and the item of a rank takes a walk from the root to a leaf at most, and that is
 * never longer than 1.44 log2(n).
 *
 * Adelson-Velsky and Landis (1962). See also sorted-set.ts; ../redis/types/rank-tree.ts is a B+
 * tree that does the same. */

interface Node<T> {
  item: T;
  /** Of the tree from here on: its longest walk, and how many nodes it has. */
  height: number;
  count: number;
  left: Node<T> | undefined;
  right: Node<T> | undefined;
}

type Tree<T> = Node<T> | undefined;

const OTHER = { left: "right", right: "left" } as const;
type Side = keyof typeof OTHER;

export class OrderedTree<T> {
  private root: Tree<T>;
  private readonly compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.compare = compare;
  }

  get size(): number {
    return countOf(this.root);
  }

  get height(): number {
    return heightOf(this.root);
  }

  /** No item that is equal to it may be there. */
  insert(item: T): void {
    this.root = this.with(this.root, item);
  }

  remove(item: T): void {
    this.root = this.without(this.root, item);
  }

  /**
   * How many items come before the first one that is not `isBefore`: its rank. All that are must
   * come before all that are not.
   */
  rank(isBefore: (item: T) => boolean): number {
    let rank = 0;
    for (let node = this.root; node !== undefined; ) {
      const isLeft = isBefore(node.item);
      if (isLeft) rank += countOf(node.left) + 1;
      node = isLeft ? node.right : node.left;
    }
    return rank;
  }

  /** The items of the ranks from `start` to before `end`, in order. */
  range(start: number, end: number): T[] {
    const found: T[] = [];
    collect(this.root, start, end, found);
    return found;
  }

  private with(tree: Tree<T>, item: T): Node<T> {
    if (tree === undefined) return { item, height: 1, count: 1, left: undefined, right: undefined };
    const side = this.compare(item, tree.item) < 0 ? "left" : "right";
    tree[side] = this.with(tree[side], item);
    return balanced(tree);
  }

  private without(tree: Tree<T>, item: T): Tree<T> {
    if (tree === undefined) return undefined;
    const order = this.compare(item, tree.item);
    if (order === 0) return joined(tree.left, tree.right);
    const side = order < 0 ? "left" : "right";
    tree[side] = this.without(tree[side], item);
    return balanced(tree);
  }
}

const countOf = <T>(tree: Tree<T>) => tree?.count ?? 0;
const heightOf = <T>(tree: Tree<T>) => tree?.height ?? 0;

/** Ranks are counted from the first item of `tree`; what lies outside is not walked into. */
function collect<T>(tree: Tree<T>, start: number, end: number, found: T[]): void {
  if (tree === undefined || start >= tree.count || end <= 0) return;
  const rank = countOf(tree.left);
  collect(tree.left, start, end, found);
  if (start <= rank && rank < end) found.push(tree.item);
  collect(tree.right, start - rank - 1, end - rank - 1, found);
}

/** Of a node whose children are right: makes its own numbers right. */
function updated<T>(node: Node<T>): Node<T> {
  node.height = Math.max(heightOf(node.left), heightOf(node.right)) + 1;
  node.count = countOf(node.left) + countOf(node.right) + 1;
  return node;
}

/**
 * Lifts the child of one side into the place of its parent. Read from left to right the letters
 * stay as they were; c has come up, and a has gone down.
 *
 *       P                C
 *      / \              / \
 *     C   c     →      a   P
 *    / \                  / \
 *   a   b                b   c
 */
function lifted<T>(parent: Node<T>, side: Side): Node<T> {
  const child = parent[side] as Node<T>;
  parent[side] = child[OTHER[side]];
  child[OTHER[side]] = updated(parent);
  return updated(child);
}

/**
 * The tree of `node`, whose children have changed by one item: they may differ in height by two.
 * The higher one is lifted; if its inner child is what makes it so high, that is lifted before,
 * or it would only move over to the other side.
 */
function balanced<T>(node: Node<T>): Node<T> {
  for (const side of ["left", "right"] as const) {
    const high = node[side];
    if (high === undefined || high.height - heightOf(node[OTHER[side]]) < 2) continue;
    if (heightOf(high[side]) < heightOf(high[OTHER[side]])) node[side] = lifted(high, OTHER[side]);
    return lifted(node, side);
  }
  return updated(node);
}

/** One tree of the two children of a node that goes. */
function joined<T>(left: Tree<T>, right: Tree<T>): Tree<T> {
  if (right === undefined) return left;
  let first = right;
  while (first.left !== undefined) first = first.left;
  first.right = withoutFirst(right);
  first.left = left;
  return balanced(first);
}

function withoutFirst<T>(tree: Node<T>): Tree<T> {
  if (tree.left === undefined) return tree.right;
  tree.left = withoutFirst(tree.left);
  return balanced(tree);
}
