/**
 * The syntax of a command, as its documentation writes it, made into an arbitrary of fast-check
 * that gives such commands:
 *
 *   set <key> <value> { [nx | xx] [get] [ex <seconds> | keepttl] }
 *
 * `<kind>` is an argument (kinds.ts), `[ ]` may be left out, `|` parts alternatives, `( )` groups,
 * `...` repeats what is before it, `{ }` is in any order; `;` joins commands that stay together.
 */

import fc from "fast-check";
import { kind } from "./kinds.ts";

/** The words of a command, byte strings. */
export type Words = readonly string[];
export type AnyWords = fc.Arbitrary<Words>;

const TOKEN = /\s*(<\w+>|\.\.\.|[[\](){}|;]|[^\s[\](){}|;<]+?(?=\.\.\.|[\s[\](){}|;<]|$))/gy;
const NOTHING: AnyWords = fc.constant([]);
const MOST_REPEATS = 4;

/** A line of syntax: commands that are sent behind each other. */
export function commandsOf(syntax: string): fc.Arbitrary<Words[]> {
  const tokens = [...syntax.matchAll(TOKEN)].map((match) => match[1] as string);
  const commands: AnyWords[] = [];
  while (tokens.length > 0) {
    commands.push(joined(items(tokens)));
    const end = tokens.shift();
    if (end !== undefined && end !== ";") throw new Error(`stray ${end} in: ${syntax}`);
  }
  return fc.tuple(...commands);
}

function joined(parts: readonly AnyWords[]): AnyWords {
  return fc.tuple(...parts).map((words) => words.flat());
}

function items(tokens: string[]): AnyWords[] {
  const parts: AnyWords[] = [];
  while (tokens.length > 0 && !/^[\])}|;]$/.test(tokens[0] as string)) {
    const part = atom(tokens);
    parts.push(tokens[0] === "..." ? repeated(part) : part);
    if (tokens[0] === "...") tokens.shift();
  }
  return parts;
}

function repeated(part: AnyWords): AnyWords {
  return fc.array(part, { minLength: 1, maxLength: MOST_REPEATS }).map((words) => words.flat());
}

function atom(tokens: string[]): AnyWords {
  const token = tokens.shift() as string;
  if (token.startsWith("<")) return kind(token.slice(1, -1));
  if (token === "(") return alternatives(tokens, ")");
  if (token === "[") return fc.oneof(NOTHING, alternatives(tokens, "]"));
  if (token === "{") return shuffled(closed(items(tokens), tokens, "}"));
  return fc.constant([token]);
}

function alternatives(tokens: string[], end: string): AnyWords {
  const choices = [joined(items(tokens))];
  while (tokens[0] === "|") {
    tokens.shift();
    choices.push(joined(items(tokens)));
  }
  return fc.oneof(...closed(choices, tokens, end));
}

function closed<T>(value: T, tokens: string[], end: string): T {
  const found = tokens.shift();
  if (found !== end) throw new Error(`${end} expected, not ${found}`);
  return value;
}

function shuffled(parts: readonly AnyWords[]): AnyWords {
  const indexes = parts.map((_part, i) => i);
  const all = { minLength: parts.length, maxLength: parts.length };
  return fc
    .tuple(fc.tuple(...parts), fc.shuffledSubarray(indexes, all))
    .map(([words, order]) => order.flatMap((i) => words[i] as Words));
}
