/** The parts of the Redis that grows, each beside something simple that does the same. */

import t from "tap";
import { HashTable } from "../../examples/redis-steps/hash-table.ts";
import { InputBuffer } from "../../examples/redis-steps/input-buffer.ts";
import { Random } from "../helpers/random.ts";

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
