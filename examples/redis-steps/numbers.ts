/**
 * Integers and scores as Redis reads and writes them; but it reads hexadecimal scores, too.
 *
 * strtod(3), printf(3) (`%.17g`). See also ../redis/number.ts, which leaves nothing out. */

import { CommandError } from "./commands.ts";

/** A 64-bit integer; beyond 2^53 the nearest number that JavaScript has. */
export function parseInteger(arg: Buffer): number {
  const text = arg.toString("latin1");
  if (/^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) {
    return Number(text);
  }
  throw new CommandError("ERR value is not an integer or out of range");
}

/** NaN for what is no score. Of -0 the sign is lost, as in Redis's small sets. */
export function parseScore(text: string): number {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text[0] === "-" ? -Infinity : Infinity;
  const isDecimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const value = isDecimal ? Number(text) + 0 : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Seventeen digits tell every double from its neighbours; zeros at the end say nothing. */
export function formatScore(score: number): string {
  if (!Number.isFinite(score)) return score > 0 ? "inf" : "-inf";
  if (Number.isSafeInteger(score)) return `${score}`;
  const [mantissa, exponent] = score.toExponential(16).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 17) return withoutZeros(score.toPrecision(17));
  return `${withoutZeros(mantissa)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

function withoutZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
