/** The steps of the ladder, as the heads of the programs tell of themselves. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommandLineError, styled, terminalWidth, wrapped } from "./terminal.ts";

export interface Step {
  /** Such as `04-stream`, or `redis-steps/02-get-set-del`. */
  readonly name: string;
  readonly file: string;
  /** The first sentence of its head. */
  readonly idea: string;
  /** The names of the programs of ours to run beside it, in this order. */
  readonly partners: readonly string[];
  /** All that its head says of whom to run beside it. */
  readonly company: string | undefined;
}

export const LADDER_HELP = `fdkit examples

Lists the ladder: small programs, one idea each, in the order in which to read them.
`;

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
/** As they were written; a package has them translated only. */
const SOURCES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const REDIS = "redis-steps/";

/** All programs with a number, in the order in which to read them. */
export function steps(): Step[] {
  return [...stepsIn(""), ...stepsIn(REDIS)];
}

function stepsIn(folder: string): Step[] {
  const files = readdirSync(FOLDER + folder).filter((file) => /^\d\d-[a-z-]+\.js$/.test(file));
  const found = files.map((file) => readStep(folder + file.slice(0, -".js".length)));
  return found.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** A server comes before its client. */
function rank({ name }: Step): string {
  return isClient(name) ? name : name.replace(/^((?:.*\/)?\d\d)-.*/, "$1!");
}

export function isClient(name: string): boolean {
  return name.endsWith("-client");
}

function readStep(name: string): Step {
  const file = `${FOLDER}${name}.js`;
  const source = readFileSync(file, "utf8");
  const head = source.slice(0, source.indexOf("*/")).replace(/^[ /]*\*+ ?/gm, "");
  const [, idea = ""] = /^\S+: ([\s\S]*?[.?])(?:\s|$)/.exec(head.trim()) ?? [];
  const company = /(?:its partner|beside it): (.+)/.exec(head)?.[1]?.trim();
  const partners = [...(company ?? "").matchAll(/\b(\d\d-[a-z-]+)\.ts\b/g)];
  return {
    name,
    file,
    idea: idea.replace(/\s+/g, " "),
    partners: partners.map(([, partner]) => partner as string),
    company,
  };
}

/** The step that the user means by `4`, `04`, `04-stream`, `r02`, `redis-steps/02` …; no client. */
export function findStep(all: readonly Step[], wanted: string): Step {
  const path = wanted.replace(/^(\.\/)?(dist\/)?examples\//, "").replace(/\.[jt]s$/, "");
  const [, redis, number] = /^(r|redis-steps\/)?(\d{1,2})$/.exec(path) ?? [];
  const begin = number && `${redis === undefined ? "" : REDIS}${number.padStart(2, "0")}-`;
  const step = all.find(({ name }) => name === path || (begin && name.startsWith(begin)));
  if (step === undefined) {
    throw new CommandLineError(`no step is called ${wanted}; fdkit examples lists them`, "run");
  }
  if (!isClient(step.name)) return step;
  return all.find(({ name }) => `${name}.ts` === step.company) ?? step;
}

/** `fdkit examples` */
export function listLadder(args: readonly string[]): number {
  if (args.length > 0) throw new CommandLineError("examples takes no argument", "examples");
  const all = steps();
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, idea } of all) {
    if (name === all.find((step) => step.name.startsWith(REDIS))?.name) {
      process.stdout.write("\nA Redis that grows:\n\n");
    }
    const lines = wrapped(idea, (terminalWidth ?? Infinity) - width - 2, "");
    const [first = "", ...others] = lines;
    process.stdout.write(`${styled("bold", name.padEnd(width))}  ${first}\n`);
    for (const line of others) process.stdout.write(`${" ".repeat(width)}  ${line}\n`);
  }
  process.stdout.write(
    "\nfdkit run 04 runs one beside its partner,\nfdkit run r02 one of Redis.\n",
  );
  process.stdout.write(`Read them at ${existsSync(SOURCES) ? SOURCES : FOLDER}\n`);
  return 0;
}
