/** The micro benchmarks run and give figures; how fast anything is, is not for a test to say. */

import t from "tap";
import { callFigures } from "../../bench/micro/calls.ts";
import { eventFigures } from "../../bench/micro/events.ts";
import type { Figure } from "../../bench/results.ts";

function arePositive(figures: readonly Figure[]): boolean {
  return figures.every(({ value }) => Number.isFinite(value) && value > 0);
}

t.test("calls have a cost, through the library and through the table", (t) => {
  const figures = callFigures(100);
  t.ok(arePositive(figures));
  t.same([...new Set(figures.map(({ server }) => server))], ["lib/sys", "table"]);
  t.end();
});

t.test("events have a cost, with either way of running the loop", async (t) => {
  const figures = await eventFigures(50);
  t.ok(arePositive(figures));
  t.same(
    figures.map(({ server }) => server),
    ["no loop", "Loop.run", "Loop.attach"],
  );
});
