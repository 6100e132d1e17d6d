// poll, ppoll, the array they share with the kernel, and the sets of signals they take.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
import {
  AF_UNIX,
  EINTR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLRDHUP,
  SIGCHLD,
  SIGHUP,
  SIGINT,
  SIGUSR2,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import { signalsIn, sigset } from "../../lib/sigset.ts";
import { SIZEOF_POLLFD } from "../../lib/structs.ts";
import { close, write } from "../../lib/sys/file.ts";
import { PollFds, poll, ppoll } from "../../lib/sys/poll.ts";
import { socketpair } from "../../lib/sys/socket.ts";
import { detach, kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";
import { underSignals } from "./conformance/wait.ts";

const { int } = kinds;
const byte = new Uint8Array(1);

function pair(t: Test): [number, number] {
  return closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

t.test("poll says which fds are ready, and for what", async (t) => {
  const [left, right] = pair(t);
  const fds = new PollFds(3);
  fds.set(0, left, POLLIN);
  fds.set(2, right, POLLIN | POLLOUT);
  t.equal(poll(fds, 1, 0), 0, "only the first is looked at");
  write(right, byte, 1);
  t.equal(poll(fds, 3, -1), 2);
  t.strictSame([fds.revents(0), fds.revents(1), fds.revents(2)], [POLLIN, 0, POLLOUT]);
  t.strictSame([fds.fd(0), fds.fd(1), fds.fd(2)], [left, -1, right]);
  t.strictSame([fds.events(0), fds.events(2)], [POLLIN, POLLIN | POLLOUT]);
  fds.set(0, -1, POLLIN);
  t.equal(fds.revents(0), 0, "set() forgets what had happened");
  t.equal(poll(fds, 3, 0), 1);
});

t.test("a closed peer is POLLHUP, a closed fd POLLNVAL", async (t) => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  closing(t, left);
  close(right);
  const fds = new PollFds(2);
  fds.set(0, left, POLLRDHUP);
  fds.set(1, CLOSED_FD, POLLIN);
  t.equal(ppoll(fds, 2, -1), 2);
  t.strictSame([fds.revents(0), fds.revents(1)], [POLLHUP | POLLRDHUP, POLLNVAL]);
});

t.test("timeouts are milliseconds, and nanoseconds", async (t) => {
  const fds = new PollFds(1);
  for (const [wait, atLeast] of [
    [() => poll(fds, 1, 30), 29],
    [() => ppoll(fds, 1, 30e6), 29],
    [() => ppoll(fds, 0, 1), 0],
  ] as const) {
    const before = performance.now();
    t.equal(wait(), 0);
    const took = performance.now() - before;
    t.ok(took >= atLeast && took < 2000, `${took} ms`);
  }
});

t.test("a signal interrupts: -EINTR, unless the mask of ppoll blocks it", async (t) => {
  const fds = new PollFds(1);
  t.equal(await underSignals(t, () => poll(fds, 1, 5000)), -EINTR);

  const keep = () => {};
  process.on("SIGUSR2", keep);
  const killer = spawn("sh", ["-c", `sleep 0.1; kill -USR2 ${process.pid}`]);
  const exited = new Promise((resolve) => killer.once("close", resolve));
  t.equal(ppoll(fds, 1, 400e6, sigset([SIGUSR2, SIGCHLD])), 0, "blocked: it waits to the end");
  await exited;
  process.off("SIGUSR2", keep);
});

t.test("nfds must fit the array, and nothing behind it is written", async (t) => {
  const fds = new PollFds(4);
  for (let i = 0; i < 4; i++) fds.set(i, CLOSED_FD, POLLIN);
  t.equal(poll(fds, 2, 0), 2);
  t.strictSame([fds.revents(2), fds.revents(3)], [0, 0]);
  for (const nfds of [5, -1, NaN, 2 ** 32]) t.throws(() => poll(fds, nfds, 0), RangeError);
  detach(fds.bytes);
  t.throws(() => poll(fds, 1, 0), RangeError, "the array went elsewhere");
  for (const i of [-1, 4, 0.5, NaN]) t.throws(() => fds.set(i, 0, 0), RangeError);
  for (const capacity of [0, -1, 1.5, NaN, 2 ** 21]) {
    t.throws(() => new PollFds(capacity), RangeError);
  }
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  const nfds = Number(limit?.[1]) + 1;
  const bytes = new Uint8Array(nfds * SIZEOF_POLLFD);
  failsWith(t, "EINVAL", "", () => poll({ bytes } as PollFds, nfds, 0));
  failsWith(t, "EINVAL", "", () => ppoll({ bytes } as PollFds, nfds, 0));
});

t.test("a set of signals is 8 bytes, signal 1 the lowest bit", async (t) => {
  t.strictSame([...sigset([SIGHUP, SIGINT, 64])], [3, 0, 0, 0, 0, 0, 0, 0x80]);
  t.strictSame(signalsIn(sigset([64, SIGUSR2, SIGHUP])), [SIGHUP, SIGUSR2, 64]);
  for (const signum of [0, 65, 1.5, NaN, "1" as never]) {
    t.throws(() => sigset([signum]), RangeError);
  }
});

const fds = { good: new PollFds(2), bad: () => [{}, { bytes: new Float64Array(8) }] };
const nfds = { good: 0, bad: () => [undefined, -1, 3, 2 ** 32, 1.5, NaN, "1", null] };
const timeoutNs = { good: 0, bad: () => [-2, 2 ** 53, 0.5, NaN, "1", 1n, null, undefined] };
const mask = { good: null, bad: () => [new Uint8Array(7), new Uint8Array(9), 3, [1], "INT"] };
rejectsBadArguments(t, poll, [fds, nfds, int]);
rejectsBadArguments(t, ppoll, [fds, nfds, timeoutNs, mask]);

leavesNoFd(t);
