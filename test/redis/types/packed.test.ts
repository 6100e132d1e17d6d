/** Packed byte strings and the list made of them, against arrays of strings. */

import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { ListValue } from "../../../examples/redis/types/list.ts";
import { Packed } from "../../../examples/redis/types/packed.ts";

/** Lengths on both sides of every limit: of the short header, of the copying loop. */
const element = fc
  .tuple(
    fc.constantFrom(0, 1, 5, 31, 32, 33, 253, 254, 255, 700),
    fc.constantFrom("a", "b", "\xff", "\xfe", "\0"),
  )
  .map(([length, character]) => character.repeat(length));
const place = fc.nat(1_000_000);

function bytes(text: string): [Buffer, number, number] {
  // With something around it, so that a wrong offset is found out.
  return [Buffer.from(`<${text}>`, "latin1"), 1, text.length];
}

function forwards(packed: Packed): string[] {
  const found: string[] = [];
  for (let at = packed.begin; at < packed.end; at = packed.next(at)) found.push(packed.string(at));
  return found;
}

function backwards(packed: Packed): string[] {
  const found: string[] = [];
  for (let at = packed.end; at > packed.begin; ) {
    at = packed.previous(at);
    found.unshift(packed.string(at));
  }
  return found;
}

const packedEdit = fc.tuple(
  fc.constantFrom("push", "unshift", "insert", "replace", "remove", "split"),
  element,
  place,
);

t.test("packed byte strings are what was put in, from both ends", (t) => {
  fc.assert(
    fc.property(fc.array(packedEdit, { maxLength: 60 }), (edits) => {
      const packed = new Packed();
      const model: string[] = [];
      for (const [name, text, n] of edits) {
        const i = n % (model.length + 1);
        const at = packed.entry(i);
        if (name === "push") {
          packed.push(...bytes(text));
          model.push(text);
        } else if (name === "unshift") {
          packed.unshift(...bytes(text));
          model.unshift(text);
        } else if (name === "insert") {
          packed.insert(at, ...bytes(text));
          model.splice(i, 0, text);
        } else if (name === "split") {
          const copy = packed.clone();
          const rest = copy.split(copy.entry(i), i);
          deepEqual([...forwards(copy), ...forwards(rest)], model);
          copy.append(rest);
          deepEqual(backwards(copy), model);
        } else if (i < model.length) {
          if (name === "replace") packed.replace(at, ...bytes(text));
          else packed.remove(at, Math.min(2, model.length - i));
          if (name === "replace") model[i] = text;
          else model.splice(i, 2);
        }
        equal(packed.count, model.length);
        deepEqual(forwards(packed), model);
        deepEqual(backwards(packed), model);
        if (i < model.length) {
          equal(packed.equals(packed.entry(i), ...bytes(text)), model[i] === text);
        }
      }
    }),
    { numRuns: 60 },
  );
  t.end();
});

t.test("its buffer stays within four times of what is in it", (t) => {
  const packed = new Packed();
  for (let i = 0; i < 1000; i++) packed.push(...bytes(`${i}`));
  t.ok(packed.buffer.length <= packed.size * 2);
  for (let i = 0; i < 3000; i++) {
    packed.push(...bytes("queued"));
    packed.remove(packed.begin, 1);
  }
  t.ok(packed.buffer.length <= packed.size * 4);
  packed.remove(packed.begin, 990);
  for (let i = 0; i < 8; i++) packed.remove(packed.begin, 1);
  t.ok(packed.buffer.length <= 64, `${packed.buffer.length}`);
  t.end();
});

const listEdit = fc.tuple(
  fc.constantFrom(
    "push",
    "push",
    "unshift",
    "shift",
    "pop",
    "insert",
    "set",
    "trim",
    "removeEqual",
  ),
  element,
  place,
);

function removeEqual(model: string[], text: string, limit: number, isTail: boolean): number {
  let removed = 0;
  for (; removed < limit; removed++) {
    const i = isTail ? model.lastIndexOf(text) : model.indexOf(text);
    if (i < 0) break;
    model.splice(i, 1);
  }
  return removed;
}

function edit(list: ListValue, model: string[], name: string, text: string, n: number): unknown[] {
  const i = n % (model.length + 1);
  if (name === "push") return [list.push(text), void model.push(text)];
  if (name === "unshift") return [list.unshift(text), void model.unshift(text)];
  if (name === "insert") return [list.insert(i, text), void model.splice(i, 0, text)];
  if (name === "trim") {
    const to = model.length - 1 - (n % 3);
    list.trim(n % 2, to);
    return [
      list.length,
      model.splice(0, model.length, ...model.slice(n % 2, to + 1)) && model.length,
    ];
  }
  if (i === model.length) return [0, 0];
  if (name === "shift") return [list.shift(), model.shift()];
  if (name === "pop") return [list.pop(), model.pop()];
  if (name === "set") {
    list.set(i, text);
    model[i] = text;
    return [0, 0];
  }
  const isTail = n % 2 === 1;
  return [list.removeEqual(text, i, isTail ? "tail" : "head"), removeEqual(model, text, i, isTail)];
}

for (const fill of [-2, -1, 1, 3, 0]) {
  t.test(`a list with chunks of ${fill} is like an array`, (t) => {
    const edits = fc.array(listEdit, { minLength: 20, maxLength: 120 });
    fc.assert(
      fc.property(edits, (edits) => {
        const list = new ListValue(fill);
        const model: string[] = [];
        for (const [name, text, n] of edits) {
          const [ours, expected] = edit(list, model, name, text, n);
          equal(ours, expected, name);
          equal(list.length, model.length);
          const i = n % (model.length || 1);
          if (model.length > 0) equal(list.at(i), model[i]);
          ok(list.bytes > 0);
        }
        const found = Array.from(model, (_, i) => list.at(i));
        deepEqual(found, model);
        const upwards = Array.from(model, (_, i) => list.at(model.length - 1 - i));
        deepEqual(upwards.reverse(), model);
        deepEqual(
          Array.from(model, (_, i) => list.clone().at(i)),
          model,
        );
        const { bytes } = new ListValue();
        list.trim(0, -1);
        equal(list.bytes, bytes, "an empty list has no chunks");
      }),
      { numRuns: 25 },
    );
    t.end();
  });
}
