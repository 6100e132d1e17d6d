/** The parts of the report that need no script: bars, tables, remarks. */

import type { Figure, Results, Sample } from "../results.ts";
import { summarize } from "../stats.ts";
import { escapeHtml } from "./escape.ts";
import { htmlTable, NOTHING } from "./table.ts";

export function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function section(title: string, content: string): string {
  return content === "" ? "" : `<section><h2>${escapeHtml(title)}</h2>${content}</section>`;
}

/** Bars of CPU per request, a group for each case: user time, then the kernel's. */
export function costSection({ samples, servers }: Results): string {
  const cases = unique(samples.map((sample) => sample.case));
  const legend =
    '<p class="legend"><span class="user"></span> the server\'s own code ' +
    '<span class="system"></span> in the kernel, by the clock\'s ticks; ' +
    "the line reaches from the least to the most of the rounds</p>";
  const groups = cases.map((name) => {
    const of = samples.filter((sample) => sample.case === name);
    const most = Math.max(...of.map(({ user, system }) => user + system));
    const bars = servers.map((server) => bar(of, server.name, most)).join("");
    return `<div class="case"><h3>${escapeHtml(name)}</h3>${bars}</div>`;
  });
  if (groups.length === 0) return "";
  return section(
    "Server CPU per request, µs",
    `${legend}<div class="cases">${groups.join("\n")}</div>`,
  );
}

function bar(samples: readonly Sample[], server: string, most: number): string {
  const own = samples.filter((sample) => sample.server === server);
  if (own.length === 0) return "";
  const { median, min, max } = summarize(own.map(({ user, system }) => user + system));
  const share = summarize(own.map(({ user, system }) => user / (user + system))).median;
  const percent = (value: number) => `${((value / most) * 100).toFixed(2)}%`;
  return (
    `<div class="bar"><span class="name">${escapeHtml(server)}</span><span class="track">` +
    `<span class="user" style="width:${percent(median * share)}"></span>` +
    `<span class="system" style="width:${percent(median * (1 - share))}"></span>` +
    `<span class="spread" style="left:${percent(min)};width:${percent(max - min)}"></span>` +
    `</span><span class="value">${median.toFixed(3)}</span></div>`
  );
}

/** A table for each group of figures. */
export function figureSections({ figures, servers }: Results): string {
  const order = servers.map(({ name }) => name);
  return unique(figures.map(({ group }) => group))
    .map((group) => {
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
      return section(group, htmlTable([["", ...columns], ...rows]));
    })
    .join("\n");
}

function formatFigure({ value, unit }: Figure): string {
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  const number = value.toLocaleString("en", { maximumFractionDigits: digits });
  return unit === "" ? number : `${number} ${unit}`;
}

export function skippedSection({ skipped }: Results): string {
  const items = skipped.map(
    ({ what, reason }) => `<li>${escapeHtml(what)}: ${escapeHtml(reason)}</li>`,
  );
  return items.length === 0 ? "" : section("Left out", `<ul>${items.join("")}</ul>`);
}

export function environmentSection({ environment, servers }: Results): string {
  const facts = [...environment, ...servers.map(({ name, what }) => [name, what] as const)];
  const rows = facts.map(([name, value]) => {
    const cell = `<td class="text">${escapeHtml(value)}</td>`;
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cell}</tr>`;
  });
  return section("Where and what", `<div class="scroll"><table>${rows.join("")}</table></div>`);
}
