/** A folder for sockets and the compiled limit; it goes when the process does. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | undefined;

/** A path in the folder, which the first call makes. */
export function scratchPath(name: string): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "fdkit-bench-"));
    folder = made;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  return join(folder, name);
}
