/** The package, as `npm pack` makes it, with and without the binaries it brings along. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment, ROOT } from "./versions.ts";

export interface Package {
  readonly tarball: string;
  /** Its files, unpacked. */
  readonly folder: string;
  readonly files: readonly string[];
  /** What the scripts that prepared it said. */
  readonly log: string;
}

function succeed(command: readonly string[], cwd: string): string {
  const [program, ...args] = command as [string, ...string[]];
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: cleanEnvironment(),
  });
  if (status === 0) return stderr;
  throw error ?? new Error(`${command.join(" ")}: ${stdout}${stderr}`);
}

/** Packs the project at `source` into `place`, a folder that is made for it. */
function pack(source: string, place: string, ...options: string[]): Package {
  mkdirSync(place);
  const log = succeed(["npm", "pack", "--pack-destination", place, ...options], source);
  const [name] = readdirSync(place) as [string];
  const tarball = join(place, name);
  succeed(["tar", "-xzf", tarball], place);
  const folder = join(place, "package");
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return { tarball, folder, files, log };
}

/** What would be published: `npm pack` compiles and bundles all that belongs to it. */
export function packWhole(place: string): Package {
  return pack(ROOT, place);
}

/** The same for a system that nothing was compiled for. */
export function packWithoutBinaries({ folder }: Package, place: string): Package {
  const source = `${place}-source`;
  const prebuilds = join(folder, "prebuilds");
  cpSync(folder, source, { recursive: true, filter: (path) => path !== prebuilds });
  return pack(source, place, "--ignore-scripts");
}
