/**
 * MurmurHash64A, by Austin Appleby: 64 bits in two halves of 32, because a BigInt for each of them
 * would cost more than the hash. https://github.com/aappleby/smhasher
 *
 * It scatters well and keeps nobody out: who knows the seed can make collisions.
 */

// The multiplier 0xc6a4a7935bd1e995 in halves, and its lower half in quarters.
const M_HIGH = 0xc6a4a793 | 0;
const M_LOW = 0x5bd1e995;
const M_1 = M_LOW >>> 16;
const M_0 = M_LOW & 0xffff;
/** The hash is folded by shifts of 47, which bring 15 bits fewer than a half down. */
const FOLD = 47 - 32;

export class Murmur64 {
  /** The two halves of the last hash, as int32. */
  low = 0;
  high = 0;

  hash(bytes: Uint8Array, offset: number, length: number, seed: number): void {
    this.low = length | 0;
    this.high = 0;
    this.multiply();
    this.low ^= seed;
    const rest = length % 8;
    const end = offset + length - rest;
    for (let at = offset; at < end; at += 8) this.mix(word(bytes, at), word(bytes, at + 4));
    if (rest > 0) {
      for (let i = Math.min(rest, 4) - 1; i >= 0; i--) {
        this.low ^= (bytes[end + i] as number) << (8 * i);
      }
      for (let i = rest - 1; i >= 4; i--) this.high ^= (bytes[end + i] as number) << (8 * (i - 4));
      this.multiply();
    }
    this.fold();
    this.multiply();
    this.fold();
  }

  private mix(low: number, high: number): void {
    const { low: oldLow, high: oldHigh } = this;
    this.low = low;
    this.high = high;
    this.multiply();
    this.fold();
    this.multiply();
    this.low ^= oldLow;
    this.high ^= oldHigh;
    this.multiply();
  }

  private fold(): void {
    this.low ^= this.high >>> FOLD;
  }

  /** By M, modulo 2^64. */
  private multiply(): void {
    const { low, high } = this;
    const low1 = low >>> 16;
    const low0 = low & 0xffff;
    // The upper half of low × M_LOW from four products of 16 bits; no sum exceeds 32 bits.
    const right = low1 * M_0 + ((low0 * M_0) >>> 16);
    const left = low0 * M_1 + (right & 0xffff);
    const carry = low1 * M_1 + (right >>> 16) + (left >>> 16);
    this.high = (carry + Math.imul(low, M_HIGH) + Math.imul(high, M_LOW)) | 0;
    this.low = Math.imul(low, M_LOW);
  }
}

/** 32 bits, the lowest byte first. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
