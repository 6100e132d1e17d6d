/** What is counted as memory in use, against what V8 says the process has. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import t from "tap";
import { Keyspace } from "../../examples/redis/keyspace/keyspace.ts";
import { HashValue } from "../../examples/redis/types/hash.ts";
import { ListValue } from "../../examples/redis/types/list.ts";
import { SetValue } from "../../examples/redis/types/set.ts";
import { SortedSetValue } from "../../examples/redis/types/sorted-set.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapUsed(): number {
  collectGarbage();
  collectGarbage();
  const { external, heapUsed } = process.memoryUsage();
  return heapUsed + external;
}

/** A byte string as it comes from a request: not a slice of another, not the compiler's. */
function bytes(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

const FILLED = {
  list: (size: number) => {
    const list = new ListValue();
    for (let i = 0; i < size; i++) list.push(bytes(`an element of a list ${i}`));
    return list;
  },
  hash: (size: number) => {
    const hash = new HashValue();
    for (let i = 0; i < size; i++) hash.set(bytes(`a field of a hash ${i}`), bytes(`value ${i}`));
    return hash;
  },
  set: (size: number) => {
    const set = new SetValue();
    for (let i = 0; i < size; i++) set.add(bytes(`a member of a set ${i}`));
    return set;
  },
  "sorted set": (size: number) => {
    const set = new SortedSetValue();
    for (let i = 0; i < size; i++) set.set(bytes(`a member of a sorted set ${i}`), i);
    return set;
  },
};

for (const [name, fill] of Object.entries(FILLED)) {
  for (const size of [10, 50_000]) {
    t.test(`the estimate for a ${name} of ${size} is right within two thirds`, (t) => {
      const values = new Array<{ bytes: number }>(50_000 / size);
      const before = heapUsed();
      for (let i = 0; i < values.length; i++) values[i] = fill(size);
      const real = heapUsed() - before;
      const estimated = values.reduce((sum, value) => sum + value.bytes, 0);
      const ratio = real / estimated;
      t.ok(ratio > 0.6 && ratio < 1.7, `${ratio.toFixed(2)} times as much as estimated`);
      t.end();
    });
  }
}

t.test("for strings the count is what their chunks take", (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const db = new Keyspace({ now: 1000 });
  for (let i = 0; i < 500_000; i++) db.setStringValue(`key:${i}`, "x".repeat(400));
  const real = process.memoryUsage().arrayBuffers - before;
  // Chunks have 32 MB, and the last may be nearly empty; garbage of the test is among it, too.
  const ratio = real / db.bytes;
  t.ok(ratio > 0.95 && ratio < 1.3, `${ratio.toFixed(2)} times as much as counted`);
  t.ok(db.unusedBytes < db.bytes / 100, "nothing is lost between records of one size");
  t.equal(db.size, 500_000);
  t.end();
});
