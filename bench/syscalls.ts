/**
 * Syscalls per request: strace(1) counts those of any server, libraries and threads included;
 * fdkit's own are counted in its table of calls, by name.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type Case, CLIENTS, caseName, KEYS } from "./cases.ts";
import { fill } from "./check.ts";
import { runLoad } from "./load.ts";
import { isInstalled } from "./programs.ts";
import { Progress } from "./progress.ts";
import type { Figure } from "./results.ts";
import { scratchPath } from "./scratch.ts";
import { COUNTED, type RunningServer, type ServerRow, startServer } from "./servers.ts";
import { orSkip, type Skipped } from "./skipped.ts";

const PIPELINES = [1, 16];
/** Less often than that a call belongs to the start of the server, or to its clock. */
const SELDOM = 0.001;

function caseOf(pipeline: number, requests: number): Case {
  const [command, size, transport] = ["GET", 16, "tcp"] as const;
  return { command, size, pipeline, clients: CLIENTS, keys: KEYS, transport, requests };
}

/** `requests` without a pipeline, and as many batches with one. */
export async function measureSyscalls(
  requests: number,
  rows: readonly ServerRow[],
  skipped: Skipped[],
): Promise<Figure[]> {
  const progress = new Progress("syscalls", PIPELINES.length * (rows.length + 1));
  const figures: Figure[] = [];
  for (const pipeline of PIPELINES) {
    const one = caseOf(pipeline, requests * pipeline);
    for (const row of rows) {
      progress.next(`${caseName(one)}, ${row.name}`);
      await orSkip(`syscalls of ${row.name}`, skipped, async () => {
        const value = (await tracedCalls(row, one)) / one.requests;
        const name = `syscalls per request, ${caseName(one)}`;
        figures.push({ group: "syscalls", name, server: row.name, value, unit: "" });
      });
    }
    progress.next(`${caseName(one)}, by name`);
    await orSkip("calls by name", skipped, async () => {
      figures.push(...(await callsByName(one)));
    });
  }
  progress.end();
  return figures;
}

async function tracedCalls(row: ServerRow, one: Case): Promise<number> {
  if (!isInstalled("strace")) throw new Error("strace is not on the PATH");
  const server = await startServer(row);
  try {
    await fill(server, one);
    const summary = await traceWhile(server, () => runLoad(one, server));
    return parseTrace(summary);
  } finally {
    await server.stop();
  }
}

/** The summary of `strace -c` for what happened during `work`. */
async function traceWhile(server: RunningServer, work: () => Promise<unknown>): Promise<string> {
  const file = scratchPath(`strace-${server.pid}`);
  const args = ["-f", "-c", "-o", file, "-p", `${server.pid}`];
  const strace = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(strace, "close");
  // It says on stderr that it is attached, or why it is not.
  const [message] = (await once(strace.stderr, "data")) as [Buffer];
  if (!`${message}`.includes("attached")) throw new Error(`${message}`.split("\n")[0]);
  try {
    await work();
  } finally {
    strace.kill("SIGINT");
    await ended;
  }
  return readFileSync(file, "latin1");
}

/** Columns: % of time, seconds, µs per call, calls, errors (or nothing), name. */
export function parseTrace(summary: string): number {
  const rows = summary.split("\n").map((line) => line.trim().split(/\s+/));
  const counted = rows.filter((row) => /^\d+\.\d+$/.test(row[0] ?? "") && row.at(-1) !== "total");
  return counted.reduce((sum, row) => sum + Number(row[3]), 0);
}

/** Of a server that knows nothing but this load: what it does besides is a few dozen of calls. */
async function callsByName(one: Case): Promise<Figure[]> {
  const server = await startServer(COUNTED);
  let output = "";
  try {
    await runLoad(one, server);
  } finally {
    output = await server.stop("SIGTERM");
  }
  const counts = JSON.parse(output.trim().split("\n").pop() ?? "{}") as Record<string, number>;
  return Object.entries(counts)
    .map(([call, count]) => ({ call, value: count / one.requests }))
    .filter(({ value }) => value > SELDOM)
    .map(({ call, value }) => {
      const name = `${call} per request, ${caseName(one)}`;
      return { group: "calls by name", name, server: COUNTED.name, value, unit: "" };
    });
}
