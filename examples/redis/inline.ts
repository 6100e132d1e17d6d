/**
 * Splits an inline command into words, as the redis-cli prompt and the configuration file do:
 * "double quotes" with \n \r \t \b \a \xFF escapes, 'single quotes' with \' alone.
 */

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };
const SPACE = /[ \t\n\v\f\r\0]/;
/** Ends a word; the rarer spaces only separate words, and are bytes like any other within one. */
const WORD_END = /[ \t\n\r\0]/;
const HEX_ESCAPE = /^\\x([0-9a-fA-F]{2})/;

/** The words of `line` (a byte string), or undefined when its quotes are unbalanced. */
export function splitInline(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && SPACE.test(line.charAt(at))) at++;
    if (at >= line.length) return words;
    const word = readWord(line, at);
    if (word === undefined) return undefined;
    words.push(word.text);
    at = word.end;
  }
}

interface Word {
  text: string;
  end: number;
}

function readWord(line: string, start: number): Word | undefined {
  let text = "";
  let at = start;
  while (at < line.length && !WORD_END.test(line.charAt(at))) {
    const char = line.charAt(at);
    if (char !== '"' && char !== "'") {
      text += char;
      at++;
      continue;
    }
    const quoted = char === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1);
    // A closing quote ends the word: `"a"b` is as unbalanced as `"a`.
    if (quoted === undefined) return undefined;
    if (quoted.end < line.length && !SPACE.test(line.charAt(quoted.end))) return undefined;
    return { text: text + quoted.text, end: quoted.end };
  }
  return { text, end: at };
}

function readDoubleQuoted(line: string, start: number): Word | undefined {
  let text = "";
  for (let at = start; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === '"') return { text, end: at + 1 };
    if (char !== "\\" || at + 1 >= line.length) {
      text += char;
      continue;
    }
    const hex = HEX_ESCAPE.exec(line.slice(at, at + 4));
    if (hex) {
      text += String.fromCharCode(Number.parseInt(hex[1] as string, 16));
      at += 3;
    } else {
      const escaped = line.charAt(++at);
      text += ESCAPES[escaped] ?? escaped;
    }
  }
  return undefined;
}

function readSingleQuoted(line: string, start: number): Word | undefined {
  let text = "";
  for (let at = start; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === "'") return { text, end: at + 1 };
    if (char === "\\" && line.charAt(at + 1) === "'") {
      text += "'";
      at++;
    } else {
      text += char;
    }
  }
  return undefined;
}
