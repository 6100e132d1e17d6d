/** The load: redis-benchmark, or a small client of our own where that is not installed. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Case, CLIENTS, KEYS, VALUE_SIZE } from "./cases.ts";
import { isInstalled } from "./servers.ts";

export const LOAD_GENERATOR = isInstalled("redis-benchmark")
  ? "redis-benchmark"
  : "bench/client.ts";

/** Sends a case's requests to the server on `port`; requests per second. */
export async function runLoad(
  { command, pipeline, requests }: Case,
  port: number,
  cpu: number | undefined,
): Promise<number> {
  const generator =
    LOAD_GENERATOR === "redis-benchmark"
      ? ["redis-benchmark", "--csv"]
      : [process.execPath, new URL("client.js", import.meta.url).pathname];
  const options = {
    p: port,
    n: requests,
    c: CLIENTS,
    P: pipeline,
    t: command,
    r: KEYS,
    d: VALUE_SIZE,
  };
  const pinned = cpu === undefined ? [] : ["taskset", "-c", `${cpu}`];
  const words = Object.entries(options).flatMap(([name, value]) => [`-${name}`, `${value}`]);
  const [program = "", ...args] = [...pinned, ...generator, ...words];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("latin1").on("data", (text) => {
    output += text;
  });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${LOAD_GENERATOR} ended with status ${status}`);
  return parseRate(output);
}

/** The last line is `"GET","123456.78",...`. */
export function parseRate(output: string): number {
  const line = output.trim().split("\n").pop() ?? "";
  const rate = Number(line.split(",")[1]?.replaceAll('"', ""));
  if (!(rate > 0)) throw new Error(`no rate in the output: ${line}`);
  return rate;
}
