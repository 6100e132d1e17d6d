/** Other programs: whether they are there, and what they print. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** A program of this folder, by the name it has when it is compiled. */
export function node(script: string, ...args: readonly string[]): string[] {
  return [process.execPath, fileURLToPath(new URL(script, import.meta.url)), ...args];
}

/** What a program prints; an Error with what it complains of when it fails. */
export async function outputOf(words: readonly string[]): Promise<string> {
  const [program = "", ...args] = words;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("latin1").on("data", (text) => {
    output += text;
  });
  child.stderr.setEncoding("latin1").on("data", (text) => {
    errors += text;
  });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(errors.trim() || `${words.join(" ")}: status ${status}`);
  return output;
}
