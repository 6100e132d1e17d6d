/**
 * Bytes as a row of bits, the highest bit of a byte first: counting, finding, combining. Long rows
 * are read in words of 32 bits. See Warren, "Hacker's Delight", chapter 5.
 *
 * Places are counted in bits; a row of 512 MB has more of them than an int32 holds.
 */

/** A shorter row is done before a view of its words would be made. */
const SHORT = 64;
const ALL_ONES = -1;

export function bitAt(bytes: Uint8Array, place: number): 0 | 1 {
  const byte = bytes[Math.floor(place / 8)] as number;
  return ((byte >>> (7 - (place % 8))) & 1) as 0 | 1;
}

/** How many bits are set from `start` up to `end`, that one not included. */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  const from = Math.floor(start / 8);
  const to = Math.ceil(end / 8);
  const before = popCount((bytes[from] as number) >>> (8 - (start % 8)));
  const behind = end % 8 === 0 ? 0 : popCount((bytes[to - 1] as number) & (0xff >>> (end % 8)));
  return countInBytes(bytes, from, to) - before - behind;
}

function countInBytes(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  let i = from;
  if (to - from >= SHORT) {
    for (; (bytes.byteOffset + i) % 4 !== 0; i++) count += popCount(bytes[i] as number);
    const words = wordsOf(bytes, i, to);
    count += countInWords(words);
    i += words.byteLength;
  }
  for (; i < to; i++) count += popCount(bytes[i] as number);
  return count;
}

/** The whole words among the bytes from `from`, where one begins, to `to`. */
function wordsOf(bytes: Uint8Array, from: number, to: number): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset + from, Math.floor((to - from) / 4));
}

/**
 * Eight words at a time, by carry-save adders: 32 columns are added at once, and only the carries
 * of weight eight are counted in every round.
 */
function countInWords(words: Int32Array): number {
  const rounds = words.length - (words.length % 8);
  let [ones, twos, fours, eights] = [0, 0, 0, 0];
  for (let i = 0; i < rounds; i += 8) {
    const a = words[i] as number;
    const b = words[i + 1] as number;
    const c = words[i + 2] as number;
    const d = words[i + 3] as number;
    const e = words[i + 4] as number;
    const f = words[i + 5] as number;
    const g = words[i + 6] as number;
    const h = words[i + 7] as number;
    const ab = carry(ones, a, b);
    ones ^= a ^ b;
    const cd = carry(ones, c, d);
    ones ^= c ^ d;
    const abcd = carry(twos, ab, cd);
    twos ^= ab ^ cd;
    const ef = carry(ones, e, f);
    ones ^= e ^ f;
    const gh = carry(ones, g, h);
    ones ^= g ^ h;
    const efgh = carry(twos, ef, gh);
    twos ^= ef ^ gh;
    eights += popCount(carry(fours, abcd, efgh));
    fours ^= abcd ^ efgh;
  }
  let count = 8 * eights + 4 * popCount(fours) + 2 * popCount(twos) + popCount(ones);
  for (let i = rounds; i < words.length; i++) count += popCount(words[i] as number);
  return count;
}

/** What adding three bits carries, in each of 32 columns. */
function carry(x: number, y: number, z: number): number {
  const either = x ^ y;
  return (x & y) | (either & z);
}

/** How many bits of a word are set: added up in pairs, in fours, in eights. */
function popCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The first place from `start` up to `end`, not included, with this bit, or -1. */
export function findBit(bytes: Uint8Array, bit: 0 | 1, start: number, end: number): number {
  const flip = bit === 1 ? 0 : 0xff;
  const to = Math.ceil(end / 8);
  let from = Math.floor(start / 8);
  // The bits looked for are set ones from here on, and there is none before the start.
  let byte = ((bytes[from] as number) ^ flip) & (0xff >>> (start % 8));
  if (byte === 0) {
    from = skipBytes(bytes, flip, from + 1, to);
    if (from >= to) return -1;
    byte = (bytes[from] as number) ^ flip;
  }
  const place = from * 8 + Math.clz32(byte) - 24;
  return place < end ? place : -1;
}

/** The first from `from` up to `to` of the bytes that is not `value`, which is 0 or 255. */
function skipBytes(bytes: Uint8Array, value: number, from: number, to: number): number {
  let i = from;
  if (to - from >= SHORT) {
    for (; (bytes.byteOffset + i) % 4 !== 0; i++) if (bytes[i] !== value) return i;
    const words = wordsOf(bytes, i, to);
    const skipped = value === 0 ? 0 : ALL_ONES;
    let at = 0;
    while (at < words.length && words[at] === skipped) at++;
    i += at * 4;
  }
  while (i < to && bytes[i] === value) i++;
  return i;
}

export type BitOperation = "and" | "or" | "xor";

/** `target` becomes what the operation makes of it and `source`, behind which there are zeros. */
export function combine(target: Uint8Array, operation: BitOperation, source: Uint8Array): void {
  const { length } = source;
  const isAligned = target.byteOffset % 4 === 0 && source.byteOffset % 4 === 0;
  let done = 0;
  if (isAligned && length >= SHORT) {
    const words = wordsOf(source, 0, length);
    combineElements(wordsOf(target, 0, length), operation, words, 0);
    done = words.byteLength;
  }
  combineElements(target, operation, source, done);
  if (operation === "and") target.fill(0, length);
}

function combineElements<T extends Uint8Array | Int32Array>(
  target: T,
  operation: BitOperation,
  source: T,
  from: number,
): void {
  const { length } = source;
  if (operation === "and") for (let i = from; i < length; i++) target[i] &= source[i] as number;
  else if (operation === "or") for (let i = from; i < length; i++) target[i] |= source[i] as number;
  else for (let i = from; i < length; i++) target[i] ^= source[i] as number;
}

/** Turns every bit round. */
export function invert(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] ^= 0xff;
}
