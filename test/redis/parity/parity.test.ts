/**
 * Ours against the real redis-server 7.0: random histories of commands, compared byte for byte.
 * A difference is shrunk to a short history and printed with the line that repeats it.
 *
 *   npm test                                  a fixed number of histories, seeded with 1
 *   npm run parity -- --minutes 30            new seeds until the time is over
 *   npm run parity -- --group lists --seed 7  one group, one seed; --runs and --length as well
 */

import { parseArgs } from "node:util";
import fc from "fast-check";
import t, { type Test } from "tap";
import { NO_REFEREE, startReferee } from "../../helpers/referee.ts";
import { GROUPS } from "./groups.ts";
import { type History, historiesOf } from "./history.ts";
import { Match } from "./play.ts";

const { values: options } = parseArgs({
  args: (process.env.FDKIT_PARITY ?? "").split(" ").filter((word) => word !== ""),
  options: {
    minutes: { type: "string", default: "0" },
    group: { type: "string" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "40" },
    length: { type: "string", default: "40" },
  },
});
const names = options.group === undefined ? Object.keys(GROUPS) : [options.group];
/** Characters of a reply in a report. */
const MOST_SHOWN = 2000;
const deadline = Date.now() + Number(options.minutes) * 60_000;

t.test("histories of all groups give the same replies", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  const match = new Match(referee);
  let seed = Number(options.seed);
  do {
    for (const name of names) await sameHistories(t, match, name, seed);
    seed++;
  } while (Date.now() < deadline && t.passing());
  t.comment(`seeds to ${seed - 1}: ${match.histories} histories, ${match.commands} commands`);
});

async function sameHistories(t: Test, match: Match, name: string, seed: number): Promise<void> {
  const property = fc.asyncProperty(historiesOf(name, Number(options.length)), async (history) => {
    return (await match.play(history)) === undefined;
  });
  const details = await fc.check(property, { seed, numRuns: Number(options.runs) });
  if (!details.failed) {
    t.pass(`${name}, seed ${seed}`);
    return;
  }
  const [history] = details.counterexample ?? [];
  const report = history === undefined ? String(details.errorInstance) : await show(match, history);
  t.fail(`${name}, seed ${seed}`, {
    repeat: `npm run parity -- --group ${name} --seed ${seed} --runs ${options.runs}`,
    report,
    stack: "",
    source: "",
    at: null,
  });
}

/** Without the steps that make no difference; fast-check tries by far not all of them. */
async function minimized(match: Match, history: History): Promise<History> {
  let smallest = history;
  for (let i = history.steps.length - 1; i >= 0; i--) {
    const fewer = { ...smallest, steps: smallest.steps.toSpliced(i, 1) };
    if ((await match.play(fewer)) !== undefined) smallest = fewer;
  }
  return smallest;
}

/** A history as redis-cli would take it, and where it goes wrong. */
async function show(match: Match, failing: History): Promise<string> {
  const history = await minimized(match, failing);
  const lines = history.steps.flat().map((words) => words.map(quoted).join(" "));
  const difference = await match.play(history);
  return [
    `RESP${history.protocol}, ${history.limits} limits`,
    ...lines,
    `at:     ${difference?.words.map(quoted).join(" ")}`,
    `ours:   ${JSON.stringify(difference?.ours)?.slice(0, MOST_SHOWN)}`,
    `theirs: ${JSON.stringify(difference?.theirs)?.slice(0, MOST_SHOWN)}`,
  ].join("\n");
}

function quoted(word: string): string {
  if (/^[!#-&(-~]+$/.test(word)) return word;
  const escaped = word.replace(/[^ -~]|["\\]/g, (byte) => {
    return /["\\]/.test(byte)
      ? `\\${byte}`
      : `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}
