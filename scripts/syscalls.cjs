// Writes docs/syscalls.md: for every call its man page, and where it is in this project.
//   node scripts/syscalls.cjs [--check]
//
// All of it is read from the sources: the names from the table of calls in lib/native.ts, the man
// page from the comment above the function. With --check nothing is written: the exit code tells
// whether the file is as it would be.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const TARGET = path.join(root, "docs/syscalls.md");
const NONE = "";

/** The files below a folder, as paths from the root, with their text. */
function filesIn(folder, ending) {
  const names = fs.readdirSync(path.join(root, folder), { recursive: true });
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => `${folder}/${name}`)
    .map((file) => ({ file, text: fs.readFileSync(path.join(root, file), "utf8") }));
}

const native = filesIn("native", ".cc");
const lib = filesIn("lib", ".ts");
const sys = lib.filter(({ file }) => file.startsWith("lib/sys/"));
const tests = filesIn("test", ".test.ts").filter(({ file }) => !file.startsWith("test/redis/"));
const examples = filesIn("examples", ".ts").sort((a, b) => (rank(a) < rank(b) ? -1 : 1));

/** The order of reading: the ladder, each server before its client, then what is larger. */
function rank({ file }) {
  const [, number = "99"] = /^examples\/(\d\d)-/.exec(file) ?? [];
  return `${number} ${/-client\.ts$/.test(file) ? 1 : 0} ${file}`;
}

/** The members of the table of calls, and what has a C name beside them. */
function allNames() {
  const { text } = lib.find(({ file }) => file === "lib/native.ts");
  const [, members] = /^export interface Calls \{([\s\S]*?)^\}/m.exec(text);
  const names = [...members.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
  for (const { text } of sys) {
    for (const [, name] of text.matchAll(/^export function ([a-z0-9_]+)\(/gm)) names.push(name);
  }
  return [...new Set(names)].sort();
}

/** C has no capitals: lower case means that the kernel or the C library did it. */
function isOurs(name) {
  return /[A-Z]/.test(name);
}

/** lib/sys has a function of the same name; where it has not, something else in lib/ calls it. */
function libOf(name) {
  const exported = new RegExp(`^export function ${name}\\b`, "m");
  const called = new RegExp(`\\bcalls\\.${name}\\(`);
  return (
    sys.find(({ text }) => exported.test(text)) ??
    lib.find(({ text }) => called.test(text)) ??
    fail(`nothing in lib/ calls ${name}`)
  );
}

/** `name(2)` in the comment above the function, or the page that it names last. */
function manPageOf(name, { text }) {
  const above = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\nexport function ${name}\\b`).exec(text);
  const pages = [...(above?.[1] ?? "").matchAll(/\b(\w+)\((\d)\)/g)];
  const [, page, section] = pages.find(([, page]) => page === name) ?? pages.at(-1) ?? [];
  if (page === undefined) fail(`the comment above ${name} names no man page`);
  const url = `https://man7.org/linux/man-pages/man${section}/${page}.${section}.html`;
  return `[${page}(${section})](${url})`;
}

function nativeOf(name) {
  return native.find(({ text }) => text.includes(`{"${name}", `)) ?? fail(`${name} is not native`);
}

/** The first program of the ladder that imports it. */
function exampleOf(name) {
  const imported = new RegExp(`\\bimport \\{[^}]*\\b${name}\\b[^}]*\\} from "fdkit"`);
  return examples.find(({ text }) => imported.test(text));
}

/** The test of its family, if that calls it, or whichever does so most often. */
function testOf(name, { file }) {
  const call = new RegExp(`(?:\\bcalls\\.|(?<![\\w.]))${name}\\(`, "g");
  const count = ({ text }) => [...text.matchAll(call)].length;
  const own = tests.find(
    (test) => test.file === file.replace(/^lib\/(.*)\.ts$/, "test/$1.test.ts"),
  );
  if (own !== undefined && count(own) > 0) return own;
  const most = tests.reduce((best, test) => (count(test) > count(best) ? test : best));
  if (count(most) > 0) return most;
  // What the loop alone needs is tested through it.
  return isOurs(name) ? undefined : fail(`no test calls ${name}`);
}

function fail(why) {
  throw new Error(`docs/syscalls.md cannot be made: ${why}`);
}

function link(found) {
  if (found === undefined) return NONE;
  const label = found.file
    .replace(/^(native|lib|examples|test)\//, "")
    .replace(/(\.test)?\.ts$/, "");
  return `[${label}](../${found.file})`;
}

function row(name) {
  const where = libOf(name);
  const cells = [
    `\`${name}\``,
    ...(isOurs(name) ? [] : [manPageOf(name, where)]),
    ...[nativeOf(name), where, exampleOf(name), testOf(name, where)].map(link),
  ];
  return `| ${cells.join(" | ")} |`;
}

function table(names, columns) {
  return [
    `| ${columns.join(" | ")} |`,
    `|${columns.map(() => "---|").join("")}`,
    ...names.map(row),
    "",
  ];
}

function write() {
  const names = allNames();
  const ours = names.filter(isOurs);
  const places = ["native", "lib", "example", "test"];
  const theirs = names.filter((name) => !ours.includes(name));
  return [
    "# The calls",
    "",
    "Where each call is: its binding in C++, its function in TypeScript, the first program of the",
    "ladder that makes it, and the test that has most of it. Made by `npm run docs:syscalls`.",
    "",
    `${theirs.length} have the names that C has for them:`,
    "",
    ...table(theirs, ["call", "man page", ...places]),
    `${ours.length} are ours, for what C does without a call of its own:`,
    "",
    ...table(ours, ["call", ...places]),
  ].join("\n");
}

const text = write();
if (process.argv[2] !== "--check") fs.writeFileSync(TARGET, text);
else if (fs.readFileSync(TARGET, "utf8") !== text) {
  console.error("docs/syscalls.md is stale: npm run docs:syscalls");
  process.exitCode = 1;
}
