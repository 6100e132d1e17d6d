/** What the arguments of `npm run bench` ask for: which cases and parts, how often, how much. */

import { parseArgs } from "node:util";
import { type Case, caseName, DEFAULT_CASES, FULL_CASES, KEYS } from "./cases.ts";
import type { LatencyScale } from "./latency.ts";
import type { MemoryScale } from "./memory.ts";
import type { MicroScale } from "./micro/main.ts";
import type { StallScale } from "./stalls.ts";

export const USAGE = `Usage: npm run bench -- [--quick | --full] [OPTION...]

  --quick       under a minute, with few requests: to see that it works, not to compare
  --full        every case that makes sense, and 10 million keys: an hour or more
  --only NAME   only cases with NAME in their names, or one of the parts
                cases, latency, stalls, memory, syscalls, micro
  --rounds N    how often every case is measured on every server (default 5)
  --json FILE   writes all results to FILE as well
  --html FILE   where the report goes (default bench-report.html)`;

const PARTS = ["cases", "latency", "stalls", "memory", "syscalls", "micro"] as const;
export type Part = (typeof PARTS)[number];

/** How much each part does. */
interface Scale {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly latency: LatencyScale;
  readonly stalls: StallScale;
  readonly memory: MemoryScale;
  readonly syscallRequests: number;
  readonly micro: MicroScale;
}

const DEFAULT: Scale = {
  cases: DEFAULT_CASES,
  rounds: 5,
  latency: { keys: KEYS, arrivalRates: [20_000, 50_000], warmUpSeconds: 1, seconds: 4 },
  stalls: { keys: 1_000_000, restMs: 1000, limitMs: 20_000 },
  memory: { keys: 1_000_000, connections: 10_000, settleMs: 2000 },
  syscallRequests: 20_000,
  micro: { calls: 1_000_000, events: 200_000, messages: 100_000, rounds: 5 },
};

const QUICK: Scale = {
  cases: DEFAULT_CASES.filter(({ keys }) => keys <= 100_000).map((one) => {
    return { ...one, requests: one.requests / 20 };
  }),
  rounds: 1,
  latency: { keys: KEYS, arrivalRates: [20_000], warmUpSeconds: 0.2, seconds: 0.5 },
  stalls: { keys: 50_000, restMs: 200, limitMs: 5000 },
  memory: { keys: 50_000, connections: 500, settleMs: 300 },
  syscallRequests: 4000,
  micro: { calls: 100_000, events: 20_000, messages: 5000, rounds: 1 },
};

const FULL: Scale = {
  cases: FULL_CASES,
  rounds: 5,
  latency: {
    keys: KEYS,
    arrivalRates: [5000, 20_000, 50_000, 100_000],
    warmUpSeconds: 2,
    seconds: 20,
  },
  stalls: { keys: 10_000_000, restMs: 5000, limitMs: 300_000 },
  memory: { keys: 10_000_000, connections: 10_000, settleMs: 5000 },
  syscallRequests: 100_000,
  micro: { calls: 5_000_000, events: 1_000_000, messages: 500_000, rounds: 9 },
};

export interface Plan extends Scale {
  readonly wish: "run" | "help";
  readonly parts: ReadonlySet<Part>;
  readonly json: string | undefined;
  readonly html: string;
}

export function parsePlan(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      json: { type: "string" },
      html: { type: "string", default: "bench-report.html" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.quick && values.full) throw new RangeError("--quick or --full, not both");
  const scale = values.quick ? QUICK : values.full ? FULL : DEFAULT;
  const rounds = values.rounds === undefined ? scale.rounds : count(values.rounds);
  const { json, html } = values;
  const wish = values.help ? "help" : "run";
  return { ...scale, wish, rounds, json, html, ...choose(values.only, scale.cases) };
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new RangeError("--rounds: a count, 1 or more");
}

/** A part's name means the part; any other text, the cases that have it in their names. */
function choose(only: string, cases: readonly Case[]): Pick<Plan, "parts" | "cases"> {
  const wanted = only.toLowerCase();
  if (wanted === "") return { parts: new Set(PARTS), cases };
  const parts = PARTS.filter((part) => part.includes(wanted));
  if (parts.length > 0) return { parts: new Set(parts), cases };
  const chosen = cases.filter((one) => caseName(one).toLowerCase().includes(wanted));
  if (chosen.length > 0) return { parts: new Set(["cases"]), cases: chosen };
  throw new RangeError(`--only: no case and no part has ${JSON.stringify(only)} in its name`);
}
