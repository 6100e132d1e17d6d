// eventfd and timerfd of the kernel, uv_poll and uv_signal of libuv, each on a real fd.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import t from "tap";
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  EAGAIN,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLLIN,
  F_GETFD,
  FD_CLOEXEC,
  O_CLOEXEC,
  SIGKILL,
  SIGURG,
  SIGWINCH,
  TFD_CLOEXEC,
  TFD_NONBLOCK,
  TFD_TIMER_ABSTIME,
} from "../../lib/constants.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../lib/sys/epoll.ts";
import { close, fcntl, pipe2, read, write } from "../../lib/sys/file.ts";
import * as wake from "../../lib/sys/wake.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const { eventfd, timerfd_create, timerfd_gettime, timerfd_settime } = wake;
const MS = 1e6;

// tap ends the process at most signals, but not at SIGURG and SIGWINCH.

/** The 8-byte counter that an eventfd or a timerfd is read as, or -EAGAIN. */
function counter(fd: number): number {
  const bytes = Buffer.alloc(8);
  const n = read(fd, bytes, 8);
  return n === 8 ? Number(bytes.readBigUInt64LE()) : n;
}

/** Whether `fd` becomes readable within `timeoutMs`. */
function isReadable(fd: number, timeoutMs: number): boolean {
  const epfd = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLIN);
  const n = epoll_wait(epfd, new EpollEvents(1), 1, timeoutMs);
  close(epfd);
  return n === 1;
}

t.test("an eventfd adds up what is written and gives it to one read", async (t) => {
  const [fd] = closing(t, eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC));
  const two = Buffer.alloc(8);
  two.writeBigUInt64LE(2n);
  t.equal(write(fd, two, 8), 8);
  t.equal(counter(fd), 5);
  t.equal(counter(fd), -EAGAIN);
  t.equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
});

t.test("an eventfd takes every initial value up to 2^32 - 1, and its flags", async (t) => {
  const [full, semaphore] = closing(t, eventfd(2 ** 32 - 1, 0), eventfd(2, EFD_SEMAPHORE));
  t.equal(counter(full), 2 ** 32 - 1);
  t.equal(counter(semaphore), 1);
  t.equal(counter(semaphore), 1);
  t.equal(fcntl(full, F_GETFD), 0);
  failsWith(t, "EINVAL", "", () => eventfd(0, 0x40000000));
});

t.test("a timerfd is readable after its time, then after every interval", async (t) => {
  const [fd] = closing(t, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  const start = performance.now();
  t.equal(timerfd_settime(fd, 0, 20 * MS, 5 * MS), 0);
  t.equal(counter(fd), -EAGAIN);
  t.ok(isReadable(fd, 1000));
  t.ok(performance.now() - start >= 19.9, "not early");
  t.ok(counter(fd) >= 1);
  t.ok(isReadable(fd, 1000), "again");
  timerfd_settime(fd, 0, 0, 0);
  t.equal(counter(fd), -EAGAIN, "0 disarms it");
});

t.test("timerfd_gettime says how long until the next time, and the interval", async (t) => {
  const [fd] = closing(t, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  t.strictSame(timerfd_gettime(fd), { valueNs: 0, intervalNs: 0 });
  timerfd_settime(fd, 0, 3600e9 + 5, 2 ** 33 + 7);
  const { valueNs, intervalNs } = timerfd_gettime(fd);
  t.equal(intervalNs, 2 ** 33 + 7);
  t.ok(valueNs > 3500e9 && valueNs <= 3600e9 + 5, `${valueNs} ns`);
});

t.test("nanoseconds beyond 32 bits keep their seconds", async (t) => {
  const [fd] = closing(t, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  timerfd_settime(fd, 0, 2 ** 32, 0);
  t.notOk(isReadable(fd, 20), "4.3 s, not 0");
  timerfd_settime(fd, TFD_TIMER_ABSTIME, 2 ** 33 + 1, 0);
  t.ok(isReadable(fd, 0), "8.6 s after the machine started are over");
  timerfd_settime(fd, 0, Number.MAX_SAFE_INTEGER, 0);
  t.notOk(isReadable(fd, 0));
});

t.test("timerfd failures have names", async (t) => {
  const [pipe, other] = closing(t, ...pipe2(O_CLOEXEC));
  t.ok(other > 0);
  failsWith(t, "EINVAL", "", () => timerfd_create(99, 0));
  failsWith(t, "EINVAL", `fd ${pipe}`, () => timerfd_settime(pipe, 0, 1, 0));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => timerfd_settime(CLOSED_FD, 0, 1, 0));
  failsWith(t, "EINVAL", `fd ${pipe}`, () => timerfd_gettime(pipe));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => timerfd_gettime(CLOSED_FD));
  const [fd] = closing(t, timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC));
  failsWith(t, "EINVAL", `fd ${fd}`, () => timerfd_settime(fd, 0x100, 1, 0));
});

