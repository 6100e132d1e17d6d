/** Tables of the report: text to the left, numbers to the right. */

import { escapeHtml } from "./escape.ts";

export const NOTHING = "–";

/** The first row is the header; a cell is text, not HTML. */
export function htmlTable(rows: readonly (readonly string[])[]): string {
  const [header = [], ...body] = rows;
  const row = (cells: readonly string[], tag: "th" | "td") => {
    const shown = cells.map((cell, i) =>
      i === 0 ? `<th scope="row">${escapeHtml(cell)}</th>` : `<${tag}>${escapeHtml(cell)}</${tag}>`,
    );
    return `<tr>${shown.join("")}</tr>`;
  };
  const head = `<thead>${row(header, "th")}</thead>`;
  const rest = body.map((cells) => row(cells, "td")).join("\n");
  return `<div class="scroll"><table>${head}<tbody>${rest}</tbody></table></div>`;
}
