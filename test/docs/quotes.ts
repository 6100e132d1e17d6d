/** What a fence quotes: a file, behind its language, and what of it. */

import { readFileSync } from "node:fs";
import ts from "typescript";
import { twoColumns } from "./columns.ts";
import type { Fence } from "./fences.ts";

export const ROOT = new URL("../../", import.meta.url);

/**
 * The text that the fence should have; undefined when it quotes no file.
 *
 *   ts lib/loop.ts Loop.pause          declarations by name; a member of a class behind its dot
 *   ts examples/01-server.ts program   what stands between the imports and the first function
 *   ts examples/a.ts NAME              the lines between `// region NAME` and `// endregion`
 *   text test/a.txt accept,read        lines that begin with the name of one of these calls
 *   ts examples/a.ts excerpt           some lines in their order, without indents and remarks
 *   text test/a.txt                    all of it
 *   text test/a.txt beside test/b.txt  the calls of two programs, in two columns
 */
export function quoted({ info, text }: Fence): string | undefined {
  const [, path, ...what] = info.split(/\s+/);
  if (path === undefined || !path.includes("/")) return undefined;
  const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
  const file = read(path);
  if (what[0] === "beside") return twoColumns(text, file, read(what[1] as string));
  if (what[0] === "excerpt") return excerpt(path, file, text);
  if (what.length === 0) return file;
  if (!path.endsWith(".ts")) return linesOfCalls(file, (what[0] as string).split(","));
  return what.map((name) => region(path, file, name)).join("\n");
}

function region(path: string, file: string, name: string): string {
  const marked = new RegExp(`^ *// region ${name}\\n([\\s\\S]*?)^ *// endregion$`, "m").exec(file);
  const found =
    marked?.[1] ?? (name === "program" ? program(path, file) : declaration(path, file, name));
  if (found === undefined) throw new Error(`${path} has no ${name}`);
  return `${outdented(found.replace(/^\n+|\s+$/g, ""))}\n`;
}

/** What stands between the imports and the first function. */
function program(path: string, file: string): string {
  const source = ts.createSourceFile(path, file, ts.ScriptTarget.Latest, true);
  const statements = source.statements.filter((statement) => !ts.isImportDeclaration(statement));
  const end = statements.find(ts.isFunctionDeclaration)?.getFullStart() ?? file.length;
  return file.slice(statements[0]?.getStart() ?? 0, end);
}

function declaration(path: string, file: string, name: string): string | undefined {
  const source = ts.createSourceFile(path, file, ts.ScriptTarget.Latest, true);
  const [outer, member] = name.split(".");
  const node = source.statements.find((statement) => namesOf(statement).includes(outer as string));
  if (node === undefined || member === undefined) return node && whole(file, node);
  if (!ts.isClassDeclaration(node)) return undefined;
  const found = node.members.find((each) => each.name?.getText() === member);
  return found && whole(file, found);
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((each) => each.name.getText());
  }
  const { name } = statement as { name?: ts.Node };
  return name === undefined ? [] : [name.getText()];
}

/** A node with the comment that belongs to it, from the beginning of its line. */
function whole(file: string, node: ts.Node): string {
  const start = node.getStart(undefined, true);
  return file.slice(file.lastIndexOf("\n", start) + 1, node.getEnd());
}

function outdented(text: string): string {
  const indent = /^ */.exec(text)?.[0].length ?? 0;
  return text.replace(new RegExp(`^ {${indent}}`, "gm"), "");
}

function linesOfCalls(file: string, calls: readonly string[]): string {
  const lines = file.split("\n").filter((line) => calls.includes(line.split("(")[0] as string));
  return `${lines.join("\n")}\n`;
}

/** The text itself if its lines stand in the file in this order, or else as far as they do. */
function excerpt(path: string, file: string, text: string): string {
  const there = file.split("\n").map((line) => line.trim());
  const isThere = (line: string) => (each: string) =>
    each === line || each.startsWith(`${line} //`);
  let from = 0;
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "" || line === "…") continue;
    const next = there.slice(from).findIndex(isThere(line));
    from = next < 0 ? 0 : from + next + 1;
    if (from === 0) throw new Error(`${path} has no line ${JSON.stringify(line)} there`);
  }
  return text;
}
