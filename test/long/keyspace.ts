/**
 * The long battery of the keyspace: `npm run test:long`, some minutes. Millions of random changes
 * with a seed that is new in every run and printed (FDKIT_SEED=n repeats one), a database of
 * 20 million keys, and memory that goes back when they are gone.
 */

import t, { type Test } from "tap";
import { giveBackSome } from "../../examples/redis/give-back.ts";
import { Keyspace, NONE } from "../../examples/redis/keyspace/keyspace.ts";
import { chunkOf, LARGEST_BLOCK, Slab, wordOf } from "../../examples/redis/keyspace/slab.ts";
import { runHistory } from "../helpers/keyspace-history.ts";
import { checkHistories } from "../helpers/keyspace-pair.ts";
import { Random } from "../helpers/random.ts";

const SEED = Number(process.env.FDKIT_SEED ?? Math.floor(Math.random() * 2 ** 31));
const MB = 2 ** 20;
t.comment(`FDKIT_SEED=${SEED}`);

for (const [names, rounds, steps] of [
  [5, 100, 10_000],
  [1_000, 100, 20_000],
  [200_000, 10, 300_000],
] as const) {
  t.test(`${rounds * steps} changes over ${names} names leave what a Map has`, async (t) => {
    runHistory(t, { seed: SEED, names, rounds, steps });
  });
}

t.test("4 000 short histories with values of all kinds and sizes", async (t) => {
  checkHistories(4_000);
  t.pass("no history makes keyspace and Map differ");
});

/** Fills a block with a byte of its address, so that any overlap destroys it. */
function mark(slab: Slab, address: number): void {
  const at = wordOf(address) * 4;
  const bytes = slab.bytes[chunkOf(address)] as Buffer;
  bytes.fill(address & 255, at, at + slab.sizeOf(address));
}

function isIntact(slab: Slab, address: number): boolean {
  const at = wordOf(address) * 4;
  const bytes = slab.bytes[chunkOf(address)] as Buffer;
  const end = at + slab.sizeOf(address);
  for (let i = at; i < end; i++) if (bytes[i] !== (address & 255)) return false;
  return true;
}

t.test("5 million blocks of all sizes come and go, and none overlaps another", async (t) => {
  const random = new Random(SEED);
  const slab = new Slab();
  const live: number[] = [];
  let broken = 0;
  for (let i = 0; i < 5_000_000; i++) {
    // The number of live blocks swells and ebbs, so that pages and chunks come and go as well.
    const isEbb = Math.floor(i / 500_000) % 2 === 1;
    if (live.length > 0 && random.below(100) < (isEbb ? 60 : 40)) {
      const drawn = random.below(live.length);
      const address = live[drawn] as number;
      live[drawn] = live.at(-1) as number;
      live.pop();
      if (!isIntact(slab, address)) broken++;
      slab.free(address);
    } else {
      const size = 1 + random.below(random.below(20) === 0 ? LARGEST_BLOCK : 120);
      const address = slab.allocate(size);
      mark(slab, address);
      live.push(address);
    }
  }
  for (const address of live) {
    if (!isIntact(slab, address)) broken++;
    slab.free(address);
  }
  t.equal(broken, 0);
  t.equal(slab.used, 0);
  t.equal(slab.reserved, 0);
});

const KEYS = 20_000_000;
const PREFIX = "key:";

/** Keys without a string for each: the digits of `i`, written where the last ones were. */
class Names {
  readonly buffer = Buffer.from(PREFIX.padEnd(16, "0"));

  write(i: number): void {
    let rest = i;
    for (let at = this.buffer.length - 1; at >= PREFIX.length; at--) {
      this.buffer[at] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}

function missing(db: Keyspace): number {
  const names = new Names();
  const { buffer } = names;
  let count = 0;
  for (let i = 0; i < KEYS; i++) {
    names.write(i);
    const ref = db.lookup(buffer, 0, buffer.length);
    if (ref === NONE || db.stringLength(ref) !== buffer.length) count++;
  }
  return count;
}

function scanned(db: Keyspace): number {
  let count = 0;
  let cursor = 0;
  do {
    cursor = db.scan(cursor, 1000, () => count++);
  } while (cursor !== 0);
  return count;
}

/** What is left after the collector has been here twice: buffers go in its second round. */
function residentAfterCollection(): number {
  for (let i = 0; i < 2; i++) globalThis.gc?.();
  return process.memoryUsage().rss;
}

async function fill(t: Test, db: Keyspace, clock: { now: number }): Promise<void> {
  const names = new Names();
  const { buffer } = names;
  for (let i = 0; i < KEYS; i++) {
    names.write(i);
    const ref = db.setString(buffer, 0, buffer.length, buffer, 0, buffer.length);
    // Every key expires, one after the other, so that what is left gets sparse everywhere.
    db.setExpiry(ref, clock.now + 1 + (i % 1000));
  }
  t.equal(db.size, KEYS);
}

t.test("20 million keys: found, scanned, expired, and their memory given back", async (t) => {
  const clock = { now: 1_000 };
  const db = new Keyspace(clock);
  const before = residentAfterCollection();
  await fill(t, db, clock);
  const full = residentAfterCollection();
  t.comment(`${Math.round((full - before) / MB)} MB resident, ${Math.round(db.bytes / MB)} in use`);
  t.equal(missing(db), 0);
  t.equal(scanned(db), KEYS);
  t.equal(db.volatileSize, KEYS);
  clock.now += 500;
  while (db.expireSome(10_000) > 0);
  t.equal(db.size, KEYS / 2, "half of them have expired");
  t.equal(scanned(db), KEYS / 2);
  clock.now += 500;
  while (db.expireSome(10_000) > 0);
  t.equal(db.size, 0);
  t.equal(db.unusedBytes, 0);
  while (giveBackSome());
  const after = residentAfterCollection();
  t.comment(`${Math.round((after - before) / MB)} MB resident when all have expired`);
  t.ok(globalThis.gc === undefined || after - before < (full - before) / 3, "memory went back");
});
