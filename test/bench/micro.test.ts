/** The micro benchmarks run and give figures; how fast anything is, is not for a test to say. */

import t from "tap";
import { callFigures } from "../../bench/micro/calls.ts";
import { eventFigures } from "../../bench/micro/events.ts";
import type { Figure } from "../../bench/results.ts";
import type { Skipped } from "../../bench/skipped.ts";

function arePositive(figures: readonly Figure[]): boolean {
  return figures.every(({ value }) => Number.isFinite(value) && value > 0);
}

t.test("calls have a cost: through the library, the table, from C, and while watched", (t) => {
  const skipped: Skipped[] = [];
  const figures = callFigures(100, skipped);
  t.ok(arePositive(figures));
  const inC = skipped.length === 0 ? ["C"] : [];
  t.same(
    [...new Set(figures.map(({ server }) => server))],
    ["lib/sys", "table", ...inC, "counted", "traced"],
  );
  const names = new Set(figures.map(({ name }) => name));
  t.equal(figures.length, names.size * (4 + inC.length), "each of them for every call");
  t.end();
});

t.test("without a compiler there is a reason instead of the kernel's part", (t) => {
  const { PATH = "" } = process.env;
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = t.testdir();
  const skipped: Skipped[] = [];
  const figures = callFigures(10, skipped);
  t.same(skipped, [{ what: "calls from a loop in C", reason: "cc is not on the PATH" }]);
  t.notOk(figures.some(({ server }) => server === "C"));
  t.end();
});

t.test("events have a cost, with either way of running the loop", async (t) => {
  const figures = await eventFigures(200);
  t.ok(arePositive(figures));
  t.same(
    figures.map(({ server }) => server),
    ["no loop", "Loop.run", "Loop.attach", "Loop.run", "Loop.attach"],
  );
});
