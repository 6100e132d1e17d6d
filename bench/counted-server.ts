/**
 * The Redis server with a counter in every member of the table of calls (lib/native.ts). When it
 * ends it prints the counts as a line of JSON.
 */

import { realpathSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { calls } from "../lib/native.ts";

/** Makes each function of `table` count its calls; the counts by name, which go on changing. */
export function countCalls(table: object): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, call] of Object.entries(table) as [string, (...args: unknown[]) => unknown][]) {
    counts[name] = 0;
    const counted = (...args: unknown[]) => {
      counts[name] = (counts[name] as number) + 1;
      return call(...args);
    };
    Object.assign(table, { [name]: counted });
  }
  return counts;
}

if (realpathSync(process.argv[1] ?? "/") === fileURLToPath(import.meta.url)) {
  const counts = countCalls(calls);
  process.on("exit", () => writeSync(1, `${JSON.stringify(counts)}\n`));
  await import("../examples/redis/main.ts");
}
