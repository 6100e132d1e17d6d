// What wakes a sleeping loop: eventfd, timerfd, and (camelCase: not the kernel) libuv, which lets
// Node's own loop watch an fd and is the only one who may install a signal handler.
// Man pages: eventfd(2), timerfd_create(2). libuv: uv_poll_t, uv_signal_t. See native/wake.cc.
import { endianness } from "node:os";
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import {
  OFFSETOF_IT_INTERVAL,
  OFFSETOF_IT_VALUE,
  OFFSETOF_TV_NSEC,
  SIZEOF_ITIMERSPEC,
} from "../structs.ts";

const LITTLE_ENDIAN = endianness() === "LE";

/** A counter as an fd: write adds 8 bytes' worth, read takes it. Returns the fd. eventfd(2). */
export function eventfd(initval: number, flags: number): number {
  return answer(calls.eventfd(initval, flags), "eventfd");
}

/** A timer as an fd, disarmed. Returns the fd. timerfd_create(2). */
export function timerfd_create(clockid: number, flags: number): number {
  return answer(calls.timerfd_create(clockid, flags), "timerfd_create");
}

/**
 * Arms a timer: first after `valueNs` nanoseconds (0: never), then every `intervalNs` (0: once).
 * Times are integers up to Number.MAX_SAFE_INTEGER, which is 104 days; with TFD_TIMER_ABSTIME on
 * CLOCK_REALTIME a time of today is beyond that. timerfd_settime(2).
 */
export function timerfd_settime(
  fd: number,
  flags: number,
  valueNs: number,
  intervalNs: number,
): number {
  return answer(calls.timerfd_settime(fd, flags, valueNs, intervalNs), "timerfd_settime", fd);
}

/**
 * `int timerfd_gettime(int fd, struct itimerspec *value)`: the nanoseconds until a timer's next
 * expiration (0: it is disarmed), and its interval (0: once). EBADF, EINVAL. timerfd_gettime(2).
 */
export function timerfd_gettime(fd: number): { valueNs: number; intervalNs: number } {
  const bytes = new Uint8Array(SIZEOF_ITIMERSPEC);
  answer(calls.timerfd_gettime(fd, bytes), "timerfd_gettime", fd);
  const view = new DataView(bytes.buffer);
  const nanoseconds = (at: number) =>
    Number(view.getBigInt64(at, LITTLE_ENDIAN)) * 1e9 +
    Number(view.getBigInt64(at + OFFSETOF_TV_NSEC, LITTLE_ENDIAN));
  return { valueNs: nanoseconds(OFFSETOF_IT_VALUE), intervalNs: nanoseconds(OFFSETOF_IT_INTERVAL) };
}

/**
 * Node's loop calls `ready` whenever `fd` is readable, and stays alive for it. Sets O_NONBLOCK on
 * the fd. What `ready` throws is an uncaughtException. EEXIST if Node's loop watches it already.
 */
export function uvPollStart(fd: number, ready: () => void): number {
  return answer(calls.uvPollStart(fd, ready), "uvPollStart", fd);
}

/** Node's loop forgets `fd`, which may be closed then. EBADF if it was not watched. */
export function uvPollStop(fd: number): number {
  return answer(calls.uvPollStop(fd), "uvPollStop", fd);
}

/** The process stays alive for `fd` again. */
export function uvPollRef(fd: number): number {
  return answer(calls.uvPollRef(fd), "uvPollRef", fd);
}

/** The process no longer stays alive for `fd`. */
export function uvPollUnref(fd: number): number {
  return answer(calls.uvPollUnref(fd), "uvPollUnref", fd);
}

/**
 * An fd that is readable when a watched signal has arrived on any thread of the process. It is for
 * epoll and uvSignalRead only, belongs to the calling thread, and is closed by uvSignalClose alone.
 */
export function uvSignalOpen(): number {
  return answer(calls.uvSignalOpen(), "uvSignalOpen");
}

/** Closes what uvSignalOpen opened, and watches none of its signals any more. */
export function uvSignalClose(sigfd: number): number {
  return answer(calls.uvSignalClose(sigfd), "uvSignalClose", sigfd);
}

/** Watches a signal beside everyone else who does. EINVAL for SIGKILL and SIGSTOP. */
export function uvSignalStart(sigfd: number, signum: number): number {
  return answer(calls.uvSignalStart(sigfd, signum), "uvSignalStart", `signal ${signum}`);
}

/** The signal's default action returns with its last watcher. */
export function uvSignalStop(sigfd: number, signum: number): number {
  return answer(calls.uvSignalStop(sigfd, signum), "uvSignalStop", `signal ${signum}`);
}

/**
 * The numbers of the signals that arrived since the last call, one byte each, into `buffer` of at
 * least 64 bytes; returns how many. Never waits.
 */
export function uvSignalRead(sigfd: number, buffer: Uint8Array): number {
  return answer(calls.uvSignalRead(sigfd, buffer), "uvSignalRead", sigfd);
}
