/** What is in the package: all that its parts point to, nothing else, and binaries that load. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";
import type { Test } from "tap";
import { Installation, run } from "./installation.ts";
import type { Package } from "./package.ts";
import { cleanEnvironment, nodeFolder, ROOT } from "./versions.ts";

const require = createRequire(import.meta.url);
const { tooNew } = require("../../scripts/bundle.cjs") as { tooNew(binary: string): string[] };

const X64 = "prebuilds/linux-x64.glibc.node";
const ARM64 = "prebuilds/linux-arm64.glibc.node";
const EXPECTED = [
  /^(package\.json|binding\.gyp|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^scripts\/(fdkit|native)\.cjs$/,
  /^(native|docs)\//,
  /^prebuilds\/.*\.node$/,
  /^(lib|examples)\/.*\.(ts|md)$/,
  /^dist\/lib\/.*\.(js|d\.ts)(\.map)?$/,
  /^dist\/examples\/.*\.js(\.map)?$/,
];

/** What the README leads to that is for who changes fdkit, or proves what it says. */
const ONLY_IN_A_CLONE = /^((test|bench)\/|CONTRIBUTING\.md$)/;

/** Each file that is made from another one is there with it, and no file is there by mistake. */
export function filesAreThose(t: Test, { files, folder }: Package): void {
  const read = (path: string) => readFileSync(join(folder, path), "utf8");
  const all = new Set(files);
  t.strictSame(
    files.filter((path) => !EXPECTED.some((pattern) => pattern.test(path))),
    [],
  );
  t.ok(all.has(X64) && all.has(ARM64), "binaries for both architectures");
  const maps = files.filter((path) => path.endsWith(".map"));
  t.ok(maps.length > 100);
  const dangling = maps.flatMap((path) => {
    const { sources } = JSON.parse(read(path)) as { sources: string[] };
    return sources.map((source) => posix.join(posix.dirname(path), source));
  });
  t.strictSame(
    dangling.filter((source) => !all.has(source)),
    [],
    "what maps point to",
  );
  const links = [...read("README.md").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)|href="([^"#:]+)"/g)];
  const targets = links.map(([, a, b]) => (a ?? b) as string);
  t.strictSame(
    targets.filter((path) => !ONLY_IN_A_CLONE.test(path) && !existsSync(join(folder, path))),
    [],
    "what the README links to",
  );
}

/** Nothing in the binaries is newer than Node's own; and what is newer would be found. */
export function binariesAskForLittle(t: Test, { folder }: Package): void {
  for (const name of [X64, ARM64]) {
    t.strictSame(tooNew(join(folder, name)), [], name);
    const sections = spawnSync("readelf", ["-SW", join(folder, name)], { encoding: "utf8" }).stdout;
    t.match(sections, /\.dynsym/);
    t.notMatch(sections, /\.symtab/, "stripped");
  }
}

/** A library that claims to be a newer C library, and one that needs it. */
const FUTURE = {
  "future.map": "GLIBC_2.99 { future; };",
  "future.c": "void future(void) {}",
  "user.c": "void future(void); void user(void) { future(); }",
};

/** A symbol of a newer C library would not get through. */
export function newSymbolsAreFound(t: Test): void {
  const folder = t.testdir(FUTURE);
  const compile = (...args: string[]) => {
    t.equal(spawnSync("gcc", ["-shared", "-fPIC", ...args], { cwd: folder }).status, 0);
  };
  compile("-o", "libfuture.so", "future.c", "-Wl,--version-script=future.map");
  compile("-o", "user.so", "user.c", "libfuture.so");
  t.strictSame(tooNew(join(folder, "user.so")), ["future (GLIBC_2.99)"]);
}

const PROGRAM = `
import { AF_UNIX, EBADF, read, SOCK_STREAM, socketpair, write } from "fdkit";
const [a, b] = socketpair(AF_UNIX, SOCK_STREAM, 0);
write(a, Buffer.from("hello"), 5);
const buffer = Buffer.alloc(8);
console.log(process.arch, read(b, buffer, 8), buffer.toString("utf8", 0, 5), EBADF);
`;

const QEMU = "qemu-aarch64-static";

/** The binary for the other architecture makes a call. */
export async function arm64MakesCalls(t: Test, { folder }: Package): Promise<void> {
  if (spawnSync(QEMU, ["--version"]).error !== undefined) {
    t.pass("calls", { skip: `${QEMU} is not installed (package qemu-user-static)` });
    return;
  }
  const node = join(nodeFolder(22, "arm64"), "node");
  // A compiler written at run time is too much for an emulator.
  const command = [QEMU, "-L", "/usr/aarch64-linux-gnu", node, "--jitless"];
  const program = ["--input-type=module", "-e", PROGRAM];
  const result = await run([...command, ...program], folder, cleanEnvironment());
  t.match(result, { status: 0, output: "arm64 5 hello 9\n" });
}

const TYPED = `
import { accept, type Loop, listenTcp, SyscallError, tcpInfo } from "fdkit";
import { type FdInfo, listFds } from "fdkit/inspect";
export const fd: number = listenTcp("127.0.0.1", 0);
export const connfd: number = accept(fd);
export const error: Error = new SyscallError("read", -1);
export const round: number | undefined = tcpInfo(fd).rtt;
export const fds: FdInfo[] = listFds();
export function use(loop: Loop): void {
  loop.run();
}
// @ts-expect-error a descriptor is a number
accept("3");
`;

const OPTIONS = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];

/** TypeScript finds the declarations as Node finds the code, and they are right in themselves. */
export async function typesResolve(t: Test, { tarball }: Package): Promise<void> {
  const project = new Installation(t, { node: 22, npm: 11, hasCompiler: false });
  t.match(await project.npm("install", tarball), { status: 0 });
  writeFileSync(join(project.folder, "use.mts"), TYPED);
  symlinkSync(join(ROOT, "node_modules/@types"), join(project.folder, "node_modules/@types"));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const result = await project.node(tsc, ...OPTIONS, "--types", "node", "use.mts");
  t.strictSame(result, { status: 0, output: "", errors: "" });
}
