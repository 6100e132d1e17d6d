/**
 * Integers of 1 to 64 bits anywhere in a row of bytes, the highest bit first: reading, writing, and
 * what becomes of a value that does not fit. BigInt, because 64 bits are exact in nothing else.
 *
 * https://redis.io/docs/latest/commands/bitfield/
 */

export interface IntegerType {
  readonly signed: boolean;
  /** 1 to 64, or to 63 without a sign. */
  readonly bits: number;
}

export type Overflow = "wrap" | "sat" | "fail";

/** The integer whose first bit is at `place`; behind the end of the bytes there are zeros. */
export function readField(bytes: Uint8Array, place: number, { signed, bits }: IntegerType): bigint {
  let value = 0n;
  let at = place;
  // A byte at a time, or what the field has of it.
  for (let left = bits; left > 0; ) {
    const count = Math.min(8 - (at % 8), left);
    const byte = bytes[Math.floor(at / 8)] ?? 0;
    const part = (byte >>> (8 - (at % 8) - count)) & (0xff >>> (8 - count));
    value = (value << BigInt(count)) | BigInt(part);
    at += count;
    left -= count;
  }
  return signed ? BigInt.asIntN(bits, value) : value;
}

/** Writes the lowest bits of `value`; the bytes must reach so far. */
export function writeField(
  bytes: Uint8Array,
  place: number,
  { bits }: IntegerType,
  value: bigint,
): void {
  let rest = BigInt.asUintN(bits, value);
  let end = place + bits;
  for (let left = bits; left > 0; ) {
    const count = Math.min(((end - 1) % 8) + 1, left);
    const shift = (8 - (end % 8)) % 8;
    const mask = (0xff >>> (8 - count)) << shift;
    const i = Math.floor((end - 1) / 8);
    const part = Number(rest & 0xffn) << shift;
    bytes[i] = ((bytes[i] as number) & ~mask) | (part & mask);
    rest >>= BigInt(count);
    end -= count;
    left -= count;
  }
}

/** `value` as the type can hold it; undefined when it can't, and should fail then. */
export function fit(
  value: bigint,
  { signed, bits }: IntegerType,
  overflow: Overflow,
): bigint | undefined {
  const wrapped = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  if (wrapped === value || overflow === "wrap") return wrapped;
  if (overflow === "fail") return undefined;
  const width = BigInt(signed ? bits - 1 : bits);
  if (value > 0n) return (1n << width) - 1n;
  return signed ? -(1n << width) : 0n;
}
