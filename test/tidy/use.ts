/**
 * Nothing lies about: every file and every export is used, both builds compile the same sources.
 */

import { type Finding, lineOf, type SourceText } from "./finding.ts";
import { importsOf } from "./imports.ts";

/** Files that are run or read by name, and by whom. */
const ENTRY_POINTS: readonly RegExp[] = [
  /^lib\/index\.ts$/, // package.json, exports
  /^lib\/inspect\/(index|trace-on|show-fds|variables)\.ts$/, // package.json; lib/environment.ts
  /^examples\/\d\d-[a-z-]+\.ts$/, // npm run example
  /^examples\/redis-steps\/\d\d-[a-z-]+\.ts$/, // npm run example
  /^examples\/redis-steps\/free-thread\.ts$/, // thread-pool.ts, as a worker
  /^examples\/redis\/main\.ts$/, // npm start
  /^examples\/exercises\/(main|\d\d-[a-z-]+)\.ts$/, // npm run exercise
  /^test\/exercises\/solutions\/\d\d-[a-z-]+\.ts$/, // test/exercises/exercises.test.ts
  // npm run bench, and what it starts
  /^bench\/(main|picture|net-server|counted-server|client|micro\/echo-\w+)\.ts$/,
  /^test\/.*\.test\.ts$/, // npm test
  /^test\/long\/.*\.ts$/, // npm run test:long
  /^test\/install\/install\.ts$/, // npm run test:install
  /^scripts\/(native|bundle|setup|sanitize|corpus|fdkit)\.cjs$/, // package.json, scripts and bin
  /^examples\/cli\/main\.ts$/, // scripts/fdkit.cjs
  /^examples\/cli\/failure\.ts$/, // scripts/example.sh, examples/cli/run.ts and check/program.ts
  /^scripts\/commands\.cjs$/, // test/redis/commands-table.test.ts, which compares what it makes
  /^scripts\/syscalls\.cjs$/, // test/native.test.ts, which compares what it makes
  /^scripts\/constants\.cjs$/, // test/constants.test.ts, which compares what it makes
  /^native\//, // binding.gyp; checkBuilds
];

export function checkUnusedFiles(files: readonly SourceText[]): Finding[] {
  const imported = new Set(files.flatMap((file) => importsOf(file).map(({ target }) => target)));
  return files
    .filter(({ path }) => !imported.has(path) && !ENTRY_POINTS.some((entry) => entry.test(path)))
    .map(({ path }) => ({ path, line: 1, rule: "unused-file", what: "nothing imports it" }));
}

const EXPORT = /^export (?:abstract )?(?:const|function\*?|class|async function) (\w+)/gm;

/**
 * An export that no other file mentions. What the public faces pass on is for the users. Types are
 * left alone: a declaration file needs their names where only their values are used.
 */
export function checkUnusedExports(files: readonly SourceText[]): Finding[] {
  const faces = files.filter(({ path }) => /^lib\/(inspect\/)?index\.ts$/.test(path));
  const passedOn = new Set(faces.flatMap((face) => importsOf(face).map(({ target }) => target)));
  const words = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const [word] of text.matchAll(/\w+/g)) {
      const users = words.get(word);
      if (users === undefined) words.set(word, new Set([path]));
      else users.add(path);
    }
  }
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    if (!/^(lib|examples|bench)\//.test(path) || passedOn.has(path)) continue;
    for (const match of text.matchAll(EXPORT)) {
      if ((words.get(match[1] as string)?.size ?? 0) > 1) continue;
      const line = lineOf(text, match.index);
      findings.push({ path, line, rule: "unused-export", what: match[1] as string });
    }
  }
  return findings;
}

/** `native/*.cc`, in binding.gyp, in CMakeLists.txt: three times the same list. */
export function checkBuilds(
  files: readonly SourceText[],
  builds: readonly SourceText[],
): Finding[] {
  const sources = files.map(({ path }) => path).filter((path) => /^native\/.*\.cc$/.test(path));
  return builds.flatMap(({ path, text }) => {
    const listed = new Set([...text.matchAll(/native\/\w+\.cc/g)].map(([source]) => source));
    const missing = sources.filter((source) => !listed.has(source));
    const stale = [...listed].filter((source) => !sources.includes(source));
    return [
      ...missing.map((source) => ({ path, line: 1, rule: "builds", what: `lacks ${source}` })),
      ...stale.map((source) => ({ path, line: 1, rule: "builds", what: `${source} is not there` })),
    ];
  });
}
