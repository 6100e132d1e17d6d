// epoll_create1, epoll_ctl, epoll_wait, epoll_pwait, epoll_pwait2 and the events they fill.
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import t, { type Test } from "tap";
import {
  AF_UNIX,
  EINTR,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLRDHUP,
  EPOLLWAKEUP,
  F_GETFD,
  FD_CLOEXEC,
  SIGCHLD,
  SIGUSR2,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { sigset } from "../../lib/sigset.ts";
import { SIZEOF_EPOLL_EVENT } from "../../lib/structs.ts";
import {
  EpollEvents,
  epoll_create1,
  epoll_ctl,
  epoll_pwait,
  epoll_pwait2,
  epoll_wait,
} from "../../lib/sys/epoll.ts";
import { close, dup, fcntl, read, write } from "../../lib/sys/file.ts";
import { socketpair } from "../../lib/sys/socket.ts";
import { detach, kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";
import { underSignals } from "./conformance/wait.ts";

const { fd, int, bits } = kinds;
const byte = new Uint8Array(1);

/** An epoll and a pair of joined sockets, closed when the test ends. */
function epollAndPair(t: Test): [epfd: number, left: number, right: number] {
  const pair = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return closing(t, epoll_create1(EPOLL_CLOEXEC), ...pair);
}

t.test("a readable fd is reported with its events and its number", async (t) => {
  const [epfd, left, right] = epollAndPair(t);
  const events = new EpollEvents(4);
  t.equal(fcntl(epfd, F_GETFD), FD_CLOEXEC);
  t.equal(epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLIN), 0);
  t.equal(epoll_wait(epfd, events, 4, 0), 0);
  write(right, byte, 1);
  t.equal(epoll_wait(epfd, events, 4, -1), 1);
  t.equal(events.events(0), EPOLLIN);
  t.equal(events.data(0), left);
  t.equal(events.dataHigh(0), 0);
});

t.test("the 64 bits of user data come back, unsigned", async (t) => {
  const [epfd, left, right] = epollAndPair(t);
  const events = new EpollEvents(2);
  epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLOUT, 0xfedcba98, 0x80000001);
  epoll_ctl(epfd, EPOLL_CTL_ADD, right, EPOLLOUT, -1, 7);
  t.equal(epoll_wait(epfd, events, 2, 0), 2);
  const data = [0, 1].map((i) => [events.data(i), events.dataHigh(i)]);
  t.strictSame(data, [
    [0xfedcba98, 0x80000001],
    [0xffffffff, 7],
  ]);
});

t.test("EPOLL_CTL_MOD replaces and EPOLL_CTL_DEL removes", async (t) => {
  const [epfd, left] = epollAndPair(t);
  const events = new EpollEvents(1);
  epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLOUT);
  epoll_ctl(epfd, EPOLL_CTL_MOD, left, EPOLLIN, 5);
  t.equal(epoll_wait(epfd, events, 1, 0), 0);
  epoll_ctl(epfd, EPOLL_CTL_MOD, left, EPOLLOUT, 6);
  t.equal(epoll_wait(epfd, events, 1, 0), 1);
  t.equal(events.data(0), 6);
  t.equal(epoll_ctl(epfd, EPOLL_CTL_DEL, left), 0);
  t.equal(epoll_wait(epfd, events, 1, 0), 0);
});

t.test("EPOLLET reports once, and its bit may be combined with |", async (t) => {
  const [epfd, left] = epollAndPair(t);
  const events = new EpollEvents(1);
  t.ok((EPOLLOUT | EPOLLET) < 0, "JavaScript makes it negative");
  epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLOUT | EPOLLET);
  t.equal(epoll_wait(epfd, events, 1, 0), 1);
  t.equal(epoll_wait(epfd, events, 1, 0), 0);
  epoll_ctl(epfd, EPOLL_CTL_MOD, left, EPOLLOUT + EPOLLONESHOT);
  t.equal(epoll_wait(epfd, events, 1, 0), 1);
  t.equal(epoll_wait(epfd, events, 1, 0), 0);
});

