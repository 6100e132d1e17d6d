/** The targets that are not CPU per request of a case: memory, echo servers, stalls, calls. */

import type { Figure, Results } from "../results.ts";
import { escapeHtml } from "./escape.ts";

interface Goal {
  readonly what: string;
  readonly value: number;
  readonly most: number;
  readonly unit: string;
}

const MOST_RSS = 0.7;
const MOST_ECHO = 0.7;
const MOST_STALL_MS = 5;
const MOST_CALL_NS = 60;

/** Each pair of figures of the same name, one by each of two servers. */
function pairs(
  figures: readonly Figure[],
  name: RegExp,
  [ours, other]: readonly [string, string],
): { readonly name: string; readonly ours: number; readonly other: number }[] {
  return figures
    .filter((figure) => figure.server === ours && name.test(figure.name))
    .flatMap((own) => {
      const figure = figures.find((one) => one.server === other && one.name === own.name);
      return figure === undefined ? [] : [{ name: own.name, ours: own.value, other: figure.value }];
    });
}

function goals({ figures, stalls }: Results): Goal[] {
  const memory = pairs(figures, /^RSS per key, 10? M keys/, ["fdkit", "redis"]);
  const echo = pairs(figures, /^CPU per message/, ["Loop", "net"]);
  const calls = pairs(figures, /^(read|write)\(fd, buffer/, ["lib/sys", "C"]);
  const stall = stalls.find(
    ({ name, server }) => name === "insert 10 M keys" && server === "fdkit",
  );
  const relative = (most: number, than: string, of: typeof memory): Goal[] =>
    of.map(({ name, ours, other }) => {
      return { what: `${name}, relative to ${than}`, value: ours / other, most, unit: "" };
    });
  return [
    ...relative(MOST_RSS, "redis", memory),
    ...relative(MOST_ECHO, "net", echo),
    ...calls.map(({ name, ours, other }) => {
      return { what: `${name}, beyond C`, value: ours - other, most: MOST_CALL_NS, unit: " ns" };
    }),
    ...(stall === undefined
      ? []
      : [{ what: stall.name, value: stall.longestMs, most: MOST_STALL_MS, unit: " ms" }]),
  ];
}

export function goalSection(results: Results): string {
  const rows = goals(results).map(({ what, value, most, unit }) => {
    const shown = value.toFixed(unit === "" ? 2 : 1);
    const isMet = Number(shown) <= most;
    return (
      `<tr><th scope="row">${escapeHtml(what)}</th>` +
      `<td class="${isMet ? "met" : "missed"}">${shown}${unit} ` +
      `<small>${isMet ? "≤" : "not ≤"} ${most}${unit}</small></td></tr>`
    );
  });
  if (rows.length === 0) return "";
  return (
    "<section><h2>Other targets</h2>" +
    `<div class="scroll"><table class="targets"><tbody>${rows.join("\n")}</tbody></table></div>` +
    "</section>"
  );
}
