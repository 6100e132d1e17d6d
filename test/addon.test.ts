// Where the addon is looked for, what is not taken, and what is said when there is none; and the
// install script, which compiles one only then.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { loadAddon } from "../lib/addon.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUILT = "build/Release/fdkit.node";
const GLIBC = `prebuilds/linux-${process.arch}.glibc.node`;
const MUSL = `prebuilds/linux-${process.arch}.musl.node`;
const OTHER_ARCH = process.arch === "x64" ? 183 : 62; // EM_AARCH64, EM_X86_64
const E_MACHINE = 18;

/** A folder with the files of a package: "addon" stands for a working binary. */
function packageWith(t: Test, files: Record<string, "addon" | Uint8Array>, below = ""): string {
  const folder = join(t.testdir(), below);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (content === "addon") copyFileSync(join(ROOT, BUILT), path);
    else writeFileSync(path, content);
  }
  return folder;
}

/** What is tried, when nothing is found. */
function failureOf(folder: string): string[] {
  try {
    loadAddon(folder);
  } catch (error) {
    return (error as Error).message.split("\n").map((line) => line.replace(`  ${folder}/`, ""));
  }
  throw new Error(`an addon was found in ${folder}`);
}

function setting<K extends "platform" | "execPath">(t: Test, name: K, value: string): void {
  const original = Object.getOwnPropertyDescriptor(process, name) as PropertyDescriptor;
  t.teardown(() => Object.defineProperty(process, name, original));
  Object.defineProperty(process, name, { ...original, value });
}

/** The binary of another architecture, as far as the dynamic loader looks. */
function foreign(): Uint8Array {
  const binary = readFileSync(join(ROOT, BUILT));
  binary.writeUInt16LE(OTHER_ARCH, E_MACHINE);
  return binary;
}

const AN_ADDON = { calls: { socket: Function, epoll_wait: Function } };

t.test("an addon that was compiled here is taken before one that came along", async (t) => {
  t.match(loadAddon(packageWith(t, { [BUILT]: "addon", [GLIBC]: Buffer.from("no") })), AN_ADDON);
});

t.test("without one the binary for this architecture and C library is taken", async (t) => {
  t.match(loadAddon(packageWith(t, { [GLIBC]: "addon" })), AN_ADDON);
});

t.test("what does not load is passed over", async (t) => {
  const broken = packageWith(t, { [BUILT]: Buffer.from("not an addon"), [GLIBC]: "addon" });
  t.match(loadAddon(broken), AN_ADDON);
  t.match(loadAddon(packageWith(t, { [BUILT]: foreign(), [GLIBC]: "addon" }, "2")), AN_ADDON);
});

t.test("when nothing loads the user learns what was tried, and what to type", async (t) => {
  const system = `linux-${process.arch} (glibc), Node ${process.version}`;
  t.strictSame(failureOf(packageWith(t, {})), [
    `fdkit has no addon for ${system}. Tried:`,
    `${BUILT}: no such file`,
    `${GLIBC}: no such file`,
    "Compile it (python3, make and a C++ compiler) with: npm run build",
  ]);
  const installed = packageWith(t, { [GLIBC]: foreign() }, "node_modules/fdkit");
  const [, , tried, ...advice] = failureOf(installed);
  t.match(tried, new RegExp(`^${GLIBC}: .*(cannot open shared object|ELF)`));
  t.strictSame(advice, [
    "Compile it (python3, make and a C++ compiler) with: npm rebuild fdkit",
    "npm 12 and later want to be asked before: npm install-scripts approve fdkit",
  ]);
});

t.test("a Node on musl is not given a binary for glibc", async (t) => {
  const folder = packageWith(t, { [GLIBC]: "addon" });
  const elf = Buffer.alloc(8192);
  elf.write("\x7fELF");
  elf.write("/lib/ld-musl-x86_64.so.1\0", 0x318);
  writeFileSync(join(folder, "node"), elf);
  setting(t, "execPath", join(folder, "node"));
  const [system, ...tried] = failureOf(folder);
  t.match(system, /\(musl\)/);
  t.strictSame(tried.slice(0, 2), [`${BUILT}: no such file`, `${MUSL}: no such file`]);
  copyFileSync(join(ROOT, BUILT), join(folder, MUSL));
  t.match(loadAddon(folder), AN_ADDON);
});

t.test("a Node whose file is gone, or cannot be read, gets the one for glibc", async (t) => {
  for (const path of ["/nowhere/node", "/"]) {
    setting(t, "execPath", path);
    t.match(loadAddon(packageWith(t, { [GLIBC]: "addon" })), AN_ADDON, path);
  }
});

t.test("who chooses a file gets that one or an error, never another", async (t) => {
  const folder = packageWith(t, {
    [BUILT]: "addon",
    "broken.node": Buffer.from("not an addon"),
    "other.cjs": Buffer.from("module.exports = {};"),
  });
  t.teardown(() => delete process.env.FDKIT_NATIVE);
  const choose = (file: string) => {
    process.env.FDKIT_NATIVE = join(folder, file);
    return failureOf(folder)[1];
  };
  t.equal(choose("missing.node"), "missing.node: no such file");
  t.match(choose("broken.node"), /^broken\.node: .*(file too short|invalid ELF header)/);
  t.equal(choose("other.cjs"), "other.cjs: this is not the addon of fdkit");
  process.env.FDKIT_NATIVE = join(ROOT, BUILT);
  t.match(loadAddon("/nowhere"), AN_ADDON);
});

t.test("another system than Linux gets one clear sentence", async (t) => {
  setting(t, "platform", "darwin");
  t.throws(() => loadAddon(), {
    message: "fdkit makes Linux system calls and runs on Linux only, not darwin.",
  });
});

/** An installed package, and a PATH on which there is no compiler. */
function install(t: Test, files: Record<string, "addon" | Uint8Array>) {
  const folder = packageWith(t, files, "node_modules/fdkit");
  for (const name of ["package.json", "scripts/native.cjs", "dist/lib"]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  const { NODE_OPTIONS, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, "scripts/native.cjs"), "install"],
    { encoding: "utf8", env: { ...env, PATH: "/nowhere" } },
  );
  return { status, stdout, stderr };
}

t.test("installing is silent when the package brings its addon", async (t) => {
  t.strictSame(install(t, { [GLIBC]: "addon" }), { status: 0, stdout: "", stderr: "" });
});

t.test("installing without addon and compiler says what to install", async (t) => {
  const { status, stdout, stderr } = install(t, { [GLIBC]: foreign() });
  t.strictSame({ status, stdout }, { status: 1, stdout: "" });
  const [first, missing, ...rest] = stderr.trimEnd().split("\n");
  t.match(first, `no binary for this system (linux-${process.arch}), and none can be compiled`);
  t.match(missing, /Missing: +python3, make, g\+\+$/);
  t.equal(rest.at(-1), "  Then run the same command again.");
  t.ok(rest.length <= 5);
});
