// Worker threads that use the addon directly: no TypeScript, so they start quickly.

import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import "../../lib/native.ts";

const require = createRequire(import.meta.url);
/** Ours by what it has: what translates the tests is an addon as well. */
const addon = Object.values(require.cache).find((module) => module?.exports.calls)?.filename;

/**
 * A worker that runs `body` and then stays alive; `body` sees the addon's `calls` and `constants`
 * and may say one thing with `post`. Resolves to the worker and what it said.
 */
export async function startWorker(body: string, data?: unknown): Promise<[Worker, unknown]> {
  const script = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { calls, constants } = require(${JSON.stringify(addon)});
    const post = (message) => parentPort.postMessage(message);
    parentPort.on("message", () => process.exit());
    ${body}`;
  const worker = new Worker(script, { eval: true, execArgv: [], workerData: data });
  const [said] = await Promise.race([
    once(worker, "message"),
    once(worker, "exit").then(() => {
      throw new Error("the worker exited and said nothing");
    }),
  ]);
  return [worker, said];
}

/** Lets a worker end by itself, as opposed to terminate(). */
export async function endWorker(worker: Worker): Promise<void> {
  worker.postMessage("end");
  await once(worker, "exit");
}
