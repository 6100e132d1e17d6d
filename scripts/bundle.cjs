// Compiles the addon for the package: `npm run bundle` makes prebuilds/linux-ARCH.glibc.node.
//
// One for each architecture that there is a compiler for; what is lacking for the others is said.
// A binary that asks for a newer C or C++ library than Node's own binaries do is refused: it would
// not load everywhere. See also native.cjs, which compiles for this machine alone.
"use strict";

const { execFileSync, spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const PREBUILDS = path.join(root, "prebuilds");

/** By the name that Node has for it: what cross compilers call it, and Debian's package of one. */
const TARGETS = {
  x64: { triple: "x86_64-linux-gnu", debian: "g++-x86-64-linux-gnu" },
  arm64: { triple: "aarch64-linux-gnu", debian: "g++-aarch64-linux-gnu" },
};

/** The newest versions that the binaries of Node 20 to 26 ask for. */
const FLOOR = { GLIBC: "2.28", GLIBCXX: "3.4.21", CXXABI: "1.3.9" };

/** Those of binding.gyp, with what node-gyp adds. */
const FLAGS = [
  ...["-std=c++17", "-O2", "-fPIC", "-pthread", "-fvisibility=hidden"],
  ...["-DNAPI_VERSION=8", "-DNODE_ADDON_API_DISABLE_DEPRECATED", "-DNODE_ADDON_API_CPP_EXCEPTIONS"],
  ...["-DNODE_GYP_MODULE_NAME=fdkit", "-DBUILDING_NODE_EXTENSION"],
  ...["-shared", "-s", "-Wl,-z,relro,-z,now"],
];

function say(...lines) {
  // Not on stdout: `npm pack --json` prints there.
  for (const line of lines) console.error(`fdkit: ${line}`);
}

function isThere(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** The compiler's exit code, and what it had to say. */
function compile(compiler, target) {
  const native = path.join(root, "native");
  const sources = fs.readdirSync(native).filter((name) => name.endsWith(".cc"));
  const args = [
    ...FLAGS,
    `-I${path.join(process.execPath, "../../include/node")}`,
    `-I${path.dirname(require.resolve("node-addon-api/package.json"))}`,
    ...sources.map((name) => path.join(native, name)),
    ...["-o", target],
  ];
  return new Promise((resolve) => {
    const child = spawn(compiler, args, { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    child.on("close", (status) => resolve({ status, errors }));
  });
}

function isNewer(version, limit) {
  return version.localeCompare(limit, "en", { numeric: true }) > 0;
}

/** The symbols that a binary takes from other libraries: fstat64 of GLIBC 2.33, and so on. */
function symbolsOf(binary) {
  const listing = execFileSync("readelf", ["--dyn-syms", "--wide", binary], { encoding: "utf8" });
  const versioned = [...listing.matchAll(/ (\S+)@(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)];
  return versioned.map(([, symbol, library, version]) => ({ symbol, library, version }));
}

/** Those of them that a system with the oldest libraries does not have. */
function tooNew(binary) {
  const symbols = symbolsOf(binary).filter(({ library, version }) => {
    return isNewer(version, FLOOR[library]);
  });
  return symbols.map(({ symbol, library, version }) => `${symbol} (${library}_${version})`);
}

function describe(binary) {
  const newest = {};
  for (const { library, version } of symbolsOf(binary)) {
    if (isNewer(version, newest[library] ?? "0")) newest[library] = version;
  }
  const needs = Object.entries(newest).map(([library, version]) => `${library}_${version}`);
  return `${fs.statSync(binary).size} bytes, needs ${needs.join(", ")}`;
}

/** Resolves to false when something went wrong, which a compiler that is not there is not. */
async function build(arch) {
  const { triple, debian } = TARGETS[arch];
  const name = `linux-${arch}.glibc.node`;
  const compiler = arch === process.arch ? "g++" : `${triple}-g++`;
  if (!isThere(compiler)) {
    say(`${name} is left out: there is no ${compiler} (Debian, Ubuntu: apt-get install ${debian})`);
    return true;
  }
  const binary = path.join(PREBUILDS, name);
  const { status, errors } = await compile(compiler, binary);
  if (status !== 0) {
    say(`${name} did not compile`, ...errors.split("\n").filter((line) => line.includes("error:")));
    return false;
  }
  const refused = tooNew(binary);
  if (refused.length === 0) {
    say(`${name}: ${describe(binary)}`);
    return true;
  }
  fs.rmSync(binary);
  say(`${name} is refused: it would not load everywhere, for it needs ${refused.join(", ")}`);
  return false;
}

async function main() {
  if (!fs.existsSync(path.join(process.execPath, "../../include/node/uv.h"))) {
    say("the headers of Node are not where it is installed, so nothing can be bundled");
    return 1;
  }
  fs.rmSync(PREBUILDS, { recursive: true, force: true });
  fs.mkdirSync(PREBUILDS);
  const results = await Promise.all(Object.keys(TARGETS).map(build));
  return results.every(Boolean) ? 0 : 1;
}

if (require.main === module) {
  main().then((code) => {
    process.exitCode = code;
  });
}

module.exports = { tooNew };
