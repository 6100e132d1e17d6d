// Programs in a network namespace of their own, with links of their own that they may take down.
// See network_namespaces(7), unshare(1), ip(8).
import { spawnSync } from "node:child_process";
import type { Test } from "tap";
import { Program } from "./program.ts";

const UNSHARE = process.getuid?.() === 0 ? "unshare --net" : "unshare --map-root-user --net";

const works = spawnSync("sh", ["-c", `${UNSHARE} ip link set lo up`]).status === 0;

/** Why a test must skip, or false: root needs no more than the tools. */
export const lacksNamespaces = works
  ? false
  : "a network namespace needs unshare(1), ip(8), and root or user namespaces";

/** A program as of program.ts, started when `commands` of sh have set its network up. */
export function inNamespace(t: Test, commands: string, code: string): Program {
  const inside = `ip link set lo up; ${commands}; exec "$0" "$@"`;
  return new Program(t, code, `exec ${UNSHARE} sh -ec '${inside}' "$0" "$@"`);
}
