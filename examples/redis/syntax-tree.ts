/**
 * A line of syntax as the tree that COMMAND DOCS tells: redis-cli and others show it while somebody
 * types. https://redis.io/docs/latest/develop/reference/command-arguments/
 *
 * See also syntax.ts, where the lines are and what they mean.
 */

import { SYNTAX } from "./syntax.ts";

export interface Argument {
  readonly name: string;
  readonly type: string;
  readonly keySpec: number | undefined;
  readonly token: string | undefined;
  readonly flags: readonly string[];
  /** Of a `oneof` or a `block`. */
  readonly parts: readonly Argument[];
}

const TYPES: Record<string, string> = {
  int: "integer",
  double: "double",
  pattern: "pattern",
  time: "unix-time",
  string: "string",
};

const trees = new Map<string, readonly Argument[]>();

/** The arguments of a command; none when it has none, or nobody wrote them down. */
export function argumentsOf(command: string): readonly Argument[] {
  let tree = trees.get(command);
  if (tree === undefined) {
    tree = new Parser(SYNTAX.get(command) ?? "").sequence();
    trees.set(command, tree);
  }
  return tree;
}

const LEXEME = /\s*('[^']*'|[\w.:/-]+(?:@\d+)?(?::\w+)?|\+\+|[+()[\]|=])/y;

class Parser {
  private readonly lexemes: string[] = [];
  private at = 0;

  constructor(text: string) {
    LEXEME.lastIndex = 0;
    for (let match = LEXEME.exec(text); match !== null; match = LEXEME.exec(text)) {
      this.lexemes.push(match[1] as string);
    }
  }

  private get next(): string | undefined {
    return this.lexemes[this.at];
  }

  /** Whether `lexeme` is next; then it is used up. */
  private takes(lexeme: string): boolean {
    if (this.next !== lexeme) return false;
    this.at++;
    return true;
  }

  sequence(): Argument[] {
    const found: Argument[] = [];
    while (this.next !== undefined && !/^[)\]|]$/.test(this.next)) found.push(this.argument());
    return found;
  }

  private argument(): Argument {
    if (!this.takes("[")) return this.required();
    const argument = this.required();
    this.at++;
    return { ...argument, flags: ["optional", ...argument.flags] };
  }

  private required(): Argument {
    const argument = this.item();
    if (this.takes("++")) return { ...argument, flags: ["multiple", "multiple_token"] };
    return this.takes("+") ? { ...argument, flags: ["multiple"] } : argument;
  }

  private item(): Argument {
    const word = this.lexemes[this.at++] as string;
    if (!this.takes("="))
      return isToken(word) ? pureToken(word.toLowerCase(), word) : this.named(word);
    const other = this.lexemes[this.at++] as string;
    if (!isToken(word)) return pureToken(word, other);
    return { ...this.named(other), token: unquoted(word) };
  }

  private named(word: string): Argument {
    const [, name = "", spec, type = "string"] =
      /^(.*?)(?:@(\d+))?(?::(int|double|pattern|time|string))?$/.exec(word) ?? [];
    const keySpec = spec === undefined ? undefined : Number(spec);
    const isKey = keySpec !== undefined && !word.includes(":");
    const plain = { name, keySpec, token: undefined, flags: [], parts: [] };
    if (!this.takes("(")) return { ...plain, type: isKey ? "key" : (TYPES[type] as string) };
    const parts = this.sequence();
    const isChoice = this.next === "|";
    while (this.takes("|")) parts.push(...this.sequence());
    this.at++;
    return { ...plain, type: isChoice ? "oneof" : "block", parts };
  }
}

/** In capitals, or in quotes where it is no word. */
function isToken(lexeme: string): boolean {
  return /^(?:'|[A-Z][A-Z0-9.-]*$)/.test(lexeme);
}

function unquoted(lexeme: string): string {
  return lexeme.replaceAll("'", "");
}

function pureToken(name: string, token: string): Argument {
  const fields = { keySpec: undefined, flags: [], parts: [] };
  return { name, type: "pure-token", token: unquoted(token), ...fields };
}
