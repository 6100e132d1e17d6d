/** The longest wait while keys are inserted, flushed, and while they expire. */

import { countName } from "./cases.ts";
import { runClient } from "./latency.ts";
import { Progress } from "./progress.ts";
import type { StallSeries } from "./results.ts";
import { type RunningServer, type ServerRow, startServer } from "./servers.ts";
import { orSkip, type Skipped } from "./skipped.ts";
import type { Phase, StallResult, StallTask } from "./stall-probe.ts";

export interface StallScale {
  readonly keys: number;
  /** What follows an insertion or a flush may still be work: the probe goes on for that long. */
  readonly restMs: number;
  /** How long the keys may take to expire. */
  readonly limitMs: number;
}

export async function measureStalls(
  scale: StallScale,
  rows: readonly ServerRow[],
  skipped: Skipped[],
): Promise<StallSeries[]> {
  const progress = new Progress("stalls", rows.length);
  const series: StallSeries[] = [];
  for (const row of rows) {
    progress.next(row.name);
    await orSkip(`stalls of ${row.name}`, skipped, () =>
      measureServer(scale, row, series, skipped),
    );
  }
  progress.end();
  return series;
}

/** The limit stores nothing, so it can only be inserted into: that is the noise of the method. */
async function measureServer(
  { keys, restMs, limitMs }: StallScale,
  row: ServerRow,
  series: StallSeries[],
  skipped: Skipped[],
): Promise<void> {
  const server = await startServer(row);
  const measure = async (phase: Phase, expireAfterMs = 0) => {
    const task = { phase, keys, expireAfterMs, restMs, limitMs };
    const result = await probe(server, task);
    const { longestMs, keysLeft, points } = result;
    if (keysLeft > 0) {
      const reason = `${countName(keysLeft)} keys were left after ${limitMs / 1000} s`;
      skipped.push({ what: `the end of ${phase} of ${row.name}`, reason });
    }
    series.push({ name: `${phase} ${countName(keys)} keys`, server: row.name, longestMs, points });
    return result.seconds;
  };
  try {
    const insertSeconds = await measure("insert");
    if (!row.stores) return;
    await measure("flush");
    await measure("expire", Math.ceil(insertSeconds * 1500) + 1000);
  } finally {
    await server.stop();
  }
}

async function probe(server: RunningServer, task: StallTask): Promise<StallResult> {
  return JSON.parse(await runClient("stalls", server, task)) as StallResult;
}
