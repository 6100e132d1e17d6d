/**
 * The Redis server with counters over its table of calls (lib/inspect/counters.ts). When it ends it
 * prints how often each call was made as a line of JSON.
 */

import { writeSync } from "node:fs";
import { startCounters } from "../lib/inspect/counters.ts";

const counters = startCounters();
process.on("exit", () => {
  const counts = [...counters.calls].map(([name, { calls }]) => [name, calls]);
  writeSync(1, `${JSON.stringify(Object.fromEntries(counts))}\n`);
});
await import("../examples/redis/main.ts");
