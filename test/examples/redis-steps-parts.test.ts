/** The parts of the Redis that grows, each beside something simple that does the same. */

import { setTimeout as sleep } from "node:timers/promises";
import { Loop } from "fdkit";
import t from "tap";
import { halfSipHash as hashOfBytes } from "../../examples/redis/keyspace/hash.ts";
import { ExpiringKeys } from "../../examples/redis-steps/expiring-keys.ts";
import { halfSipHash, hashOf } from "../../examples/redis-steps/hash.ts";
import { HashTable } from "../../examples/redis-steps/hash-table.ts";
import { IdleList } from "../../examples/redis-steps/idle-list.ts";
import { InputBuffer } from "../../examples/redis-steps/input-buffer.ts";
import { LazyFree } from "../../examples/redis-steps/lazy-free.ts";
import { formatScore, parseScore } from "../../examples/redis-steps/numbers.ts";
import { OrderedTree } from "../../examples/redis-steps/ordered-tree.ts";
import type { Connection } from "../../examples/redis-steps/server.ts";
import { SortedSet } from "../../examples/redis-steps/sorted-set.ts";
import { Deadline, TtlHeap } from "../../examples/redis-steps/ttl-heap.ts";
import { Random } from "../helpers/random.ts";
import { run } from "../helpers/run.ts";

t.test("the input buffer gives back what it was given, in order", async (t) => {
  const [buffer, random] = [new InputBuffer(), new Random(1)];
  let expected = "";
  for (let i = 0; i < 2000; i++) {
    const piece = random.letters("abc\xff", random.below(40));
    buffer.append(Buffer.from(piece, "latin1"));
    expected += piece;
    const dropped = random.below(expected.length + 1);
    buffer.drop(dropped);
    expected = expected.slice(dropped);
    if (buffer.bytes.toString("latin1") !== expected) t.fail(`differs at step ${i}`);
  }
});

t.test("the hash is HalfSipHash-1-3", async (t) => {
  const random = new Random(4);
  for (let i = 0; i < 2000; i++) {
    const key = random.letters("\0a\x7f\x80\xff", random.below(i < 1900 ? 20 : 600));
    const [key0, key1] = [random.below(2 ** 32) | 0, random.below(2 ** 32) | 0];
    const bytes = Buffer.from(key, "latin1");
    const expected = hashOfBytes(bytes, 0, bytes.length, key0, key1);
    if (halfSipHash(key, key0, key1) !== expected) t.fail(`of ${JSON.stringify(key)}`);
  }
  t.equal(hashOf("a"), hashOf("a"));
});

t.test("the hash has a secret: another process has other hashes", async (t) => {
  const url = JSON.stringify(new URL("../../dist/examples/redis-steps/hash.js", import.meta.url));
  const code = `import { hashOf } from ${url}; console.log(hashOf("a"), hashOf("b"));`;
  const hashes = () => run(t, [process.execPath, "--input-type=module", "-e", code]);
  const [one, two] = [await hashes(), await hashes()];
  t.match(one.output, /^\d+ \d+\n$/);
  t.not(one.output, two.output);
});

t.test("the hash table says what a Map says, while it grows", async (t) => {
  const [table, map] = [new HashTable<number>(), new Map<string, number>()];
  let rehashing = 0;
  for (let i = 0; i < 20_000; i++) {
    const key = `${(i * 7919) % 5003}`;
    if (i % 3 === 2) {
      if (table.delete(key) !== map.delete(key)) t.fail(`delete ${key}`);
    } else {
      table.set(key, i);
      map.set(key, i);
    }
    if (table.isRehashing) rehashing++;
    const other = `${(i * 31) % 5003}`;
    if (table.get(other) !== map.get(other)) t.fail(`get ${other}`);
  }
  t.equal(table.size, map.size);
  for (const [key, value] of map) if (table.get(key) !== value) t.fail(`lost ${key}`);
  t.ok(rehashing > 500, "much of it happened between two tables");
});

t.test("all values can be taken out of a hash table between two tables", async (t) => {
  const table = new HashTable<number>();
  for (let i = 0; i < 1025; i++) table.set(`${i}`, i);
  t.ok(table.isRehashing);
  const taken = table.takeAll();
  t.strictSame([table.size, table.get("7"), table.isRehashing], [0, undefined, false]);
  table.set("new", -1);
  t.strictSame(
    [...taken].sort((a, b) => a - b),
    Array.from({ length: 1025 }, (_, i) => i),
  );
  t.equal(table.get("new"), -1);
});

