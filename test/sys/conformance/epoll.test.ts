// epoll by its rules: what it refuses, fds that are closed, duplicated and reused, one-shot and
// edge-triggered events, how many and how long; and the same where a Loop is on top.
//
// Man pages: epoll(7), epoll_ctl(2), epoll_wait(2). See also readiness.test.ts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import { SyscallError } from "../../../lib/errno.ts";
import { Loop } from "../../../lib/loop.ts";
import {
  EpollEvents,
  epoll_create1,
  epoll_ctl,
  epoll_pwait,
  epoll_pwait2,
  epoll_wait,
} from "../../../lib/sys/epoll.ts";
import { close, dup, dup2, fcntl, pipe2, read, write } from "../../../lib/sys/file.ts";
import { PollFds, poll, ppoll } from "../../../lib/sys/poll.ts";
import { socketpair } from "../../../lib/sys/socket.ts";
import { eventfd } from "../../../lib/sys/wake.ts";
import { failsWith } from "../../helpers/errors.ts";
import { CLOSED_FD, closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { Program } from "../../helpers/program.ts";
import { each, families } from "./families.ts";
import { KINDS_OF_FILES } from "./kinds-of-files.ts";

const ADD = C.EPOLL_CTL_ADD;
const MOD = C.EPOLL_CTL_MOD;
const DEL = C.EPOLL_CTL_DEL;
const byte = new Uint8Array(1);
const CAPACITY = 16;
const events = new EpollEvents(CAPACITY);

const newEpoll = (t: Test) => closing(t, epoll_create1(C.EPOLL_CLOEXEC))[0];

function pair(t: Test): [number, number] {
  return closing(t, ...socketpair(C.AF_UNIX, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0));
}

/** What is ready now: the user data and the events of each. */
function ready(epfd: number, maxevents = CAPACITY): [data: number, events: number][] {
  const n = epoll_wait(epfd, events, maxevents, 0);
  return Array.from({ length: n }, (_, i) => [events.data(i), events.events(i)]);
}

t.test("an epoll is inherited by programs, unless EPOLL_CLOEXEC is set", async (t) => {
  const [kept, closed] = closing(t, epoll_create1(0), epoll_create1(C.EPOLL_CLOEXEC));
  t.strictSame([fcntl(kept, C.F_GETFD), fcntl(closed, C.F_GETFD)], [0, C.FD_CLOEXEC]);
  for (const flags of [1, C.EPOLL_CLOEXEC | 1, -1]) {
    failsWith(t, "EINVAL", "", () => epoll_create1(flags));
  }
});

each(families, "ADD twice is EEXIST, MOD and DEL without are ENOENT", (t, family) => {
  const epfd = newEpoll(t);
  const fd = family.socket(t);
  for (const op of [MOD, DEL]) failsWith(t, "ENOENT", `fd ${fd}`, () => epoll_ctl(epfd, op, fd));
  t.equal(epoll_ctl(epfd, ADD, fd, C.EPOLLIN), 0);
  failsWith(t, "EEXIST", `fd ${fd}`, () => epoll_ctl(epfd, ADD, fd, C.EPOLLOUT));
  t.equal(epoll_ctl(epfd, MOD, fd, 0), 0);
  t.equal(epoll_ctl(epfd, DEL, fd), 0);
  failsWith(t, "ENOENT", `fd ${fd}`, () => epoll_ctl(epfd, DEL, fd));
  t.equal(epoll_ctl(epfd, ADD, fd), 0, "and it may be added again");
});

each(families, "a closed fd is EBADF, and its registration is gone", (t, family) => {
  const epfd = newEpoll(t);
  const fd = family.bound(t);
  epoll_ctl(epfd, ADD, fd, C.EPOLLOUT);
  closeNow(fd);
  for (const op of [ADD, MOD, DEL])
    failsWith(t, "EBADF", `fd ${fd}`, () => epoll_ctl(epfd, op, fd));
  t.strictSame(ready(epfd), []);
  const again = family.bound(t);
  t.equal(again, fd, "the number is given again");
  t.strictSame(ready(epfd), [], "and is not watched");
  failsWith(t, "ENOENT", `fd ${fd}`, () => epoll_ctl(epfd, DEL, again));
});

for (const [name, kind] of Object.entries(KINDS_OF_FILES)) {
  t.test(`${name} ${kind.isPlain ? "is EPERM" : "can be watched"}`, async (t) => {
    const [epfd, fd] = [newEpoll(t), closing(t, kind.make())[0]];
    if (kind.isPlain) failsWith(t, "EPERM", `fd ${fd}`, () => epoll_ctl(epfd, ADD, fd, C.EPOLLIN));
    else t.equal(epoll_ctl(epfd, ADD, fd, C.EPOLLIN), 0);
  });
}

t.test("what is no epoll, no operation, or closed, is refused by name", async (t) => {
  const [epfd, fd] = [newEpoll(t), pair(t)[0]];
  for (const op of [0, 4, -1]) failsWith(t, "EINVAL", `fd ${fd}`, () => epoll_ctl(epfd, op, fd));
  failsWith(t, "EINVAL", `fd ${epfd}`, () => epoll_ctl(fd, ADD, epfd));
  failsWith(t, "EINVAL", `fd ${epfd}`, () => epoll_ctl(epfd, ADD, epfd));
  failsWith(t, "EBADF", `fd ${fd}`, () => epoll_ctl(CLOSED_FD, ADD, fd));
  const waits = [epoll_wait, epoll_pwait, epoll_pwait2];
  for (const wait of waits) {
    failsWith(t, "EINVAL", `fd ${fd}`, () => wait(fd, events, 1, 0));
    failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => wait(CLOSED_FD, events, 1, 0));
  }
  closeNow(epfd);
  for (const wait of waits) failsWith(t, "EBADF", `fd ${epfd}`, () => wait(epfd, events, 1, 0));
  failsWith(t, "EBADF", `fd ${fd}`, () => epoll_ctl(epfd, ADD, fd));
});

