/**
 * The cursor of HSCAN, SSCAN and ZSCAN over an array without holes, in which a removal moves the
 * last item into the gap. Walking from the end to the front, an item that is moved was visited
 * already: what is there from begin to end is visited.
 */

/** Visits about `count` items and returns the cursor to go on with; 0 begins and ends. */
export function walkBack<Item>(
  items: readonly Item[],
  cursor: number,
  count: number,
  visit: (item: Item) => void,
): number {
  const start = cursor === 0 ? items.length : Math.min(cursor, items.length);
  const end = Math.max(0, start - count);
  for (let at = start - 1; at >= end; at--) visit(items[at] as Item);
  return end;
}
