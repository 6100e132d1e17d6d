/**
 * The picture of the README: server CPU per request in six cases, as an SVG that can be read in the
 * light and in the dark. Nothing in it is from elsewhere, so it can be looked at from a repository.
 */

import type { Results, Sample } from "../results.ts";
import { summarize } from "../stats.ts";
import { escapeHtml } from "./escape.ts";

/** A row of the picture each; what a run has not measured is left out. */
const CASES = [
  ["GET 16 B P=1 c=50 tcp", "GET 16 B P=16 c=50 tcp", "GET 16 B P=64 c=50 tcp"],
  ["SET 16 B P=1 c=50 tcp", "SET 16 B P=16 c=50 tcp", "SET 16 B P=64 c=50 tcp"],
] as const;

/** The limit stores nothing: beside servers it would look like one. */
const LEFT_OUT = "limit";
const NAMES: Readonly<Record<string, string>> = {
  fdkit: "fdkit",
  net: "Node net",
  redis: "redis-server",
  valkey: "valkey-server",
};

const WIDTH = 880;
const MARGIN = 20;
const PANEL_WIDTH = 280;
const HEAD_HEIGHT = 74;
const FOOT_HEIGHT = 46;
const TITLE_HEIGHT = 24;
const BAR_PITCH = 24;
const BAR_HEIGHT = 14;
const BAR_LEFT = 94;
const BAR_LENGTH = 124;
const PANEL_GAP = 18;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
  text { fill: #1c2024; }
  .title { font-size: 17px; font-weight: 600; }
  .case { font-weight: 600; }
  .soft { fill: #5a6068; font-size: 12px; }
  .value { text-anchor: end; }
  .paper { fill: #ffffff; stroke: #d9dce0; }
  .ours { fill: #18794e; }
  .other { fill: #a3abb5; }
  .spread { stroke: #1c2024; }
  @media (prefers-color-scheme: dark) {
    text { fill: #ecedee; }
    .soft { fill: #a0a6ad; }
    .paper { fill: #151718; stroke: #2b2f33; }
    .ours { fill: #4cc38a; }
    .other { fill: #59616b; }
    .spread { stroke: #ecedee; }
  }`;

export function formatPicture(results: Results): string {
  const servers = results.servers.map(({ name }) => name).filter((name) => name !== LEFT_OUT);
  const rows = CASES.map((row) => row.filter((name) => hasCase(results, name))).filter(
    (row) => row.length > 0,
  );
  if (rows.length === 0) throw new RangeError(`no case among ${CASES.flat().join(", ")}`);
  const panelHeight = TITLE_HEIGHT + servers.length * BAR_PITCH + PANEL_GAP;
  const height = HEAD_HEIGHT + rows.length * panelHeight + FOOT_HEIGHT;
  const panels = rows.flatMap((row, y) =>
    row.map((name, x) => {
      const at = `${MARGIN + x * PANEL_WIDTH},${HEAD_HEIGHT + y * panelHeight}`;
      return `<g transform="translate(${at})">${panel(results, name, servers)}</g>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}"
  viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Server CPU per request">
<style>${STYLE}
</style>
<rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
<text class="title" x="${MARGIN}" y="32">Server CPU per request, in µs: less is better</text>
<text class="soft" x="${MARGIN}" y="53">${subtitle(results)}</text>
${panels.join("\n")}
<text class="soft" x="${MARGIN}" y="${height - 31}">${machine(results)}</text>
<text class="soft" x="${MARGIN}" y="${height - 13}">${versions(results)}</text>
</svg>
`;
}

function hasCase({ samples }: Results, name: string): boolean {
  return samples.some((sample) => sample.case === name);
}

/** `GET 16 B P=16 c=50 tcp` as its readers would say it. */
function title(name: string): string {
  const [, command, pipeline] = /^(\w+) .*P=(\d+)/.exec(name) as RegExpExecArray;
  return pipeline === "1" ? `${command}, one at a time` : `${command}, ${pipeline} in a pipeline`;
}

function panel({ samples }: Results, name: string, servers: readonly string[]): string {
  const of = samples.filter((sample) => sample.case === name && servers.includes(sample.server));
  const most = Math.max(...of.map(costOf));
  const bars = servers.map((server, i) => {
    const own = of.filter((sample) => sample.server === server);
    return own.length === 0 ? "" : bar(server, own.map(costOf), most, TITLE_HEIGHT + i * BAR_PITCH);
  });
  return `<text class="case" y="12">${title(name)}</text>${bars.join("")}`;
}

function costOf({ user, system }: Sample): number {
  return user + system;
}

/** The median as a bar, and a line from the least to the most of the rounds. */
function bar(server: string, costs: readonly number[], most: number, top: number): string {
  const { median, min, max } = summarize(costs);
  const length = (cost: number) => ((cost / most) * BAR_LENGTH).toFixed(1);
  const end = (cost: number) => (BAR_LEFT + (cost / most) * BAR_LENGTH).toFixed(1);
  const middle = top + BAR_HEIGHT / 2;
  const colour = server === "fdkit" ? "ours" : "other";
  return (
    `\n  <text y="${top + 12}">${escapeHtml(NAMES[server] ?? server)}</text>` +
    `<rect class="${colour}" x="${BAR_LEFT}" y="${top}" width="${length(median)}" ` +
    `height="${BAR_HEIGHT}" rx="2"/>` +
    `<path class="spread" d="M${end(min)} ${middle}H${end(max)}"/>` +
    `<text class="value" x="${BAR_LEFT + BAR_LENGTH + 42}" y="${top + 12}">` +
    `${median.toFixed(2)}</text>`
  );
}

function fact({ environment }: Results, name: string): string {
  return environment.find(([key]) => key === name)?.[1] ?? "";
}

function subtitle(results: Results): string {
  const rounds = new Set(results.samples.map(({ round }) => round)).size;
  const what = "Redis commands, values of 16 bytes, 50 clients, 100 000 keys, loopback TCP.";
  return `${what} Medians of ${rounds} rounds; a line reaches from least to most.`;
}

function machine(results: Results): string {
  return join([fact(results, "machine"), fact(results, "kernel"), results.date.slice(0, 10)]);
}

/** "v20.1.0, V8 11.3" and "Redis server v=7.0.15 sha=… bits=64" have more than a picture needs. */
function versions(results: Results): string {
  const node = fact(results, "Node").split(",")[0] as string;
  const redis = / v=(\S+)/.exec(fact(results, "Redis"))?.[1];
  return join([
    node === "" ? "" : `Node ${node.replace("v", "")}`,
    redis === undefined ? "" : `redis-server ${redis}`,
    "made by npm run bench:picture",
  ]);
}

function join(facts: readonly string[]): string {
  return escapeHtml(facts.filter((text) => text !== "").join(", "));
}
