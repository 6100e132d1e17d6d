// Signals and processes as fds: sigprocmask, signalfd, pidfd_open, pidfd_send_signal, pidfd_getfd.
// Answers and errors as in socket.ts. Sets of signals are made by sigset(). See signal(7).
//
// A mask is one thread's, and Node has many, V8's and libuv's, whose masks are out of reach. What
// is sent to the process (kill(2)) goes to any thread that does not block it: blocked here, it is
// taken there. What is sent to this thread does arrive at its signalfd: PIDFD_SIGNAL_THREAD,
// F_SETOWN_EX with F_OWNER_TID, tgkill(2). For everything else there is Loop.onSignal().
import { endianness } from "node:os";
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import {
  OFFSETOF_SSI_CODE,
  OFFSETOF_SSI_FD,
  OFFSETOF_SSI_PID,
  OFFSETOF_SSI_SIGNO,
  OFFSETOF_SSI_STATUS,
  OFFSETOF_SSI_UID,
  SIZEOF_SIGNALFD_SIGINFO,
} from "../structs.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const SET_BYTES = 8;

/**
 * `int sigprocmask(int how, const sigset_t *set, sigset_t *oldset)`: the mask of this thread as it
 * was before. `how` is SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK; a `set` of null changes nothing. The
 * mask of a thread is inherited by those it starts, not by programs that Node spawns. EINVAL. See
 * sigprocmask(2).
 */
export function sigprocmask(how: number, set: Uint8Array | null): Uint8Array {
  const oldset = new Uint8Array(SET_BYTES);
  answer(calls.sigprocmask(how, set, oldset), "sigprocmask");
  return oldset;
}

/**
 * `int signalfd(int fd, const sigset_t *mask, int flags)`: an fd that is read as the signals of
 * `mask` that wait for this thread, or for the process; they must be blocked. `fd` is -1 for a new
 * one, or one that gets another mask. `flags` are SFD_CLOEXEC, SFD_NONBLOCK. EINVAL, EMFILE. See
 * the head of this file, and signalfd(2).
 */
export function signalfd(fd: number, mask: Uint8Array, flags: number): number {
  return answer(calls.signalfd(fd, mask, flags), "signalfd", fd === -1 ? undefined : fd);
}

/** `struct signalfd_siginfo`: what tells most, of one signal. */
export interface SignalInfo {
  readonly signo: number;
  /** Why it was sent: SI_USER (0), CLD_EXITED, ... See sigaction(2). */
  readonly code: number;
  /** Who sent it, or the child that ended. */
  readonly pid: number;
  readonly uid: number;
  /** Which fd, for SIGIO. */
  readonly fd: number;
  /** The exit status or the signal, for SIGCHLD. */
  readonly status: number;
}

/** The signals in the first `n` bytes of `buffer`, as read() of a signalfd left them: 128 each. */
export function signalInfos(buffer: Uint8Array, n = buffer.length): SignalInfo[] {
  const view = new DataView(buffer.buffer, buffer.byteOffset, Math.min(n, buffer.length));
  const count = Math.floor(view.byteLength / SIZEOF_SIGNALFD_SIGINFO);
  return Array.from({ length: count }, (_, i) => {
    const int = (offset: number) =>
      view.getInt32(i * SIZEOF_SIGNALFD_SIGINFO + offset, LITTLE_ENDIAN);
    return {
      signo: int(OFFSETOF_SSI_SIGNO),
      code: int(OFFSETOF_SSI_CODE),
      pid: int(OFFSETOF_SSI_PID),
      uid: int(OFFSETOF_SSI_UID) >>> 0,
      fd: int(OFFSETOF_SSI_FD),
      status: int(OFFSETOF_SSI_STATUS),
    };
  });
}

/**
 * `int pidfd_open(pid_t pid, unsigned int flags)`: an fd of the process, readable when it has
 * ended, whoever has its number by then; always close-on-exec. `flags` is PIDFD_NONBLOCK or 0.
 * ESRCH, EINVAL, ENOSYS. See pidfd_open(2).
 */
export function pidfd_open(pid: number, flags: number): number {
  return answer(calls.pidfd_open(pid, flags), "pidfd_open", `pid ${pid}`);
}

/**
 * `int pidfd_send_signal(int pidfd, int sig, NULL, unsigned int flags)`: 0; as kill(2), but never
 * to another process that has the number now. `sig` 0 only looks. ESRCH (it has ended), EPERM,
 * EINVAL, EBADF. See pidfd_send_signal(2).
 */
export function pidfd_send_signal(pidfd: number, sig: number, flags: number): number {
  return answer(calls.pidfd_send_signal(pidfd, sig, flags), "pidfd_send_signal", pidfd);
}

/**
 * `int pidfd_getfd(int pidfd, int targetfd, unsigned int flags)`: a duplicate, close-on-exec, of
 * the fd `targetfd` of another process that we may trace. EBADF, EPERM, ESRCH, ENOSYS. See
 * pidfd_getfd(2).
 */
export function pidfd_getfd(pidfd: number, targetfd: number, flags: number): number {
  return answer(calls.pidfd_getfd(pidfd, targetfd, flags), "pidfd_getfd", pidfd);
}
