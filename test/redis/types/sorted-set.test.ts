/** The sorted set against a sorted array of pairs. */

import fc from "fast-check";
import t from "tap";
import { SortedSetValue } from "../../../examples/redis/types/sorted-set.ts";

type Pair = readonly [member: string, score: number];

/** What a sorted set of these scores looks like. */
function inOrder(scores: ReadonlyMap<string, number>): Pair[] {
  return [...scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}

function pairs(set: SortedSetValue): Pair[] {
  return set.entries().map(({ member, score }) => [member, score]);
}

const member = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz", "", "\xff", "aa");
const edit = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constant("set" as const), member, fc.integer({ min: -5, max: 5 })),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("delete" as const), member, fc.constant(0)) },
);

t.test("it holds what was put in, in order, with ranks", (t) => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 300 }), (edits) => {
      const set = new SortedSetValue();
      const model = new Map<string, number>();
      for (const [kind, name, score] of edits) {
        if (kind === "set") {
          set.set(name, score);
          model.set(name, score);
        } else if (set.delete(name) !== model.delete(name)) {
          throw new Error(`delete ${name}`);
        }
      }
      const expected = inOrder(model);
      t.strictSame(pairs(set), expected);
      t.equal(set.size, expected.length);
      for (const [rank, [name, score]] of expected.entries()) {
        if (set.rank(name) !== rank || set.score(name) !== score) throw new Error(name);
        if (set.slice(rank, rank + 1)[0]?.member !== name) throw new Error(`rank ${rank}`);
      }
      const below = expected.filter(([, score]) => score < 1).length;
      t.equal(
        set.countWhile(({ score }) => score < 1),
        below,
      );
      t.strictSame(pairs(set.clone()), expected);
    }),
    { numRuns: 100 },
  );
  t.end();
});

t.test("ranks and ranges of a large set", (t) => {
  const set = new SortedSetValue();
  for (let i = 0; i < 20_000; i++) set.set(`m${(i * 7919) % 20_000}`, (i * 7919) % 20_000);
  t.equal(set.rank("m12345"), 12_345);
  t.strictSame(
    set.slice(19_998, 30_000).map(({ score }) => score),
    [19_998, 19_999],
  );
  t.strictSame(set.slice(5, 5), []);
  t.equal(set.rank("nosuch"), undefined);
  t.equal(
    set.countWhile(({ score }) => score <= 777),
    778,
  );
  for (let i = 0; i < 20_000; i += 2) set.delete(`m${i}`);
  t.equal(set.rank("m12345"), 6172);
  t.equal(set.size, 10_000);
  t.end();
});

t.test("infinities stand at the ends", (t) => {
  const set = new SortedSetValue();
  for (const score of [Infinity, 0, -Infinity]) set.set(String(score), score);
  t.strictSame(
    pairs(set).map(([name]) => name),
    ["-Infinity", "0", "Infinity"],
  );
  t.end();
});

t.test("once large it is no listpack again", (t) => {
  const set = new SortedSetValue();
  for (let i = 0; i < 129; i++) set.set(`m${i}`, i);
  t.equal(set.encoding(), "skiplist");
  for (let i = 0; i < 128; i++) set.delete(`m${i}`);
  t.equal(set.encoding(), "skiplist");
  const long = new SortedSetValue();
  long.set("x".repeat(64), 1);
  t.equal(long.encoding(), "listpack");
  long.set("x".repeat(65), 1);
  t.equal(long.encoding(), "skiplist");
  t.end();
});
