/**
 * Waiting for one fd, and not for ever. A check blocks on purpose: it has one thread, and does one
 * thing after another, which makes it easy to read.
 *
 * Man pages: poll(2). */
import { PollFds, poll } from "fdkit";

const fds = new PollFds(1);

/** Until `fd` has one of `events`, an end or an error; false when `ms` have passed without. */
export function waitFor(fd: number, events: number, ms: number): boolean {
  const deadline = performance.now() + ms;
  for (;;) {
    fds.set(0, fd, events);
    const left = Math.max(0, Math.ceil(deadline - performance.now()));
    const n = poll(fds, 1, left);
    if (n > 0) return true;
    if (n === 0) return false;
  }
}

export function sleep(ms: number): void {
  fds.set(0, -1, 0);
  poll(fds, 1, ms);
}