t.test("epolls watch epolls, but not in a ring, and not in six floors: ELOOP", async (t) => {
  const [a, b] = [newEpoll(t), newEpoll(t)];
  epoll_ctl(a, ADD, b, C.EPOLLIN);
  failsWith(t, "ELOOP", `fd ${a}`, () => epoll_ctl(b, ADD, a, C.EPOLLIN));
  const tower = [newEpoll(t)];
  const climb = () => {
    while (tower.length < 10) {
      const next = newEpoll(t);
      epoll_ctl(next, ADD, tower[tower.length - 1], C.EPOLLIN);
      tower.push(next);
    }
  };
  t.throws(climb, { code: "ELOOP" });
  const [fd] = closing(t, eventfd(1, C.EFD_CLOEXEC));
  t.equal(epoll_ctl(tower[0], ADD, fd, C.EPOLLIN), 0);
  t.equal(ready(tower[tower.length - 1]).length, 1, `through ${tower.length} floors`);
});

t.test("an epoll in an epoll is readable as long as it has something", async (t) => {
  const [inner, outer] = [newEpoll(t), newEpoll(t)];
  const [left, right] = pair(t);
  epoll_ctl(inner, ADD, left, C.EPOLLIN);
  epoll_ctl(outer, ADD, inner, C.EPOLLIN);
  const polled = new PollFds(1);
  polled.set(0, inner, C.POLLIN);
  t.strictSame([ready(outer), poll(polled, 1, 0)], [[], 0]);
  write(right, byte, 1);
  t.strictSame([ready(outer), poll(polled, 1, 0)], [[[inner, C.EPOLLIN]], 1]);
  t.strictSame(ready(inner), [[left, C.EPOLLIN]]);
  t.equal(ready(outer).length, 1, "waiting takes nothing away");
  read(left, byte, 1);
  t.strictSame([ready(outer), poll(polled, 1, 0)], [[], 0]);
});

