// Sorting the first few of many, against a whole sort.

import t from "tap";
import { sortFirst } from "../../examples/redis/partial-sort.ts";
import { Random } from "../helpers/random.ts";

const byValue = (a: number, b: number) => a - b;

t.test("the first ones are those of a whole sort, and none is lost", async (t) => {
  const random = new Random(3);
  const wrong: string[] = [];
  for (let round = 0; round < 2000; round++) {
    const range = random.pick([2, 10, 1000]);
    const items = Array.from({ length: random.below(200) }, () => random.below(range));
    const count = random.below(items.length + 2);
    const expected = items.toSorted(byValue);
    sortFirst(items, count, byValue);
    if (items.slice(0, count).join() !== expected.slice(0, count).join()) wrong.push(`${round}`);
    if (items.toSorted(byValue).join() !== expected.join()) wrong.push(`lost ${round}`);
  }
  t.same(wrong, []);
});

t.test("it compares far less than a whole sort does", async (t) => {
  const items = Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 100_003);
  let compared = 0;
  sortFirst(items, 10, (a, b) => {
    compared++;
    return a - b;
  });
  t.same(items.slice(0, 3), [0, 1, 2]);
  t.ok(compared < 500_000, `${compared} comparisons`);
});
