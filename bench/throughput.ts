/** The cases: server CPU per request, and requests per second, in interleaved rounds. */

import { freemem } from "node:os";
import { byDataset, type Case, caseName, countName, isFairToLimit, sizeName } from "./cases.ts";
import { checkCommands, checkEveryKey, fill } from "./check.ts";
import { cpuTime, cpuTimeBetween } from "./cpu-time.ts";
import { runLoad } from "./load.ts";
import { Progress } from "./progress.ts";
import type { Sample } from "./results.ts";
import { type RunningServer, type ServerRow, startServer } from "./servers.ts";
import { orSkip, type Skipped } from "./skipped.ts";

/** What the hungriest of the servers needs for a key, beside its value. */
const BYTES_PER_KEY = 200;

/** Every server gets round 1 of a case, then every server round 2, after a warm-up, round 0. */
export async function measureThroughput(
  cases: readonly Case[],
  rows: readonly ServerRow[],
  rounds: number,
  skipped: Skipped[],
): Promise<Sample[]> {
  const progress = new Progress("CPU per request", cases.length * rows.length * (rounds + 1));
  const servers: RunningServer[] = [];
  const samples: Sample[] = [];
  try {
    for (const row of rows) servers.push(await startServer(row));
    for (const group of byDataset(cases)) {
      const dataset = group[0] as Case;
      const what = `cases with ${countName(dataset.keys)} keys of ${sizeName(dataset.size)}`;
      await orSkip(what, skipped, async () => {
        checkRoom(dataset, servers.length);
        await prepare(dataset, servers);
        for (const one of group) {
          samples.push(...(await measureCase(one, servers, rounds, progress)));
        }
        for (const server of servers) await checkEveryKey(server, dataset);
      });
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  progress.end();
  return samples;
}

function checkRoom({ keys, size }: Case, servers: number): void {
  const bytes = keys * (size + BYTES_PER_KEY) * servers;
  if (bytes < freemem()) return;
  throw new Error(`${servers} servers need ${Math.ceil(bytes / 1e9)} GB of memory for that`);
}

async function prepare(dataset: Case, servers: readonly RunningServer[]): Promise<void> {
  for (const server of servers) {
    await checkCommands(server);
    await fill(server, dataset);
    await checkEveryKey(server, dataset);
  }
}

async function measureCase(
  one: Case,
  all: readonly RunningServer[],
  rounds: number,
  progress: Progress,
): Promise<Sample[]> {
  const servers = all.filter(({ row }) => row.stores || isFairToLimit(one));
  const samples: Sample[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const server of servers) {
      progress.next(`${caseName(one)}, round ${round} of ${rounds}, ${server.row.name}`);
      const sample = await measureRound(one, server, round);
      if (round > 0) samples.push(sample);
    }
  }
  return samples;
}

async function measureRound(one: Case, server: RunningServer, round: number): Promise<Sample> {
  if (one.command === "LPOP") await runLoad({ ...one, command: "LPUSH" }, server);
  const before = cpuTime(server.pid);
  const rate = await runLoad(one, server);
  const { user, system } = cpuTimeBetween(before, cpuTime(server.pid));
  const perRequest = (seconds: number) => (seconds * 1e6) / one.requests;
  return {
    case: caseName(one),
    server: server.row.name,
    round,
    user: perRequest(user),
    system: perRequest(system),
    rate,
  };
}
