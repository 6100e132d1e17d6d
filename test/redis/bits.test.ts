// Bit arithmetic, against a model that knows nothing of words: a string of zeros and ones.

import t from "tap";
import { fit, readField, writeField } from "../../examples/redis/bitfield.ts";
import {
  type BitOperation,
  bitAt,
  combine,
  countBits,
  findBit,
  invert,
} from "../../examples/redis/bits.ts";
import { Random } from "../helpers/random.ts";

const random = new Random(11);

/** Bytes that begin anywhere in a word, in runs, so that whole words are equal. */
function someBytes(): Buffer {
  const misaligned = random.below(4);
  const bytes = Buffer.alloc(random.below(300) + misaligned + 1).subarray(misaligned);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + random.below(120), bytes.length);
    bytes.fill(random.pick([0, 255, 255, 0, random.below(256)]), at, end);
    at = end + 1;
  }
  return bytes;
}

function digits(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

t.test("bits are counted and found where the model has them", async (t) => {
  const wrong: string[] = [];
  for (let round = 0; round < 2000; round++) {
    const bytes = someBytes();
    const model = digits(bytes);
    const start = random.below(model.length);
    const end = start + 1 + random.below(model.length - start);
    const part = model.slice(start, end);
    const ones = part.replaceAll("0", "").length;
    if (countBits(bytes, start, end) !== ones) wrong.push(`count ${round}`);
    for (const bit of [0, 1] as const) {
      const place = part.indexOf(String(bit));
      const expected = place < 0 ? -1 : start + place;
      if (findBit(bytes, bit, start, end) !== expected) wrong.push(`find ${bit} ${round}`);
    }
    if (String(bitAt(bytes, start)) !== model[start]) wrong.push(`bit ${round}`);
  }
  t.same(wrong, []);
});

const OPERATIONS: Record<BitOperation, (a: number, b: number) => number> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

t.test("bytes are combined with zeros behind the shorter ones", async (t) => {
  const wrong: string[] = [];
  for (let round = 0; round < 500; round++) {
    const [target, source] = [someBytes(), someBytes()].sort((a, b) => b.length - a.length);
    for (const operation of ["and", "or", "xor"] as const) {
      const expected = Buffer.from(target);
      expected.forEach((byte, i) => {
        expected[i] = OPERATIONS[operation](byte, source[i] ?? 0);
      });
      const result = Buffer.from(target);
      combine(result, operation, source);
      if (!result.equals(expected)) wrong.push(`${operation} ${round}`);
    }
    const inverted = Buffer.from(target);
    invert(inverted);
    if (inverted.some((byte, i) => byte + (target[i] as number) !== 255))
      wrong.push(`not ${round}`);
  }
  t.same(wrong, []);
});

t.test("a field is read as it was written, and its neighbours stay", async (t) => {
  const wrong: string[] = [];
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.alloc(20, random.below(256));
    const signed = random.below(2) === 1;
    const bits = 1 + random.below(signed ? 64 : 63);
    const place = random.below(bytes.length * 8 - bits);
    const pattern = digits(Buffer.from(random.letters("\0\x7f\x80\xff\x5a", 8), "latin1"));
    const value = BigInt(`0b${pattern.slice(0, bits)}`);
    const before = digits(bytes);
    writeField(bytes, place, { signed, bits }, value);
    const after = before.slice(0, place) + pattern.slice(0, bits) + before.slice(place + bits);
    if (digits(bytes) !== after) wrong.push(`write ${round}`);
    const expected = signed ? BigInt.asIntN(bits, value) : value;
    if (readField(bytes, place, { signed, bits }) !== expected) wrong.push(`read ${round}`);
  }
  t.same(wrong, []);
  t.equal(readField(Buffer.from([0xff]), 4, { signed: false, bits: 8 }), 0xf0n);
  t.equal(readField(Buffer.from([]), 1000, { signed: true, bits: 64 }), 0n);
});

t.test("what does not fit wraps, saturates or fails", async (t) => {
  const u8 = { signed: false, bits: 8 };
  const i8 = { signed: true, bits: 8 };
  const i64 = { signed: true, bits: 64 };
  t.equal(fit(255n, u8, "fail"), 255n);
  t.equal(fit(256n, u8, "fail"), undefined);
  t.equal(fit(256n, u8, "wrap"), 0n);
  t.equal(fit(300n, u8, "sat"), 255n);
  t.equal(fit(-1n, u8, "sat"), 0n);
  t.equal(fit(-1n, u8, "wrap"), 255n);
  t.equal(fit(128n, i8, "wrap"), -128n);
  t.equal(fit(128n, i8, "sat"), 127n);
  t.equal(fit(-129n, i8, "sat"), -128n);
  t.equal(fit(2n ** 63n, i64, "wrap"), -(2n ** 63n));
  t.equal(fit(2n ** 63n, i64, "sat"), 2n ** 63n - 1n);
});
