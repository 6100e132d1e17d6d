/** Histories: what is sent to both servers, and under which circumstances. */

import fc from "fast-check";
import { commandsOf, type Words } from "./grammar.ts";
import type { Group } from "./groups/group.ts";
import { GROUPS } from "./groups.ts";
import { withMistakes } from "./mistakes.ts";

export interface History {
  readonly protocol: "2" | "3";
  /** Where small values become large ones: at Redis's own limits, or soon. */
  readonly limits: "default" | "small";
  /** Commands that belong together stay together when a history is shrunk. */
  readonly steps: readonly (readonly Words[])[];
}

/** What `limits` means. */
export const LIMITS: Readonly<Record<History["limits"], Words>> = {
  default: settings(128, 64, 512, -2, 4096, 100),
  small: settings(4, 8, 4, 3, 200, 3),
};

function settings(
  entries: number,
  value: number,
  integers: number,
  list: number,
  streamBytes: number,
  streamEntries: number,
): Words {
  const values: Readonly<Record<string, number>> = {
    "hash-max-listpack-entries": entries,
    "hash-max-listpack-value": value,
    "set-max-intset-entries": integers,
    "zset-max-listpack-entries": entries,
    "zset-max-listpack-value": value,
    "list-max-listpack-size": list,
    "stream-node-max-bytes": streamBytes,
    "stream-node-max-entries": streamEntries,
  };
  return ["config", "set", ...Object.entries(values).flat().map(String)];
}

/** Histories mostly of one group; what others do to its keys is seen as well. */
export function historiesOf(name: string, maxLength: number): fc.Arbitrary<History> {
  const group = GROUPS[name];
  if (group === undefined) throw new Error(`no group is called ${name}`);
  const others = Object.values(GROUPS).filter((other) => isWelcome(other, group));
  const own = stepOf(group);
  const step = fc.oneof(
    { weight: name === "transactions" ? 2 : 8, arbitrary: own },
    { weight: 1, arbitrary: others.length === 0 ? own : fc.oneof(...others.map(stepOf)) },
  );
  return fc.record({
    protocol: fc.constantFrom("2" as const, "3" as const),
    limits: fc.constantFrom("default" as const, "small" as const),
    steps: fc.array(step, { minLength: 1, maxLength, size: "max" }),
  });
}

function isWelcome(guest: Group, host: Group): boolean {
  return guest !== host && guest.company === "joins" && host.company !== "alone";
}

const steps = new Map<Group, fc.Arbitrary<Words[]>>();

function stepOf(group: Group): fc.Arbitrary<Words[]> {
  let step = steps.get(group);
  if (step === undefined) {
    step = fc.oneof(anyLine(group.makes), anyLine(group.uses));
    steps.set(group, step);
  }
  return step;
}

function anyLine(lines: readonly string[]): fc.Arbitrary<Words[]> {
  return fc.oneof(
    ...lines.map((line) => {
      return line.startsWith("! ") ? commandsOf(line.slice(2)) : withMistakes(commandsOf(line));
    }),
  );
}
