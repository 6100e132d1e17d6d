/** Small hashes and lists that live in the records of their keys, against Maps and arrays. */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { Keyspace, NONE } from "../../../examples/redis/keyspace/keyspace.ts";
import { HASH, LIST, STRING } from "../../../examples/redis/keyspace/types.ts";
import { HashValue } from "../../../examples/redis/types/hash.ts";
import { ListValue } from "../../../examples/redis/types/list.ts";

const LIMITS = { "hash-max-listpack-entries": 20, "hash-max-listpack-value": 1000 };

type Model = Map<string, Map<string, string> | string>;

/** Long keys have a drawer of their own; between the others lies the largest one that has none. */
const key = fc.constantFrom("a", "b", "another key", "k".repeat(4096), "K".repeat(5000));
const field = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz", "", "\xff".repeat(300));
const text = fc
  .tuple(fc.constantFrom(0, 1, 7, 60, 253, 254, 700, 1000, 1001), fc.constantFrom("v", "\xff"))
  .map(([length, character]) => character.repeat(length));
const WHAT = ["set", "set", "set", "delete", "rename", "copy", "expire", "string", "remove"];
const edit = fc.tuple(fc.constantFrom(...WHAT, "clear"), key, key, field, text);

function hashAt(db: Keyspace, key: string): HashValue {
  const ref = db.lookupName(key);
  if (ref !== NONE && db.type(ref) === HASH) return db.object(ref) as HashValue;
  const hash = new HashValue();
  db.setObject(key, HASH, hash);
  return hash;
}

function fieldsOf(db: Keyspace, key: string): Map<string, string> | string {
  const ref = db.peekName(key);
  if (db.type(ref) === STRING) return db.stringValue(ref);
  const hash = db.object(ref) as HashValue;
  return new Map([...hash.entries()].map(({ name, value }) => [name, value]));
}

function setField(db: Keyspace, model: Model, key: string, field: string, text: string): void {
  const hash = hashAt(db, key);
  const known = model.get(key);
  const fields = known instanceof Map ? known : new Map<string, string>();
  equal(hash.set(field, text, LIMITS), !fields.has(field));
  model.set(key, fields.set(field, text));
  // The object is good until the key is moved by others: what it says is what was put in.
  equal(hash.size, fields.size);
  equal(hash.get(field), text);
  db.modified(key, hash);
}

function deleteField(db: Keyspace, model: Model, key: string, field: string): void {
  const fields = model.get(key);
  if (!(fields instanceof Map)) return;
  const hash = hashAt(db, key);
  equal(hash.delete(field), fields.delete(field));
  db.modified(key, hash);
  if (fields.size > 0) return;
  model.delete(key);
  db.removeName(key);
}

function copyOf(value: Map<string, string> | string): Map<string, string> | string {
  return value instanceof Map ? new Map(value) : value;
}

type Step = readonly [what: string, key: string, other: string, field: string, text: string];

function change(db: Keyspace, model: Model, [what, key, other, field, text]: Step): void {
  if (what === "set") {
    setField(db, model, key, field, text);
  } else if (what === "delete") {
    deleteField(db, model, key, field);
  } else if (what === "string") {
    db.setStringValue(key, text);
    model.set(key, text);
  } else if (what === "remove") {
    equal(db.removeName(key), model.delete(key));
  } else if (what === "clear") {
    db.clear();
    model.clear();
  } else if (model.has(key)) {
    changeWhole(db, model, [what, key, other, field, text]);
  }
}

/** What is done to a key that is there, whatever its value. */
function changeWhole(db: Keyspace, model: Model, [what, key, other]: Step): void {
  const ref = db.lookupName(key);
  const known = model.get(key) as Map<string, string> | string;
  if (what === "expire") {
    db.setExpiry(ref, 1_000_000);
    return;
  }
  if (what === "rename") {
    db.moveTo(ref, db, other);
    model.delete(key);
  } else if (known instanceof Map) {
    db.setObject(other, HASH, (db.object(ref) as HashValue).clone());
  } else {
    db.setStringValue(other, db.stringValue(ref));
  }
  model.set(other, copyOf(known));
}