/** What an AVL tree promises: 1.44 log2(n + 2) - 0.33. */
const highest = (size: number) => 1.4405 * Math.log2(size + 2) - 0.327;

t.test("the tree says what a sorted array says, and stays low", async (t) => {
  const [tree, random] = [new OrderedTree<number>((a, b) => a - b), new Random(5)];
  let array: number[] = [];
  for (let i = 0; i < 12_000; i++) {
    const item = random.below(1500);
    // It grows, shrinks to nothing and grows again.
    const isGrowing = i % 6000 < 3000;
    if (!array.includes(item) && isGrowing) {
      tree.insert(item);
      array = [...array, item].sort((a, b) => a - b);
    } else if (!isGrowing) {
      const gone = array.length > 0 ? random.pick(array) : item;
      tree.remove(gone);
      array = array.filter((other) => other !== gone);
    }
    const start = random.below(array.length + 3) - 1;
    const end = start + random.below(20);
    const rank = array.findIndex((other) => other >= item);
    const same =
      tree.size === array.length &&
      tree.height <= highest(tree.size) &&
      tree.rank((other) => other < item) === (rank < 0 ? array.length : rank) &&
      `${tree.range(start, end)}` === `${array.slice(Math.max(start, 0), Math.max(end, 0))}`;
    if (!same) return t.fail(`differs at step ${i}`);
  }
  t.equal(tree.size, 0);
});

t.test("items that come in order, the worst for a tree without balance", async (t) => {
  for (const direction of [1, -1]) {
    const tree = new OrderedTree<number>((a, b) => a - b);
    for (let i = 0; i < 4096; i++) tree.insert(i * direction);
    t.ok(tree.height <= highest(4096), `height ${tree.height}`);
    for (let i = 0; i < 4000; i++) tree.remove(i * direction);
    t.ok(tree.height <= highest(96), `height ${tree.height} after removals`);
    t.equal(tree.range(0, 4096).length, 96);
  }
});

t.test("a sorted set keeps its order when scores change", async (t) => {
  const [set, map, random] = [new SortedSet(), new Map<string, number>(), new Random(9)];
  for (let i = 0; i < 5000; i++) {
    const [name, score] = [random.letters("ab", random.below(7)), random.below(12) / 4];
    if (random.below(4) === 0) {
      if (set.delete(name) !== map.delete(name)) t.fail(`delete ${name}`);
    } else {
      if (set.set(name, score) === map.has(name)) t.fail(`set ${name}`);
      map.set(name, score);
    }
    if (i % 500 !== 0) continue;
    const sorted = [...map].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
    const found = set.range(0, set.size).map(({ name, score }) => [name, score]);
    t.strictSame(found, sorted);
    t.strictSame(
      sorted.map(([name]) => set.rank(name)),
      sorted.map((_, rank) => rank),
    );
  }
});

t.test("scores are read and written as C does it", async (t) => {
  const written = [
    ["0.1", "0.10000000000000001"],
    ["-0", "0"],
    ["+5.", "5"],
    [".5e1", "5"],
    ["1e21", "1e+21"],
    ["12345678901234567890", "1.2345678901234567e+19"],
    ["15000000000000000", "15000000000000000"],
    ["90071992547409930", "90071992547409936"],
    ["0.0001", "0.0001"],
    ["0.00001", "1.0000000000000001e-05"],
    ["-1.5e-7", "-1.4999999999999999e-07"],
    ["1e300", "1.0000000000000001e+300"],
    ["-INF", "-inf"],
    ["Infinity", "inf"],
  ];
  for (const [read, expected] of written) t.equal(formatScore(parseScore(read)), expected, read);
  for (const read of ["", " 1", "1 ", "nan", "1e400", "--1", "e5", ".", "1e", "0x10", "in"]) {
    t.ok(Number.isNaN(parseScore(read)), JSON.stringify(read));
  }
  t.ok(Number.isNaN(parseScore(`${"1".repeat(1e6)}x`)), "a long one takes no quadratic time");
});

t.test("the heap says what a sorted list says", async (t) => {
  const [heap, random] = [new TtlHeap(), new Random(3)];
  let list: Deadline[] = [];
  for (let i = 0; i < 10_000; i++) {
    if (list.length === 0 || random.below(100) < (i % 4000 < 2000 ? 60 : 40)) {
      const deadline = new Deadline(`${i}`, random.below(1000));
      heap.add(deadline);
      list.push(deadline);
    } else {
      const gone = random.below(2) === 0 ? (heap.first as Deadline) : random.pick(list);
      heap.remove(gone);
      list = list.filter((other) => other !== gone);
    }
    const soonest = Math.min(...list.map(({ time }) => time));
    const same = heap.size === list.length && (heap.first?.time ?? Infinity) === soonest;
    if (!same) return t.fail(`differs at step ${i}`);
  }
});

