/**
 * What a group of commands is here: lines of syntax (grammar.ts). Half of a history comes from what
 * `makes` data, half from what `uses` them. A line that begins with `!` is never given mistakes,
 * since then it would wait for ever, draw lots, answer with more than memory holds, or be what only
 * newer versions know.
 */

export interface Group {
  readonly makes: readonly string[];
  readonly uses: readonly string[];
  /**
   * Whether steps of other groups come between: it `joins` them and they it, it only `hosts` them,
   * or it is `alone`.
   */
  readonly company: "joins" | "hosts" | "alone";
}