t.test("whatever happens to them, small hashes hold what Maps do", async (t) => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 20, maxLength: 120, size: "max" }), (edits) => {
      const db = new Keyspace({ now: 1 });
      const empty = db.bytes;
      const model: Model = new Map();
      for (const step of edits) {
        change(db, model, step);
        equal(db.size, model.size);
        // All of them: a block that is freed twice, or used after that, is another key's.
        for (const [key, value] of model) deepEqual(fieldsOf(db, key), value);
      }
      for (const key of model.keys()) db.removeName(key);
      equal(db.bytes, empty, "nothing is left, and nothing was counted twice");
      equal(db.unusedBytes, 0);
    }),
    { numRuns: 12 },
  );
  t.pass("no history makes them differ");
});

t.test("a million fields in small hashes are a few large buffers", async (t) => {
  const db = new Keyspace({ now: 1 });
  const before = db.bytes;
  for (let i = 0; i < 20_000; i++) {
    const hash = new HashValue();
    db.setObject(`h:${String(i).padStart(7, "0")}`, HASH, hash);
    for (let f = 1; f <= 5; f++) hash.set(`f${f}`, "ten bytes.");
  }
  const each = (db.bytes - before) / 20_000;
  t.ok(each > 80 && each < 140, `${each} bytes each, 80 of them in fields and values`);
  const ref = db.lookupName("h:0000007");
  t.ok(db.sizeOf(ref) >= 105 && db.sizeOf(ref) < 140, `${db.sizeOf(ref)}`);
  db.clear();
  t.equal(db.bytes, before, "all at once");
});

t.test("two hashes that are open do not disturb each other", async (t) => {
  const db = new Keyspace({ now: 1 });
  const [one, two] = [hashAt(db, "one"), hashAt(db, "two")];
  for (let i = 0; i < 40; i++) {
    one.set(`field ${i}`, `of one ${i}`, LIMITS);
    two.set(`field ${i}`, `of two ${i}`, LIMITS);
  }
  t.equal(hashAt(db, "one").get("field 39"), "of one 39");
  t.equal(hashAt(db, "two").get("field 0"), "of two 0");
  t.equal(hashAt(db, "two").encoding(), "hashtable");
});

t.test("a hash that was open is not taken for the one that is in its place now", async (t) => {
  const db = new Keyspace({ now: 1 });
  hashAt(db, "one").set("f", "of one");
  hashAt(db, "two").set("g", "1");
  hashAt(db, "two").set("h", "2");
  hashAt(db, "one");
  db.removeName("one");
  db.moveTo(db.lookupName("two"), db, "new");
  t.equal(hashAt(db, "new").get("h"), "2");
  t.equal(hashAt(db, "new").size, 2);
});

t.test("a hash that shrinks gives its memory back, and keeps its expiry and its age", async (t) => {
  const clock = { now: 1 };
  const db = new Keyspace(clock);
  const hash = hashAt(db, "h");
  for (let i = 0; i < 20; i++) hash.set(`f${i}`, "v".repeat(100), LIMITS);
  db.setExpiry(db.peekName("h"), 60_000);
  const large = db.sizeOf(db.peekName("h"));
  clock.now = 20_000;
  db.lookupName("h");
  clock.now = 30_000;
  const again = db.object(db.peekName("h")) as HashValue;
  for (let i = 0; i < 19; i++) again.delete(`f${i}`);
  const ref = db.peekName("h");
  t.ok(db.sizeOf(ref) < large / 2, `${db.sizeOf(ref)} of ${large}`);
  t.equal(db.expiry(ref), 60_000);
  t.ok(Math.abs(db.idleTime(ref) - 10_000) < 2000, "nobody looked it up");
  t.strictSame(fieldsOf(db, "h"), new Map([["f19", "v".repeat(100)]]));
});

