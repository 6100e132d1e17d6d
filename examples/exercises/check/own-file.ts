/**
 * The learner's own file of an exercise, and what becomes of it. It is no part of the build: a
 * mistake in it is told when it is tried, and stops nothing else.
 *
 * See also: tsconfig.build.json, which leaves it out; scripts/setup.cjs, which builds the rest */
import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const SOURCES = `${ROOT}examples/exercises`;
/** The newest of the build: types that a file relies on may have changed with it. */
const BUILD = `${ROOT}dist/.tsbuildinfo`;

export function sourceOf(name: string): string {
  return `${SOURCES}/${name}.ts`;
}

export function productOf(name: string): string {
  return `${ROOT}dist/examples/exercises/${name}.js`;
}

/**
 * Translates it if that was not done. Resolves to what TypeScript has against it, a line for each
 * mistake. To read the types takes a second or two and to translate a file nothing, so that all
 * that are out of date are done at once; what is wrong with the others is for another time.
 */
export async function translate(wanted: string): Promise<readonly string[]> {
  const names = readdirSync(SOURCES).flatMap((file) => /^(\d\d-.+)\.ts$/.exec(file)?.[1] ?? []);
  const stale = names.filter(isStale);
  if (!stale.includes(wanted)) return [];
  const { emitAll } = await import("./emit.ts");
  return emitAll(ROOT, stale.map(sourceOf)).get(sourceOf(wanted)) ?? [];
}

function isStale(name: string): boolean {
  const time = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return time(productOf(name)) < Math.max(time(sourceOf(name)), time(BUILD));
}
