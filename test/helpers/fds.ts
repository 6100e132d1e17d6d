// The fds of this process, for tests that must leave none behind.
import { readdirSync, readlinkSync } from "node:fs";
import type { Test } from "tap";
import { close } from "../../lib/sys/file.ts";

/** A number that is a valid fd and is never open. */
export const CLOSED_FD = 2 ** 31 - 1;

/** What a process has open, as "7 -> socket:[1234]". */
export function openFds(pid: number | "self" = "self"): string[] {
  const open: string[] = [];
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      open.push(`${fd} -> ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`);
    } catch {
      // This one was the directory's own, or was closed meanwhile.
    }
  }
  return open;
}

/** What closing() has still to close. */
const pending = new Set<number>();

/** Closes the fds when the test ends, and hands them back. */
export function closing<T extends number[]>(t: Test, ...fds: T): T {
  for (const fd of fds) pending.add(fd);
  t.teardown(() => {
    for (const fd of fds) if (pending.delete(fd)) close(fd);
  });
  return fds;
}

/** Closes an fd of closing() before its test ends; the number may be given again. */
export function closeNow(fd: number): void {
  pending.delete(fd);
  close(fd);
}

/** The last test of a file: nothing is open now that was not open when the file was loaded. */
export function leavesNoFd(t: Test): void {
  t.test("every fd was closed", async (t) => t.strictSame(openFds(), atStart));
}

const atStart = openFds();