function listAt(db: Keyspace, key: string): ListValue {
  const ref = db.lookupName(key);
  if (ref !== NONE) return db.object(ref) as ListValue;
  const list = new ListValue();
  db.setObject(key, LIST, list);
  return list;
}

function elementsOf(list: ListValue): string[] {
  return Array.from({ length: list.length }, (_, i) => list.at(i));
}

/** Some are too long for a record, and some for a chunk. */
const element = fc
  .tuple(fc.constantFrom(0, 1, 10, 10, 10, 253, 1500, 5000, 9000), fc.constantFrom("a", "b"))
  .map(([length, character]) => character.repeat(length));
const LIST_EDITS = ["push", "push", "unshift", "pop", "shift", "insert", "set", "remove", "rotate"];
const listEdit = fc.tuple(
  fc.constantFrom(...LIST_EDITS),
  fc.constantFrom("x", "y"),
  element,
  fc.nat(),
);

function removeEqual(model: string[], text: string, limit: number): number {
  let removed = 0;
  for (; removed < limit && model.includes(text); removed++) model.splice(model.indexOf(text), 1);
  return removed;
}

function changeList(
  db: Keyspace,
  key: string,
  model: string[],
  what: string,
  text: string,
  n: number,
) {
  const list = listAt(db, key);
  const i = n % (model.length || 1);
  if (what === "push") {
    list.push(text);
    model.push(text);
  } else if (what === "unshift") {
    list.unshift(text);
    model.unshift(text);
  } else if (what === "insert") {
    list.insert(i, text);
    model.splice(i, 0, text);
  } else if (model.length === 0) {
    return list;
  } else if (what === "pop") {
    equal(list.pop(), model.pop());
  } else if (what === "shift") {
    equal(list.shift(), model.shift());
  } else if (what === "set") {
    list.set(i, text);
    model[i] = text;
  } else if (what === "remove") {
    equal(list.removeEqual(text, 2, "head"), removeEqual(model, text, 2));
  } else {
    // From one end to the other, found twice as LMOVE does.
    const [from, to] = [listAt(db, key), listAt(db, key)];
    to.push(from.shift());
    model.push(model.shift() as string);
  }
  return list;
}

t.test("whatever happens to them, small lists hold what arrays do", async (t) => {
  fc.assert(
    fc.property(fc.array(listEdit, { minLength: 20, maxLength: 100, size: "max" }), (edits) => {
      const db = new Keyspace({ now: 1 });
      const empty = db.bytes;
      const models: Record<string, string[]> = { x: [], y: [] };
      for (const [what, key, text, n] of edits) {
        const model = models[key] as string[];
        db.modified(key, changeList(db, key, model, what, text, n));
        if (model.length === 0) db.removeName(key);
        for (const [key, model] of Object.entries(models)) {
          const ref = db.peekName(key);
          const found = ref === NONE ? [] : elementsOf(db.object(ref) as ListValue);
          deepEqual(found, model);
        }
      }
      for (const key of Object.keys(models)) db.removeName(key);
      equal(db.bytes, empty, "nothing is left, and nothing was counted twice");
    }),
    { numRuns: 20 },
  );
  t.pass("no history makes them differ");
});

t.test("a list in its record is as small as a hash, whatever it was before", async (t) => {
  const db = new Keyspace({ now: 1 });
  const list = listAt(db, "list");
  for (let i = 0; i < 5; i++) list.push("ten bytes.");
  t.ok(db.sizeOf(db.peekName("list")) < 110);
  db.setObject("copy", LIST, list.clone());
  t.ok(db.sizeOf(db.peekName("copy")) < 110);
  list.push("x".repeat(9000));
  list.push("y");
  t.ok(db.sizeOf(db.peekName("list")) > 9000, "now it is an object");
  t.strictSame(
    elementsOf(listAt(db, "list")).map(({ length }) => length),
    [10, 10, 10, 10, 10, 9000, 1],
  );
  const other = new ListValue(-1);
  other.push("one");
  db.setObject("other", LIST, other);
  t.equal(listAt(db, "other"), other, "of other chunks than by default");
});