t.test("a duplicate of an epoll is the same epoll", async (t) => {
  const epfd = newEpoll(t);
  const [other] = closing(t, dup(epfd));
  const [fd] = pair(t);
  epoll_ctl(epfd, ADD, fd, C.EPOLLOUT);
  failsWith(t, "EEXIST", `fd ${fd}`, () => epoll_ctl(other, ADD, fd, C.EPOLLIN));
  closeNow(epfd);
  t.strictSame(ready(other), [[fd, C.EPOLLOUT]]);
});

t.test("a duplicate may be watched beside the fd it was made of", async (t) => {
  const epfd = newEpoll(t);
  const [fd] = pair(t);
  const [other] = closing(t, dup(fd));
  for (const each of [fd, other]) epoll_ctl(epfd, ADD, each, C.EPOLLOUT);
  t.strictSame(
    ready(epfd)
      .map(([data]) => data)
      .sort(),
    [fd, other].sort(),
  );
});

each(families, "a closed fd whose duplicate lives goes on as a ghost", (t, family) => {
  const epfd = newEpoll(t);
  const fd = family.bound(t);
  const [other] = closing(t, dup(fd));
  epoll_ctl(epfd, ADD, fd, C.EPOLLOUT | C.EPOLLET, 111);
  const before = ready(epfd).map(([data]) => data);
  t.strictSame(before, [111]);
  closeNow(fd);
  for (const op of [MOD, DEL]) failsWith(t, "EBADF", `fd ${fd}`, () => epoll_ctl(epfd, op, fd));
  const newcomer = family.bound(t);
  t.equal(newcomer, fd, "the number is given again");
  failsWith(t, "ENOENT", `fd ${fd}`, () => epoll_ctl(epfd, DEL, fd));
  t.equal(epoll_ctl(epfd, ADD, newcomer, C.EPOLLOUT, 222), 0, "both may stand side by side");
  t.ok(ready(epfd).some(([data]) => data === 222));
  dup2(other, newcomer);
  t.equal(epoll_ctl(epfd, DEL, fd), 0, "only the same number on the same file removes it");
  t.strictSame(ready(epfd), []);
});

t.test("EPOLLONESHOT reports once, until MOD asks again", async (t) => {
  const epfd = newEpoll(t);
  const [left, right] = pair(t);
  epoll_ctl(epfd, ADD, left, C.EPOLLIN | C.EPOLLONESHOT);
  write(right, byte, 1);
  t.strictSame(ready(epfd), [[left, C.EPOLLIN]]);
  write(right, byte, 1);
  t.strictSame(ready(epfd), [], "not for new bytes either");
  failsWith(t, "EEXIST", `fd ${left}`, () => epoll_ctl(epfd, ADD, left, C.EPOLLIN));
  epoll_ctl(epfd, MOD, left, C.EPOLLIN | C.EPOLLONESHOT);
  t.strictSame(ready(epfd), [[left, C.EPOLLIN]]);
  t.strictSame(ready(epfd), []);
  closeNow(right);
  t.strictSame(ready(epfd), [], "nor for the end");
});

t.test("EPOLLET reports new bytes once, and after MOD what is left", async (t) => {
  const epfd = newEpoll(t);
  const [left, right] = pair(t);
  epoll_ctl(epfd, ADD, left, C.EPOLLIN | C.EPOLLET);
  write(right, new Uint8Array(4), 4);
  t.equal(ready(epfd).length, 1);
  read(left, byte, 1);
  t.equal(ready(epfd).length, 0, "a part was read, the rest is no news");
  write(right, byte, 1);
  t.equal(ready(epfd).length, 1, "a new byte is");
  epoll_ctl(epfd, MOD, left, C.EPOLLIN | C.EPOLLET);
  t.equal(ready(epfd).length, 1);
  t.equal(ready(epfd).length, 0);
});

