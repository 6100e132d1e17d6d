/** Compiles limit/limit.c, for as long as this process runs. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./programs.ts";
import { scratchPath } from "./scratch.ts";

/** The source is not compiled to dist/, from where this may run. */
const SOURCES = ["limit/limit.c", "../../bench/limit/limit.c"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

let compiled: { path: string } | { reason: string } | undefined;

/** The program, or why there is none. */
export function compileLimit(): { path: string } | { reason: string } {
  compiled ??= compile();
  return compiled;
}

function compile(): { path: string } | { reason: string } {
  const source = SOURCES.find((path) => existsSync(path));
  if (source === undefined) return { reason: "limit/limit.c is not there" };
  if (!isInstalled("cc")) return { reason: "cc is not on the PATH" };
  const path = scratchPath("limit");
  const { status, stderr } = spawnSync("cc", ["-O2", "-o", path, source], { encoding: "utf8" });
  return status === 0 ? { path } : { reason: `cc fails: ${stderr.split("\n")[0]}` };
}
