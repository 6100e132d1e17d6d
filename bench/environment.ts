/** Where and with what a run is made, for the report. */

import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { LOAD_GENERATOR } from "./load.ts";
import { IS_PINNED } from "./pinning.ts";
import type { Results } from "./results.ts";

function version(program: string): string {
  const { stdout, error } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return error === undefined ? (stdout.trim().split("\n")[0] ?? "") : `no ${program}`;
}

export function describeEnvironment(rounds: number): Results["environment"] {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    ["machine", `${availableParallelism()} × ${cpus()[0]?.model ?? "CPU"}, ${memory}`],
    ["kernel", `Linux ${release()}`],
    ["Node", `${process.version}, V8 ${process.versions.v8}`],
    ["Redis", version("redis-server")],
    ["Valkey", version("valkey-server")],
    ["compiler", version("cc")],
    ["load", LOAD_GENERATOR],
    ["pinning", IS_PINNED ? "servers on core 0, load on core 1" : "none: one core, or no taskset"],
    ["rounds", `${rounds}, servers in turn, after one round of warm-up`],
    ["load before", loadavg()[0]?.toFixed(2) ?? ""],
  ];
}
