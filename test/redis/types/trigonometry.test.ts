/** Sine, cosine and arcsine, against integers of hundreds of bits. */

import t from "tap";
import { EXACT } from "../../../examples/redis/types/trigonometry.ts";
import { Random } from "../../helpers/random.ts";

const BITS = 200;
const ONE = 1n << BigInt(BITS);

/** A double as a multiple of 2^-200. */
function fixed(value: number): bigint {
  return (BigInt(value * 2 ** 100) * ONE) >> 100n;
}

function double(value: bigint): number {
  return Number(value) / 2 ** BITS;
}

/** The sine, or from 1 the cosine, by its series. */
function series(x: bigint, first: bigint, power: number): bigint {
  let sum = first;
  let term = first;
  for (let n = power + 2; term !== 0n; n += 2) {
    term = -(term * x * x) / ONE / ONE / BigInt(n * (n - 1));
    sum += term;
  }
  return sum;
}

const sine = (x: bigint) => series(x, x, 1);
const cosine = (x: bigint) => series(x, ONE, 0);

const random = new Random(17);
/** An angle of up to half a turn, of any size, that is a multiple of 2^-80. */
const angle = () =>
  ((random.below(2 ** 31) - 2 ** 30) / 2 ** 30) * Math.PI * random.pick([1, 1e-3]);

t.test("sine and cosine are the doubles next to the true ones", async (t) => {
  const wrong: number[] = [];
  for (let i = 0; i < 500; i++) {
    const x = angle();
    if (EXACT.sin(x) !== double(sine(fixed(x)))) wrong.push(x);
    if (EXACT.cos(x) !== double(cosine(fixed(x)))) wrong.push(x);
  }
  t.same(wrong, []);
  t.equal(EXACT.sin(0), 0);
  t.equal(EXACT.cos(0), 1);
});

t.test("the arcsine is the double next to the true one", async (t) => {
  const wrong: number[] = [];
  for (let i = 0; i < 300; i++) {
    const y = random.below(2 ** 31) / 2 ** 31;
    const x = EXACT.asin(y);
    const half = fixed(2 ** (Math.floor(Math.log2(x)) - 53));
    const isNext = sine(fixed(x) - half) <= fixed(y) && fixed(y) <= sine(fixed(x) + half);
    if (y > 0 && !isNext) wrong.push(y);
  }
  t.same(wrong, []);
  t.equal(EXACT.asin(0), 0);
  t.equal(EXACT.asin(1), Math.PI / 2);
});
