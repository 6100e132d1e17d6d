/**
 * The CPU time a process has used, from the kernel's accounting: in nanoseconds from the
 * scheduler's statistics of each thread, which do not tell user from system time; that split comes
 * from the clock's ticks. proc(5), /proc/pid/stat and /proc/pid/task/tid/schedstat
 */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second; 100 on every Linux that runs Node, but asked for all the same. */
const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

export interface CpuTime {
  /** Seconds, of all threads. */
  readonly user: number;
  readonly system: number;
  /** The sum of both, to the nanosecond where the kernel keeps the scheduler's statistics. */
  readonly total: number;
}

export function cpuTime(pid: number): CpuTime {
  const { user, system } = parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"), TICKS_PER_SECOND);
  return { user, system, total: scheduledTime(pid) ?? user + system };
}

/** What was used from one moment to another: the exact total, divided as the ticks are. */
export function cpuTimeBetween(before: CpuTime, after: CpuTime): CpuTime {
  const user = after.user - before.user;
  const system = after.system - before.system;
  const total = after.total - before.total;
  const userShare = user + system > 0 ? user / (user + system) : 1;
  return { user: total * userShare, system: total * (1 - userShare), total };
}

/** The program's name is in parentheses and may hold spaces and parentheses itself. */
export function parseStat(
  stat: string,
  ticksPerSecond: number,
): { readonly user: number; readonly system: number } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const seconds = (field: number) => Number(fields[field - 3]) / ticksPerSecond;
  return { user: seconds(14), system: seconds(15) };
}

/** Seconds on a CPU of all threads that there are; undefined without CONFIG_SCHED_INFO. */
function scheduledTime(pid: number): number | undefined {
  let ns = 0;
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "latin1").split(" ")[0]);
    } catch {
      return undefined;
    }
  }
  return ns > 0 ? ns / 1e9 : undefined;
}
