import fc from "fast-check";
import t from "tap";
import { OutputQueue } from "../../examples/redis/output-queue.ts";

/** Takes `most` bytes off, as a socket would. */
function take(queue: OutputQueue, most: number): Buffer {
  const n = Math.min(most, queue.size);
  const bytes = Buffer.from(queue.block.subarray(queue.start, queue.start + n));
  queue.consume(n);
  return bytes;
}

function bytesOf(size: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + seed) & 255));
}

t.test("what goes in comes out in order, however it is cut", (t) => {
  const size = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 50_000 }));
  const step = fc.record({ how: fc.constantFrom("append", "share", "take"), size });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new OutputQueue();
      const expected: Buffer[] = [];
      const got: Buffer[] = [];
      for (const [i, { how, size }] of steps.entries()) {
        if (how === "take") {
          if (!queue.isEmpty) got.push(take(queue, size));
        } else {
          const bytes = bytesOf(size, i);
          if (how === "append") queue.append(bytes);
          else queue.share(Buffer.concat([bytesOf(3, 0), bytes]), 3, 3 + size);
          expected.push(Buffer.from(bytes));
          // The queue has a copy of what was appended.
          if (how === "append") bytes.fill(0);
        }
      }
      while (!queue.isEmpty) got.push(take(queue, 10_000));
      return Buffer.concat(got).equals(Buffer.concat(expected)) && queue.length === 0;
    }),
    { numRuns: 300 },
  );
  t.pass("300 histories");
  t.end();
});

t.test("queues of several clients do not share a block while it is in use", (t) => {
  const one = new OutputQueue();
  one.append(Buffer.from("first"));
  take(one, 5);
  const two = new OutputQueue();
  one.append(Buffer.from("one"));
  two.append(Buffer.from("two"));
  t.equal(take(one, 10).toString(), "one");
  t.equal(take(two, 10).toString(), "two");
  t.end();
});

t.test("a long message stays where it is, for any number of queues", (t) => {
  const message = bytesOf(100_000, 7);
  const queues = [new OutputQueue(), new OutputQueue()];
  for (const queue of queues) {
    queue.append(Buffer.from("before "));
    queue.share(message, 0, message.length);
    queue.append(Buffer.from(" behind"));
    take(queue, 7);
    t.equal(queue.block, message);
    t.ok(take(queue, 200_000).equals(message));
    t.equal(take(queue, 100).toString(), " behind");
  }
  t.ok(message.equals(bytesOf(100_000, 7)), "and nothing is written behind it or over it");
  t.end();
});

t.test("messages that follow each other become one span for each who gets them all", (t) => {
  const page = Buffer.from("-one-two-three-");
  const all = new OutputQueue();
  const some = new OutputQueue();
  all.share(page, 1, 4);
  all.share(page, 4, 8);
  all.share(page, 8, 14);
  t.equal(all.block, page);
  t.equal(take(all, 100).toString(), "one-two-three");
  t.ok(all.isEmpty);
  some.share(page, 1, 4);
  some.share(page, 8, 14);
  some.append(Buffer.from("!"));
  t.equal(take(some, 100).toString(), "one");
  t.equal(take(some, 100).toString(), "-three!");
  t.equal(page.toString(), "-one-two-three-", "nothing is written into what is shared");
  t.end();
});
