/**
 * Other versions of Node and npm, from the registry. They are kept in .nodes/: they are large.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".nodes");

/** By the major version. npm 12 wants at least Node 22. */
export const NODES = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" } as const;
export const NPMS = { 10: "10.9.8", 11: "11.19.1", 12: "12.2.1" } as const;

export type NodeVersion = keyof typeof NODES;
export type NpmVersion = keyof typeof NPMS;

/** What npm and tap put into the environment of what they start; a user's shell has none of it. */
const OF_NPM = "(package|lifecycle|execpath|node_execpath|command).*";
const OF_ITS_CONFIG = "config_(.*prefix|loglevel|node_gyp|user_agent|npm_version|globalconfig)";
const OF_THE_RUN = new RegExp(`^(NODE|INIT_CWD|_?TAP.*|npm_(${OF_NPM}|${OF_ITS_CONFIG}))$`);

export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_THE_RUN.test(name)));
}

/** The folder of a package of the registry, for this or another processor. */
function fetchPackage(name: string, version: string, cpu: string): string {
  const home = join(CACHE, `${name}-${version}`);
  const folder = join(home, "node_modules", name);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  // Under another name until it is whole.
  const temporary = mkdtempSync(join(CACHE, "fetching-"));
  const where = ["--prefix", temporary, "--force", "--os=linux", `--cpu=${cpu}`];
  const { status, stderr } = spawnSync(
    "npm",
    ["install", ...where, "--ignore-scripts", "--silent", `${name}@${version}`],
    { encoding: "utf8", env: cleanEnvironment() },
  );
  if (status !== 0) throw new Error(`npm could not fetch ${name}@${version}: ${stderr}`);
  renameSync(temporary, home);
  return folder;
}

/** The folder with the program `node` of a version. */
export function nodeFolder(major: NodeVersion, arch: "x64" | "arm64" = thisArch()): string {
  return join(fetchPackage(`node-linux-${arch}`, NODES[major], arch), "bin");
}

/** npm-cli.js and npx-cli.js are in it. */
export function npmFolder(major: NpmVersion): string {
  return join(fetchPackage("npm", NPMS[major], process.arch), "bin");
}

function thisArch(): "x64" | "arm64" {
  return process.arch === "arm64" ? "arm64" : "x64";
}
