/**
 * Glob patterns over byte strings, as KEYS, SCAN and CONFIG GET take them: `*`, `?`, `[a-z]`,
 * `[^a-z]`, `\x`. Like glob(7), with Redis's answers where a pattern is malformed.
 *
 * No recursion and no memory: after a mismatch only the last `*` takes one byte more, so the cost
 * is at most pattern × text, whatever a client sends.
 */

const STAR = 42;
const DASH = 45;
const QUESTION_MARK = 63;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const CARET = 94;

const MISMATCH = -1;

export class Glob {
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  matches(text: string): boolean {
    const { pattern } = this;
    // To Redis nothing but an empty pattern matches an empty text, not even a star.
    if (text.length === 0) return pattern.length === 0;
    let at = 0;
    let element = 0;
    let afterStar = MISMATCH;
    let starEnd = 0;
    while (at < text.length) {
      if (pattern.charCodeAt(element) === STAR) {
        afterStar = ++element;
        starEnd = at;
        continue;
      }
      const next = accept(pattern, element, text.charCodeAt(at));
      if (next !== MISMATCH) {
        element = next;
        at++;
      } else if (afterStar !== MISMATCH) {
        element = afterStar;
        at = ++starEnd;
      } else {
        return false;
      }
    }
    while (pattern.charCodeAt(element) === STAR) element++;
    return element === pattern.length;
  }
}

/** Where the pattern goes on after the element at `at` when that accepts `byte`. */
function accept(pattern: string, at: number, byte: number): number {
  if (at >= pattern.length) return MISMATCH;
  const char = pattern.charCodeAt(at);
  if (char === QUESTION_MARK) return at + 1;
  if (char === OPEN_BRACKET) return acceptClass(pattern, at + 1, byte);
  const literal = char === BACKSLASH && at + 1 < pattern.length ? at + 1 : at;
  return pattern.charCodeAt(literal) === byte ? literal + 1 : MISMATCH;
}

/** The same for the class whose `[` is before `at`; without a `]` it goes to the pattern's end. */
function acceptClass(pattern: string, at: number, byte: number): number {
  const isNegated = pattern.charCodeAt(at) === CARET;
  let i = isNegated ? at + 1 : at;
  let isMember = false;
  for (; i < pattern.length && pattern.charCodeAt(i) !== CLOSE_BRACKET; i++) {
    const char = pattern.charCodeAt(i);
    if (char === BACKSLASH && i + 1 < pattern.length) {
      i++;
      isMember ||= pattern.charCodeAt(i) === byte;
    } else if (pattern.charCodeAt(i + 1) === DASH && i + 2 < pattern.length) {
      isMember ||= isBetween(char, pattern.charCodeAt(i + 2), byte);
      i += 2;
    } else {
      isMember ||= char === byte;
    }
  }
  return isMember === isNegated ? MISMATCH : Math.min(i + 1, pattern.length);
}

/** A range may be given from either end. */
function isBetween(end: number, otherEnd: number, byte: number): boolean {
  const [a, b, c] = [signed(end), signed(otherEnd), signed(byte)];
  return (a <= c && c <= b) || (b <= c && c <= a);
}

/** A `char` has a sign on x86-64: in a range, bytes from 0x80 on come before the others. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}
