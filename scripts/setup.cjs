// Does what is missing before `npm start`, `npm test` and `npm run bench`: installs the packages,
// compiles the addon, translates the TypeScript. Nothing is done twice: each step compares times of
// files. Only what Node itself brings is used here, since nothing else may be installed yet.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const OLDEST_NODE = [20, 19];
/** A reader's file is translated when it is tried: examples/exercises/check/own-file.ts. */
const READERS_FILE = /^examples\/exercises\/\d\d-[a-z-]+\.ts$/;

/** The time of the newest file below the given files and folders, readers' files aside. */
function newest(entries) {
  let time = 0;
  for (const entry of entries) {
    const file = path.join(root, entry);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      time = Math.max(time, newest(fs.readdirSync(file).map((name) => path.join(entry, name))));
    } else if (!READERS_FILE.test(entry)) {
      time = Math.max(time, stat?.mtimeMs ?? 0);
    }
  }
  return time;
}

/** Each step: what it is called, the file it makes, what that is made from, what to run. */
const STEPS = [
  {
    name: "installing the packages",
    product: "node_modules/.package-lock.json",
    sources: ["package-lock.json"],
    // The addon and the translation are steps of their own, with their own messages.
    command: ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
  },
  {
    name: "compiling the addon",
    product: "build/Release/fdkit.node",
    sources: ["native", "binding.gyp"],
    command: [process.execPath, "scripts/native.cjs", "build"],
  },
  {
    name: "translating the TypeScript",
    product: "dist/.tsbuildinfo",
    sources: [
      "lib",
      "examples",
      "bench",
      "test/exercises/solutions",
      "tsconfig.json",
      "tsconfig.build.json",
    ],
    command: [process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
  },
];

function isTooOld() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

function main() {
  if (process.platform !== "linux") {
    console.error(`fdkit works on Linux only; this is ${process.platform}.`);
    return 1;
  }
  if (isTooOld()) {
    console.error(
      `fdkit needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.version}.`,
    );
    return 1;
  }
  for (const { name, product, sources, command } of STEPS) {
    if (newest([product]) >= newest(sources)) continue;
    console.error(`fdkit: ${name} …`);
    const [program, ...args] = command;
    const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
    if (error !== undefined) console.error(`fdkit: ${program}: ${error.message}`);
    if (status !== 0) return 1;
    // A tool that finds nothing changed leaves its product as old as it was.
    const now = new Date();
    fs.utimesSync(path.join(root, product), now, now);
  }
  return 0;
}

process.exitCode = main();
