/**
 * The report of a run: one HTML file that needs nothing else, to open from disk. The charts are
 * drawn by uPlot (https://github.com/leeoniya/uPlot), which is copied into it from the package.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Results } from "../results.ts";
import { CHART_SCRIPT } from "./charts.ts";
import { escapeHtml } from "./escape.ts";
import { goalSection } from "./goals.ts";
import { costSection, environmentSection, figureSections, skippedSection } from "./sections.ts";
import { STYLE } from "./style.ts";
import { ratioSection } from "./targets.ts";

const INTRODUCTION = `
<p>Servers run one after the other on one core, the load on another. What counts is the CPU time of
the server process, as the kernel accounts for it, over the number of requests: unlike requests per
second it does not depend on the load generator or on the neighbours. Medians of interleaved rounds;
a difference below 5&nbsp;% is no result.</p>
<p>Not comparable: redis-server does more for a command than the others here (it keeps latency
histograms and feeds replication); the limit parses requests and stores nothing; no server persists
anything. Loopback TCP costs all of them the same, and without a pipeline that is most of the
cost.</p>`;

const COMMANDS = `
<p><code>npm run bench</code> measures this again; <code>--full</code> takes an hour and every case,
<code>--quick</code> a minute to see that it works.</p>`;

export function writeHtmlReport(results: Results, file: string): void {
  writeFileSync(file, formatHtml(results));
}

export function formatHtml(results: Results): string {
  const body = [
    `<h1>fdkit benchmark</h1><p class="date">${escapeHtml(formatDate(results.date))}</p>`,
    INTRODUCTION,
    ratioSection(results),
    goalSection(results),
    costSection(results),
    chartSection("Latency from the moment a request was due", "latency", results.latencies.length),
    chartSection("Longest wait of a PING while keys come and go", "stalls", results.stalls.length),
    figureSections(results),
    skippedSection(results),
    environmentSection(results),
    COMMANDS,
  ].join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fdkit benchmark</title>
<style>${asset("uPlot.min.css")}${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
<script type="application/json" id="results">${embedded(results)}</script>
<script>${asset("uPlot.iife.min.js")}</script>
<script>${CHART_SCRIPT}</script>
</body>
</html>
`;
}

/** To the minute, in UTC; a text that is no date stays as it is. */
function formatDate(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function chartSection(title: string, id: string, series: number): string {
  return series === 0
    ? ""
    : `<section><h2>${title}</h2><div class="charts" id="${id}"></div></section>`;
}

function asset(name: string): string {
  const path = createRequire(import.meta.url).resolve(`uplot/dist/${name}`);
  return readFileSync(path, "utf8");
}

/** JSON that can't end the script element it stands in. */
function embedded({ latencies, servers, stalls }: Results): string {
  return JSON.stringify({ latencies, servers, stalls }).replaceAll("<", "\\u003c");
}
