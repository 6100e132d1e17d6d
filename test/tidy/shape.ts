/** The shape of files and functions: how long, how wide, and without what. */

import ts from "typescript";
import { type Finding, lineOf, type SourceText } from "./finding.ts";

const MAX_COLUMNS = 100;
const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 600;

export function checkSize(files: readonly SourceText[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    const lines = text.split("\n");
    if (lines.length - 1 > MAX_FILE_LINES) {
      findings.push({ path, line: 1, rule: "file-length", what: `${lines.length - 1} lines` });
    }
    for (const [i, line] of lines.entries()) {
      const columns = [...line].length;
      if (columns <= MAX_COLUMNS) continue;
      findings.push({ path, line: i + 1, rule: "columns", what: `${columns} columns` });
    }
  }
  return findings;
}

/**
 * Functions, methods and arrow functions of TypeScript; functions at the outermost level of C++.
 */
export function checkFunctions(files: readonly SourceText[]): Finding[] {
  return files.flatMap((file) => {
    return /\.(ts|cjs)$/.test(file.path) ? longFunctions(file) : longBlocks(file);
  });
}

function longFunctions({ path, text }: SourceText): Finding[] {
  const findings: Finding[] = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const length = source.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
      if (length > MAX_FUNCTION_LINES) {
        findings.push({ path, line: first + 1, rule: "function-length", what: `${length} lines` });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

/** A C++ function begins in the first column, ends its line with `{`, and ends with a `}` there. */
function longBlocks({ path, text }: SourceText): Finding[] {
  const findings: Finding[] = [];
  let begin = 0;
  for (const [i, line] of text.split("\n").entries()) {
    if (/^[\w~].*\)[^;]*\{$/.test(line)) begin = i + 1;
    if (line !== "}" || begin === 0) continue;
    const length = i + 2 - begin;
    if (length > MAX_FUNCTION_LINES) {
      findings.push({ path, line: begin, rule: "function-length", what: `${length} lines` });
    }
    begin = 0;
  }
  return findings;
}

// Put together here, so that this file does not contain them.
const UNFINISHED = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`, "g");

export function checkUnfinished(files: readonly SourceText[]): Finding[] {
  return files.flatMap(({ path, text }) => {
    return [...text.matchAll(UNFINISHED)].map((match) => {
      return { path, line: lineOf(text, match.index), rule: "unfinished", what: match[0] };
    });
  });
}

/** A comment that is a statement: it ends as code does and is no sentence. */
const CODE_COMMENT = new RegExp(
  `^\\s*//\\s*(?:${[
    "(?:const|let|var|return|if|for|while|import|export|await|throw)\\b.*[;{]",
    "\\w[\\w.]*\\(.*\\);",
    "\\}",
    "[\\w.[\\]]+ = .*;",
  ].join("|")})\\s*$`,
  "gm",
);

export function checkDeadCode(files: readonly SourceText[]): Finding[] {
  return files.flatMap(({ path, text }) => {
    return [...text.matchAll(CODE_COMMENT)].map((match) => {
      const line = lineOf(text, match.index + match[0].search(/\S/));
      return { path, line, rule: "dead-code", what: match[0].trim() };
    });
  });
}

export function checkDefaultExports(files: readonly SourceText[]): Finding[] {
  return files.flatMap(({ path, text }) => {
    return [...text.matchAll(/^export default\b/gm)].map((match) => {
      return { path, line: lineOf(text, match.index), rule: "default-export", what: "name it" };
    });
  });
}
