/** The load: redis-benchmark, or a client of our own where that is not installed. */

import type { Case } from "./cases.ts";
import { onLoadCore } from "./pinning.ts";
import { isInstalled, node, outputOf } from "./programs.ts";
import { requestWords } from "./requests.ts";
import type { RunningServer } from "./servers.ts";

const HAS_REDIS_BENCHMARK = isInstalled("redis-benchmark");
export const LOAD_GENERATOR = HAS_REDIS_BENCHMARK ? "redis-benchmark" : "bench/client.ts";

/** Sends a case's requests to the server; requests per second. */
export async function runLoad(one: Case, server: RunningServer): Promise<number> {
  const words = HAS_REDIS_BENCHMARK ? redisBenchmark(one, server) : ownClient(one, server);
  return parseRate(await outputOf(onLoadCore(words)));
}

export function redisBenchmark(one: Case, { port, path }: RunningServer): string[] {
  const where = one.transport === "tcp" ? ["-p", port] : ["-s", path];
  const { requests, clients, pipeline, keys } = one;
  const numbers = ["-n", requests, "-c", clients, "-P", pipeline, "-r", keys];
  const words = [...where, ...numbers, "--csv", ...requestWords(one)];
  return ["redis-benchmark", ...words.map(String)];
}

export function ownClient(one: Case, { port, path, row }: RunningServer): string[] {
  const where = one.transport === "tcp" ? `${port}` : path;
  return node(
    "client.js",
    "closed-loop",
    where,
    row.stores ? "redis" : "limit",
    JSON.stringify(one),
  );
}

/** The last line is `"GET ...","123456.78",...`. */
export function parseRate(output: string): number {
  const line = output.trim().split("\n").pop() ?? "";
  const rate = Number(/^".*?","([\d.]+)"/.exec(line)?.[1]);
  if (!(rate > 0)) throw new Error(`no rate in the output: ${line.slice(0, 200)}`);
  return rate;
}
