/** Rules as words: a selector in parentheses is one rule, however many words it came in. */

export interface MergedRules {
  readonly rules: readonly string[];
  /** The index of a word whose parenthesis is never closed. */
  readonly unmatched: number | undefined;
}

/** `+get (~a* +set)`: the last two of these three words become one rule. */
export function mergeSelectors(words: readonly string[]): MergedRules {
  const rules: string[] = [];
  let open: string | undefined;
  let openedAt: number | undefined;
  for (const [i, word] of words.entries()) {
    if (open === undefined && word.startsWith("(") && !word.endsWith(")")) {
      open = word;
      openedAt = i;
    } else if (open === undefined) {
      rules.push(word);
    } else {
      open = `${open} ${word}`;
      if (!word.endsWith(")")) continue;
      rules.push(open);
      open = undefined;
      openedAt = undefined;
    }
  }
  return { rules, unmatched: openedAt };
}
