// Readiness of some fds, without an epoll: poll, ppoll. Answers and errors as in socket.ts.
//
// For a few fds, or for one moment: the kernel looks at every fd at every call. See also epoll.ts.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import {
  OFFSETOF_POLLFD_EVENTS,
  OFFSETOF_POLLFD_FD,
  OFFSETOF_POLLFD_REVENTS,
  SIZEOF_POLLFD,
} from "../structs.ts";

const FD_BYTES = Int32Array.BYTES_PER_ELEMENT;
const EVENTS_BYTES = Uint16Array.BYTES_PER_ELEMENT;

/** C's array of struct pollfd, made once: each call reads it, and writes its answers there. */
export class PollFds {
  /** How many fds there is room for. */
  readonly capacity: number;
  /** The array that the kernel reads and fills. */
  readonly bytes: Uint8Array;
  readonly #fds: Int32Array;
  readonly #events: Uint16Array;

  /** All places are empty: their fd is -1, which the kernel skips. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 20) {
      throw new RangeError(`PollFds: capacity must be an integer from 1 to 2^20, not ${capacity}`);
    }
    this.capacity = capacity;
    this.bytes = new Uint8Array(capacity * SIZEOF_POLLFD);
    this.#fds = new Int32Array(this.bytes.buffer);
    this.#events = new Uint16Array(this.bytes.buffer);
    for (let i = 0; i < capacity; i++) this.set(i, -1, 0);
  }

  /** Waits at place `i` for `events` (POLLIN, ...) of `fd`; an fd of -1 leaves the place empty. */
  set(i: number, fd: number, events: number): void {
    this.#fds[this.#place(i, OFFSETOF_POLLFD_FD, FD_BYTES)] = fd;
    this.#events[this.#place(i, OFFSETOF_POLLFD_EVENTS, EVENTS_BYTES)] = events;
    this.#events[this.#place(i, OFFSETOF_POLLFD_REVENTS, EVENTS_BYTES)] = 0;
  }

  /** The fd at place `i`. */
  fd(i: number): number {
    return this.#fds[this.#place(i, OFFSETOF_POLLFD_FD, FD_BYTES)];
  }

  /** What is waited for at place `i`. */
  events(i: number): number {
    return this.#events[this.#place(i, OFFSETOF_POLLFD_EVENTS, EVENTS_BYTES)];
  }

  /** What has happened at place `i`: of `events`, and POLLERR, POLLHUP, POLLNVAL (no open fd). */
  revents(i: number): number {
    return this.#events[this.#place(i, OFFSETOF_POLLFD_REVENTS, EVENTS_BYTES)];
  }

  #place(i: number, offset: number, unit: number): number {
    if (Number.isInteger(i) && i >= 0 && i < this.capacity)
      return (i * SIZEOF_POLLFD + offset) / unit;
    throw new RangeError(`PollFds: i must be an integer from 0 to ${this.capacity - 1}, not ${i}`);
  }
}

/**
 * `int poll(struct pollfd *fds, nfds_t nfds, int timeout)`: how many of the first `nfds` places
 * have revents; 0 when `timeoutMs` milliseconds passed (-1: wait for ever). A closed fd is no error
 * but POLLNVAL. -EINTR when a signal came. EINVAL (nfds above RLIMIT_NOFILE). See poll(2).
 */
export function poll(fds: PollFds, nfds: number, timeoutMs: number): number {
  return answer(calls.poll(fds.bytes, nfds, timeoutMs), "poll");
}

/**
 * `int ppoll(..., const struct timespec *timeout, const sigset_t *sigmask)`: as poll(), for
 * `timeoutNs` nanoseconds (-1: for ever), with only the signals of `sigmask` blocked meanwhile
 * (null: as it is; see sigset()). See ppoll(2).
 */
export function ppoll(
  fds: PollFds,
  nfds: number,
  timeoutNs: number,
  sigmask: Uint8Array | null = null,
): number {
  return answer(calls.ppoll(fds.bytes, nfds, timeoutNs, sigmask), "ppoll");
}