t.test("Node's loop calls back while an fd is readable, until it is stopped", async (t) => {
  const [fd] = closing(t, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  const one = Buffer.alloc(8);
  one.writeBigUInt64LE(1n);
  let times = 0;
  await new Promise<void>((resolve) => {
    wake.uvPollStart(fd, () => {
      times++;
      if (times === 3) resolve();
    });
    write(fd, one, 8);
  });
  t.equal(counter(fd), 1);
  wake.uvPollStop(fd);
  write(fd, one, 8);
  await sleep(10);
  t.equal(times, 3);
});

t.test("uv_poll failures have names", async (t) => {
  const [fd] = closing(t, eventfd(0, EFD_CLOEXEC));
  wake.uvPollStart(fd, () => {});
  failsWith(t, "EEXIST", `fd ${fd}`, () => wake.uvPollStart(fd, () => {}));
  wake.uvPollStop(fd);
  failsWith(t, "EBADF", `fd ${fd}`, () => wake.uvPollStop(fd));
  failsWith(t, "EBADF", `fd ${fd}`, () => wake.uvPollRef(fd));
  failsWith(t, "EBADF", `fd ${fd}`, () => wake.uvPollUnref(fd));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => wake.uvPollStart(CLOSED_FD, () => {}));
  t.throws(() => wake.uvPollStart(fd, 7 as never), TypeError);
});

t.test("a watched signal makes the fd readable and is read once", async (t) => {
  const sigfd = wake.uvSignalOpen();
  const arrived = new Uint8Array(64);
  wake.uvSignalStart(sigfd, SIGURG);
  wake.uvSignalStart(sigfd, SIGWINCH);
  t.notOk(isReadable(sigfd, 0));
  process.kill(process.pid, SIGURG);
  t.ok(isReadable(sigfd, 1000));
  t.equal(wake.uvSignalRead(sigfd, arrived), 1);
  t.equal(arrived[0], SIGURG);
  t.equal(wake.uvSignalRead(sigfd, arrived), 0);
  t.notOk(isReadable(sigfd, 0));
  wake.uvSignalClose(sigfd);
});

t.test("a signal that was stopped leaves the fd silent", async (t) => {
  const sigfd = wake.uvSignalOpen();
  const other = wake.uvSignalOpen();
  wake.uvSignalStart(sigfd, SIGURG);
  wake.uvSignalStart(other, SIGURG);
  process.kill(process.pid, SIGURG);
  wake.uvSignalStop(sigfd, SIGURG);
  process.kill(process.pid, SIGURG);
  t.equal(wake.uvSignalRead(sigfd, new Uint8Array(64)), 0);
  t.notOk(isReadable(sigfd, 0), "also of the signal that came before");
  t.equal(wake.uvSignalRead(other, new Uint8Array(64)), 1);
  wake.uvSignalClose(sigfd);
  wake.uvSignalClose(other);
});

t.test("signal failures have names", async (t) => {
  const sigfd = wake.uvSignalOpen();
  failsWith(t, "EINVAL", `signal ${SIGKILL}`, () => wake.uvSignalStart(sigfd, SIGKILL));
  t.throws(() => wake.uvSignalRead(sigfd, new Uint8Array(63)), RangeError);
  t.throws(() => wake.uvSignalStart(sigfd, 65), RangeError);
  t.throws(() => wake.uvSignalStart(sigfd, 0), RangeError);
  wake.uvSignalClose(sigfd);
  failsWith(t, "EBADF", `fd ${sigfd}`, () => wake.uvSignalClose(sigfd));
  failsWith(t, "EBADF", `fd ${sigfd}`, () => wake.uvSignalRead(sigfd, new Uint8Array(64)));
  failsWith(t, "EBADF", "signal 1", () => wake.uvSignalStart(sigfd, 1));
  failsWith(t, "EBADF", "signal 1", () => wake.uvSignalStop(sigfd, 1));
});

t.test("what a worker opened and left is closed with it", async (t) => {
  const module = new URL("../../dist/lib/native.js", import.meta.url);
  const code = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(module)}).then(({ calls }) => {
      const sigfd = calls.uvSignalOpen();
      calls.uvSignalStart(sigfd, ${SIGURG});
      const fd = calls.eventfd(0, ${EFD_NONBLOCK});
      calls.uvPollStart(fd, () => {});
      parentPort.postMessage(sigfd);
    });`;
  const worker = new Worker(code, { eval: true });
  const [sigfd] = await once(worker, "message");
  failsWith(t, "EBADF", "signal 1", () => wake.uvSignalStart(sigfd, 1));
  t.equal(await worker.terminate(), 1);
});

const { fd, int, bits, view } = kinds;
const ns = { good: 0, bad: () => [NaN, -1, 1.5, 2 ** 53, Infinity, "1", 1n, null, undefined] };
const initval = { good: 0, bad: () => [NaN, -1, 1.5, 2 ** 32, "1", 1n, null, undefined] };
const signum = { good: 1, bad: () => [NaN, -1, 0, 65, 1.5, 2 ** 32, "1", null, undefined] };
rejectsBadArguments(t, eventfd, [initval, bits]);
rejectsBadArguments(t, timerfd_create, [int, bits]);
rejectsBadArguments(t, timerfd_settime, [fd, bits, ns, ns]);
rejectsBadArguments(t, timerfd_gettime, [fd]);
rejectsBadArguments(t, wake.uvPollStart, [fd, { good: () => {}, bad: () => [3, null, {}, "f"] }]);
rejectsBadArguments(t, wake.uvPollStop, [fd]);
rejectsBadArguments(t, wake.uvPollRef, [fd]);
rejectsBadArguments(t, wake.uvPollUnref, [fd]);
rejectsBadArguments(t, wake.uvSignalClose, [fd]);
rejectsBadArguments(t, wake.uvSignalStart, [fd, signum]);
rejectsBadArguments(t, wake.uvSignalStop, [fd, signum]);
rejectsBadArguments(t, wake.uvSignalRead, [fd, view]);
leavesNoFd(t);
