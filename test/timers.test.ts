// Timers of the loop in both its ways of running: order, cancelling, rhythm.
import t from "tap";
import { EPOLLIN } from "../lib/constants.ts";
import type { Timer } from "../lib/timers.ts";
import { closing, leavesNoFd } from "./helpers/fds.ts";
import { bothWays, pair, send } from "./helpers/life.ts";

/** Blocks the thread, as a slow handler does. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

bothWays(
  "timers fire in order of time, then of setting, and never early",
  async (t, life, loop) => {
    const seen: string[] = [];
    const start = performance.now();
    const set = (name: string, ms: number) =>
      loop.after(ms, () => {
        seen.push(name);
        t.ok(performance.now() - start >= ms, `${name} not early`);
      });
    for (const [name, ms] of [
      ["d", 20],
      ["b", 10],
      ["a", 0.5],
      ["c", 10.5],
    ] as const)
      set(name, ms);
    loop.after(30, life.end);
    await life.live();
    t.strictSame(seen, ["a", "b", "c", "d"]);
  },
);

bothWays("five hundred timers, half of them cancelled", async (t, life, loop) => {
  const due: number[] = [];
  const timers: Timer[] = [];
  let cancelled = 0;
  const { now } = performance;
  const start = now.call(performance);
  performance.now = () => start;
  for (let i = 0; i < 500; i++) {
    const ms = (i * 7919) % 40;
    timers.push(loop.after(ms, () => due.push(ms)));
  }
  performance.now = now;
  for (let i = 0; i < 500; i += 2) {
    timers[(i * 31) % 500].cancel();
    timers[(i * 31) % 500].cancel();
    cancelled++;
  }
  loop.after(45, life.end);
  await life.live();
  t.equal(due.length, 500 - cancelled);
  t.strictSame(
    due,
    due.toSorted((x, y) => x - y),
  );
});

bothWays("a timer may cancel the one that is due with it, and itself", async (t, life, loop) => {
  const seen: string[] = [];
  const first = loop.after(1, () => {
    seen.push("first");
    second.cancel();
    first.cancel();
  });
  const second = loop.after(1, () => seen.push("second"));
  const ticks = loop.every(1, () => {
    seen.push("tick");
    ticks.cancel();
  });
  loop.after(10, life.end);
  await life.live();
  t.strictSame(seen, ["first", "tick"]);
});

bothWays("every keeps its rhythm and does not make up for lost time", async (t, life, loop) => {
  const at: number[] = [];
  const start = performance.now();
  loop.every(10, () => {
    at.push(performance.now() - start);
    if (at.length === 2) block(75);
    if (at.length === 6) life.end();
  });
  await life.live();
  for (const [i, ms] of [10, 20, 95, 100, 110, 120].entries()) {
    t.ok(at[i] >= ms - 0.1, `tick ${i} not early: ${at[i]}`);
  }
  t.ok(at[5] < 160, `no drift, no pile: ${at}`);
});

bothWays("a timer set to 0 by a timer does not keep sockets waiting", async (t, life, loop) => {
  const [a, b] = closing(t, ...pair());
  let rounds = 0;
  const again = () => {
    rounds++;
    loop.after(0, again);
  };
  again();
  loop.add(a, EPOLLIN, { ready: life.end });
  send(b, "x");
  await life.live();
  t.ok(rounds < 1000);
});

leavesNoFd(t);