/** A loop beside Node's own, closed at the end. */
function attached(t: { teardown(fn: () => void): void }): Loop {
  const loop = new Loop();
  loop.attach();
  t.teardown(() => loop.close());
  return loop;
}

t.test("who is idle is closed, in the order of the last activity", async (t) => {
  const list = new IdleList(attached(t), 60);
  const closed: string[] = [];
  const start = performance.now();
  const times: Record<string, number> = {};
  const watch = (name: string) => {
    const place = list.watch({
      close() {
        place.closed();
        closed.push(name);
        times[name] = performance.now() - start;
      },
    } as Connection);
    return place;
  };
  const [busy, , , gone] = ["busy", "quiet", "other", "gone"].map(watch);
  gone.closed();
  await sleep(30);
  const active = performance.now() - start;
  busy.active();
  while (closed.length < 3) await sleep(5);
  t.strictSame(closed, ["quiet", "other", "busy"]);
  t.ok(times.quiet >= 60 && times.busy >= active + 60, "none too early");
  watch("late");
  while (closed.length < 4) await sleep(5);
  t.equal(closed[3], "late", "the timer is set again after the list was empty");
});

t.test("of many keys that end at once, some go in a turn, and then the others", async (t) => {
  const loop = attached(t);
  const dropped: object[] = [];
  const keys = new ExpiringKeys(loop, (value) => dropped.push(value));
  for (let i = 0; i < 3500; i++) {
    keys.set(`${i}`, { i });
    keys.expire(`${i}`, 1);
  }
  keys.set("stays", {});
  const left: number[] = [keys.size];
  loop.beforeSleep(() => left.push(keys.size));
  while (keys.size > 1) await sleep(1);
  const gone = left.map((size, i) => (i === 0 ? 0 : left[i - 1] - size));
  t.equal(Math.max(...gone), 1000, "a thousand in a turn, and no more");
  t.equal(dropped.length, 3500);
  t.ok(keys.get("stays"));
});

t.test("a key ends for who asks, whether the timer came or not", async (t) => {
  const loop = new Loop();
  t.teardown(() => loop.close());
  const dropped: unknown[] = [];
  const keys = new ExpiringKeys(loop, (value) => dropped.push(value));
  const [a, b, c] = [{ a: 1 }, { b: 1 }, { c: 1 }];
  keys.set("a", a);
  keys.set("b", b);
  keys.set("c", c);
  for (const key of ["a", "b", "c"]) t.ok(keys.expire(key, 0));
  keys.set("late", {});
  keys.expire("late", -2);
  t.equal(keys.ttl("late"), 0, "not -1, which says that there is no end, nor -2: no key");
  keys.take("late");
  dropped.pop();
  t.equal(keys.get("a"), undefined);
  t.equal(keys.delete("b"), false);
  t.equal(keys.persist("c"), false);
  t.strictSame(dropped, [a, b, c]);
  keys.set("a", b);
  t.equal(keys.ttl("a"), undefined, "a new value has no end");
  t.ok(keys.expire("a", 1e6));
  t.ok(keys.expire("a", 2e6), "the later one counts");
  t.ok((keys.ttl("a") as number) > 1e6);
  keys.set("a", c);
  t.strictSame([keys.ttl("a"), keys.persist("a"), keys.take("a")], [undefined, false, c]);
  t.strictSame(dropped, [a, b, c, b], "what was taken is not dropped");
});

t.test("a walk through what is freed rests after every few", async (t) => {
  const loop = attached(t);
  const sizes: number[] = [];
  const lazy = new LazyFree(loop, { free: (memory) => sizes.push(memory.length) });
  let walked = 0;
  function* values() {
    for (; walked < 1000; walked++) yield walked % 10 === 0 ? Buffer.alloc(65536) : { walked };
  }
  const steps = [0];
  loop.beforeSleep(() => steps.push(walked));
  lazy.free(values());
  lazy.free([]);
  lazy.freeIfBig(Buffer.alloc(65535));
  t.equal(walked, 0, "nothing in this turn");
  while (walked < 1000) await sleep(1);
  await sleep(1);
  const most = Math.max(...steps.map((step, i) => step - (steps[i - 1] ?? 0)));
  t.ok(most <= 256 && steps.length > 4, `${steps}`);
  t.equal(
    sizes.reduce((sum, n) => sum + n),
    100,
  );
});
