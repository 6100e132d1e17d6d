/** The index: hash to record, through growth, shrinking and walks. */

import t from "tap";
import { Index } from "../../../examples/redis/keyspace/index.ts";
import { Random } from "../../helpers/random.ts";

/** Every record of `hash`, in any order. */
function recordsOf(index: Index, hash: number): number[] {
  const records: number[] = [];
  for (let record = index.first(hash); record !== 0; record = index.next()) records.push(record);
  return records.sort((a, b) => a - b);
}

function walkAll(index: Index, step: number): number[] {
  const seen: number[] = [];
  let from = 0;
  do {
    from = index.walk(from, step, (record) => seen.push(record));
  } while (from !== 0);
  return seen;
}

t.test("an empty index has nothing to find, to walk or to choose from", async (t) => {
  const index = new Index();
  t.equal(index.first(0), 0);
  t.equal(index.first(-1), 0);
  t.same(walkAll(index, 10), []);
  t.equal(index.random(), 0);
  t.ok(index.bytes < 64 * 1024, "and takes little memory");
});

t.test("records with the same hash are all found, and removed one by one", async (t) => {
  const index = new Index();
  for (let record = 1; record <= 5; record++) index.insert(77, record);
  index.insert(78, 6);
  t.same(recordsOf(index, 77), [1, 2, 3, 4, 5]);
  index.remove(77, 3);
  index.replace(77, 4, 40);
  t.same(recordsOf(index, 77), [1, 2, 5, 40]);
  t.same(recordsOf(index, 78), [6]);
  t.equal(index.size, 5);
});

t.test("the extreme hashes are hashes like others", async (t) => {
  const index = new Index();
  const hashes = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)];
  for (const [i, hash] of hashes.entries()) index.insert(hash, i + 1);
  for (const [i, hash] of hashes.entries()) t.same(recordsOf(index, hash), [i + 1]);
  t.same(walkAll(index, 1).length, hashes.length);
});

t.test("many records are found again while the index grows and shrinks", async (t) => {
  const random = new Random(1);
  const index = new Index();
  const hashes = Array.from({ length: 200_000 }, () => random.below(2 ** 32) | 0);
  for (const [i, hash] of hashes.entries()) index.insert(hash, i + 1);
  t.equal(index.size, hashes.length);
  t.equal(hashes.filter((hash, i) => !recordsOf(index, hash).includes(i + 1)).length, 0);
  t.equal(new Set(walkAll(index, 100)).size, hashes.length);
  const grown = index.bytes;
  for (const [i, hash] of hashes.entries()) if (i % 50 !== 0) index.remove(hash, i + 1);
  t.equal(index.size, hashes.length / 50);
  t.equal(new Set(walkAll(index, 7)).size, index.size);
  const kept = hashes.filter((hash, i) => i % 50 === 0 && recordsOf(index, hash).includes(i + 1));
  t.equal(kept.length, index.size);
  for (const [i, hash] of hashes.entries()) if (i % 50 !== 0) index.insert(hash, i + 1);
  t.equal(index.bytes, grown, "segments that were joined are used again");
});

t.test("a walk visits what stays, whatever comes and goes meanwhile", async (t) => {
  const random = new Random(2);
  const index = new Index();
  const staying = Array.from({ length: 5_000 }, () => random.below(2 ** 32) | 0);
  for (const [i, hash] of staying.entries()) index.insert(hash, i + 1);
  const passing: [number, number][] = [];
  const seen = new Set<number>();
  let record = 1_000_000;
  let from = 0;
  do {
    from = index.walk(from, 20, (found) => seen.add(found));
    for (let i = 0; i < 500 && seen.size < 2_500; i++) {
      const hash = random.below(2 ** 32) | 0;
      passing.push([hash, ++record]);
      index.insert(hash, record);
    }
    for (let i = 0; i < 600 && seen.size >= 2_500; i++) {
      const gone = passing.pop();
      if (gone !== undefined) index.remove(...gone);
    }
  } while (from !== 0);
  t.equal(staying.filter((_, i) => !seen.has(i + 1)).length, 0);
});

