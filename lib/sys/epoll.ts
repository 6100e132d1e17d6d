// Readiness of many fds at once. Answers and errors as in socket.ts. See epoll(7).
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import {
  OFFSETOF_EPOLL_EVENT_DATA,
  OFFSETOF_EPOLL_EVENT_EVENTS,
  SIZEOF_EPOLL_EVENT,
} from "../structs.ts";

// struct epoll_event in 32-bit words. It is packed on x86-64 (3 words) and aligned elsewhere (4).
const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const EVENT_WORDS = SIZEOF_EPOLL_EVENT / WORD_BYTES;
const EVENTS = OFFSETOF_EPOLL_EVENT_EVENTS / WORD_BYTES;
const DATA = OFFSETOF_EPOLL_EVENT_DATA / WORD_BYTES;
const DATA_HIGH = DATA + 1;

/** Room for `capacity` events, made once: the kernel writes each batch into the same memory. */
export class EpollEvents {
  /** The array of struct epoll_event that the kernel fills. */
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`EpollEvents: capacity must be an integer above 0, not ${capacity}`);
    }
    this.#words = new Uint32Array(capacity * EVENT_WORDS);
    this.bytes = new Uint8Array(this.#words.buffer);
  }

  /** How many events there is room for. */
  get capacity(): number {
    return this.#words.length / EVENT_WORDS;
  }

  /** The event bits of event `i` (EPOLLIN, ...), unsigned. */
  events(i: number): number {
    return this.#words[i * EVENT_WORDS + EVENTS];
  }

  /** The low 32 bits of the user data of event `i`, unsigned: by default the fd. */
  data(i: number): number {
    return this.#words[i * EVENT_WORDS + DATA];
  }

  /** The high 32 bits of the user data of event `i`, unsigned. */
  dataHigh(i: number): number {
    return this.#words[i * EVENT_WORDS + DATA_HIGH];
  }
}

/**
 * `int epoll_create1(int flags)`: the fd of a new epoll. `flags` is EPOLL_CLOEXEC or 0. EMFILE,
 * EINVAL. See epoll_create1(2).
 */
export function epoll_create1(flags: number): number {
  return answer(calls.epoll_create1(flags), "epoll_create1");
}

/**
 * `int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)`: 0. `op` is EPOLL_CTL_ADD,
 * EPOLL_CTL_MOD or EPOLL_CTL_DEL; `data` and `dataHigh` are the 64 bits of user data in two halves.
 * EEXIST, ENOENT, EPERM (a plain file), EBADF, ELOOP. See epoll_ctl(2).
 */
export function epoll_ctl(
  epfd: number,
  op: number,
  fd: number,
  events = 0,
  data = fd,
  dataHigh = 0,
): number {
  return answer(calls.epoll_ctl(epfd, op, fd, events, data, dataHigh), "epoll_ctl", fd);
}

/**
 * `int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)`: how many
 * events were put into `events`, 0 when `timeoutMs` milliseconds passed (-1: wait for ever).
 * -EINTR when a signal came: wait again. EBADF, EINVAL (not an epoll). See epoll_wait(2).
 */
export function epoll_wait(
  epfd: number,
  events: EpollEvents,
  maxevents: number,
  timeoutMs: number,
): number {
  return answer(calls.epoll_wait(epfd, events.bytes, maxevents, timeoutMs), "epoll_wait", epfd);
}

/**
 * `int epoll_pwait(..., int timeout, const sigset_t *sigmask)`: as epoll_wait(), with only the
 * signals of `sigmask` blocked meanwhile (null: as it is; see sigset()). See epoll_pwait(2).
 */
export function epoll_pwait(
  epfd: number,
  events: EpollEvents,
  maxevents: number,
  timeoutMs: number,
  sigmask: Uint8Array | null = null,
): number {
  const n = calls.epoll_pwait(epfd, events.bytes, maxevents, timeoutMs, sigmask);
  return answer(n, "epoll_pwait", epfd);
}

/**
 * `int epoll_pwait2(..., const struct timespec *timeout, const sigset_t *sigmask)`: as
 * epoll_pwait(), for `timeoutNs` nanoseconds (-1: for ever). ENOSYS before Linux 5.11. See
 * epoll_pwait2(2).
 */
export function epoll_pwait2(
  epfd: number,
  events: EpollEvents,
  maxevents: number,
  timeoutNs: number,
  sigmask: Uint8Array | null = null,
): number {
  const n = calls.epoll_pwait2(epfd, events.bytes, maxevents, timeoutNs, sigmask);
  return answer(n, "epoll_pwait2", epfd);
}
