/** Sets against a plain Set, packed as integers and not. */

import fc from "fast-check";
import t from "tap";
import { SetValue } from "../../../examples/redis/types/set.ts";

const integer = fc.oneof(
  fc.integer({ min: -10, max: 10 }).map(String),
  fc.integer({ min: -40_000, max: 40_000 }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom("32767", "32768", "-32768", "-32769", "2147483647", "2147483648"),
  fc.constantFrom("-2147483648", "-2147483649", "9223372036854775807", "-9223372036854775808"),
);
const other = fc.constantFrom("", "a", "01", "-0", "+1", "9223372036854775808", "1.0", "\xff");

const byValue = (a: string, b: string) => (BigInt(a) < BigInt(b) ? -1 : 1);

function check(members: fc.Arbitrary<string>, limit: number, isSorted: boolean): void {
  const edit = fc.record({ member: members, adds: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 200, size: "max" }), (edits) => {
      const set = new SetValue();
      const model = new Set<string>();
      for (const { adds, member } of edits) {
        if (adds > 0) {
          const isNew = !model.has(member);
          if (set.add(member, { "set-max-intset-entries": limit }) !== isNew) return false;
          model.add(member);
        } else if (set.delete(member) !== model.delete(member)) return false;
        if (set.has(member) !== model.has(member) || set.size !== model.size) return false;
      }
      const expected = [...model].sort(isSorted ? byValue : undefined);
      const values = isSorted ? set.values() : set.values().sort();
      t.strictSame(values, expected);
      t.strictSame(set.clone().values().sort(), [...model].sort());
      return model.size === 0 || model.has(set.random());
    }),
    { numRuns: 150 },
  );
}

t.test("integers of all widths stand in order", (t) => {
  check(integer, 512, true);
  t.end();
});

t.test("a table holds what did not fit, and what is no integer", (t) => {
  check(integer, 20, false);
  check(fc.oneof(integer, other), 512, false);
  t.end();
});

t.test("once it is a table it stays one", (t) => {
  const set = new SetValue();
  for (let i = 0; i < 512; i++) set.add(`${i}`);
  t.equal(set.encoding(), "intset");
  set.add("5");
  t.equal(set.encoding(), "intset");
  set.add("512");
  t.equal(set.encoding(), "hashtable");
  set.delete("512");
  t.equal(set.encoding(), "hashtable");
  const words = new SetValue();
  words.add("1");
  words.add("one");
  words.delete("one");
  t.equal(words.encoding(), "hashtable");
  t.end();
});
