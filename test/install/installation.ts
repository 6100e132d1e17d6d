/** A project that has the package installed, by one version of npm on one version of Node. */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import {
  cleanEnvironment,
  type NodeVersion,
  type NpmVersion,
  nodeFolder,
  npmFolder,
} from "./versions.ts";

export interface Circumstances {
  readonly node: NodeVersion;
  readonly npm: NpmVersion;
  /** Whether python3, make and a C++ compiler are there. */
  readonly hasCompiler: boolean;
}

export interface Result {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** An empty folder that is not below this project: Node and npm look upwards. */
export function emptyFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), "fdkit-install-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a program to its end. */
export function run(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  // tap makes every Node among its children load a module that listens to signals.
  const script = ["-c", 'unset NODE_OPTIONS; exec "$@"', "sh"];
  const child = spawn("/bin/sh", [...script, ...command], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  return new Promise<Result>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output, errors }));
  });
}

export class Installation {
  readonly folder: string;
  readonly #nodeBin: string;
  readonly #npmBin: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(t: Test, { node, npm, hasCompiler }: Circumstances) {
    const home = emptyFolder(t);
    this.folder = join(home, "project");
    mkdirSync(this.folder);
    this.#nodeBin = nodeFolder(node);
    this.#npmBin = npmFolder(npm);
    const path = hasCompiler
      ? `${this.#nodeBin}:${process.env.PATH}`
      : this.#onlyNode(join(home, "bin"));
    this.#env = { ...cleanEnvironment(), PATH: path };
  }

  /** A folder for PATH with Node and what npm cannot do without. */
  #onlyNode(bin: string): string {
    mkdirSync(bin);
    symlinkSync(join(this.#nodeBin, "node"), join(bin, "node"));
    for (const name of ["sh", "env"]) {
      const place = ["/bin", "/usr/bin"].find((folder) => existsSync(join(folder, name)));
      symlinkSync(join(place as string, name), join(bin, name));
    }
    return bin;
  }

  node(...args: string[]): Promise<Result> {
    return run([join(this.#nodeBin, "node"), ...args], this.folder, this.#env);
  }

  npm(...args: string[]): Promise<Result> {
    return this.node(join(this.#npmBin, "npm-cli.js"), ...args);
  }

  npx(...args: string[]): Promise<Result> {
    return this.node(join(this.#npmBin, "npx-cli.js"), ...args);
  }

  /** Runs a file with this content. */
  async program(name: string, text: string): Promise<Result> {
    writeFileSync(join(this.folder, name), text);
    return this.node(name);
  }
}
