/** What a rule of style looks at, and what it says. */

export interface SourceText {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly what: string;
}

export function format({ path, line, rule, what }: Finding): string {
  return `${path}:${line}: ${rule}: ${what}`;
}

/** The line, from 1, of the character at `index`. */
export function lineOf(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
