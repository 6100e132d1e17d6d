/** `maxclients` cannot exceed the fds that this process may open, less those it needs itself. */

import { readFileSync } from "node:fs";
import type { Settings } from "./config.ts";
import type { LogLevel } from "./host.ts";

/** Listeners, the loop, files, and what Node opens for itself. */
const RESERVED_FDS = 32;
const NODES_OWN_FDS = 24;

/** Lowers `settings.maxclients` to what is possible, and says so. */
export function fitMaxClients(
  settings: Settings,
  log: (level: LogLevel, message: string) => void,
): void {
  const possible = Math.max(1, openFilesLimit() - RESERVED_FDS - NODES_OWN_FDS);
  if (settings.maxclients <= possible) return;
  const wanted = settings.maxclients;
  settings.maxclients = possible;
  log("warning", `maxclients is ${possible} instead of ${wanted}: 'ulimit -n' allows no more`);
}

/** RLIMIT_NOFILE; Node raises the soft limit to the hard one when it starts. proc(5) */
function openFilesLimit(): number {
  const limits = readFileSync("/proc/self/limits", "latin1");
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? "unlimited";
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
