/**
 * The longest common subsequence of two byte strings, by dynamic programming: the length for every
 * pair of prefixes from those of shorter ones. Time is the product of the lengths. Of the table
 * only one row is kept, and a bit per cell for the way back: a 32nd of the memory that Redis needs.
 */

/** One stretch that both have: `length` bytes, at `a` in the first and at `b` in the second. */
export interface CommonRange {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** `ranges` as LCS IDX lists them, from the end to the beginning. */
export interface CommonSubsequence {
  readonly length: number;
  readonly ranges: readonly CommonRange[];
}

export function longestCommonSubsequence(a: string, b: string): CommonSubsequence {
  const goesUp = new Uint8Array(Math.ceil((a.length * b.length) / 8));
  const length = fillTable(a, b, goesUp);
  return { length, ranges: walkBack(a, b, goesUp) };
}

/**
 * Returns the length, and sets bit `i * b.length + j` of `goesUp` where the prefixes without `a[i]`
 * have more in common than those without `b[j]`.
 */
function fillTable(a: string, b: string, goesUp: Uint8Array): number {
  const right = Buffer.from(b, "latin1");
  // Number j + 1 is the length for b's first j + 1 bytes; `row` overwrites the row before it.
  const row = new Uint32Array(b.length + 1);
  let cell = 0;
  for (let i = 0; i < a.length; i++) {
    const byte = a.charCodeAt(i);
    let diagonal = 0;
    let left = 0;
    for (let j = 0; j < right.length; j++, cell++) {
      const up = row[j + 1] as number;
      if (right[j] === byte) {
        left = diagonal + 1;
      } else if (up > left) {
        goesUp[cell >>> 3] = (goesUp[cell >>> 3] as number) | (1 << (cell & 7));
        left = up;
      }
      row[j + 1] = left;
      diagonal = up;
    }
  }
  return row[b.length] as number;
}

/** Follows the table from its last cell and joins the bytes that match without a gap. */
function walkBack(a: string, b: string, goesUp: Uint8Array): CommonRange[] {
  const ranges: CommonRange[] = [];
  let i = a.length - 1;
  let j = b.length - 1;
  let length = 0;
  while (i >= 0 && j >= 0) {
    if (a.charCodeAt(i) === b.charCodeAt(j)) {
      i--;
      j--;
      length++;
      continue;
    }
    if (length > 0) ranges.push({ a: i + 1, b: j + 1, length });
    length = 0;
    const cell = i * b.length + j;
    if (((goesUp[Math.floor(cell / 8)] as number) >> (cell % 8)) & 1) i--;
    else j--;
  }
  if (length > 0) ranges.push({ a: i + 1, b: j + 1, length });
  return ranges;
}
