/**
 * What a call costs through lib/sys, what through the bare table, in this process: the median of
 * some runs. The kernel's own part is in both; a call that fails early has next to none.
 */

import { closeSync, openSync } from "node:fs";
import { F_GETFD, fcntl, read, write } from "fdkit";
import { calls } from "../../lib/native.ts";
import type { Figure } from "../results.ts";
import { summarize } from "../stats.ts";

const RUNS = 7;

export function callFigures(count: number): Figure[] {
  const fd = openSync("/dev/null", "r+");
  const buffer = Buffer.alloc(64);
  const cases: readonly [name: string, server: string, call: () => void][] = [
    ["fcntl(fd, F_GETFD)", "lib/sys", () => fcntl(fd, F_GETFD)],
    ["fcntl(fd, F_GETFD)", "table", () => calls.fcntl(fd, F_GETFD, 0)],
    ["read(fd, buffer, 64)", "lib/sys", () => read(fd, buffer, 64)],
    ["read(fd, buffer, 64)", "table", () => calls.read(fd, buffer, 64, 0)],
    ["write(fd, buffer, 64)", "lib/sys", () => write(fd, buffer, 64)],
    ["write(fd, buffer, 64)", "table", () => calls.write(fd, buffer, 64, 0)],
    ["nothing", "table", () => {}],
  ];
  try {
    return cases.map(([name, server, call]) => {
      return { group: "Calls, on /dev/null", name, server, value: cost(call, count), unit: "ns" };
    });
  } finally {
    closeSync(fd);
  }
}

/** Nanoseconds of one call. */
function cost(call: () => void, count: number): number {
  const runs = Array.from({ length: RUNS }, () => {
    const before = performance.now();
    for (let i = 0; i < count; i++) call();
    return ((performance.now() - before) * 1e6) / count;
  });
  return summarize(runs).median;
}
