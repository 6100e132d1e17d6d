/** The keyed hash of keys. */

import t from "tap";
import { halfSipHash, hashBytes } from "../../../examples/redis/keyspace/hash.ts";

const hashOf = (text: string, key0 = 1, key1 = 2) => {
  const bytes = Buffer.from(text, "latin1");
  return halfSipHash(bytes, 0, bytes.length, key0, key1);
};

t.test(
  "the hash depends on every byte, on the length, and not on what stands around",
  async (t) => {
    const hashes = new Set<number>();
    for (let length = 0; length < 40; length++) hashes.add(hashOf("\0".repeat(length)));
    t.equal(hashes.size, 40);
    const text = "abcdefghijklm";
    for (let i = 0; i < text.length; i++) {
      t.not(hashOf(`${text.slice(0, i)}X${text.slice(i + 1)}`), hashOf(text));
    }
    const around = Buffer.from(`12${text}34`);
    t.equal(hashBytes(around, 2, text.length), hashBytes(Buffer.from(text), 0, text.length));
  },
);

t.test("keys that collide under one seed do not under another", async (t) => {
  const bySeed = new Map<number, string[]>();
  for (let i = 0; i < 100_000; i++) {
    const bucket = hashOf(`key:${i}`) & 0xfff;
    bySeed.set(bucket, [...(bySeed.get(bucket) ?? []), `key:${i}`]);
  }
  const colliding = [...bySeed.values()].sort((a, b) => b.length - a.length)[0] as string[];
  const spread = new Set(colliding.map((key) => hashOf(key, 99, 100) & 0xfff));
  t.ok(spread.size > colliding.length * 0.9);
});

t.test("every bit of the hash is as often 0 as 1", async (t) => {
  const ones = new Array<number>(32).fill(0);
  const count = 20_000;
  for (let i = 0; i < count; i++) {
    const hash = hashOf(`user:${i}`);
    for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] ?? 0) + ((hash >>> bit) & 1);
  }
  for (const n of ones) t.ok(Math.abs(n / count - 0.5) < 0.02, `${n} of ${count}`);
});

t.test("keys that collide under one seed are spread by another", async (t) => {
  // Keys with the same first 14 bits of their hash under a seed that an attacker knows.
  const buckets = new Map<number, Buffer[]>();
  for (let i = 0; i < 400_000; i++) {
    const name = Buffer.from(`attack:${i}`);
    const hash = halfSipHash(name, 0, name.length, 1, 2) >>> 18;
    const bucket = buckets.get(hash);
    if (bucket === undefined) buckets.set(hash, [name]);
    else bucket.push(name);
  }
  const colliding = [...buckets.values()].sort((a, b) => b.length - a.length)[0];
  const places = new Set(colliding.map((name) => halfSipHash(name, 0, name.length, 3, 4) >>> 18));
  t.ok(colliding.length > 30);
  t.ok(places.size > colliding.length * 0.9, `${colliding.length} keys, ${places.size} places`);
});
