// sigprocmask, signalfd, pidfd_open, pidfd_send_signal, pidfd_getfd on this process and on a child.
import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import {
  EAGAIN,
  F_GETFD,
  FD_CLOEXEC,
  O_CLOEXEC,
  PIDFD_SIGNAL_THREAD,
  POLLIN,
  SFD_CLOEXEC,
  SFD_NONBLOCK,
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGKILL,
  SIGURG,
  SIGWINCH,
} from "../../lib/constants.ts";
import { SyscallError } from "../../lib/errno.ts";
import { calls } from "../../lib/native.ts";
import { signalsIn, sigset } from "../../lib/sigset.ts";
import { fcntl, pipe2, read, write } from "../../lib/sys/file.ts";
import { PollFds, poll } from "../../lib/sys/poll.ts";
import * as signal from "../../lib/sys/signal.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const { pidfd_getfd, pidfd_open, pidfd_send_signal, sigprocmask, signalfd } = signal;

// tap ends the process at most signals, but not at SIGURG and SIGWINCH.

/** 1 << 0 since Linux 6.9: the headers of the build may be older than the kernel. */
const TO_THREAD = PIDFD_SIGNAL_THREAD ?? 1;

/** Whether the kernel can send a signal to one thread by a pidfd. */
function sendsToThread(): boolean {
  const pidfd = pidfd_open(process.pid, 0);
  try {
    return pidfd_send_signal(pidfd, 0, TO_THREAD) === 0;
  } catch (error) {
    if (error instanceof SyscallError && error.code === "EINVAL") return false;
    throw error;
  } finally {
    calls.close(pidfd);
  }
}

t.test("the mask of this thread is changed, and told as it was", async (t) => {
  const before = sigprocmask(SIG_BLOCK, null);
  t.strictSame(sigprocmask(SIG_BLOCK, sigset([SIGURG])), before);
  t.strictSame(sigprocmask(SIG_BLOCK, sigset([SIGWINCH])), sigset([...signalsIn(before), SIGURG]));
  t.strictSame(signalsIn(sigprocmask(SIG_UNBLOCK, sigset([SIGURG]))).includes(SIGURG), true);
  t.strictSame(signalsIn(sigprocmask(SIG_SETMASK, before)).includes(SIGURG), false);
  t.strictSame(sigprocmask(SIG_BLOCK, sigset([SIGKILL])), before);
  t.strictSame(sigprocmask(SIG_BLOCK, null), before, "nobody blocks SIGKILL");
});

const skip = sendsToThread() ? {} : { skip: "needs Linux 6.9: PIDFD_SIGNAL_THREAD" };
t.test("a blocked signal that is sent to this thread is read from a signalfd", skip, async (t) => {
  const before = sigprocmask(SIG_BLOCK, sigset([SIGURG, SIGWINCH]));
  t.teardown(() => sigprocmask(SIG_SETMASK, before));
  const sigfd = signalfd(-1, sigset([SIGURG]), SFD_NONBLOCK | SFD_CLOEXEC);
  const [, pidfd] = closing(t, sigfd, pidfd_open(process.pid, 0));
  const buffer = new Uint8Array(512);
  t.equal(fcntl(sigfd, F_GETFD), FD_CLOEXEC);
  t.equal(read(sigfd, buffer, 512), -EAGAIN);
  pidfd_send_signal(pidfd, SIGURG, TO_THREAD);
  pidfd_send_signal(pidfd, SIGWINCH, TO_THREAD);
  const n = read(sigfd, buffer, 512);
  const uid = process.getuid?.() ?? 0;
  const [info, ...others] = signal.signalInfos(buffer, n);
  t.match(info, { signo: SIGURG, pid: process.pid, uid, fd: 0, status: 0 });
  t.strictSame(others, [], "the other one is not in the mask");
  t.equal(signalfd(sigfd, sigset([SIGURG, SIGWINCH]), 0), sigfd, "now it is");
  t.equal(signal.signalInfos(buffer, read(sigfd, buffer, 512))[0]?.signo, SIGWINCH);
});

t.test("a pidfd signals a child, and is readable at its end", async (t) => {
  const child = spawn("sleep", ["60"]);
  const ended = once(child, "exit");
  const [pidfd] = closing(t, pidfd_open(child.pid as number, 0));
  const fds = new PollFds(1);
  fds.set(0, pidfd, POLLIN);
  t.equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
  t.equal(pidfd_send_signal(pidfd, 0, 0), 0);
  t.equal(poll(fds, 1, 0), 0);
  t.equal(pidfd_send_signal(pidfd, SIGKILL, 0), 0);
  t.equal(poll(fds, 1, 5000), 1);
  t.strictSame(await ended, [null, "SIGKILL"]);
  failsWith(t, "ESRCH", `fd ${pidfd}`, () => pidfd_send_signal(pidfd, SIGKILL, 0));
});

t.test("pidfd_getfd duplicates an fd of a process", async (t) => {
  const [pidfd] = closing(t, pidfd_open(process.pid, 0));
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const [copy] = closing(t, pidfd_getfd(pidfd, writefd, 0));
  t.equal(fcntl(copy, F_GETFD), FD_CLOEXEC);
  t.equal(write(copy, Buffer.from("through the copy"), 16), 16);
  t.equal(read(readfd, new Uint8Array(16), 16), 16);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [pidfd] = closing(t, pidfd_open(process.pid, 0));
  failsWith(t, "EINVAL", "", () => sigprocmask(7, sigset([])));
  failsWith(t, "EINVAL", `fd ${pidfd}`, () => signalfd(pidfd, sigset([]), 0));
  failsWith(t, "EINVAL", "", () => signalfd(-1, sigset([]), 1));
  failsWith(t, "ESRCH", `pid ${2 ** 30}`, () => pidfd_open(2 ** 30, 0));
  failsWith(t, "EINVAL", "pid 0", () => pidfd_open(0, 0));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => pidfd_send_signal(CLOSED_FD, 0, 0));
  failsWith(t, "EINVAL", `fd ${pidfd}`, () => pidfd_send_signal(pidfd, 65, 0));
  failsWith(t, "EBADF", `fd ${pidfd}`, () => pidfd_getfd(pidfd, CLOSED_FD, 0));
});

const { fd, int, bits } = kinds;
const wrongSets = [new Uint8Array(7), new Uint8Array(9), 3, [1], "INT"];
const set = { good: sigset([]), bad: () => wrongSets };
const givenSet = { good: sigset([]), bad: () => [...wrongSets, null] };
const newOrFd = { good: CLOSED_FD, bad: () => fd.bad().filter((value) => value !== -1) };
rejectsBadArguments(t, sigprocmask, [int, set]);
rejectsBadArguments(t, calls.sigprocmask, [int, set, set]);
rejectsBadArguments(t, signalfd, [newOrFd, givenSet, bits]);
rejectsBadArguments(t, pidfd_open, [int, bits]);
rejectsBadArguments(t, pidfd_send_signal, [fd, int, bits]);
rejectsBadArguments(t, pidfd_getfd, [fd, fd, bits]);

leavesNoFd(t);
