/**
 * HalfSipHash-1-3: 32 bits of a key, mixed with a secret that each process draws anew. Nobody can
 * choose keys that share a slot, and so make every look-up a walk through all of them.
 *
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF"; see also hash-table.ts. */

const [KEY_0, KEY_1] = crypto.getRandomValues(new Int32Array(2));

const rotl = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits));

/** The hash of a byte string: the same for the same key, in this process only. */
export function hashOf(key: string): number {
  return halfSipHash(key, KEY_0, KEY_1) >>> 0;
}

export function halfSipHash(key: string, key0: number, key1: number): number {
  let [v0, v1, v2, v3] = [key0, key1, key0 ^ 0x6c796765, key1 ^ 0x74656462];
  const mix = (word: number) => {
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v2 = (v2 + v3) | 0;
    v1 = rotl(v1, 5) ^ v0;
    v3 = rotl(v3, 8) ^ v2;
    v0 = (rotl(v0, 16) + v3) | 0;
    v2 = (v2 + v1) | 0;
    v3 = rotl(v3, 7) ^ v0;
    v1 = rotl(v1, 13) ^ v2;
    v2 = rotl(v2, 16);
    v0 ^= word;
  };
  for (let at = 0; at <= key.length; at += 4) mix(wordAt(key, at));
  v2 ^= 0xff;
  for (let round = 0; round < 3; round++) mix(0);
  return v1 ^ v3;
}

/** Four bytes. The last word, which may have fewer, ends with the lowest byte of the length. */
function wordAt(key: string, at: number): number {
  let word = at + 4 > key.length ? key.length << 24 : 0;
  for (let i = at; i < Math.min(at + 4, key.length); i++) {
    word |= key.charCodeAt(i) << (8 * (i - at));
  }
  return word;
}
