// The addon under its critics: `node scripts/sanitize.cjs asan|valgrind|lint`.
//
// asan      compiles it with the address and undefined-behaviour sanitizers and runs the tests of
//           the native part (or the files given) on it: the first report ends a test's process
// valgrind  runs scripts/corpus.cjs, a few of every call, under memcheck
// lint      clang-tidy on native/, with the checks of .clang-tidy
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const BUILD = "build-asan";
const ADDON = path.join(root, BUILD, "RelWithDebInfo/fdkit.node");

/** What touches the addon directly. The rest of the suite would only be slower. */
const NATIVE_TESTS = [
  "test/sys",
  "test/misuse",
  "test/native.test.ts",
  "test/loop.test.ts",
  "test/loop-attach.test.ts",
  "test/net.test.ts",
  "test/cmsg.test.ts",
];

/** Runs a tool and returns its exit code; a signal counts as failure. */
function run(program, args, env = {}) {
  const options = { cwd: root, stdio: "inherit", env: { ...process.env, ...env } };
  const { status, error } = spawnSync(program, args, options);
  if (error !== undefined) console.error(`fdkit: ${program}: ${error.message}`);
  return status ?? 1;
}

/** Where the compiler keeps a library of its own. */
function library(name) {
  return spawnSync("gcc", [`-print-file-name=${name}`], { encoding: "utf8" }).stdout.trim();
}

function bin(name) {
  return path.join(root, "node_modules/.bin", name);
}

function compileSanitized() {
  const options = ["-B", "RelWithDebInfo", "--CDSANITIZE=address,undefined"];
  return run(bin("cmake-js"), ["compile", "-l", "error", "-O", BUILD, ...options]);
}

/** Node is not built with the sanitizer, so its library has to be loaded before everything else. */
function asan(files) {
  const built = compileSanitized();
  if (built !== 0) return built;
  const env = {
    LD_PRELOAD: `${library("libasan.so")} ${library("libstdc++.so.6")}`,
    // Node's own memory is not freed at its end; valgrind looks for leaks of ours.
    ASAN_OPTIONS: "detect_leaks=0:handle_segv=0:allocator_may_return_null=1:abort_on_error=1",
    UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
    FDKIT_NATIVE: ADDON,
  };
  // Only the tests' processes: tap itself has nothing to do with the addon.
  const options = Object.entries(env).map(([name, value]) => `--test-env=${name}=${value}`);
  const tests = files.length === 0 ? NATIVE_TESTS : files;
  return run(bin("tap"), ["--reporter=terse", "--timeout=300", ...options, ...tests]);
}

/** Without the JIT, for valgrind knows nothing of code that is written at run time. */
function valgrind() {
  const options = ["-q", "--error-exitcode=9", "--leak-check=full"];
  const leaks = ["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"];
  const corpus = ["--jitless", path.join(__dirname, "corpus.cjs")];
  return run("valgrind", [...options, ...leaks, process.execPath, ...corpus]);
}

/** Two files at a time. On stderr are only counts of what is wrong in the headers of others. */
function lint() {
  const configured = run(bin("cmake-js"), ["configure", "-l", "error", "-O", "build-cmake"]);
  if (configured !== 0) return configured;
  const files = fs.readdirSync(path.join(root, "native")).filter((name) => name.endsWith(".cc"));
  const { status } = spawnSync(
    "xargs",
    ["-n", "1", "-P", "2", "clang-tidy-14", "-p", "build-cmake", "--quiet"],
    {
      cwd: root,
      input: files.map((name) => `native/${name}\n`).join(""),
      stdio: ["pipe", "inherit", "ignore"],
    },
  );
  if (status === 127) console.error("fdkit: clang-tidy-14 is not installed");
  return status ?? 1;
}

const [critic, ...files] = process.argv.slice(2);
const critics = { asan: () => asan(files), valgrind, lint };
if (critics[critic] === undefined) {
  console.error("usage: node scripts/sanitize.cjs asan [test files] | valgrind | lint");
  process.exitCode = 2;
} else {
  process.exitCode = critics[critic]();
}
