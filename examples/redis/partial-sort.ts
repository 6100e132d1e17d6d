/**
 * Quicksort that puts only the first elements in order, as Redis does where it answers with a few
 * of many: so equal ones come out in the same order as there.
 *
 * Bentley and McIlroy, "Engineering a Sort Function" (1993).
 */

export type Compare<T> = (a: T, b: T) => number;

/** Fewer are sorted by insertion. */
const FEW = 7;
/** Of more, the pivot is a median of medians. */
const MANY = 40;

/** Sorts `items` so far that the first `count` are those that a whole sort would put there. */
export function sortFirst<T>(items: T[], count: number, compare: Compare<T>): void {
  sortPart(items, 0, items.length, count, compare);
}

/** Sorts what is from `start` up to `end`, as far as it is among the first `count`. */
function sortPart<T>(
  items: T[],
  start: number,
  end: number,
  count: number,
  compare: Compare<T>,
): void {
  let from = start;
  while (end - from >= FEW) {
    swap(items, from, pivotOf(items, from, end, compare));
    const [less, more] = partition(items, from, end, compare);
    if (less > 1 && from < count) sortPart(items, from, from + less, count, compare);
    // The other part in this loop: the stack stays small.
    from = end - more;
    if (more <= 1 || from >= count) return;
  }
  for (let i = from + 1; i < end; i++) {
    for (let j = i; j > from && compare(items[j - 1] as T, items[j] as T) > 0; j--) {
      swap(items, j - 1, j);
    }
  }
}

/** Where a good guess at the middle value is. */
function pivotOf<T>(items: readonly T[], from: number, end: number, compare: Compare<T>): number {
  const size = end - from;
  const middle = from + Math.floor(size / 2);
  if (size === FEW) return middle;
  const median = (a: number, b: number, c: number) => medianOf(items, a, b, c, compare);
  if (size <= MANY) return median(from, middle, end - 1);
  const step = Math.floor(size / 8);
  return median(
    median(from, from + step, from + 2 * step),
    median(middle - step, middle, middle + step),
    median(end - 1 - 2 * step, end - 1 - step, end - 1),
  );
}

function medianOf<T>(
  items: readonly T[],
  a: number,
  b: number,
  c: number,
  compare: Compare<T>,
): number {
  const order = (i: number, j: number) => compare(items[i] as T, items[j] as T);
  if (order(a, b) < 0) {
    if (order(b, c) < 0) return b;
    return order(a, c) < 0 ? c : a;
  }
  if (order(b, c) > 0) return b;
  return order(a, c) < 0 ? a : c;
}

/**
 * Puts the elements that are less than the first one before those equal to it, and the greater ones
 * behind: how many are less, and how many greater. Equal ones wait at both ends meanwhile.
 */
function partition<T>(
  items: T[],
  from: number,
  end: number,
  compare: Compare<T>,
): [less: number, more: number] {
  let equalLeft = from + 1;
  let left = from + 1;
  let right = end - 1;
  let equalRight = end - 1;
  const order = (i: number) => compare(items[i] as T, items[from] as T);
  for (;;) {
    for (let o = 0; left <= right; left++) {
      o = order(left);
      if (o > 0) break;
      if (o === 0) swap(items, equalLeft++, left);
    }
    for (let o = 0; left <= right; right--) {
      o = order(right);
      if (o < 0) break;
      if (o === 0) swap(items, right, equalRight--);
    }
    if (left > right) break;
    swap(items, left++, right--);
  }
  const less = left - equalLeft;
  const more = equalRight - right;
  swapRuns(items, from, left, Math.min(equalLeft - from, less));
  swapRuns(items, left, end, Math.min(more, end - equalRight - 1));
  return [less, more];
}

/** Swaps `count` elements from `from` on with the last ones before `end`. */
function swapRuns<T>(items: T[], from: number, end: number, count: number): void {
  for (let i = 0; i < count; i++) swap(items, from + i, end - count + i);
}

function swap<T>(items: T[], i: number, j: number): void {
  const item = items[i] as T;
  items[i] = items[j] as T;
  items[j] = item;
}
