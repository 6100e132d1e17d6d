/** docs/errors.md: every error that it explains is provoked with the lines that it prints. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";

const PAGE = fileURLToPath(new URL("../../docs/errors.md", import.meta.url));
const PACKAGE = new URL("../../dist/lib/index.js", import.meta.url).href;
const MAX_LINES = 3;
const LONGEST_RUN_MS = 20_000;

/** What stands at the head of each section, and the fence below it. */
const SECTION = /^### (E[A-Z]+)\n([^#]*?)^```ts\n(.*?)^```$/gms;
const PREPARATION = /^## How to read this page\n.*?^```ts\n(.*?)^```$/ms;

interface Experiment {
  readonly error: string;
  /** The words of the command under which it has to be run; none for most. */
  readonly under: string;
  readonly code: string;
}

/** Runs each text of a list in a world of its own, and prints the errors they ended with. */
const HARNESS = `
import { spawn } from "node:child_process";
import { createContext, runInContext } from "node:vm";
import * as fdkit from ${JSON.stringify(PACKAGE)};

function errorOf(code) {
  try {
    const world = createContext({ ...fdkit, Buffer, process, spawn });
    const value = runInContext(code, world);
    return value < 0 ? fdkit.errnoName(value) : "answered " + value;
  } catch (error) {
    return error instanceof fdkit.SyscallError ? error.code : String(error);
  }
}
process.stdout.write(JSON.stringify(JSON.parse(process.argv[1]).map(errorOf)));
process.exit();
`;

const page = readFileSync(PAGE, "utf8");
const preparation = PREPARATION.exec(page)?.[1] as string;
const experiments = [...page.matchAll(SECTION)].map(([, error, text, code]): Experiment => {
  const under = /^Under `(.*)`:$/m.exec(text as string)?.[1] ?? "";
  return { error: error as string, under, code: code as string };
});

/** The errors that the experiments of one process ended with, in their order. */
function provoke(under: string, codes: readonly string[]): string[] {
  const program = [process.execPath, "--input-type=module", "-e", HARNESS];
  const whole = JSON.stringify(codes.map((code) => preparation + code));
  const { stdout, stderr } = spawnSync("sh", ["-c", `${under} "$@"`, "sh", ...program, whole], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
    timeout: LONGEST_RUN_MS,
  });
  return stdout === "" ? codes.map(() => stderr) : JSON.parse(stdout);
}

/** `unshare` and `setpriv` want privileges that an ordinary user does not have. */
function isAllowed(under: string): boolean {
  return process.getuid?.() === 0 || !/^(unshare|setpriv) /.test(under);
}

t.test("every section has one experiment, in few lines", async (t) => {
  const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
  t.same(
    experiments.map(({ error }) => error),
    headings,
  );
  for (const { error, code } of experiments) {
    t.ok(code.trimEnd().split("\n").length <= MAX_LINES, `${error} is provoked in few lines`);
  }
});

t.test("each experiment ends with the error it is for", async (t) => {
  const plain = experiments.filter(({ under }) => under === "");
  const found = provoke(
    "",
    plain.map(({ code }) => code),
  );
  t.same(
    found,
    plain.map(({ error }) => error),
  );
  for (const { error, under, code } of experiments) {
    if (under === "") continue;
    if (!isAllowed(under)) t.pass(error, { skip: `needs root: ${under}` });
    else t.same(provoke(under, [code]), [error], under);
  }
});

t.test("an experiment that shows something else is noticed", async (t) => {
  const [answered, thrown, wrong] = provoke("", ["1", "close(999)", "close(NaN)"]);
  t.equal(answered, "answered 1");
  t.equal(thrown, "EBADF");
  t.match(wrong, "RangeError");
});
