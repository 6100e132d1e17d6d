// Waiting in the tests of the matrix: for what the kernel does a moment later, and for signals.
import type { Test } from "tap";
import { IPPROTO_TCP, MSG_DONTWAIT, SO_PROTOCOL, SOL_SOCKET } from "../../../lib/constants.ts";
import { tcpInfo } from "../../../lib/options.ts";
import { send } from "../../../lib/sys/message.ts";
import { PollFds, poll } from "../../../lib/sys/poll.ts";
import { pidfd_open } from "../../../lib/sys/signal.ts";
import { getsockopt } from "../../../lib/sys/sockopt.ts";
import { closing } from "../../helpers/fds.ts";
import { endWorker, startWorker } from "../../helpers/workers.ts";

const one = new PollFds(1);

/** Waits for `events` of `fd`: what there is of them, POLLERR and POLLHUP; 0 when there is none. */
export function polled(fd: number, events: number, timeoutMs = 5000): number {
  one.set(0, fd, events);
  return poll(one, 1, timeoutMs) === 1 ? one.revents(0) : 0;
}

const chunk = new Uint8Array(16384);

/**
 * Sends pieces of these sizes until there is no room, and stays none. Returns how many bytes went
 * in. TCP moves them on to the receiver, and has room again until that one is full as well.
 */
export function fill(fd: number, sizes = [chunk.length, 1]): number {
  let sent = 0;
  for (const size of sizes) {
    for (let before = -1; sent > before || isMoving(fd); ) {
      before = sent;
      for (let n = 0; n >= 0; sent += Math.max(n, 0)) n = send(fd, chunk, size, MSG_DONTWAIT);
    }
  }
  return sent;
}

/** Whether TCP has segments under way, or a window for more. Waits a little if it has. */
function isMoving(fd: number): boolean {
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL) !== IPPROTO_TCP) return false;
  const { unacked, snd_wnd = 0 } = tcpInfo(fd);
  if (unacked === 0 && snd_wnd === 0) return false;
  polled(fd, 0, 5);
  return true;
}

/**
 * Runs `body` while a worker sends a signal to this process every few milliseconds: a call that
 * waits sooner or later waits while one comes. Without a timeout such a call would go on by itself.
 */
export async function underSignals<T>(t: Test, body: () => T): Promise<T> {
  // One that is ignored by default: a last one may come when nobody listens any more.
  const listener = () => {};
  process.on("SIGWINCH", listener);
  const [pidfd] = closing(t, pidfd_open(process.pid, 0));
  const [worker] = await startWorker(
    `setInterval(() => calls.pidfd_send_signal(workerData, constants.SIGWINCH, 0), 5);
    post("ready");`,
    pidfd,
  );
  try {
    return body();
  } finally {
    await endWorker(worker);
    process.off("SIGWINCH", listener);
  }
}

/** Runs the body, and says whether it took at least `ms`, less what the clocks may differ. */
export function lasts(ms: number, body: () => void): boolean {
  const before = performance.now();
  body();
  return performance.now() - before >= ms - 1;
}
