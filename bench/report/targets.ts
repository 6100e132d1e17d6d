/** What the project aims at, beside what was measured: CPU per request relative to others. */

import type { Results, Sample } from "../results.ts";
import { summarize } from "../stats.ts";
import { escapeHtml } from "./escape.ts";
import { unique } from "./sections.ts";
import { NOTHING } from "./table.ts";

interface Target {
  /** Matches the name of a case. */
  readonly cases: RegExp;
  readonly server: string;
  readonly most: number;
}

/** As wide as a target: the numbers of a column stand below each other. */
const NO_TARGET = "<small></small>";
const SMALL = "^[GS]ET 16 B P=";

const TARGETS: readonly Target[] = [
  { cases: new RegExp(`${SMALL}(16|64) c=50 tcp$`), server: "redis", most: 0.65 },
  { cases: new RegExp(`${SMALL}(16|64) c=50 tcp$`), server: "net", most: 0.65 },
  { cases: new RegExp(`${SMALL}1 c=50 tcp$`), server: "redis", most: 0.95 },
  { cases: new RegExp(`${SMALL}1 c=50 tcp$`), server: "net", most: 0.7 },
  { cases: new RegExp(`${SMALL}1 c=50 tcp$`), server: "limit", most: 1.25 },
  { cases: new RegExp(`${SMALL}16 c=50 tcp 10 M keys$`), server: "redis", most: 0.8 },
  { cases: /^GET 100 kB P=1 /, server: "redis", most: 1 },
];

export function ratioSection({ samples, servers }: Results): string {
  const [ours, ...others] = servers.map(({ name }) => name);
  if (ours === undefined || samples.length === 0) return "";
  const header = ["", ...others.map((name) => `/ ${name}`)];
  const rows = unique(samples.map((sample) => sample.case)).map((name) => {
    const own = costOf(samples, name, ours);
    const cells = others.map((server) => {
      return ratioCell(name, server, own, costOf(samples, name, server));
    });
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join("")}</tr>`;
  });
  const head = header.map((cell) => `<th>${escapeHtml(cell)} ${NO_TARGET}</th>`).join("");
  return (
    `<section><h2>CPU per request of ${escapeHtml(ours)}, relative to the others</h2>` +
    "<p>Less than 1 is cheaper. Where there is a target, it stands behind the figure.</p>" +
    '<div class="scroll"><table class="targets">' +
    `<thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody>` +
    "</table></div></section>"
  );
}

function costOf(samples: readonly Sample[], name: string, server: string): number | undefined {
  const of = samples.filter((sample) => sample.case === name && sample.server === server);
  if (of.length === 0) return undefined;
  return summarize(of.map(({ user, system }) => user + system)).median;
}

function ratioCell(name: string, server: string, own?: number, other?: number): string {
  if (own === undefined || other === undefined) return `<td>${NOTHING} ${NO_TARGET}</td>`;
  const ratio = own / other;
  const target = TARGETS.find((one) => one.server === server && one.cases.test(name));
  if (target === undefined) return `<td>${ratio.toFixed(2)} ${NO_TARGET}</td>`;
  const met = Number(ratio.toFixed(2)) <= target.most;
  return (
    `<td class="${met ? "met" : "missed"}">${ratio.toFixed(2)} ` +
    `<small>${met ? "≤" : "not ≤"} ${target.most}</small></td>`
  );
}
