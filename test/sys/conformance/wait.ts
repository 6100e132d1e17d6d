// Waiting in the tests of the matrix: for what the kernel does a moment later, and for signals.
import type { Test } from "tap";
import { EAGAIN, MSG_DONTWAIT, POLLOUT } from "../../../lib/constants.ts";
import { send } from "../../../lib/sys/message.ts";
import { PollFds, poll } from "../../../lib/sys/poll.ts";
import { pidfd_open } from "../../../lib/sys/signal.ts";
import { closing } from "../../helpers/fds.ts";
import { endWorker, startWorker } from "../../helpers/workers.ts";

const one = new PollFds(1);

/** Waits for `events` of `fd`: what there is of them, POLLERR and POLLHUP; 0 when there is none. */
export function polled(fd: number, events: number, timeoutMs = 5000): number {
  one.set(0, fd, events);
  return poll(one, 1, timeoutMs) === 1 ? one.revents(0) : 0;
}

const chunk = new Uint8Array(16384);

/** Sends until there is no room, and for a moment stays none. Returns how many bytes went in. */
export function fill(fd: number, size = chunk.length): number {
  let sent = 0;
  do {
    for (;;) {
      const n = send(fd, chunk, size, MSG_DONTWAIT);
      if (n === -EAGAIN) break;
      sent += n;
    }
  } while (polled(fd, POLLOUT, 20) !== 0);
  return sent;
}

/**
 * Runs `body` while a worker sends SIGUSR2 to this thread every few milliseconds: a call that waits
 * sooner or later waits while one comes. Without a timeout such a call would go on by itself.
 */
export async function underSignals<T>(t: Test, body: () => T): Promise<T> {
  const listener = () => {};
  process.on("SIGUSR2", listener);
  const [pidfd] = closing(t, pidfd_open(process.pid, 0));
  const [worker] = await startWorker(
    `setInterval(() => calls.pidfd_send_signal(workerData, constants.SIGUSR2, 0), 5);
    post("ready");`,
    pidfd,
  );
  try {
    return body();
  } finally {
    await endWorker(worker);
    process.off("SIGUSR2", listener);
  }
}
