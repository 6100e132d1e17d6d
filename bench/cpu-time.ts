/** The CPU time a process has used, from the kernel's accounting. proc(5), /proc/pid/stat */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Clock ticks per second; 100 on every Linux that runs Node, but asked for all the same. */
const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

export interface CpuTime {
  /** Seconds, of all threads. */
  readonly user: number;
  readonly system: number;
}

export function cpuTime(pid: number): CpuTime {
  return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"), TICKS_PER_SECOND);
}

/** The program's name is in parentheses and may hold spaces and parentheses itself. */
export function parseStat(stat: string, ticksPerSecond: number): CpuTime {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const seconds = (field: number) => Number(fields[field - 3]) / ticksPerSecond;
  return { user: seconds(14), system: seconds(15) };
}
