/**
 * The programs that put load on a server, in processes of their own and on the toolkit:
 *
 *   node dist/bench/client.js PROGRAM PORT|PATH redis|limit JSON
 *
 * Each prints what it measured; JSON is what it is to do.
 */

import { closedLoop } from "./closed-loop.ts";
import { openLoop } from "./open-loop.ts";
import { probeStalls } from "./stall-probe.ts";

/** What a program is told about the server. */
export interface Target {
  /** A port of 127.0.0.1, or the path of a unix socket. */
  readonly where: string;
  readonly stores: boolean;
}

const PROGRAMS: Record<string, (target: Target, task: string) => string> = {
  "closed-loop": (target, task) => closedLoop(target, JSON.parse(task)),
  "open-loop": (target, task) => JSON.stringify(openLoop(target, JSON.parse(task))),
  stalls: (target, task) => JSON.stringify(probeStalls(target, JSON.parse(task))),
};

const [program = "", where = "", kind, task = "{}"] = process.argv.slice(2);
try {
  console.log(PROGRAMS[program]?.({ where, stores: kind === "redis" }, task));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
