/**
 * The package in the hands of its users: `npm run test:install`, some minutes. It is packed as for
 * the registry, looked at, and installed from the tarball into empty folders by every npm on every
 * Node, with and without a compiler, binaries and scripts. FDKIT_INSTALL is a regular expression
 * for the names of those installations that are to be tried.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { takePort } from "../helpers/run.ts";
import {
  arm64MakesCalls,
  binariesAskForLittle,
  filesAreThose,
  newSymbolsAreFound,
  typesResolve,
} from "./contents.ts";
import { type Circumstances, emptyFolder, Installation, type Result } from "./installation.ts";
import { packWhole, packWithoutBinaries } from "./package.ts";
import { NODES, type NodeVersion, NPMS, type NpmVersion, ROOT } from "./versions.ts";

const wanted = new RegExp(process.env.FDKIT_INSTALL ?? "");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const place = emptyFolder(t);
const whole = packWhole(join(place, "whole"));
const bare = packWithoutBinaries(whole, join(place, "bare"));
t.comment(whole.log.replace(/^npm .*\n/gm, ""));

t.test("the files are those that belong to it", async (t) => filesAreThose(t, whole));
t.test("binaries need no newer libraries than Node", async (t) => binariesAskForLittle(t, whole));
t.test("what needs newer ones is found", async (t) => newSymbolsAreFound(t));
t.test("the binary for arm64 makes calls", (t) => arm64MakesCalls(t, whole));
t.test("TypeScript finds the declarations", (t) => typesResolve(t, whole));

/** npm 12 does not run on Node 20. */
function isPair(node: NodeVersion, npm: NpmVersion): boolean {
  return node > 20 || npm < 12;
}

const majors = <T>(versions: object) => Object.keys(versions).map(Number) as T[];
const PAIRS = majors<NodeVersion>(NODES).flatMap((node) =>
  majors<NpmVersion>(NPMS)
    .filter((npm) => isPair(node, npm))
    .map((npm) => ({ node, npm })),
);

const PROGRAM = `
import { AF_UNIX, close, read, SOCK_STREAM, socketpair, write } from "fdkit";
import { listFds } from "fdkit/inspect";
const [a, b] = socketpair(AF_UNIX, SOCK_STREAM, 0);
write(a, Buffer.from("hello"), 5);
const buffer = Buffer.alloc(8);
const n = read(b, buffer, 8);
const kinds = listFds().filter(({ fd }) => fd === a || fd === b).length;
close(a);
close(b);
console.log(process.versions.node, buffer.toString("utf8", 0, n), kinds);
`;

/** Everything that one who has installed it does first. */
async function works(t: Test, project: Installation, node: NodeVersion): Promise<void> {
  const hello = { status: 0, output: `${NODES[node]} hello 2\n`, errors: "" };
  t.strictSame(await project.program("program.mjs", PROGRAM), hello);
  const traced = await project.node("--import", "fdkit/trace", "program.mjs");
  t.match(traced, { status: 0, output: hello.output, errors: /^write\(\d+, "hello", 5\) += 5/m });
  const help = await project.npx("fdkit", "--help");
  t.match(help, { status: 0, output: /^fdkit COMMAND/ });
  const named = await project.npx("fdkit", "--version");
  t.equal(named.output.split(",")[0], `fdkit ${version}`);
  const { port, close } = await takePort();
  await close();
  const step = await project.npx("fdkit", "run", "01", `${port}`);
  t.match(step, { status: 0, output: "01-client │ the server answers: hello" });
}

function installs({ status, errors }: Result): boolean {
  if (status !== 0) t.comment(errors);
  return status === 0;
}

const LACKS = /Error: fdkit has no addon for linux-[\s\S]*with: (npm rebuild fdkit)\n.*: (npm .*)/;

/** Does what the message says that a program ends with when there is no addon. */
async function follow(t: Test, project: Installation, { npm }: Circumstances): Promise<void> {
  const { errors } = await project.program("program.mjs", PROGRAM);
  const [, rebuild = "", approve = ""] = LACKS.exec(errors) ?? [];
  t.ok(rebuild !== "" && approve !== "", errors);
  const words = (line: string) => line.trim().split(" ").slice(1);
  if (npm >= 12) t.ok(installs(await project.npm(...words(approve))));
  t.ok(installs(await project.npm(...words(rebuild))));
}

/** With the binaries that come along: nothing is compiled, and no script is needed. */
async function installWhole(t: Test, where: Circumstances, options: string[]): Promise<void> {
  const project = new Installation(t, where);
  t.ok(installs(await project.npm("install", whole.tarball, ...options)));
  t.notOk(existsSync(join(project.folder, "node_modules/fdkit/build")), "compiled nothing");
  await works(t, project, where.node);
}

/** Without a binary: compiled by the script that npm runs, or by the user, or not at all. */
async function installBare(t: Test, where: Circumstances, options: string[]): Promise<void> {
  const project = new Installation(t, where);
  const runsScripts = where.npm < 12 && options.length === 0;
  const result = await project.npm("install", bare.tarball, ...options);
  if (runsScripts && !where.hasCompiler) {
    t.not(result.status, 0);
    t.match(result.errors, /Missing: +python3, make, g\+\+[\s\S]*Then run the same command again/);
    return;
  }
  t.ok(installs(result));
  if (runsScripts) return works(t, project, where.node);
  if (where.hasCompiler) {
    await follow(t, project, where);
    return works(t, project, where.node);
  }
  const { status, errors } = await project.program("program.mjs", PROGRAM);
  t.equal(status, 1);
  t.match(errors, LACKS);
}

t.jobs = 2;

/** One installation, if it is wanted. */
function attempt(name: string, install: (t: Test) => Promise<void>): void {
  if (wanted.test(name)) t.test(name, { buffered: true }, install);
}

for (const pair of PAIRS) {
  for (const hasCompiler of [false, true]) {
    for (const options of [[], ["--ignore-scripts"]]) {
      const compiler = hasCompiler ? "a compiler" : "no compiler";
      const words = [`Node ${pair.node}`, `npm ${pair.npm}`, compiler, ...options];
      const where = { ...pair, hasCompiler };
      attempt(`${words.join(", ")}: with its binaries`, (t) => installWhole(t, where, options));
      attempt(`${words.join(", ")}: without a binary`, (t) => installBare(t, where, options));
    }
  }
}
