/**
 * npm run bench: the Redis server on the toolkit against the same core on Node's `net`, against
 * servers in C, and against the limit, side by side, in server CPU per request and by what else a
 * server can be judged. See README.md for what that means, and for what is not comparable.
 */

import { writeFileSync } from "node:fs";
import { describeEnvironment } from "./environment.ts";
import { measureLatency } from "./latency.ts";
import { measureMemory } from "./memory.ts";
import { microFigures } from "./micro/main.ts";
import { type Part, type Plan, parsePlan, USAGE } from "./plan.ts";
import { writeHtmlReport } from "./report/html.ts";
import type { Results } from "./results.ts";
import { SERVERS } from "./servers.ts";
import type { Skipped } from "./skipped.ts";
import { measureStalls } from "./stalls.ts";
import { formatSummary } from "./summary.ts";
import { measureSyscalls } from "./syscalls.ts";
import { measureThroughput } from "./throughput.ts";

async function run(plan: Plan): Promise<Results> {
  const skipped: Skipped[] = SERVERS.map((row) => ({ row, reason: row.missing() }))
    .filter(({ reason }) => reason !== undefined)
    .map(({ row, reason }) => ({ what: row.name, reason: reason ?? "" }));
  const rows = SERVERS.filter(({ name }) => !skipped.some(({ what }) => what === name));
  const ifWanted = <T>(part: Part, measure: () => Promise<T[]>): Promise<T[]> =>
    plan.parts.has(part) ? measure() : Promise.resolve([]);
  return {
    date: new Date().toISOString(),
    environment: describeEnvironment(plan.rounds),
    servers: rows.map(({ name, what }) => ({ name, what })),
    samples: await ifWanted("cases", () =>
      measureThroughput(plan.cases, rows, plan.rounds, skipped),
    ),
    latencies: await ifWanted("latency", () => measureLatency(plan.latency, rows, skipped)),
    stalls: await ifWanted("stalls", () => measureStalls(plan.stalls, rows, skipped)),
    figures: [
      ...(await ifWanted("memory", () => measureMemory(plan.memory, rows, skipped))),
      ...(await ifWanted("syscalls", () => measureSyscalls(plan.syscallRequests, rows, skipped))),
      ...(await ifWanted("micro", () => microFigures(plan.micro, skipped))),
    ],
    skipped,
  };
}

async function main(): Promise<void> {
  const plan = parsePlan(process.argv.slice(2));
  if (plan.wish === "help") {
    console.log(USAGE);
    return;
  }
  const results = await run(plan);
  console.log(`\n${formatSummary(results)}`);
  writeHtmlReport(results, plan.html);
  console.log(`\nreport: ${plan.html}`);
  if (plan.json !== undefined) writeFileSync(plan.json, JSON.stringify(results, null, 2));
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
