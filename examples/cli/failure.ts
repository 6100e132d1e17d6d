/**
 * How a program of the ladder ends when a call fails and nobody catches it: with the error, the
 * program's own lines on the way to it, and a hint; Node would print a page of its own. It is
 * loaded before the program, with --import and --enable-source-maps: `npm run example`, run.ts. */

import { isMainThread } from "node:worker_threads";

/** By errno, what a learner has most likely run into. */
const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "Somebody has this address already, maybe a step in another terminal.",
  ECONNREFUSED: "Nobody listens there: start its partner first.",
  EPERM: "This is for root: sudo.",
  EACCES: "This is for root: sudo.",
};

/** Lines of the programs in a stack trace, without this folder. */
const OWN_LINE = /examples\/(?!cli\/)[\w/.-]+:\d+(?=:\d+)/g;

function explain(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}\n`;
  const { name, message, stack = "", code } = error as NodeJS.ErrnoException;
  const lines = [...stack.matchAll(OWN_LINE)].map(([line]) => `    at ${line}\n`);
  const hint = HINTS[code ?? ""];
  return `${name}: ${message}\n${lines.join("")}${hint === undefined ? "" : `${hint}\n`}`;
}

// What is thrown in a worker arrives at the main thread, unless the program looks after it.
if (isMainThread) {
  process.setUncaughtExceptionCaptureCallback((error) => {
    process.stderr.write(explain(error));
    process.exit(1);
  });
}
