/** What people get wrong: an argument too few or too many, in the wrong place, or a strange one. */

import fc from "fast-check";
import type { Words } from "./grammar.ts";
import { kind } from "./kinds.ts";

type Mistake = (words: Words, at: number, junk: string) => Words;

const NONE: Mistake = (words) => words;

const MISTAKES: readonly Mistake[] = [
  (words, at) => words.toSpliced(at, 1),
  (words, at) => words.toSpliced(at, 0, words[at] as string),
  (words, at, junk) => words.toSpliced(at, 1, junk),
  (words, at, junk) => words.toSpliced(at, 0, junk),
  (words, _at, junk) => [...words, junk],
  (words, at) => words.with(at, words[words.length - 1] as string).with(-1, words[at] as string),
  (words, at) => words.with(at, (words[at] as string).toUpperCase()),
  (words, at) => words.slice(0, at),
];

const anyMistake = fc.oneof(
  { weight: 7, arbitrary: fc.constant(NONE) },
  { weight: 1, arbitrary: fc.constantFrom(...MISTAKES) },
);

/** Of two servers one may think sooner than the other that a millisecond is over: both wait. */
const PAUSE: Words = ["debug", "sleep", "0.004"];

function isSoonOver(words: Words): boolean {
  const hasOne = (pattern: RegExp) => words.some((word) => pattern.test(word));
  return hasOne(/^(px|psetex|pexpire|hpexpire)$/i) && hasOne(/^[1-4]$/);
}

/** One command in eight with a mistake; the name of the command stays. */
export function withMistakes(commands: fc.Arbitrary<Words[]>): fc.Arbitrary<Words[]> {
  return fc
    .tuple(commands, anyMistake, fc.nat(20), kind("junk"))
    .map(([all, mistake, place, [junk = ""]]) => {
      const [first = [], ...rest] = all;
      if (first.length < 2) return mistake === NONE ? all : [[...first, junk], ...rest];
      return [mistake(first, 1 + (place % (first.length - 1)), junk), ...rest];
    })
    .map((all) => all.flatMap((words) => (isSoonOver(words) ? [words, PAUSE] : [words])));
}
