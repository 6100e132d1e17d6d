/** What the measurements say, as tables: costs, rates, and the ratios that the project is about. */

import { type Case, caseName } from "./cases.ts";
import { type Summary, summarize } from "./stats.ts";
import { formatTable } from "./table.ts";

/** One round of one case on one server. */
export interface Sample {
  readonly case: string;
  readonly server: string;
  /** Server CPU per request, in microseconds. */
  readonly user: number;
  readonly system: number;
  /** Requests per second. */
  readonly rate: number;
}

function of(samples: readonly Sample[], name: string, server: string): readonly Sample[] {
  return samples.filter((sample) => sample.case === name && sample.server === server);
}

function cost(samples: readonly Sample[]): Summary {
  return summarize(samples.map(({ user, system }) => user + system));
}

export function formatReport(
  samples: readonly Sample[],
  cases: readonly Case[],
  servers: readonly string[],
): string {
  const names = cases.map(caseName);
  return [
    "Server CPU per request, µs: median (least – most)",
    formatTable([["", ...servers], ...names.map((name) => costRow(samples, name, servers))]),
    "",
    "Requests per second: median",
    formatTable([["", ...servers], ...names.map((name) => rateRow(samples, name, servers))]),
    "",
    "fdkit's CPU per request, relative to the others",
    formatTable(ratioRows(samples, names, servers)),
  ].join("\n");
}

function costRow(samples: readonly Sample[], name: string, servers: readonly string[]): string[] {
  const cells = servers.map((server) => {
    const { median, min, max } = cost(of(samples, name, server));
    return `${median.toFixed(3)} (${min.toFixed(3)} – ${max.toFixed(3)})`;
  });
  return [name, ...cells];
}

function rateRow(samples: readonly Sample[], name: string, servers: readonly string[]): string[] {
  const cells = servers.map((server) => {
    const { median } = summarize(of(samples, name, server).map(({ rate }) => rate));
    return Math.round(median).toLocaleString("en");
  });
  return [name, ...cells];
}

function ratioRows(
  samples: readonly Sample[],
  names: readonly string[],
  servers: readonly string[],
): string[][] {
  const [ours = "", ...others] = servers;
  const rows = names.map((name) => {
    const own = cost(of(samples, name, ours)).median;
    const ratios = others.map((other) => own / cost(of(samples, name, other)).median);
    return [name, ...ratios.map((ratio) => ratio.toFixed(2))];
  });
  return [["", ...others.map((other) => `/ ${other}`)], ...rows];
}