t.test("removal in the order of the hashes, as expiry goes, loses nothing", async (t) => {
  const random = new Random(3);
  for (const size of [2_000, 50_000]) {
    const index = new Index();
    const hashes = Array.from({ length: size }, () => random.below(2 ** 32));
    for (const [i, hash] of hashes.entries()) index.insert(hash | 0, i + 1);
    const inOrder = hashes.map((hash, i) => ({ hash, record: i + 1 }));
    inOrder.sort((a, b) => a.hash - b.hash);
    const lost = inOrder.filter(({ hash, record }, i) => {
      const isThere = recordsOf(index, hash | 0).includes(record);
      if (isThere) index.remove(hash | 0, record);
      // What is left is whole, looked at now and then.
      const isWhole = i % 5_000 !== 0 || walkAll(index, 50).length === index.size;
      return !isThere || !isWhole;
    });
    t.equal(lost.length, 0);
    t.equal(index.size, 0);
  }
});

t.test("hashes that hardly differ are split apart, and none is lost", async (t) => {
  for (const base of [0, 0x7ff00000, 0xfff00000, 0xffffd000]) {
    const index = new Index();
    let inserted = 0;
    for (let i = 0; i < 3_000; i++) index.insert((base + (i >> 4) * 64) | 0, ++inserted);
    t.equal(index.size, 3_000);
    t.equal(walkAll(index, 100).length, 3_000);
    for (let i = 0; i < 3_000; i++) index.remove((base + (i >> 4) * 64) | 0, i + 1);
    t.equal(index.size, 0);
  }
});

t.test("a random record is any of them", async (t) => {
  const index = new Index();
  for (let record = 1; record <= 4; record++) index.insert(record * 1000, record);
  const seen = new Set(Array.from({ length: 500 }, () => index.random()));
  t.same([...seen].sort(), [1, 2, 3, 4]);
});

t.test("a record that is not there can't be removed", async (t) => {
  const index = new Index();
  index.insert(5, 1);
  t.throws(() => index.remove(5, 2), { message: "the record is not in the index" });
  t.equal(index.first(5), 1);
});

t.test("more records of one hash than a segment holds are refused, and none is lost", async (t) => {
  const index = new Index();
  let inserted = 0;
  t.throws(() => {
    for (;;) index.insert(123, ++inserted);
  }, RangeError);
  t.equal(recordsOf(index, 123).length, inserted - 1);
});

t.test("what is left of many records is found, walked and drawn as evenly as before", async (t) => {
  const random = new Random(4);
  const index = new Index();
  const hashes = Array.from({ length: 150_000 }, () => random.below(2 ** 32) | 0);
  for (const [i, hash] of hashes.entries()) index.insert(hash, i + 1);
  const isKept = (i: number) => i % 3_000 === 0;
  const gone = [...hashes.keys()].filter((i) => !isKept(i));
  while (gone.length > 0) {
    const drawn = random.below(gone.length);
    const at = gone[drawn] as number;
    gone[drawn] = gone.at(-1) as number;
    gone.pop();
    index.remove(hashes[at] as number, at + 1);
  }
  const kept = [...hashes.keys()].filter(isKept);
  t.equal(kept.filter((i) => !recordsOf(index, hashes[i] as number).includes(i + 1)).length, 0);
  t.equal(walkAll(index, 3).length, kept.length);
  t.ok(index.bytes < 64 * 1024 + 4 * 1024, "one segment is left, and a directory");
  const draws = new Map<number, number>();
  for (let i = 0; i < 10_000; i++) {
    const record = index.random();
    draws.set(record, (draws.get(record) ?? 0) + 1);
  }
  t.equal(draws.size, kept.length, "each is drawn");
  t.ok(Math.max(...draws.values()) < 400, "none much more often than the 200 times it is due");
});
