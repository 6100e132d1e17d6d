/** Streams as a data structure, against a plain array of ids. */

import t from "tap";
import { PendingList } from "../../../examples/redis/types/pending-list.ts";
import { StreamValue } from "../../../examples/redis/types/stream.ts";
import { MAX_ID, MIN_ID, nextId, previousId } from "../../../examples/redis/types/stream-id.ts";
import { Random } from "../../helpers/random.ts";

const LIMITS = { "stream-node-max-bytes": 4096, "stream-node-max-entries": 10 };
const ITEMS = { buffer: Buffer.from("fieldvalue"), offset: (i: number) => i * 5, length: () => 5 };

t.test("steps from id to id, also where a half is no safe integer", async (t) => {
  t.strictSame(nextId({ ms: 1, seq: MAX_ID.seq }), { ms: 2, seq: 0 });
  t.strictSame(previousId({ ms: 2, seq: 0 }), { ms: 1, seq: MAX_ID.seq });
  t.strictSame(nextId({ ms: 0, seq: 2 ** 53 - 1 }), { ms: 0, seq: 2n ** 53n });
  t.equal(nextId(MAX_ID), undefined);
  t.equal(previousId(MIN_ID), undefined);
});

t.test("has what was appended and not removed, in both directions", async (t) => {
  const stream = new StreamValue();
  const model: number[] = [];
  for (let ms = 1; ms <= 500; ms++) {
    stream.append({ ms, seq: 0 }, ITEMS, 0, 2, LIMITS);
    model.push(ms);
    const removed = (ms * 7919) % 611;
    const place = model.indexOf(removed);
    t.equal(stream.delete({ ms: removed, seq: 0 }), place >= 0);
    if (place >= 0) model.splice(place, 1);
  }
  const ids = Array.from(stream.range(MIN_ID, MAX_ID), ({ node, index }) => node.id(index).ms);
  const back = Array.from(stream.reverseRange(MIN_ID, MAX_ID), (at) => at.node.id(at.index).ms);
  t.strictSame(ids, model);
  t.strictSame(back, model.toReversed());
  t.equal(stream.length, model.length);
});

t.test("keeps pending entries in order", async (t) => {
  const random = new Random(1);
  const list = new PendingList<{ id: { ms: number; seq: number } }>();
  const model = new Set<number>();
  for (let i = 0; i < 5000; i++) {
    const ms = random.below(2000);
    const id = { ms, seq: 0 };
    if (model.delete(ms)) list.delete(id);
    else {
      list.add({ id });
      model.add(ms);
    }
  }
  const found = Array.from(list.from(MIN_ID), ({ id }) => id.ms);
  t.strictSame(
    found,
    [...model].sort((a, b) => a - b),
  );
  t.equal(list.size, model.size);
});
