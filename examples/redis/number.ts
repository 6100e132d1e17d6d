/**
 * Numbers as Redis reads and prints them: 64-bit integers in canonical form (no spaces, no `+`, no
 * leading zeros), doubles by strtod(3) and `%.17g`. See also long-double.ts, for INCRBYFLOAT.
 */

import { DOUBLE, parseHexFloat, round } from "./binary-float.ts";
import { byteString } from "./bytes.ts";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const LONGEST_INT64 = 20;

/** An integer of up to 15 digits in canonical form, or NaN: no allocation, for the hot path. */
export function parseInteger(buffer: Uint8Array, offset: number, length: number): number {
  const negative = length > 1 && buffer[offset] === MINUS;
  let i = negative ? offset + 1 : offset;
  const end = offset + length;
  const digits = end - i;
  if (digits === 0 || digits > 15) return Number.NaN;
  if (buffer[i] === 48 && (digits > 1 || negative)) return Number.NaN;
  let value = 0;
  for (; i < end; i++) {
    const digit = (buffer[i] as number) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** Writes a safe integer in decimal; returns where its digits end. No string, for the hot path. */
export function writeInteger(buffer: Uint8Array, value: number, offset: number): number {
  let at = offset;
  if (value < 0) {
    buffer[at++] = MINUS;
    value = -value;
  }
  let end = at + 1;
  for (let power = 10; power <= value; power *= 10) end++;
  for (at = end - 1; at >= offset; at--) {
    const rest = Math.floor(value / 10);
    buffer[at] = ZERO + (value - rest * 10);
    if (rest === 0) break;
    value = rest;
  }
  return end;
}

/** A canonical integer from -2^63 to 2^63 - 1. */
export function parseInt64(text: string): bigint | undefined {
  if (text.length > 20 || !/^(?:0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value < INT64_MIN || value > INT64_MAX ? undefined : value;
}

/** Whether a string is a 64-bit integer in canonical form: it is stored as one. */
export function isInteger(buffer: Buffer, offset: number, length: number): boolean {
  if (length > LONGEST_INT64) return false;
  if (!Number.isNaN(parseInteger(buffer, offset, length))) return true;
  // More than 15 digits take a slower way, which most texts need not go.
  const last = buffer[offset + length - 1] as number;
  if (length <= 15 || last < ZERO || last > NINE) return false;
  return parseInt64(byteString(buffer, offset, length)) !== undefined;
}

/**
 * What Redis accepts of what strtod(3) accepts: the whole of the text, infinities and hex floats
 * included; no NaN, and nothing too large or too small for a double. NaN when it is not that.
 */
export function parseDouble(text: string): number {
  return parseSigned(text, inRange);
}

/** All that strtod(3) accepts, as the ends of ranges are read: spaces, nothing, any exponent. */
export function parseBound(text: string): number {
  const [digits = ""] = text.split("\0", 1);
  return digits === "" ? 0 : parseSigned(digits.replace(/^[\t-\r ]+/, ""), (value) => value);
}

type RangeCheck = (value: number, isNonZero: boolean) => number;

function parseSigned(text: string, check: RangeCheck): number {
  const magnitude = parseMagnitude(/^[+-]/.test(text) ? text.slice(1) : text, check);
  return text.startsWith("-") ? -magnitude : magnitude;
}

function parseMagnitude(text: string, check: RangeCheck): number {
  // Each part of these patterns can match in one way only, or long input would take quadratic time.
  const decimal = /^(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:e[+-]?[0-9]+)?$/i.exec(text);
  if (decimal !== null) return check(Number(text), /[1-9]/.test(decimal.slice(1).join("")));
  if (/^inf(?:inity)?$/i.test(text)) return Infinity;
  const hex = parseHexFloat(text);
  const value = hex && round(hex, DOUBLE);
  if (value === undefined) return Number.NaN;
  return check(Number(value.mantissa) * 2 ** value.exponent, hex?.mantissa !== 0n);
}

/** strtod(3) sets ERANGE for what became infinite or zero and was not. */
function inRange(value: number, isNonZero: boolean): number {
  return value === Infinity || (value === 0 && isNonZero) ? Number.NaN : value;
}

/** `%.17g`. */
export function formatDouble(value: number): string {
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (Number.isNaN(value)) return "nan";
  // Beyond 2^53 JavaScript prints zeros where C has digits.
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : value.toString();
  return generalForm(toExponential17(value));
}

/** `%.*f`, with at most 17 decimals; of a tie C takes the even digit, JavaScript the larger one. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatDouble(value);
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.${"0".repeat(decimals)}`;
  const text = (Object.is(value, -0) ? "-" : "") + value.toFixed(decimals);
  const halves = value * 2 ** (decimals + 1);
  const isTie = Number.isInteger(halves) && halves % 2 !== 0;
  if (!isTie) return text;
  const below = value.toFixed(decimals + 1).slice(0, -1);
  return /[02468]$/.test(below) ? below : text;
}

/** A score as a listpack of Redis holds it: up to 2^62 an integer has all its digits. */
export function formatPackedScore(score: number): string {
  const isInteger = Number.isInteger(score) && Math.abs(score) <= 2 ** 62;
  return isInteger ? BigInt(score).toString() : formatDouble(score);
}

/** 17 significant digits and an exponent, ties to even: JavaScript alone rounds them up. */
function toExponential17(value: number): string {
  const text = value.toExponential(16);
  if (!/5e/.test(value.toExponential(17))) return text;
  const exact = value.toExponential(MAX_DIGITS);
  const isTie = /^-?[0-9]\.[0-9]{16}50*e/.test(exact);
  if (!isTie) return text;
  const below = exact.replace(/(\.[0-9]{16})[0-9]+/, "$1");
  return /[02468]e/.test(below) ? below : text;
}

/** The most that `toExponential` gives; a tie is over after far fewer. */
const MAX_DIGITS = 100;
const PRECISION = 17;

/** `%g`: no exponent when it is small, and no zeros at the end. */
function generalForm(text: string): string {
  const [mantissa = "", power = "0"] = text.split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= PRECISION) {
    const sign = exponent < 0 ? "-" : "+";
    return `${trimZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return sign + trimZeros(`0.${"0".repeat(-exponent - 1)}${digits}`);
  return sign + trimZeros(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

function trimZeros(text: string): string {
  return text.replace(/\.?0*$/, "");
}
