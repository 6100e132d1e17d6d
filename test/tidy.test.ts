// The style of the house as a test: floors, sizes, nothing unfinished, nothing unused.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";
import { type Finding, format, type SourceText } from "./tidy/finding.ts";
import { checkImports, checkIncludes } from "./tidy/imports.ts";
import {
  checkDeadCode,
  checkDefaultExports,
  checkFunctions,
  checkSize,
  checkUnfinished,
} from "./tidy/shape.ts";
import { checkBuilds, checkUnusedExports, checkUnusedFiles } from "./tidy/use.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["lib", "examples", "bench", "native", "scripts", "test"];

function read(path: string): SourceText {
  return { path, text: readFileSync(`${ROOT}/${path}`, "utf8") };
}

function readAll(folder: string, ending: RegExp): SourceText[] {
  const entries = readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: "utf8" });
  return entries.filter((path) => ending.test(path)).map((path) => read(`${folder}/${path}`));
}

const files = FOLDERS.flatMap((folder) => readAll(folder, /\.(ts|cjs|cc|h)$/));
const builds = [read("binding.gyp"), read("CMakeLists.txt")];

const RULES: Record<string, () => Finding[]> = {
  "imports go down, never up": () => checkImports(files),
  "C++ files include call.h and the system's headers": () => checkIncludes(files),
  "files and lines are not too long": () => checkSize(files),
  "a function fits a screen": () => checkFunctions(files),
  "nothing is left unfinished": () => checkUnfinished(files),
  "no code is commented out": () => checkDeadCode(files),
  "nothing is exported without a name": () => checkDefaultExports(files),
  "every file is used": () => checkUnusedFiles(files),
  "every export is used": () => checkUnusedExports(files),
  "both builds compile the same sources": () => checkBuilds(files, builds),
};

for (const [name, rule] of Object.entries(RULES)) {
  t.test(name, async (t) => {
    t.same(rule().map(format), []);
  });
}

/** What a rule finds in one file of this text. */
function rulesFound(
  check: (files: SourceText[]) => Finding[],
  path: string,
  text: string,
): string[] {
  return check([{ path, text }]).map(format);
}

t.test("each rule finds what it is for", async (t) => {
  const lines = (count: number) => "\n".repeat(count);
  t.same(rulesFound(checkImports, "lib/sys/a.ts", 'import { b } from "./b.ts";'), [
    "lib/sys/a.ts:1: imports: must not import lib/sys/b.ts",
  ]);
  t.same(rulesFound(checkImports, "examples/x.ts", '\nimport {\n  a,\n} from "node:net";'), [
    "examples/x.ts:4: imports: must not import node:net",
  ]);
  t.same(rulesFound(checkImports, "examples/redis/commands/a.ts", 'import "fdkit";').length, 1);
  t.same(rulesFound(checkImports, "examples/01-a.ts", 'import { a } from "fdkit";'), []);
  t.same(rulesFound(checkIncludes, "native/a.cc", '#include "b.h"\n#include "call.h"').length, 1);
  t.same(rulesFound(checkSize, "a.ts", `${"x".repeat(101)}\n`), ["a.ts:1: columns: 101 columns"]);
  t.same(rulesFound(checkSize, "a.ts", lines(601)), ["a.ts:1: file-length: 601 lines"]);
  t.same(rulesFound(checkFunctions, "a.ts", `\nfunction f() {${lines(70)}}`), [
    "a.ts:2: function-length: 71 lines",
  ]);
  t.same(rulesFound(checkFunctions, "a.ts", `const f = () => {${lines(69)}}`), []);
  t.same(rulesFound(checkFunctions, "a.cc", `int f(int a) {${lines(70)}}\n`).length, 1);
  t.same(rulesFound(checkUnfinished, "a.ts", `// TO${"DO"}: more`).length, 1);
  t.same(rulesFound(checkDeadCode, "a.ts", "  // const a = f(1);").length, 1);
  t.same(rulesFound(checkDeadCode, "a.ts", "  // f(1) is called; see f(2).\n// Return it."), []);
  t.same(rulesFound(checkDefaultExports, "a.ts", "export default 1;").length, 1);
});

t.test("the rules about use find what is not used", async (t) => {
  const a = { path: "lib/a.ts", text: 'import { b } from "./b.ts";\nexport const a = b;' };
  const b = { path: "lib/b.ts", text: "export const b = 1;\nexport const lonely = 2;" };
  t.same(checkUnusedFiles([a, b]).map(format), ["lib/a.ts:1: unused-file: nothing imports it"]);
  t.match(checkUnusedExports([a, b]).map(format).join(), "lib/b.ts:2: unused-export: lonely");
  const sources = [{ path: "native/a.cc", text: "" }];
  const build = { path: "binding.gyp", text: '"native/b.cc"' };
  t.same(
    checkBuilds(sources, [build]).map(({ what }) => what),
    ["lacks native/a.cc", "native/b.cc is not there"],
  );
});

t.test("links and anchors of documents are checked", async (t) => {
  const text = [
    "# One\n\n[a](README.md#use-it) [b](#one) [c](docs/decisions)",
    "[a](nowhere.md)\n\n[b](README.md#nowhere)\n\n[c](#nowhere)\n\n<a href='x'>d</a>\n",
  ].join("\n\n");
  const args = ["node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs", "--no-globs", "-"];
  const { NODE_OPTIONS, ...env } = process.env;
  const options = { cwd: ROOT, env, input: text, encoding: "utf8" } as const;
  const { stderr } = spawnSync(process.execPath, args, options);
  const found = [...stderr.matchAll(/^stdin:(\d+)\S* error ([\w-]+)/gm)];
  t.same(found.map(([, line, rule]) => `${line} ${rule}`).sort(), [
    "11 MD033",
    "5 relative-links",
    "7 relative-links",
    "9 MD051",
  ]);
});
