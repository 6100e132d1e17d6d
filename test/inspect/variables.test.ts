/**
 * A wrong value of FDKIT_TRACE, FDKIT_FAULT or FDKIT_COUNTERS is its user's slip: whatever the
 * program is, it ends before it begins, with a line and no stack. What each of the variables takes:
 * trace.test.ts, fault.test.ts, counters.test.ts.
 */

import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { ours, run } from "../helpers/run.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const SLIP = "FDKIT_TRACE=foo=1";
const KEYS = "trace=, fd=, output=, format=, timestamps=, strings=";
const MESSAGE = `${SLIP}: "foo=1" is not one of ${KEYS}`;

/** A folder that has fdkit, with a program; how to start it there. */
function program(t: Test, app: string, ...options: string[]): string[] {
  const folder = t.testdir({ "app.mjs": app, node_modules: {} });
  symlinkSync(ROOT, join(folder, "node_modules/fdkit"));
  return ["sh", "-c", 'cd "$0" && exec "$@"', folder, process.execPath, ...options, "app.mjs"];
}

async function isTold(t: Test, command: readonly string[]): Promise<void> {
  t.strictSame(await run(t, ["env", SLIP, ...command]), {
    ending: [2, null],
    output: "",
    errors: `fdkit: ${MESSAGE}\n`,
  });
}

t.test("a program of the ladder, a server with threads, and the Redis server", async (t) => {
  await isTold(t, ours("examples/01-server.js", "0"));
  await isTold(t, ours("examples/16-threads.js", "0"));
  await isTold(t, ours("examples/redis/main.js", "--port", "0"));
  await isTold(t, ["sh", "scripts/example.sh", "01-server", "0"]);
});

t.test("node --import fdkit/trace, and fdkit trace", async (t) => {
  const app = 'import "fdkit"; console.log("it began");';
  await isTold(t, program(t, app, "--import", "fdkit/trace"));
  const [, file = ""] = ours("examples/01-server.js");
  const { ending, errors } = await run(t, ours("examples/cli/main.js", "trace", "-s", "x", file));
  t.strictSame(ending, [2, null]);
  t.equal(errors, 'fdkit: FDKIT_TRACE=strings=x: "x" is not a number\n');
});

t.test("a program that imports fdkit late has done what came before", async (t) => {
  const app = 'console.log("before"); await import("fdkit"); console.log("behind");';
  t.strictSame(await run(t, ["env", SLIP, ...program(t, app)]), {
    ending: [2, null],
    output: "before\n",
    errors: `fdkit: ${MESSAGE}\n`,
  });
});

t.test("a worker has what its process has", async (t) => {
  const app = `import { close, dup } from "fdkit";
    import { isMainThread, Worker } from "node:worker_threads";
    if (isMainThread) new Worker(new URL(import.meta.url));
    else close(dup(1));`;
  const { ending, errors } = await run(t, ["env", "FDKIT_TRACE=trace=dup", ...program(t, app)]);
  t.strictSame(ending, [0, null]);
  t.match(errors, /^\[thread 1\] dup\(1\) +=.*\n$/);
  await isTold(t, program(t, app));
});

t.test("a worker that is given a wrong value fails, and the program hears of it", async (t) => {
  const app = `import { Worker } from "node:worker_threads";
    const env = { FDKIT_TRACE: "foo=1" };
    const worker = new Worker('import("fdkit")', { eval: true, env });
    worker.on("error", ({ message }) => console.log(message));
    worker.on("exit", (status) => console.log(status));`;
  t.strictSame(await run(t, program(t, app)), {
    ending: [0, null],
    output: `${MESSAGE}\n1\n`,
    errors: "",
  });
});
