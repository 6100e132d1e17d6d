// The second referee: Python makes the same calls, and every answer is the same: numbers, names of
// errors, addresses, bytes, control data, readiness. Without python3 it says so and skips.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { leavesNoFd } from "../../helpers/fds.ts";
import { play } from "./executor.ts";
import { familyScenarios, type Scenario } from "./scenarios.ts";
import { specialScenarios } from "./special-scenarios.ts";

const REFEREE = fileURLToPath(new URL("referee.py", import.meta.url));
const PATIENCE_MS = 30_000;

/** What Python needs to have for all scenarios: os.splice and os.eventfd. */
const HAS_ALL = "import sys; sys.exit(sys.version_info < (3, 10))";
const isThere = spawnSync("python3", ["-c", HAS_ALL]).status === 0;
const skip = isThere ? false : "needs python3, 3.10 or newer";

const scenarios = [...familyScenarios(), ...specialScenarios()];

/** What Python answers to all scenarios. */
function refereed(folder: string): unknown[][] {
  const input = JSON.stringify({ folder, scenarios: scenarios.map(([, scenario]) => scenario) });
  const options = { input, encoding: "utf8", timeout: PATIENCE_MS, maxBuffer: 2 ** 26 } as const;
  const { stdout, stderr } = spawnSync("python3", ["-W", "ignore", REFEREE], options);
  const lines = stdout.split("\n").filter((line) => line !== "");
  if (lines.length === scenarios.length) return lines.map((line) => JSON.parse(line));
  throw new Error(`${scenarios[lines.length]?.[0]} has no answer: ${stderr}`);
}

/** Each step beside its answer, so that a difference shows where it is. */
function transcript(scenario: Scenario, answers: readonly unknown[]): string[] {
  return scenario.map((step, i) => `${JSON.stringify(step)} -> ${JSON.stringify(answers[i])}`);
}

const folder = mkdtempSync(join(tmpdir(), "fdkit-referee-"));
t.teardown(() => rmSync(folder, { recursive: true }));
const expected = isThere ? refereed(join(folder, "python")) : [];

for (const [i, [title, scenario]] of scenarios.entries()) {
  t.test(title, { skip }, async (t) => {
    const answers = play(scenario, join(folder, `${i}`));
    t.strictSame(transcript(scenario, answers), transcript(scenario, expected[i]));
  });
}

leavesNoFd(t);
