/** The steps of the ladder, as the heads of the programs tell of themselves. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { styled } from "./terminal.ts";

export interface Step {
  /** Such as `04-stream`. */
  readonly name: string;
  readonly file: string;
  /** The first sentence of its head. */
  readonly idea: string;
  /** The name of the program of ours that talks to it. */
  readonly partner: string | undefined;
  /** All that its head says of whom to talk to it with. */
  readonly partners: string | undefined;
}

export const LADDER_HELP = `fdkit examples

Lists the ladder: small programs, one idea each, in the order in which to read them.
`;

const FOLDER = fileURLToPath(new URL("..", import.meta.url));

/** All programs with a number, in the order in which to read them. */
export function steps(): Step[] {
  const files = readdirSync(FOLDER).filter((file) => /^\d\d-[a-z-]+\.js$/.test(file));
  return files.map(readStep).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** A server comes before its client. */
function rank({ name }: Step): string {
  return isClient(name) ? name : `${name.slice(0, 2)}!`;
}

export function isClient(name: string): boolean {
  return name.endsWith("-client");
}

function readStep(file: string): Step {
  const source = readFileSync(`${FOLDER}/${file}`, "utf8");
  const head = source.slice(0, source.indexOf("*/")).replace(/^[ /]*\*+ ?/gm, "");
  const [, idea = ""] = /^\S+: ([\s\S]*?[.?])(?:\s|$)/.exec(head.trim()) ?? [];
  const partners = /its partner: (.+)/.exec(head)?.[1]?.trim();
  return {
    name: file.slice(0, -3),
    file: `${FOLDER}${file}`,
    idea: idea.replace(/\s+/g, " "),
    partner: /^(\d\d-[a-z-]+)\.ts/.exec(partners ?? "")?.[1],
    partners,
  };
}

/** `fdkit examples` */
export function listLadder(): number {
  const all = steps();
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, idea } of all) {
    process.stdout.write(`${styled("bold", name.padEnd(width))}  ${idea}\n`);
  }
  process.stdout.write(`\nfdkit run 04 runs one with its partner. Read them at ${FOLDER}\n`);
  return 0;
}
