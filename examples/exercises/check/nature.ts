/**
 * What a program is like from outside: whether it sleeps when there is nothing to do, and whether
 * its sockets block. /proc knows.
 *
 * Man pages: proc(5) on fd and fdinfo, open(2) on O_NONBLOCK */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { O_NONBLOCK } from "fdkit";
import { Missing } from "./missing.ts";
import type { Program } from "./program.ts";
import { sleep } from "./wait.ts";

const SETTLE_MS = 50;
const WATCH_MS = 300;
const BUSY_MS = 100;

/** A Missing, unless the program leaves the processor alone for a while. */
export function sleepsFor(program: Program): void {
  sleep(SETTLE_MS);
  const busyMs = Math.round(program.busyMs(WATCH_MS));
  if (busyMs < BUSY_MS) return;
  throw new Missing(`in ${WATCH_MS} ms of waiting it wanted the processor for ${busyMs} ms`);
}

/** A socket of the program that blocks, if there is one. */
export function isBlocking({ pid }: Program): number | undefined {
  const sockets = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
  });
  const blocking = sockets.find((fd) => {
    const [, flags = ""] =
      /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & O_NONBLOCK) === 0;
  });
  return blocking === undefined ? undefined : Number(blocking);
}
