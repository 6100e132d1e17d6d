/**
 * Ids of stream entries: a time in milliseconds and a number within it, each of 64 bits.
 * https://redis.io/docs/latest/develop/data-types/streams/#entry-ids
 *
 * A half is a number as long as that is exact and a BigInt beyond, so that the ids which occur cost
 * no BigInt; JavaScript compares the two kinds exactly.
 */

export type Half = number | bigint;

export interface StreamId {
  readonly ms: Half;
  readonly seq: Half;
}

const LARGEST_HALF = 2n ** 64n - 1n;

export const MIN_ID: StreamId = { ms: 0, seq: 0 };
export const MAX_ID: StreamId = { ms: LARGEST_HALF, seq: LARGEST_HALF };

/** Negative, zero or positive, as `a` comes before, is, or comes behind `b`. */
export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return 0;
}

export function formatId({ ms, seq }: StreamId): string {
  return `${ms}-${seq}`;
}

/** The id behind `id`; undefined behind the last one. */
export function nextId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== LARGEST_HALF) return { ms, seq: step(seq, 1) };
  return ms === LARGEST_HALF ? undefined : { ms: step(ms, 1), seq: 0 };
}

/** The id before `id`; undefined before the first one. */
export function previousId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== 0) return { ms, seq: step(seq, -1) };
  return ms === 0 ? undefined : { ms: step(ms, -1), seq: LARGEST_HALF };
}

function step(half: Half, by: 1 | -1): Half {
  if (typeof half === "number" && half < Number.MAX_SAFE_INTEGER) return half + by;
  return toHalf(BigInt(half) + BigInt(by));
}

function toHalf(value: bigint): Half {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** A half as strtoull(3) reads it; undefined when it is none. */
export function parseHalf(text: string): Half | undefined {
  if (!/^[\t-\r ]*\+?[0-9]+$/.test(text)) return undefined;
  if (text.length <= 15) return Number(text);
  const value = BigInt(text.trim().replace("+", ""));
  return value > LARGEST_HALF ? undefined : toHalf(value);
}

/** 16 bytes, the larger first, as a byte string: the key under which Redis files an id. */
export function idKey({ ms, seq }: StreamId): string {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(BigInt(ms), 0);
  bytes.writeBigUInt64BE(BigInt(seq), 8);
  return bytes.toString("latin1");
}
