/** What the pages promise of themselves: proofs for each yes, an index that has all of it. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}/${path}`, "utf8");

const MAX_ROWS = 35;
const HEAD = "| | fdkit | ";

/** The cells of each row of the table of features, footnote marks and folders aside. */
function featuresIn(path: string): string[][] {
  const [, table = ""] = read(path).split(HEAD);
  const lines = table.split("\n\n")[0]?.split("\n").slice(2) ?? [];
  return lines.map((line) =>
    line
      .slice(2, -2)
      .replace(/ [⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, "")
      .replaceAll("](../", "](")
      .split(" | "),
  );
}

t.test("each yes of ours in the table of features names its test", async (t) => {
  const rows = featuresIn("docs/features.md");
  t.ok(rows.length > MAX_ROWS / 2 && rows.length <= MAX_ROWS, `${rows.length} rows`);
  for (const [feature, own = ""] of rows) {
    t.match(own, /^(\[yes\]\(test\/.*\.test\.ts\)|no)$/, feature);
  }
  t.ok(
    rows.some(([, own]) => own === "no"),
    "there is a no",
  );
});

t.test("the README shows some of its rows", async (t) => {
  const all = new Set(featuresIn("docs/features.md").map((row) => row.join()));
  const shown = featuresIn("README.md").map((row) => row.join());
  t.ok(shown.length > 5);
  t.same(
    shown.filter((row) => !all.has(row)),
    [],
  );
});

t.test("every decision is in the index", async (t) => {
  const index = read("docs/decisions/README.md");
  const pages = readdirSync(`${ROOT}/docs/decisions`).filter((name) => /^\d{4}-/.test(name));
  const linked = [...index.matchAll(/^\| \[\d{4}\]\((\S+)\) \|/gm)].map(([, page]) => page);
  t.same(linked.sort(), pages.sort());
});
