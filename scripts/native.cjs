// Provides the addon: `node scripts/native.cjs install|build`.
//
// `install` is npm's hook: an installed package brings its addon along, and only if it has none for
// this system, or in a clone, one is compiled from nothing. `build` compiles what has changed.
// Without a compiler the user is told what to install. See also setup.cjs, bundle.cjs.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const LOG = path.join(root, "build-native.log");
const isClone = fs.existsSync(path.join(__dirname, "setup.cjs"));

/** The tools node-gyp calls, each with the environment variable that names another one. */
const TOOLS = [
  { name: "python3", variable: "PYTHON" },
  { name: "make", variable: "MAKE" },
  { name: "g++", variable: "CXX" },
];

function isThere(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

function missingTools() {
  return TOOLS.filter(({ name, variable }) => !isThere(process.env[variable] ?? name));
}

function explainMissing(missing) {
  return [
    `fdkit: there is no binary for this system (linux-${process.arch}), and none can be compiled.`,
    `  Missing:        ${missing.map(({ name }) => name).join(", ")}`,
    "  Debian, Ubuntu: sudo apt-get install -y python3 make g++",
    "  Fedora:         sudo dnf install python3 make gcc-c++",
    "  Alpine:         apk add python3 make g++ linux-headers",
    "  Then run the same command again.",
  ].join("\n");
}

/** node-gyp of this package, or the one that npm brings along. */
function findNodeGyp() {
  const candidates = [
    path.join(root, "node_modules/node-gyp/bin/node-gyp.js"),
    process.env.npm_config_node_gyp,
    path.join(process.execPath, "../../lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js"),
  ];
  return candidates.find((file) => file !== undefined && fs.existsSync(file));
}

/** The headers of the running node, when they came with it: then nothing is downloaded. */
function headersOption() {
  const prefix = path.join(process.execPath, "../..");
  return fs.existsSync(path.join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
}

/** Whether the loader of the package finds an addon that this Node takes. */
function isProvided() {
  const loader = path.join(root, "dist/lib/native.js");
  return import(loader).then(
    () => true,
    () => false,
  );
}

function compile(command) {
  const nodeGyp = findNodeGyp();
  if (nodeGyp === undefined) {
    console.error("fdkit: node-gyp is not installed. Run: npm install");
    return 1;
  }
  const steps = command === "install" ? ["rebuild"] : ["configure", "build"];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [nodeGyp, ...steps, "--jobs=max", ...headersOption()],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (status === 0) return 0;
  const output = `${stdout}${stderr}`;
  fs.writeFileSync(LOG, output);
  const errors = output.split("\n").filter((line) => /\b(?:error|Error):/.test(line));
  console.error(
    ["fdkit: the addon did not compile.", ...errors.slice(0, 8), `The whole output: ${LOG}`].join(
      "\n",
    ),
  );
  return 1;
}

async function main(command) {
  if (process.platform !== "linux") {
    console.error(`fdkit works on Linux only; this is ${process.platform}.`);
    return 1;
  }
  if (command === "install" && !isClone && (await isProvided())) return 0;
  const missing = missingTools();
  if (missing.length > 0) {
    console.error(explainMissing(missing));
    return 1;
  }
  return compile(command);
}

main(process.argv[2] ?? "build").then((code) => {
  process.exitCode = code;
});
