/**
 * C's `long double` of x86-64, in which INCRBYFLOAT and HINCRBYFLOAT reckon, so that 0.1 + 0.2 is
 * 0.3 here as it is there. Reading is strtold(3), printing `%.17Lf` without the zeros at its end.
 */

import {
  type BinaryFloat,
  LONG_DOUBLE,
  parseHexFloat,
  quotient,
  round,
  shiftRight,
} from "./binary-float.ts";

/** Longer text is no number (MAX_LONG_DOUBLE_CHARS). */
export const LONGEST_LONG_DOUBLE = 5 * 1024 - 1;
/** Powers of ten this large are beyond the format, whatever stands before them. */
const FAR_EXPONENT = 5000;
const FRACTION_DIGITS = 17;

export type LongDouble = BinaryFloat;

/** What `inf` reads as; nothing can be added to it. */
export const INFINITE: LongDouble = { mantissa: 1n, exponent: LONG_DOUBLE.limit };

/** The value of a byte string, or undefined when it is not a number or out of range. */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length > LONGEST_LONG_DOUBLE) return undefined;
  const magnitude = text.replace(/^[+-]/, "");
  if (/^inf(?:inity)?$/i.test(magnitude)) return INFINITE;
  const exact = parseHexFloat(magnitude) ?? parseDecimal(magnitude);
  const value = exact && round(exact, LONG_DOUBLE);
  if (value === undefined) return undefined;
  // strtold(3) reports an underflow, and Redis does not take that for a zero.
  if (value.mantissa === 0n && exact?.mantissa !== 0n) return undefined;
  return text.startsWith("-") ? { ...value, mantissa: -value.mantissa } : value;
}

function parseDecimal(text: string): BinaryFloat | undefined {
  const match = /^(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:e([+-]?[0-9]+))?$/i.exec(text);
  if (match === null) return undefined;
  const [, whole = "", fraction = match[3] ?? "", , power = "0"] = match;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return { mantissa: 0n, exponent: 0 };
  const exponent = Number(power) - fraction.length;
  const magnitude = exponent + digits.length;
  if (Math.abs(magnitude) > FAR_EXPONENT) return undefined;
  const mantissa = BigInt(digits);
  if (exponent < 0) return quotient(mantissa, 10n ** BigInt(-exponent));
  return { mantissa: mantissa * 10n ** BigInt(exponent), exponent: 0 };
}

/** The sum, rounded as the FPU rounds it, or undefined when it is not finite. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (a === INFINITE || b === INFINITE) return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const aligned = (x: LongDouble) => x.mantissa << BigInt(x.exponent - exponent);
  return round({ mantissa: aligned(a) + aligned(b), exponent }, LONG_DOUBLE);
}

export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const scaled = magnitude * 10n ** BigInt(FRACTION_DIGITS);
  const units = exponent < 0 ? shiftRight(scaled, -exponent) : scaled << BigInt(exponent);
  const digits = units.toString().padStart(FRACTION_DIGITS + 1, "0");
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, "");
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return mantissa < 0n && text !== "0" ? `-${text}` : text;
}
