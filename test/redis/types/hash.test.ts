/** The hash against a Map, packed and as a table; what a large one occupies. */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { HashValue } from "../../../examples/redis/types/hash.ts";
import { Random } from "../../helpers/random.ts";

const name = fc.constantFrom(..."abcdefgh", "", "\xff", "a long name of a field");
const value = fc.constantFrom("", "1", "\0\xff", "v".repeat(40), "v".repeat(41), "v".repeat(60));
const edit = fc.tuple(fc.constantFrom("set", "set", "delete"), name, value);

for (const entries of [100, 3]) {
  t.test(`a hash with at most ${entries} packed fields is like a Map`, (t) => {
    const limits = { "hash-max-listpack-entries": entries, "hash-max-listpack-value": 64 };
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 60, size: "max" }), (edits) => {
        const hash = new HashValue();
        const model = new Map<string, string>();
        let largest = 0;
        for (const [what, field, text] of edits) {
          if (what === "set") equal(hash.set(field, text, limits), !model.has(field));
          else equal(hash.delete(field), model.delete(field));
          if (what === "set") model.set(field, text);
          largest = Math.max(largest, model.size);
          equal(hash.size, model.size);
          equal(hash.get(field), model.get(field));
          equal(hash.encoding(), largest > entries ? "hashtable" : "listpack");
        }
        for (const copy of [hash, hash.clone()]) {
          const found = copy.entries().map((one) => [one.name, one.value]);
          // Only a packed hash keeps the order.
          if (hash.encoding() === "listpack") deepEqual(found, [...model]);
          else deepEqual(found.sort(), [...model].sort());
          equal(copy.encoding(), hash.encoding());
        }
        const seen = new Map<string, string>();
        hash.scan(0, 1000, (one) => seen.set(one.name, one.value));
        deepEqual([...seen].sort(), [...model].sort());
        if (model.size > 0) {
          const drawn = hash.random();
          equal(model.get(drawn.name), drawn.value);
        }
      }),
      { numRuns: 100 },
    );
    t.end();
  });
}

t.test("a long field or value makes a table for good", (t) => {
  for (const [field, text] of [
    ["f".repeat(65), "v"],
    ["f", "v".repeat(65)],
  ] as const) {
    const hash = new HashValue();
    hash.set("kept", "1");
    t.equal(hash.encoding(), "listpack");
    hash.set(field, text);
    hash.delete(field);
    t.equal(hash.encoding(), "hashtable");
    t.strictSame(
      [...hash.entries()].map((one) => [one.name, one.value]),
      [["kept", "1"]],
    );
  }
  t.end();
});

/** Lengths on both sides of the limits: of a place that is used again, of a pair kept apart. */
const SIZES = [0, 1, 10, 30, 64, 100, 1000, 4070, 4090, 9000];

t.test("a table with thousands of changes is like a Map", (t) => {
  const random = new Random(3);
  for (const fields of [30, 3000]) {
    const hash = new HashValue();
    const model = new Map<string, string>();
    hash.set("long", "v".repeat(100));
    hash.delete("long");
    for (let i = 0; i < 20_000; i++) {
      const name = `field:${random.below(fields)}${"x".repeat(random.below(40))}`.slice(0, 16);
      if (random.below(10) < 3) {
        if (hash.delete(name) !== model.delete(name)) t.fail(`delete ${name}`);
        continue;
      }
      const text = String.fromCharCode(random.below(256)).repeat(random.pick(SIZES));
      if (hash.set(name, text) === model.has(name)) t.fail(`set ${name}`);
      model.set(name, text);
      if (hash.size !== model.size) t.fail("size");
    }
    for (const copy of [hash, hash.clone()]) {
      const found = new Map(copy.entries().map((one) => [one.name, one.value]));
      t.ok(same(found, model), "all fields");
      t.ok(same(scanned(copy), model), "all fields by cursor");
      t.equal(copy.size, model.size);
    }
    for (const [name, text] of model) if (hash.get(name) !== text) t.fail(`get ${name}`);
    const drawn = hash.random();
    t.equal(drawn.value, model.get(drawn.name));
  }
  t.end();
});

function same(one: Map<string, string>, other: Map<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, text]) => other.get(name) === text);
}

function scanned(hash: HashValue): Map<string, string> {
  const found = new Map<string, string>();
  let cursor = 0;
  do {
    cursor = hash.scan(cursor, 7, ({ name, value }) => found.set(name, value));
  } while (cursor !== 0);
  return found;
}

t.test("what comes and goes leaves no memory behind", (t) => {
  const text = "v".repeat(100);
  const queue = new HashValue();
  const large = new HashValue();
  const flicker = new HashValue();
  for (let i = 0; i < 50_000; i++) {
    queue.set(`job ${i}`, text);
    if (i >= 100) queue.delete(`job ${i - 100}`);
    flicker.set(`job ${i}`, text);
    if (i > 0) flicker.delete(`job ${i}`);
    large.set(`job ${i}`, text);
    large.set(`job ${i}`, `${text}${text}`.slice(0, i % 200));
  }
  t.equal(queue.size, 100);
  t.ok(queue.bytes < 300_000, `${queue.bytes} bytes for 100 fields`);
  t.ok(flicker.bytes < 300_000, `${flicker.bytes} bytes for one that stays`);
  const before = large.bytes;
  t.ok(before < 50_000 * 350, `${before} bytes for 50 000 fields`);
  for (let i = 100; i < 50_000; i++) large.delete(`job ${i}`);
  t.ok(large.bytes < before / 8, `${large.bytes} bytes of ${before}`);
  for (let i = 0; i < 100; i++) {
    const expected = `${text}${text}`.slice(0, i % 200);
    if (large.get(`job ${i}`) !== expected) t.fail(`job ${i}`);
  }
  t.end();
});

const FIELDS = "abcdefghijkl";
const expiryEdit = fc.tuple(
  fc.constantFrom("expire", "expire", "set", "delete", "persist", "wait", "remove"),
  fc.constantFrom(...FIELDS),
  fc.nat(20),
);

t.test("a field is there until its time has come, whoever removes it when", (t) => {
  fc.assert(
    fc.property(fc.array(expiryEdit, { maxLength: 200, size: "max" }), (edits) => {
      const clock = { now: 100 };
      let hash = new HashValue();
      const model = new Map<string, number>();
      for (const [what, field, n] of edits) {
        if (what === "wait") clock.now += n;
        for (const [name, at] of model) if (at <= clock.now) model.delete(name);
        if (what === "set") equal(hash.set(field, "v"), !model.has(field));
        else if (what === "delete") equal(hash.delete(field), model.has(field));
        else if (what === "expire" && hash.has(field))
          hash.setExpiry(field, clock.now + 1 + n, clock);
        else if (what === "persist" && hash.has(field)) hash.persist(field);
        else if (what === "remove") hash.removeDue(n);
        if (what === "delete") model.delete(field);
        else if (what === "set" || (what === "persist" && model.has(field))) {
          model.set(field, Number.POSITIVE_INFINITY);
        } else if (what === "expire" && model.has(field)) model.set(field, clock.now + 1 + n);
        for (const name of FIELDS) equal(hash.has(name), model.has(name));
        equal(hash.visibleSize, model.size);
        const names = hash.entries().map((one) => one.name);
        deepEqual(names.sort(), [...model.keys()].sort());
        if (n === 0) hash = hash.clone();
      }
      hash.removeDue(1000);
      equal(hash.size, model.size);
    }),
    { numRuns: 300 },
  );
  t.end();
});
