/**
 * Sine, cosine and arcsine to the last bit, slowly: `Math` may be off by one there, and a distance
 * that is stored shows it in its last digit. The C library is wrong for one argument in a thousand.
 *
 * Numbers are sums of two doubles, 106 bits: Dekker, "A floating-point technique for extending the
 * available precision" (1971). Angles are small: a few turns at most.
 */

/** The sum of the two; the second is less than half of the first's last bit. */
type Double2 = readonly [high: number, low: number];

/** Multiplied with this, a double falls into two halves of its bits. */
const SPLIT = 2 ** 27 + 1;
const HALF_PI: Double2 = [Math.PI / 2, 6.123233995736766e-17];
/** A term that is smaller by so much changes nothing that is seen. */
const NEGLIGIBLE = 2 ** -80;

function quickSum(larger: number, smaller: number): Double2 {
  const sum = larger + smaller;
  return [sum, smaller - (sum - larger)];
}

function add(a: Double2, b: Double2): Double2 {
  const sum = a[0] + b[0];
  const part = sum - a[0];
  const rest = a[0] - (sum - part) + (b[0] - part);
  return quickSum(sum, rest + a[1] + b[1]);
}

/** a × b without any loss. */
function product(a: number, b: number): Double2 {
  const upperA = SPLIT * a - (SPLIT * a - a);
  const upperB = SPLIT * b - (SPLIT * b - b);
  const lowerA = a - upperA;
  const lowerB = b - upperB;
  const rounded = a * b;
  const rest = upperA * upperB - rounded + upperA * lowerB + lowerA * upperB + lowerA * lowerB;
  return [rounded, rest];
}

function multiply(a: Double2, b: Double2): Double2 {
  const [rounded, rest] = product(a[0], b[0]);
  return quickSum(rounded, rest + a[0] * b[1] + a[1] * b[0]);
}

function divide(a: Double2, divisor: number): Double2 {
  const quotient = a[0] / divisor;
  const [rounded, rest] = product(quotient, divisor);
  return quickSum(quotient, (a[0] - rounded - rest + a[1]) / divisor);
}

/** Taylor's series of the sine, from x, or of the cosine, from 1: every second power of x. */
function series(x: Double2, first: Double2, power: number): Double2 {
  const square = multiply(x, x);
  let term = first;
  let sum = first;
  for (let n = power + 2; Math.abs(term[0]) > Math.abs(sum[0]) * NEGLIGIBLE; n += 2) {
    term = divide(multiply(term, square), -n * (n - 1));
    sum = add(sum, term);
  }
  return sum;
}

/** The sine of an angle and so many quarters of a turn. */
function sineOf(angle: number, quarters: number): Double2 {
  const nearest = Math.round(angle / HALF_PI[0]);
  const [rounded, rest] = product(nearest, HALF_PI[0]);
  const x = add(add([angle, 0], [-rounded, -rest]), [-nearest * HALF_PI[1], 0]);
  const quadrant = (nearest + quarters) & 3;
  const sum = quadrant % 2 === 0 ? series(x, x, 1) : series(x, [1, 0], 0);
  return quadrant < 2 ? sum : [-sum[0], -sum[1]];
}

/** What distances are reckoned with: this, or `Math`. */
export type Trigonometry = Pick<Math, "sin" | "cos" | "asin">;

export const EXACT: Trigonometry = {
  sin: (angle) => sineOf(angle, 0)[0],
  cos: (angle) => sineOf(angle, 1)[0],
  /** One step of Newton's method from what `Math` says. */
  asin: (sine) => {
    const near = Math.asin(sine);
    const slope = Math.cos(near);
    const [high, low] = sineOf(near, 0);
    return Math.abs(sine) < 1 ? near + (sine - high - low) / slope : near;
  },
};
