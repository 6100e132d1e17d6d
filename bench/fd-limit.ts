/** The limit of open fds, of this process and of those that it starts. prlimit(1), getrlimit(2) */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The soft limit; Node raises it to the hard one when it starts. */
export function parseFdLimit(limits: string): number {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? "unlimited";
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Raises the limit to `count` if that is needed, which takes root; throws where it can't. */
export function allowFds(count: number): void {
  const limit = () => parseFdLimit(readFileSync("/proc/self/limits", "latin1"));
  if (limit() >= count) return;
  spawnSync("prlimit", ["--pid", `${process.pid}`, `--nofile=${count}:${count}`]);
  if (limit() < count) throw new Error(`'ulimit -n' allows ${limit()} open files, not ${count}`);
}
