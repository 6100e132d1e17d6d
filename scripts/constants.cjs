// Writes lib/constants/*.ts, one from each list of names in native/constants-*.h:
//   node scripts/constants.cjs [--check]
//
// A list has one section for each man page, and so has what is made of it. With --check nothing is
// written: the exit code tells whether the files are as they would be.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const WIDTH = 100;

/** Second names of errnos, which are not in the list: it is the table of their texts as well. */
const ALIASES = { errno: ["EWOULDBLOCK", "ENOTSUP"] };

/** The head of a list without its last sentence, and its sections: a title and names. */
function parse(text) {
  const [, head] = /^\/\/ ([^.]*)\./.exec(text);
  const [, ...blocks] = text.split("// clang-format off")[1].split(/^\/\/ /m);
  const sections = blocks.map((block) => ({
    title: block.slice(0, block.indexOf("\n")),
    names: [...block.matchAll(/\b[ME]\((\w+)\)/g)].map(([, name]) => name),
  }));
  return { head, sections };
}

function exportOf(names) {
  const line = `export const { ${names.join(", ")} } =`;
  if (line.length + " constants;".length <= WIDTH) return `${line} constants;`;
  if (line.length <= WIDTH) return `${line}\n  constants;`;
  return `export const {\n${names.map((name) => `  ${name},\n`).join("")}} = constants;`;
}

function moduleOf(list, text) {
  const { head, sections } = parse(text);
  sections.at(-1).names.push(...(ALIASES[list] ?? []));
  const blocks = sections.map(({ title, names }) => `// ${title}\n${exportOf(names)}`);
  return [
    `// ${head}.`,
    `// Made from native/constants-${list}.h by scripts/constants.cjs.`,
    'import { constants } from "../native.ts";',
    "",
    `${blocks.join("\n\n")}\n`,
  ].join("\n");
}

function main(mode) {
  let isStale = false;
  for (const file of fs.readdirSync(path.join(root, "native"))) {
    const [, list] = /^constants-(\w+)\.h$/.exec(file) ?? [];
    if (list === undefined) continue;
    const made = moduleOf(list, fs.readFileSync(path.join(root, "native", file), "utf8"));
    const target = path.join(root, "lib/constants", `${list}.ts`);
    if (mode !== "--check") fs.writeFileSync(target, made);
    else if (fs.readFileSync(target, "utf8") !== made) isStale = true;
  }
  return isStale ? 1 : 0;
}

process.exitCode = main(process.argv[2]);
