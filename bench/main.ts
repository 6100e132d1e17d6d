/**
 * npm run bench: the Redis server on the toolkit against the same core on Node's `net` and against
 * redis-server, side by side, in server CPU per request. See README.md for what that means.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { CASES, type Case, CLIENTS, caseName, KEYS, VALUE_SIZE } from "./cases.ts";
import { fillAndCheck } from "./check.ts";
import { cpuTime } from "./cpu-time.ts";
import { LOAD_GENERATOR, runLoad } from "./load.ts";
import { formatReport, type Sample } from "./report.ts";
import { isInstalled, type RunningServer, SERVERS, startServer } from "./servers.ts";

const USAGE = `Usage: npm run bench -- [--rounds N] [--quick] [--json FILE]

  --rounds N    how often every case is measured on every server (default 5)
  --quick       one round with a tenth of the requests: to see that it works, not to compare
  --json FILE   writes all samples to FILE as well`;

/** Server and load on cores of their own: they share caches, but do not wait for each other. */
const canPin = availableParallelism() > 1 && isInstalled("taskset");
const SERVER_CPU = canPin ? 0 : undefined;
const LOAD_CPU = canPin ? 1 : undefined;

const running: RunningServer[] = [];

function stopServers(): void {
  for (const { process: child } of running) child.kill("SIGKILL");
}

function describe(rounds: number): string {
  const version = (program: string) =>
    spawnSync(program, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "not installed";
  return [
    `machine   ${availableParallelism()} × ${cpus()[0]?.model ?? "CPU"}, Linux ${release()}`,
    `versions  Node ${process.version}; ${version("redis-server")}`,
    `load      ${LOAD_GENERATOR}, ${CLIENTS} clients, ${KEYS} keys, ${VALUE_SIZE}-byte values`,
    `pinning   ${canPin ? "servers on core 0, load on core 1" : "none: one core, or no taskset"}`,
    `rounds    ${rounds}, servers in turn, after one round of warm-up`,
  ].join("\n");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startAll(): Promise<void> {
  for (const row of SERVERS) {
    const reason = row.missing();
    if (reason !== undefined) console.log(`skipped   ${row.name}: ${reason}`);
    else running.push(await startServer(row, await freePort(), SERVER_CPU));
  }
}

async function measure(one: Case, { row, port, process: child }: RunningServer): Promise<Sample> {
  const pid = child.pid as number;
  const before = cpuTime(pid);
  const rate = await runLoad(one, port, LOAD_CPU);
  const after = cpuTime(pid);
  const perRequest = (seconds: number) => (seconds * 1e6) / one.requests;
  return {
    case: caseName(one),
    server: row.name,
    user: perRequest(after.user - before.user),
    system: perRequest(after.system - before.system),
    rate,
  };
}

async function measureAll(cases: readonly Case[], rounds: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const one of cases) {
    // Round 0 is the warm-up: compilers, caches, sockets.
    for (let round = 0; round <= rounds; round++) {
      for (const server of running) {
        const sample = await measure(one, server);
        if (round > 0) samples.push(sample);
      }
      process.stderr.write(`\r${caseName(one)}: round ${round} of ${rounds} `);
    }
    process.stderr.write("\n");
  }
  return samples;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const rounds = values.quick ? 1 : Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw new RangeError("--rounds: a count, 1 or more");
  const scale = values.quick ? 0.1 : 1;
  const cases = CASES.map((one) => ({ ...one, requests: one.requests * scale }));
  console.log(describe(rounds));
  await startAll();
  for (const { port } of running) await fillAndCheck(port);
  const samples = await measureAll(cases, rounds);
  for (const { port } of running) await fillAndCheck(port);
  console.log(
    `\n${formatReport(
      samples,
      cases,
      running.map(({ row }) => row.name),
    )}`,
  );
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(samples, null, 2));
}

process.on("exit", stopServers);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
stopServers();
