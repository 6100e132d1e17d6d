// Finds the addon and loads it. No install script is needed for that: the package brings binaries
// along, and where none of them fits, what scripts/native.cjs has compiled is taken.
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const require = createRequire(import.meta.url);

/** The folder of the package, wherever in it this file is: lib/ or dist/lib/. */
function packageFolder(): string {
  return dirname(require.resolve("fdkit/package.json"));
}

/** An ELF file names the program that loads it in its first page. */
const PAGE = 4096;

/** Zeros of a file that is gone, or that may be run and not read. */
function firstPage(file: string): Buffer {
  const page = Buffer.alloc(PAGE);
  let fd = -1;
  try {
    fd = openSync(file, "r");
    readSync(fd, page, 0, PAGE, 0);
  } catch {
    page.fill(0);
  }
  if (fd >= 0) closeSync(fd);
  return page;
}

/**
 * The C library of this process. A binary for the other one must not even be tried: with a layer of
 * compatibility it may load, and crash later.
 */
function libc(): "glibc" | "musl" {
  return firstPage(process.execPath).includes("/ld-musl-") ? "musl" : "glibc";
}

/** The places where the addon may be. Who chooses a file means that one, and no other. */
function candidates(folder: string): string[] {
  const chosen = process.env.FDKIT_NATIVE ?? "";
  if (chosen !== "") return [resolve(chosen)];
  return [
    join(folder, "build/Release/fdkit.node"),
    join(folder, `prebuilds/linux-${process.arch}.${libc()}.node`),
  ];
}

function loadFrom(path: string): unknown {
  const exports = require(path);
  if (exports.calls === undefined) throw new Error("this is not the addon of fdkit");
  return exports;
}

/** How to get an addon: in a project that has fdkit installed, or in a clone of its sources. */
function advice(folder: string): string[] {
  const needs = "python3, make and a C++ compiler";
  if (!folder.includes("/node_modules/")) return [`Compile it (${needs}) with: npm run build`];
  return [
    `Compile it (${needs}) with: npm rebuild fdkit`,
    "npm 12 and later want to be asked before: npm install-scripts approve fdkit",
  ];
}

/** The addon's exports; an Error that lists what was tried if there is none. */
export function loadAddon(folder = packageFolder()): unknown {
  if (process.platform !== "linux") {
    throw new Error(
      `fdkit makes Linux system calls and runs on Linux only, not ${process.platform}.`,
    );
  }
  const tried: string[] = [];
  for (const path of candidates(folder)) {
    if (!existsSync(path)) {
      tried.push(`  ${path}: no such file`);
      continue;
    }
    try {
      return loadFrom(path);
    } catch (error) {
      tried.push(`  ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const lines = [
    `fdkit has no addon for linux-${process.arch} (${libc()}), Node ${process.version}. Tried:`,
    ...tried,
    ...advice(folder),
  ];
  throw new Error(lines.join("\n"));
}
