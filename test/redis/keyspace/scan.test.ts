/** SCAN's guarantee: a key that is there from start to end is returned, whatever the table does. */

import t from "tap";
import { Keyspace } from "../../../examples/redis/keyspace/keyspace.ts";

const STAYING = 2_000;
const PASSING = 30_000;

function withStaying(): Keyspace {
  const db = new Keyspace({ now: 1 });
  for (let i = 0; i < STAYING; i++) db.setStringValue(`stays:${i}`, "v");
  return db;
}

/** Scans to the end and calls `between` after every step; the names seen. */
function scanAll(db: Keyspace, count: number, between: (step: number) => void): Set<string> {
  const seen = new Set<string>();
  let cursor = 0;
  let step = 0;
  do {
    cursor = db.scan(cursor, count, (ref) => seen.add(db.keyName(ref)));
    between(step++);
  } while (cursor !== 0);
  return seen;
}

function missing(seen: Set<string>): number {
  let lost = 0;
  for (let i = 0; i < STAYING; i++) if (!seen.has(`stays:${i}`)) lost++;
  return lost;
}

for (const count of [1, 10, 100]) {
  t.test(`keys that stay are returned while the table grows, COUNT ${count}`, async (t) => {
    const db = withStaying();
    const perStep = (PASSING * count) / STAYING;
    let added = 0;
    const seen = scanAll(db, count, () => {
      for (let i = 0; i < perStep && added < PASSING; i++) {
        db.setStringValue(`passes:${added++}`, "v");
      }
    });
    t.equal(added, PASSING);
    t.equal(missing(seen), 0);
  });

  t.test(`keys that stay are returned while the table shrinks, COUNT ${count}`, async (t) => {
    const db = withStaying();
    for (let i = 0; i < PASSING; i++) db.setStringValue(`passes:${i}`, "v");
    let removed = 0;
    const seen = scanAll(db, count, () => {
      const last = Math.min(PASSING, removed + 20 * count);
      for (; removed < last; removed++) db.removeName(`passes:${removed}`);
    });
    t.equal(removed, PASSING);
    t.equal(missing(seen), 0);
  });
}

t.test("COUNT bounds a step, and a table that nobody changes repeats nothing", async (t) => {
  const db = withStaying();
  let cursor = 0;
  let visited = 0;
  let most = 0;
  do {
    const before = visited;
    cursor = db.scan(cursor, 10, () => visited++);
    most = Math.max(most, visited - before);
  } while (cursor !== 0);
  t.equal(visited, STAYING);
  t.ok(most <= 12, `${most} keys in one step: keys of the same hash come together`);
});

t.test("any cursor is harmless, and the last hash is the end", async (t) => {
  const db = withStaying();
  for (const cursor of [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 64]) {
    const next = db.scan(cursor, 10, () => {});
    t.ok(Number.isInteger(next) && next >= 0 && next < 2 ** 32, `${cursor} leads to ${next}`);
  }
  t.equal(
    db.scan(2 ** 32 - 1, 10, () => {}),
    0,
  );
  t.equal(
    new Keyspace({ now: 1 }).scan(77, 10, () => {}),
    0,
  );
});
