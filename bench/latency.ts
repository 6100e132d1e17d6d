/** Latency under a constant arrival rate: each server in turn, at each rate. */

import { CLIENTS } from "./cases.ts";
import { fill } from "./check.ts";
import type { ArrivalResult, ArrivalTask } from "./open-loop.ts";
import { onLoadCore } from "./pinning.ts";
import { node, outputOf } from "./programs.ts";
import { Progress } from "./progress.ts";
import type { LatencySeries } from "./results.ts";
import { type RunningServer, type ServerRow, startServer } from "./servers.ts";
import { orSkip, type Skipped } from "./skipped.ts";

export interface LatencyScale {
  readonly keys: number;
  readonly arrivalRates: readonly number[];
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export async function measureLatency(
  { keys, arrivalRates, warmUpSeconds, seconds }: LatencyScale,
  rows: readonly ServerRow[],
  skipped: Skipped[],
): Promise<LatencySeries[]> {
  const progress = new Progress("latency", rows.length * arrivalRates.length);
  const series: LatencySeries[] = [];
  for (const arrivalRate of arrivalRates) {
    for (const row of rows) {
      progress.next(`${arrivalRate} requests/s, ${row.name}`);
      const load = { command: "GET", size: 16, clients: CLIENTS, keys } as const;
      const task = { ...load, arrivalRate, warmUpSeconds, seconds };
      const what = `latency of ${row.name} at ${arrivalRate} requests/s`;
      const result = await orSkip(what, skipped, () => measureOne(row, task));
      if (result === undefined) continue;
      const { percentiles } = result;
      series.push({
        case: `GET 16 B c=${CLIENTS} tcp`,
        server: row.name,
        arrivalRate,
        percentiles,
      });
    }
  }
  progress.end();
  return series;
}

async function measureOne(row: ServerRow, task: ArrivalTask): Promise<ArrivalResult> {
  const server = await startServer(row);
  try {
    await fill(server, task);
    return JSON.parse(await runClient("open-loop", server, task)) as ArrivalResult;
  } finally {
    await server.stop();
  }
}

/** Runs a program of client.ts against a server, over TCP; what it prints. */
export function runClient(program: string, { port, row }: RunningServer, task: object) {
  const kind = row.stores ? "redis" : "limit";
  return outputOf(onLoadCore(node("client.js", program, `${port}`, kind, JSON.stringify(task))));
}
