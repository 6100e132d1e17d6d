/** The hash against a Map, packed and as a table. */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { HashValue } from "../../../examples/redis/types/hash.ts";

const name = fc.constantFrom(..."abcdefgh", "", "\xff", "a long name of a field");
const value = fc.constantFrom("", "1", "\0\xff", "v".repeat(40), "v".repeat(41), "v".repeat(60));
const edit = fc.tuple(fc.constantFrom("set", "set", "delete"), name, value);

for (const entries of [100, 3]) {
  t.test(`a hash with at most ${entries} packed fields is like a Map`, (t) => {
    const limits = { "hash-max-listpack-entries": entries, "hash-max-listpack-value": 64 };
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 60 }), (edits) => {
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
          deepEqual(
            [...copy.entries()].map((one) => [one.name, one.value]),
            [...model],
          );
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
