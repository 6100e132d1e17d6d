/** The tree of a sorted set against a sorted array. */

import fc from "fast-check";
import t from "tap";
import { RankTree } from "../../../examples/redis/types/rank-tree.ts";
import { Random } from "../../helpers/random.ts";

interface Pair {
  readonly score: number;
  readonly item: number;
}

const compare = (score: number, item: number, otherScore: number, otherItem: number) => {
  return score - otherScore || item - otherItem;
};

function contents(tree: RankTree): Pair[] {
  const pairs: Pair[] = [];
  tree.visit(0, tree.size, (score, item) => pairs.push({ score, item }));
  return pairs;
}

function inOrder(pairs: Iterable<Pair>): Pair[] {
  return [...pairs].sort((a, b) => compare(a.score, a.item, b.score, b.item));
}

t.test("it agrees with a sorted array, whatever comes and goes", (t) => {
  const step = fc.record({
    item: fc.integer({ min: 1, max: 400 }),
    score: fc.integer({ min: 0, max: 20 }),
    removes: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 1500, size: "max" }),
      fc.integer({ min: 1, max: 9 }),
      (steps, n) => {
        const tree = new RankTree(compare);
        const model = new Map<number, Pair>();
        for (const { item, removes, score } of steps) {
          const known = model.get(item);
          if (known !== undefined) tree.remove(known.score, item);
          model.delete(item);
          if (removes >= n && known !== undefined) continue;
          tree.insert(score, item);
          model.set(item, { score, item });
        }
        const expected = inOrder(model.values());
        t.strictSame(contents(tree), expected);
        for (const [rank, { score, item }] of expected.entries()) {
          if (tree.rank(score, item) !== rank) throw new Error(`rank of ${item}`);
        }
        const below = expected.filter(({ score }) => score < 10).length;
        return tree.size === expected.length && tree.countWhile((score) => score < 10) === below;
      },
    ),
    { numRuns: 40 },
  );
  t.end();
});

t.test("two hundred thousand entries come, are renamed, and go again", (t) => {
  const random = new Random(1);
  const tree = new RankTree((score, item, otherScore, otherItem) => {
    // Names may change, the order may not: a renamed entry stands where it stood.
    return score - otherScore || (item % 1_000_000) - (otherItem % 1_000_000);
  });
  const pairs: Pair[] = [];
  for (let i = 0; i < 200_000; i++) pairs.push({ score: random.below(50_000), item: i });
  for (const { score, item } of pairs) tree.insert(score, item);
  const expected = inOrder(pairs);
  t.ok(tree.nodes < 200_000 / 30, `${tree.nodes} nodes`);
  const ranks = [0, 1, 777, 123_456, 199_999];
  for (const rank of ranks) {
    const { score, item } = expected[rank] as Pair;
    t.equal(tree.rank(score, item), rank);
  }
  const back: number[] = [];
  tree.visitBack(100_000, 100_500, (_, item) => back.push(item));
  t.strictSame(
    back.reverse(),
    expected.slice(100_000, 100_500).map(({ item }) => item),
  );
  for (const { score, item } of pairs) tree.rename(score, item, item + 1_000_000);
  t.strictSame(
    contents(tree).map(({ item }) => item - 1_000_000),
    expected.map(({ item }) => item),
  );
  const kept: Pair[] = [];
  for (const { score, item } of pairs) {
    if (random.below(10) === 0) kept.push({ score, item: item + 1_000_000 });
    else tree.remove(score, item + 1_000_000);
  }
  t.strictSame(contents(tree), inOrder(kept));
  t.ok(tree.nodes < 2500, `${tree.nodes} nodes are left`);
  for (const { score, item } of kept) tree.remove(score, item);
  t.strictSame(contents(tree), []);
  t.equal(tree.nodes, 1);
  tree.insert(1, 5);
  t.strictSame(contents(tree), [{ score: 1, item: 5 }]);
  t.end();
});
