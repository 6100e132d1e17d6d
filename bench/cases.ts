/** What is measured: a row per command and pipeline. */

export interface Case {
  readonly command: "set" | "get";
  readonly pipeline: number;
  /** Requests per round: about a second of the server's work. */
  readonly requests: number;
}

export const CLIENTS = 50;
export const KEYS = 100_000;
export const VALUE_SIZE = 16;

export const CASES: readonly Case[] = [
  { command: "set", pipeline: 1, requests: 200_000 },
  { command: "get", pipeline: 1, requests: 200_000 },
  { command: "set", pipeline: 16, requests: 1_500_000 },
  { command: "get", pipeline: 16, requests: 1_500_000 },
];

export function caseName({ command, pipeline }: Case): string {
  return `${command.toUpperCase()} P=${pipeline}`;
}
