/** What a run found, as tables for the terminal: cases, latencies, stalls, figures. */

import type { Figure, Results, Sample } from "./results.ts";
import { summarize } from "./stats.ts";
import { formatTable } from "./table.ts";

/** What nobody has measured. */
const NOTHING = "–";

/** The names of what belongs to the environment. */
const NAME_WIDTH = 13;
const MICROSECONDS_PER_MS = 1000;

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length > 1 ? [title, formatTable(rows), ""] : [];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

export function formatSummary(results: Results): string {
  const { environment, skipped } = results;
  const servers = results.servers.map(({ name }) => name);
  const lines = [
    ...environment.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${value}`),
    "",
    ...caseSections(results.samples, servers),
    ...section("Latency from the moment a request was due, µs", latencyRows(results, servers)),
    ...section("Longest wait of a PING, ms", stallRows(results, servers)),
    ...figureSections(results.figures, results),
    ...skipped.map(({ what, reason }) => `skipped: ${what}: ${reason}`),
  ];
  return lines.join("\n").trimEnd();
}

function caseSections(samples: readonly Sample[], servers: readonly string[]): string[] {
  const names = unique(samples.map((sample) => sample.case));
  type Cell = (of: readonly Sample[], name: string) => string;
  const rows = (cell: Cell, columns = servers) =>
    names.map((name) => [
      name,
      ...columns.map((server) => {
        const of = samples.filter((sample) => sample.case === name && sample.server === server);
        return of.length === 0 ? NOTHING : cell(of, name);
      }),
    ]);
  const [ours = "", ...others] = servers;
  const own = (name: string) =>
    samples.filter((sample) => sample.case === name && sample.server === ours);
  const ratio = (of: readonly Sample[], name: string) =>
    own(name).length === 0 ? NOTHING : (cost(own(name)) / cost(of)).toFixed(2);
  return [
    ...section("Server CPU per request, µs: median (least – most)", [
      ["", ...servers],
      ...rows(formatCost),
    ]),
    ...section("Of it in the kernel, by the clock's ticks", [["", ...servers], ...rows(inKernel)]),
    ...section("Requests per second: median", [["", ...servers], ...rows(formatRate)]),
    ...section(`CPU per request of ${ours}, relative to the others`, [
      ["", ...others.map((server) => `/ ${server}`)],
      ...rows(ratio, others),
    ]),
  ];
}

function costs(samples: readonly Sample[]): number[] {
  return samples.map(({ user, system }) => user + system);
}

function cost(samples: readonly Sample[]): number {
  return summarize(costs(samples)).median;
}

function formatCost(samples: readonly Sample[]): string {
  const { median, min, max } = summarize(costs(samples));
  return `${median.toFixed(3)} (${min.toFixed(3)} – ${max.toFixed(3)})`;
}

function inKernel(samples: readonly Sample[]): string {
  const shares = samples.map(({ user, system }) => system / (user + system));
  return `${(summarize(shares).median * 100).toFixed(0)} %`;
}

function formatRate(samples: readonly Sample[]): string {
  const { median } = summarize(samples.map(({ rate }) => rate));
  return Math.round(median).toLocaleString("en");
}

function latencyRows({ latencies }: Results, servers: readonly string[]): string[][] {
  const shown = [50, 90, 99, 99.9, 100];
  const header = ["", ...shown.map((p) => (p === 100 ? "max" : `p${p}`))];
  const inOrder = [...latencies].sort(
    (a, b) =>
      a.arrivalRate - b.arrivalRate || servers.indexOf(a.server) - servers.indexOf(b.server),
  );
  const rows = inOrder.map(({ case: name, server, arrivalRate, percentiles }) => {
    const us = shown.map((p) => percentiles.find(({ percentile }) => percentile === p)?.us);
    const cells = us.map((value) => (value === undefined ? NOTHING : formatUs(value)));
    return [`${name}, ${arrivalRate.toLocaleString("en")}/s, ${server}`, ...cells];
  });
  return [header, ...rows];
}

function formatUs(us: number): string {
  return us < MICROSECONDS_PER_MS ? us.toFixed(1) : Math.round(us).toLocaleString("en");
}

function stallRows({ stalls }: Results, servers: readonly string[]): string[][] {
  const names = unique(stalls.map(({ name }) => name));
  const cell = (name: string, server: string) =>
    stalls.find((one) => one.name === name && one.server === server)?.longestMs.toFixed(2);
  const rows = names.map((name) => [name, ...servers.map((s) => cell(name, s) ?? NOTHING)]);
  return [["", ...servers], ...rows];
}

/** A table of each group; those of micro benchmarks have columns of their own. */
function figureSections(figures: readonly Figure[], { servers }: Results): string[] {
  const order = servers.map(({ name }) => name);
  return unique(figures.map(({ group }) => group)).flatMap((group) => {
    const of = figures.filter((figure) => figure.group === group);
    const columns = unique(of.map(({ server }) => server));
    columns.sort((a, b) => order.indexOf(a) - order.indexOf(b));
    const rows = unique(of.map(({ name }) => name)).map((name) => [
      name,
      ...columns.map((server) => {
        const figure = of.find((one) => one.name === name && one.server === server);
        return figure === undefined ? NOTHING : formatFigure(figure);
      }),
    ]);
    return section(group, [["", ...columns], ...rows]);
  });
}

function formatFigure({ value, unit }: Figure): string {
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  const number = value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return unit === "" ? number : `${number} ${unit}`;
}
