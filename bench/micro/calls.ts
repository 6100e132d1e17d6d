/**
 * What a call costs through lib/sys, through the bare table, and from a loop in C, which is the
 * kernel's own part; and what it costs while counters or a trace are on. The median of some runs,
 * one after the other. See kernel.ts.
 */

import { closeSync, openSync } from "node:fs";
import {
  close,
  EPOLL_CLOEXEC,
  EpollEvents,
  epoll_create1,
  epoll_wait,
  F_GETFD,
  fcntl,
  read,
  write,
} from "fdkit";
import { startCounters, startTrace } from "fdkit/inspect";
import { calls } from "../../lib/native.ts";
import type { Figure } from "../results.ts";
import type { Skipped } from "../skipped.ts";
import { summarize } from "../stats.ts";
import { kernelCosts } from "./kernel.ts";

const GROUP = "Calls, on /dev/null and an empty epoll";
const RUNS = 7;
/** A traced call takes so much longer that fewer will do. */
const TRACED_SHARE = 0.05;

/** Name, through lib/sys, through the table. */
type Row = readonly [name: string, library: () => void, table: () => void];

/** The names are those that kernel.ts has. */
function rows(fd: number, epfd: number): Row[] {
  const buffer = Buffer.alloc(64);
  const events = new EpollEvents(64);
  return [
    ["fcntl(fd, F_GETFD)", () => fcntl(fd, F_GETFD), () => calls.fcntl(fd, F_GETFD, 0)],
    ["read(fd, buffer, 64)", () => read(fd, buffer, 64), () => calls.read(fd, buffer, 64, 0)],
    ["write(fd, buffer, 64)", () => write(fd, buffer, 64), () => calls.write(fd, buffer, 64, 0)],
    [
      "epoll_wait(epfd, events, 64, 0)",
      () => epoll_wait(epfd, events, 64, 0),
      () => calls.epoll_wait(epfd, events.bytes, 64, 0),
    ],
  ];
}

export function callFigures(count: number, skipped: Skipped[]): Figure[] {
  const kernel = kernelCosts(count, RUNS);
  if ("reason" in kernel) skipped.push({ what: "calls from a loop in C", reason: kernel.reason });
  const fd = openSync("/dev/null", "r+");
  const epfd = epoll_create1(EPOLL_CLOEXEC);
  try {
    return rows(fd, epfd).flatMap(([name, library, table]) => {
      const figure = (server: string, value: number): Figure => {
        return { group: GROUP, name, server, value, unit: "ns" };
      };
      const inC = "costs" in kernel ? kernel.costs.get(name) : undefined;
      return [
        figure("lib/sys", cost(library, count)),
        figure("table", cost(table, count)),
        ...(inC === undefined ? [] : [figure("C", inC)]),
        figure("counted", inspected(startCounters(), library, count)),
        figure(
          "traced",
          inspected(startTrace({ output: () => {} }), library, count * TRACED_SHARE),
        ),
      ];
    });
  } finally {
    closeSync(fd);
    close(epfd);
  }
}

function inspected(inspection: { stop(): void }, call: () => void, count: number): number {
  try {
    return cost(call, Math.ceil(count));
  } finally {
    inspection.stop();
  }
}

/** Nanoseconds of one call. */
function cost(call: () => void, count: number): number {
  const runs = Array.from({ length: RUNS }, () => {
    const before = performance.now();
    for (let i = 0; i < count; i++) call();
    return ((performance.now() - before) * 1e6) / count;
  });
  return summarize(runs).median;
}
