/**
 * HalfSipHash-1-3 of a key's bytes: 32 bits, keyed with the system's randomness, so that nobody can
 * choose keys that collide. The half variant works on 32-bit words, which is what JavaScript's
 * bitwise operators are; the full one would need BigInt.
 *
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF"
 */

import { randomBytes } from "node:crypto";

const seed = randomBytes(8);
const KEY_0 = seed.readInt32LE(0);
const KEY_1 = seed.readInt32LE(4);

/** A 32-bit integer, with its sign, that is the same for the same bytes in this process only. */
export function hashBytes(bytes: Uint8Array, offset: number, length: number): number {
  return halfSipHash(bytes, offset, length, KEY_0, KEY_1);
}

export function halfSipHash(
  bytes: Uint8Array,
  offset: number,
  length: number,
  key0: number,
  key1: number,
): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = 0x6c796765 ^ key0;
  let v3 = 0x74656462 ^ key1;
  const words = length >> 2;
  let at = offset;
  // The whole words, one round each, then the last bytes with the length, then three more rounds.
  for (let i = 0; i < words + 4; i++) {
    let word = 0;
    if (i < words) {
      word = readWord(bytes, at);
      at += 4;
    } else if (i === words) {
      word = readTail(bytes, at, length);
    } else if (i === words + 1) {
      v2 ^= 0xff;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}

function readWord(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** The one to three bytes that fill no word, under the length's lowest byte. */
function readTail(bytes: Uint8Array, at: number, length: number): number {
  let word = length << 24;
  for (let i = (length & 3) - 1; i >= 0; i--) word |= (bytes[at + i] as number) << (i * 8);
  return word;
}