t.test("EPOLLEXCLUSIVE is for ADD, sockets, and few other flags: EINVAL", async (t) => {
  const epfd = newEpoll(t);
  const [fd, other] = pair(t);
  const refused = (op: number, target: number, flags: number) =>
    failsWith(t, "EINVAL", `fd ${target}`, () => epoll_ctl(epfd, op, target, flags));
  for (const more of [C.EPOLLONESHOT, C.EPOLLRDHUP, C.EPOLLPRI]) {
    refused(ADD, fd, C.EPOLLIN | C.EPOLLEXCLUSIVE | more);
  }
  refused(ADD, newEpoll(t), C.EPOLLIN | C.EPOLLEXCLUSIVE);
  const allowed = C.EPOLLIN | C.EPOLLOUT | C.EPOLLERR | C.EPOLLHUP | C.EPOLLET | C.EPOLLWAKEUP;
  t.equal(epoll_ctl(epfd, ADD, fd, allowed | C.EPOLLEXCLUSIVE), 0);
  refused(MOD, fd, C.EPOLLIN);
  epoll_ctl(epfd, ADD, other, C.EPOLLIN);
  refused(MOD, other, C.EPOLLIN | C.EPOLLEXCLUSIVE);
  t.equal(epoll_ctl(epfd, DEL, fd), 0);
});

t.test("no more than maxevents come, and those left out come next", async (t) => {
  const epfd = newEpoll(t);
  const fds = [...pair(t), ...pair(t), ...pair(t)];
  for (const fd of fds) epoll_ctl(epfd, ADD, fd, C.EPOLLOUT);
  const seen = fds.map(() => ready(epfd, 1)[0][0]);
  t.strictSame(seen.toSorted(), fds.toSorted(), "one at a time, each had its turn");
  const [first, second] = [ready(epfd, 4), ready(epfd, 4)];
  t.strictSame([first.length, second.length], [4, 4]);
  t.equal(new Set([...first, ...second].map(([data]) => data)).size, 6);
  t.equal(ready(epfd).length, 6);
});

t.test("a timeout of 0 looks, one above waits at least so long, -1 waits for news", async (t) => {
  const epfd = newEpoll(t);
  const took = (wait: () => number) => {
    const before = performance.now();
    t.equal(wait(), 0);
    return performance.now() - before;
  };
  const polled = new PollFds(1);
  t.ok(took(() => epoll_wait(epfd, events, 1, 0)) < 1000);
  t.ok(took(() => epoll_pwait2(epfd, events, 1, 0)) < 1000);
  for (const wait of [
    () => epoll_wait(epfd, events, 1, 10),
    () => epoll_pwait(epfd, events, 1, 10),
    () => epoll_pwait2(epfd, events, 1, 10e6),
    () => poll(polled, 1, 10),
    () => ppoll(polled, 1, 10e6),
  ]) {
    t.ok(took(wait) >= 9.9);
  }
  t.ok(took(() => epoll_pwait2(epfd, events, 1, 1)) < 1000, "a nanosecond is a time");
  const [fd] = closing(t, eventfd(1, C.EFD_CLOEXEC));
  epoll_ctl(epfd, ADD, fd, C.EPOLLIN);
  polled.set(0, fd, C.POLLIN);
  t.equal(epoll_wait(epfd, events, 1, -1), 1);
  t.equal(epoll_pwait2(epfd, events, 1, -1), 1);
  t.equal(ppoll(polled, 1, -1), 1);
});

