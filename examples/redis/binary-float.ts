/**
 * Binary floating point of any width, exactly: what strtod(3) and the FPU do, done with integers.
 * Needed where JavaScript's double is not enough: for `long double`, and for C's hex floats.
 *
 * A number is mantissa × 2^exponent. See also number.ts and long-double.ts.
 */

export interface BinaryFloat {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** IEEE 754 and its relatives: every finite value is below 2^limit, a multiple of 2^smallest. */
interface FloatFormat {
  /** Bits of the mantissa. */
  readonly precision: number;
  readonly smallest: number;
  readonly limit: number;
}

export const DOUBLE: FloatFormat = { precision: 53, smallest: -1074, limit: 1024 };
/** The x87's 80-bit format, which is `long double` on x86-64. */
export const LONG_DOUBLE: FloatFormat = { precision: 64, smallest: -16445, limit: 16384 };

/** The nearest value that `format` has, ties to even; undefined when that is infinite. */
export function round(
  { mantissa, exponent }: BinaryFloat,
  format: FloatFormat,
): BinaryFloat | undefined {
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const excess = bitLength(mantissa) - format.precision;
  const dropped = Math.max(excess, format.smallest - exponent, 0);
  const rounded = shiftRight(mantissa, dropped);
  if (bitLength(rounded) + exponent + dropped > format.limit) return undefined;
  return { mantissa: rounded, exponent: exponent + dropped };
}

/** mantissa / 2^bits, to the nearest integer, ties to even. */
export function shiftRight(mantissa: bigint, bits: number): bigint {
  if (bits === 0) return mantissa;
  const down = mantissa >> BigInt(bits);
  const rest = mantissa - (down << BigInt(bits));
  const half = 1n << BigInt(bits - 1);
  if (rest > half || (rest === half && (down & 1n) === 1n)) return down + 1n;
  return down;
}

/** Enough bits of numerator / denominator (positive) for `round` to be exact. */
export function quotient(numerator: bigint, denominator: bigint): BinaryFloat {
  const wanted = bitLength(denominator) - bitLength(numerator) + LONG_DOUBLE.precision + 2;
  const shift = Math.max(wanted, 0);
  const scaled = numerator << BigInt(shift);
  const whole = scaled / denominator;
  // One bit more says that something is left over: it breaks a tie and does nothing else.
  const sticky = whole * denominator === scaled ? 0n : 1n;
  return { mantissa: (whole << 1n) | sticky, exponent: -shift - 1 };
}

function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = (value < 0n ? -value : value).toString(16);
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits.charAt(0), 16)) - 28);
}

/** More than this many digits decide nothing but a tie. */
const SIGNIFICANT_HEX_DIGITS = 32;
/** Far beyond every format; the exponents that clients send have no limit. */
const FAR_EXPONENT = 1e6;

/** `0x1.8p-3` without its sign, or undefined. */
export function parseHexFloat(text: string): BinaryFloat | undefined {
  const match = /^0x(?:([0-9a-f]+)(?:\.([0-9a-f]*))?|\.([0-9a-f]+))(?:p([+-]?[0-9]+))?$/i.exec(
    text,
  );
  if (match === null) return undefined;
  const [, whole = "", fraction = match[3] ?? "", , power = "0"] = match;
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.slice(0, SIGNIFICANT_HEX_DIGITS);
  const rest = digits.slice(SIGNIFICANT_HEX_DIGITS);
  const sticky = /[1-9a-f]/i.test(rest) ? 1n : 0n;
  const mantissa = (BigInt(`0x${kept === "" ? "0" : kept}`) << 1n) | sticky;
  const exponent = Number(power) + 4 * (rest.length - fraction.length) - 1;
  return { mantissa, exponent: Math.max(-FAR_EXPONENT, Math.min(FAR_EXPONENT, exponent)) };
}