t.test("a closed peer is EPOLLHUP", async (t) => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM, 0);
  const [epfd] = closing(t, epoll_create1(EPOLL_CLOEXEC), left);
  const events = new EpollEvents(1);
  epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLRDHUP);
  close(right);
  t.equal(epoll_wait(epfd, events, 1, 0), 1);
  t.equal(events.events(0) & ~EPOLLERR, EPOLLHUP | EPOLLRDHUP);
});

t.test("no more than maxevents are written, and nothing behind them", async (t) => {
  const [epfd, left, right] = epollAndPair(t);
  const [third] = closing(t, dup(left));
  const events = new EpollEvents(4);
  for (const fd of [left, right, third]) epoll_ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLOUT);
  events.bytes.fill(0xee);
  t.equal(events.capacity, 4);
  t.equal(epoll_wait(epfd, events, 2, 0), 2);
  t.ok(events.bytes.subarray(2 * SIZEOF_EPOLL_EVENT).every((byte) => byte === 0xee));
  t.equal(epoll_wait(epfd, events, 4, 0), 3);
});

t.test("maxevents must fit the events", async (t) => {
  const [epfd] = epollAndPair(t);
  const events = new EpollEvents(2);
  for (const maxevents of [3, 0, -1, 2 ** 31, NaN]) {
    t.throws(() => epoll_wait(epfd, events, maxevents, 0), {
      name: "RangeError",
      message: `epoll_wait: maxevents must be an integer from 1 to 2, not ${maxevents}`,
    });
  }
  detach(events.bytes);
  t.throws(() => epoll_wait(epfd, events, 1, 0), RangeError, "the events went elsewhere");
  for (const capacity of [0, -1, 1.5, NaN, "2", 2 ** 53]) {
    t.throws(() => new EpollEvents(capacity as number), RangeError);
  }
});

t.test("a timeout is in milliseconds", async (t) => {
  const [epfd] = epollAndPair(t);
  const before = performance.now();
  t.equal(epoll_wait(epfd, new EpollEvents(1), 1, 30), 0);
  const took = performance.now() - before;
  t.ok(took >= 29 && took < 2000, `${took} ms`);
});

t.test("a signal interrupts the wait: -EINTR", async (t) => {
  const [epfd] = epollAndPair(t);
  const events = new EpollEvents(1);
  t.equal(await underSignals(t, () => epoll_wait(epfd, events, 1, 5000)), -EINTR);
});

t.test("epoll_pwait and epoll_pwait2 block a signal meanwhile", async (t) => {
  const [epfd] = epollAndPair(t);
  const events = new EpollEvents(1);
  let times = 0;
  const count = () => times++;
  process.on("SIGUSR2", count);
  for (const wait of [
    () => epoll_pwait(epfd, events, 1, 400, sigset([SIGUSR2, SIGCHLD])),
    () => epoll_pwait2(epfd, events, 1, 400e6, sigset([SIGUSR2, SIGCHLD])),
  ]) {
    const killer = spawn("sh", ["-c", `sleep 0.1; kill -USR2 ${process.pid}`]);
    t.equal(wait(), 0, "nothing interrupted it");
    await new Promise((resolve) => killer.once("close", resolve));
  }
  while (times < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("SIGUSR2", count);
});

t.test("epoll_pwait and epoll_pwait2 report events, and stop after their time", async (t) => {
  const [epfd, left, right] = epollAndPair(t);
  const events = new EpollEvents(2);
  epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLIN);
  t.equal(epoll_pwait(epfd, events, 2, 0), 0);
  const before = performance.now();
  t.equal(epoll_pwait2(epfd, events, 2, 1500000), 0);
  t.ok(performance.now() - before >= 1.4, "one and a half milliseconds");
  write(right, byte, 1);
  t.equal(epoll_pwait(epfd, events, 2, -1), 1);
  t.equal(events.data(0), left);
  events.bytes.fill(0);
  t.equal(epoll_pwait2(epfd, events, 2, -1), 1);
  t.equal(events.data(0), left);
});