t.test("every kind of wait is ended by a signal: -EINTR", async (t) => {
  const epfd = newEpoll(t);
  const nothing = new PollFds(1);
  let handled = 0;
  const handler = () => handled++;
  process.on("SIGUSR2", handler);
  const killer = spawn("sh", ["-c", `while kill -USR2 ${process.pid}; do sleep 0.02; done`]);
  const ended = once(killer, "close");
  for (const wait of [
    () => epoll_wait(epfd, events, 1, 10_000),
    () => epoll_pwait(epfd, events, 1, -1),
    () => epoll_pwait2(epfd, events, 1, 10e9),
    () => poll(nothing, 1, 10_000),
    () => ppoll(nothing, 1, 10e9),
  ]) {
    t.equal(wait(), -C.EINTR);
  }
  killer.kill("SIGKILL");
  await ended;
  process.off("SIGUSR2", handler);
  t.ok(handled > 0, "and the handler ran afterwards");
});

t.test("a Loop sleeps on after a signal of others", async (t) => {
  const loop = new Loop();
  const killer = spawn("sh", ["-c", `while kill -WINCH ${process.pid}; do sleep 0.02; done`]);
  const ended = once(killer, "close");
  process.on("SIGWINCH", ignore);
  let called = false;
  loop.after(100, () => {
    called = true;
  });
  const before = performance.now();
  loop.run();
  t.ok(called && performance.now() - before >= 100);
  killer.kill("SIGKILL");
  await ended;
  process.off("SIGWINCH", ignore);
  loop.close();
});

const ignore = () => {};

t.test("a Loop forgets an fd that was closed too early, and its ghost", async (t) => {
  const loop = new Loop();
  const seen: string[] = [];
  const handler = (name: string) => ({
    ready: () => {
      seen.push(name);
      loop.stop();
    },
  });
  const [readfd, writefd] = pipe2(C.O_CLOEXEC);
  closing(t, writefd, dup(readfd));
  loop.add(readfd, C.EPOLLIN, handler("old"));
  close(readfd);
  write(writefd, byte, 1);
  failsWith(t, "EBADF", `fd ${readfd}`, () => loop.remove(readfd));
  const [newcomer] = closing(t, eventfd(1, C.EFD_CLOEXEC));
  t.equal(newcomer, readfd, "the number is given again");
  failsWith(t, "ENOENT", `fd ${readfd}`, () => loop.remove(newcomer));
  loop.add(newcomer, C.EPOLLIN, handler("new"));
  loop.run();
  t.strictSame(seen, ["new"], "what the ghost says is dropped");
  loop.remove(newcomer);
  loop.close();
});

/** 1100 sockets above what select(2) could watch, all ready, in epoll and in a Loop. */
const MANY = `
  import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait, eventfd, PollFds, poll } from "fdkit";
  const epfd = epoll_create1(0);
  const loop = new Loop();
  const seen = new Set();
  const polled = new PollFds(1100);
  let last = 0;
  for (let i = 0; i < 1100; i++) {
    last = eventfd(1, 0);
    epoll_ctl(epfd, constants.EPOLL_CTL_ADD, last, EPOLLIN);
    polled.set(i, last, constants.POLLIN);
    loop.add(last, EPOLLIN, {
      ready(fd) {
        seen.add(fd);
        loop.remove(fd);
      },
    });
  }
  const events = new EpollEvents(2000);
  loop.run();
  print([last > 1024, epoll_wait(epfd, events, 2000, 0), poll(polled, 1100, 0), seen.size]);`;

t.test("more fds than FD_SETSIZE are watched", async (t) => {
  const program = new Program(t, MANY, "ulimit -n 1500");
  t.equal(await program.rest(), "true,1100,1100,1100\n", program.errors);
});

/** Until there is no number left for another. */
const ALL = `
  import { epoll_create1 } from "fdkit";
  try {
    for (;;) epoll_create1(0);
  } catch (error) {
    print(error.message);
  }`;

t.test("an epoll for which no number is left is EMFILE", async (t) => {
  const program = new Program(t, ALL, "ulimit -n 64");
  const { message } = new SyscallError("epoll_create1", C.EMFILE);
  t.equal(await program.rest(), `${message}\n`, program.errors);
});

leavesNoFd(t);
