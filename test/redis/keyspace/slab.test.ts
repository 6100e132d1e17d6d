/** The slab: blocks that never overlap, and pages that are used again. */

import t from "tap";
import { chunkOf, LARGEST_BLOCK, Slab, wordOf } from "../../../examples/redis/keyspace/slab.ts";
import { withoutMemory } from "../../helpers/no-memory.ts";
import { Random } from "../../helpers/random.ts";

/** A block filled to its last byte with a number of its own: an overlap destroys it. */
interface Canary {
  address: number;
  size: number;
  byte: number;
}

function fill(slab: Slab, { address, size, byte }: Canary): void {
  const at = wordOf(address) * 4;
  (slab.bytes[chunkOf(address)] as Buffer).fill(byte, at, at + size);
}

function isIntact(slab: Slab, { address, size, byte }: Canary): boolean {
  const at = wordOf(address) * 4;
  const bytes = (slab.bytes[chunkOf(address)] as Buffer).subarray(at, at + size);
  return bytes.every((one) => one === byte);
}

t.test("blocks of all sizes keep their bytes while others come and go", async (t) => {
  const random = new Random(3);
  const slab = new Slab();
  const live: Canary[] = [];
  let broken = 0;
  let tooSmall = 0;
  for (let i = 0; i < 100_000; i++) {
    if (live.length > 0 && random.below(100) < (live.length > 3_000 ? 70 : 40)) {
      const [gone] = live.splice(random.below(live.length), 1) as [Canary];
      if (!isIntact(slab, gone)) broken++;
      slab.free(gone.address);
    } else {
      const asked = random.below(4) === 0 ? 1 + random.below(LARGEST_BLOCK) : 1 + random.below(200);
      const address = slab.allocate(asked);
      const canary = { address, size: slab.sizeOf(address), byte: random.below(256) };
      if (canary.size < asked) tooSmall++;
      fill(slab, canary);
      live.push(canary);
    }
  }
  t.equal(broken, 0);
  t.equal(tooSmall, 0);
  t.equal(live.filter((canary) => !isIntact(slab, canary)).length, 0);
  const sizes = live.reduce((sum, { size }) => sum + size, 0);
  t.equal(slab.used, sizes, "the bytes in use are counted exactly");
  for (const { address } of live) slab.free(address);
  t.equal(slab.used, 0);
  t.equal(slab.reserved, 0, "an empty page serves any size again");
});

t.test("no block has the address 0", async (t) => {
  t.ok(new Slab().allocate(1) > 0);
});

t.test("freed memory is used again before more is taken", async (t) => {
  const slab = new Slab();
  const first = Array.from({ length: 50_000 }, () => slab.allocate(64));
  const { reserved } = slab;
  for (const address of first) slab.free(address);
  for (let i = 0; i < 25_000; i++) slab.allocate(128);
  t.ok(slab.reserved <= reserved * 1.01);
  t.equal(slab.bytes.length, 1, "one chunk was enough");
});

/** How many chunks have memory. */
function chunksOf(slab: Slab): number {
  return slab.bytes.filter(({ length }) => length > 0).length;
}

t.test("chunks that run empty go back to the system, and others take their place", async (t) => {
  const slab = new Slab();
  const live: Canary[] = [];
  const fillChunks = (count: number) => {
    while (chunksOf(slab) < count || live.length % 4096 !== 0) {
      const canary = { address: slab.allocate(LARGEST_BLOCK), size: 8, byte: live.length & 255 };
      fill(slab, canary);
      live.push(canary);
    }
  };
  fillChunks(5);
  const survivors = [live.pop(), live.shift()] as Canary[];
  for (const { address } of live.splice(0)) slab.free(address);
  t.equal(slab.used, 2 * LARGEST_BLOCK);
  t.equal(chunksOf(slab), 3, "the first and the last, and one in reserve");
  fillChunks(6);
  t.equal(slab.bytes.length, 6, "gaps are filled first");
  t.equal([...survivors, ...live].filter((canary) => !isIntact(slab, canary)).length, 0);
  for (const { address } of [...survivors, ...live]) slab.free(address);
  t.equal(slab.reserved, 0);
  t.equal(chunksOf(slab), 1);
});

t.test("a chunk that is just needed or just not does not come and go", async (t) => {
  const slab = new Slab();
  while (slab.bytes.length < 2) slab.allocate(LARGEST_BLOCK);
  const [, second] = slab.bytes;
  for (let i = 0; i < 10; i++) slab.free(slab.allocate(LARGEST_BLOCK));
  t.equal(slab.bytes[1], second);
});

t.test("pages change their class, and each class keeps to its own", async (t) => {
  const random = new Random(5);
  const slab = new Slab();
  const sizes = Array.from({ length: 30 }, () => 1 + random.below(LARGEST_BLOCK));
  let live: Canary[] = [];
  for (let round = 0; round < 20; round++) {
    // Each round most blocks go, so that most pages run empty, and other sizes take them.
    const gone = live.filter(() => random.below(10) !== 0);
    live = live.filter((canary) => !gone.includes(canary));
    t.equal(gone.filter((canary) => !isIntact(slab, canary)).length, 0);
    for (const { address } of gone) slab.free(address);
    const size = sizes[round % sizes.length] as number;
    for (let i = 0; i < 400; i++) {
      const address = slab.allocate(size);
      const canary = { address, size: slab.sizeOf(address), byte: random.below(256) };
      fill(slab, canary);
      live.push(canary);
    }
  }
  t.equal(live.filter((canary) => !isIntact(slab, canary)).length, 0);
});

t.test("where the system has no memory, nothing is taken and nothing is lost", async (t) => {
  const slab = new Slab();
  const kept = slab.allocate(100);
  const live: number[] = [];
  const fillUp = () => {
    for (;;) live.push(slab.allocate(LARGEST_BLOCK));
  };
  t.throws(() => withoutMemory(fillUp), RangeError);
  t.throws(() => withoutMemory(fillUp), RangeError, "again");
  const { used } = slab;
  slab.free(live.pop() as number);
  t.ok(slab.allocate(LARGEST_BLOCK) > 0, "what was freed serves");
  t.equal(slab.used, used);
  t.ok(slab.sizeOf(kept) >= 100);
});