t.test("EPOLLEXCLUSIVE wakes one of several epolls, and is set at ADD only", async (t) => {
  const [epfd, left, right] = epollAndPair(t);
  const events = new EpollEvents(1);
  t.equal(epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLIN | EPOLLEXCLUSIVE), 0);
  write(right, byte, 1);
  t.equal(epoll_wait(epfd, events, 1, 0), 1);
  failsWith(t, "EINVAL", `fd ${left}`, () => epoll_ctl(epfd, EPOLL_CTL_MOD, left, EPOLLIN));
  failsWith(t, "EINVAL", `fd ${right}`, () =>
    epoll_ctl(epfd, EPOLL_CTL_ADD, right, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT),
  );
});

t.test("EPOLLWAKEUP is taken, with or without the privilege to use it", async (t) => {
  const [epfd, left] = epollAndPair(t);
  const events = new EpollEvents(1);
  t.equal(epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLOUT | EPOLLWAKEUP | EPOLLET), 0);
  t.equal(epoll_wait(epfd, events, 1, 0), 1);
  t.equal(events.events(0), EPOLLOUT);
});

t.test("an epoll is itself pollable", async (t) => {
  const [epfd, left, right] = epollAndPair(t);
  const [outerfd] = closing(t, epoll_create1(EPOLL_CLOEXEC));
  const events = new EpollEvents(1);
  epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLIN);
  epoll_ctl(outerfd, EPOLL_CTL_ADD, epfd, EPOLLIN);
  t.equal(epoll_wait(outerfd, events, 1, 0), 0);
  write(right, byte, 1);
  t.equal(epoll_wait(outerfd, events, 1, 0), 1);
  t.equal(events.data(0), epfd);
  t.equal(read(left, byte, 1), 1);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [epfd, left, right] = epollAndPair(t);
  const [plainfd] = closing(t, openSync(import.meta.filename, "r"));
  const events = new EpollEvents(1);
  epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLIN);
  failsWith(t, "EINVAL", "", () => epoll_create1(1));
  failsWith(t, "EEXIST", `fd ${left}`, () => epoll_ctl(epfd, EPOLL_CTL_ADD, left, EPOLLIN));
  failsWith(t, "ENOENT", `fd ${right}`, () => epoll_ctl(epfd, EPOLL_CTL_DEL, right));
  failsWith(t, "EPERM", `fd ${plainfd}`, () => epoll_ctl(epfd, EPOLL_CTL_ADD, plainfd, EPOLLIN));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => epoll_ctl(epfd, EPOLL_CTL_ADD, CLOSED_FD));
  failsWith(t, "EINVAL", `fd ${left}`, () => epoll_wait(left, events, 1, 0));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => epoll_wait(CLOSED_FD, events, 1, 0));
  failsWith(t, "EINVAL", `fd ${left}`, () => epoll_pwait(left, events, 1, 0));
  failsWith(t, "EINVAL", `fd ${left}`, () => epoll_pwait2(left, events, 1, 0));
});

const events = {
  good: new EpollEvents(2),
  bad: () => [{}, { bytes: new Float64Array(8) }, { bytes: new Uint8Array(3) }],
};
const maxevents = { good: 2, bad: () => [0, 3, ...int.bad()] };
rejectsBadArguments(t, epoll_create1, [bits]);
rejectsBadArguments(t, epoll_ctl, [fd, int, fd, bits, bits, bits]);
rejectsBadArguments(t, epoll_wait, [fd, events, maxevents, int]);
const ns = { good: 0, bad: () => [-2, 2 ** 53, 0.5, NaN, "1", 1n, null, undefined] };
const mask = { good: null, bad: () => [new Uint8Array(7), new Uint8Array(9), 3, [1], "INT"] };
rejectsBadArguments(t, epoll_pwait, [fd, events, maxevents, int, mask]);
rejectsBadArguments(t, epoll_pwait2, [fd, events, maxevents, ns, mask]);
t.throws(() => calls.epoll_wait(CLOSED_FD, new Uint8Array(), 1, 0), RangeError);

leavesNoFd(t);
