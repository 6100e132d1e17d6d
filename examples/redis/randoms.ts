/** What SRANDMEMBER, HRANDFIELD and ZRANDMEMBER have in common: how many, and which. */

import { OUT_OF_RANGE } from "./errors.ts";

/** A negative count may be any number, and the answer has to fit into memory. */
const MOST_DRAWN = 10_000_000;

/**
 * `count` items at random: all different when positive, which may be all there are; when negative
 * each is drawn anew and may come again. The collection must not be empty.
 */
export function randomItems<Item>(
  count: number,
  all: Iterable<Item>,
  size: number,
  draw: () => Item,
): Item[] {
  if (count < -MOST_DRAWN) throw OUT_OF_RANGE;
  if (count < 0) return Array.from({ length: -count }, draw);
  if (count >= size) return [...all];
  if (count * 3 > size) return shuffled([...all], count);
  const drawn = new Set<Item>();
  while (drawn.size < count) drawn.add(draw());
  return [...drawn];
}

/** The first `count` of the items in random order (Fisher and Yates). */
function shuffled<Item>(items: Item[], count: number): Item[] {
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(Math.random() * (items.length - i));
    [items[i], items[other]] = [items[other] as Item, items[i] as Item];
  }
  items.length = count;
  return items;
}
