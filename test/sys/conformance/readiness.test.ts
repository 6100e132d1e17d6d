// What each family says when it may be read or written, and how it ends: to epoll, to poll, to a
// Loop, and to a thread that waits in a call.
//
// Man pages: epoll_ctl(2), poll(2), shutdown(2), tcp(7), unix(7). See also epoll.test.ts.
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import { Loop } from "../../../lib/loop.ts";
import { setNonBlocking } from "../../../lib/net.ts";
import { setLinger } from "../../../lib/options.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../../lib/sys/epoll.ts";
import { recv, send } from "../../../lib/sys/message.ts";
import { PollFds, poll } from "../../../lib/sys/poll.ts";
import { connect, getsockname, shutdown } from "../../../lib/sys/socket.ts";
import { getsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { endWorker, startWorker } from "../../helpers/workers.ts";
import {
  each,
  type Family,
  tcp4,
  tcp6,
  udp4,
  udp6,
  unixDgram,
  unixSeqpacket,
  unixStream,
} from "./families.ts";

const streams = [tcp4, tcp6, unixStream];
const connected = [...streams, unixSeqpacket];
const datagrams = [udp4, udp6, unixDgram];
const named = [...connected, ...datagrams];
const byte = new Uint8Array(1);
const WATCHED = C.EPOLLIN | C.EPOLLPRI | C.EPOLLOUT | C.EPOLLRDHUP;
const PATIENCE_MS = 2000;

const IN = C.EPOLLIN | C.EPOLLOUT;
const OUT = C.EPOLLOUT;
const ENDED = IN | C.EPOLLRDHUP;
const HUNG_UP = ENDED | C.EPOLLHUP;
const BROKEN = HUNG_UP | C.EPOLLERR;

function namesOf(mask: number): string {
  const names = ["EPOLLIN", "EPOLLPRI", "EPOLLOUT", "EPOLLERR", "EPOLLHUP", "EPOLLRDHUP"];
  const constants = C as unknown as Record<string, number>;
  return names.filter((name) => (mask & constants[name]) !== 0).join("|");
}

/** What epoll, poll and a Loop say of `fd`, once epoll says `expected`. */
function says(t: Test, fd: number, expected: number): void {
  const [epfd] = closing(t, epoll_create1(C.EPOLL_CLOEXEC));
  epoll_ctl(epfd, C.EPOLL_CTL_ADD, fd, WATCHED);
  const events = new EpollEvents(1);
  const look = () => (epoll_wait(epfd, events, 1, 10) === 0 ? 0 : events.events(0));
  const deadline = performance.now() + PATIENCE_MS;
  while (look() !== expected && performance.now() < deadline);
  t.equal(namesOf(look()), namesOf(expected), "epoll");
  const polled = new PollFds(1);
  polled.set(0, fd, C.POLLIN | C.POLLPRI | C.POLLOUT | C.POLLRDHUP);
  t.equal(poll(polled, 1, 0), expected === 0 ? 0 : 1);
  t.equal(namesOf(polled.revents(0)), namesOf(expected), "poll");
  t.equal(namesOf(loopSays(fd)), namesOf(expected), "Loop");
}

function loopSays(fd: number): number {
  const loop = new Loop();
  let seen = 0;
  loop.add(fd, WATCHED, {
    ready(_fd, events) {
      seen = events;
      loop.stop();
    },
  });
  loop.after(20, () => loop.stop());
  loop.run();
  loop.close();
  return seen;
}

/** A socket of this family that something has happened to. */
type Happening = (t: Test, family: Family) => number;

/** One end of a connection; `happen` does something to the two. */
function withPair(happen: (here: number, there: number) => unknown): Happening {
  return (t, family) => {
    const [here, there] = family.connected(t);
    happen(here, there);
    return here;
  };
}

const nothing = () => {};

/** What has happened to a socket, to which families, and what it says then. */
const HAPPENINGS: [string, Happening, readonly Family[], number][] = [
  ["a fresh socket", (t, f) => f.socket(t), connected, OUT | C.EPOLLHUP],
  ["a fresh socket", (t, f) => f.socket(t), datagrams, OUT],
  ["a socket with a name", (t, f) => f.bound(t), connected, OUT | C.EPOLLHUP],
  ["a socket with a name", (t, f) => f.bound(t), datagrams, OUT],
  ["a listener nobody came to", (t, f) => f.listener(t), connected, 0],
  ["a listener that someone waits at", someoneWaits, connected, C.EPOLLIN],
  ["nothing has happened", withPair(nothing), named, OUT],
  ["a byte has come", withPair((_, there) => send(there, byte, 1, 0)), named, IN],
  ["an empty message has come", withPair((_, there) => send(there, byte, 0, 0)), datagrams, IN],
  [
    "an empty message has come",
    withPair((_, there) => send(there, byte, 0, 0)),
    [unixSeqpacket],
    IN,
  ],
  ["no byte has come", withPair((_, there) => send(there, byte, 0, 0)), streams, OUT],
  ["an urgent byte has come", urgent, [tcp4, tcp6], OUT | C.EPOLLPRI],
  ["the peer will not write", withPair((_, there) => shutdown(there, C.SHUT_WR)), connected, ENDED],
  ["the peer will not write", withPair((_, there) => shutdown(there, C.SHUT_WR)), datagrams, OUT],
  ["the peer will not read", withPair((_, there) => shutdown(there, C.SHUT_RD)), named, OUT],
  ["we will not write", withPair((here) => shutdown(here, C.SHUT_WR)), named, OUT],
  ["we will not read", withPair((here) => shutdown(here, C.SHUT_RD)), named, ENDED],
  ["we will do neither", withPair((here) => shutdown(here, C.SHUT_RDWR)), named, HUNG_UP],
  ["neither will write", neitherWrites, connected, HUNG_UP],
  ["the peer has closed", withPair((_, there) => closeNow(there)), [tcp4, tcp6], ENDED],
  [
    "the peer has closed",
    withPair((_, there) => closeNow(there)),
    [unixStream, unixSeqpacket],
    HUNG_UP,
  ],
  ["the peer has closed", withPair((_, there) => closeNow(there)), datagrams, OUT],
  ["the peer closed and had not read", closedUnread, connected, BROKEN],
  ["the peer has reset", reset, [tcp4, tcp6], BROKEN],
  ["nobody listens there", refused, [tcp4, tcp6], BROKEN],
  ["nobody receives there", refusedDatagram, [udp4, udp6], OUT | C.EPOLLERR],
];

function someoneWaits(t: Test, family: Family): number {
  const listenfd = family.listener(t);
  connect(family.socket(t), getsockname(listenfd));
  return listenfd;
}

function urgent(t: Test, family: Family): number {
  const [here, there] = family.connected(t);
  send(there, byte, 1, C.MSG_OOB);
  return here;
}

function neitherWrites(t: Test, family: Family): number {
  const fds = family.connected(t);
  for (const fd of fds) shutdown(fd, C.SHUT_WR);
  return fds[0];
}

function closedUnread(t: Test, family: Family): number {
  const [here, there] = family.connected(t);
  send(here, byte, 1, 0);
  closeNow(there);
  return here;
}

function reset(t: Test, family: Family): number {
  const [here, there] = family.connected(t);
  setLinger(there, 0);
  closeNow(there);
  return here;
}

/** The address of a socket that was closed. */
function nobody(t: Test, family: Family) {
  const fd = family.bound(t);
  const name = getsockname(fd);
  closeNow(fd);
  return name;
}

function refused(t: Test, family: Family): number {
  const name = nobody(t, family);
  const fd = family.socket(t, C.SOCK_NONBLOCK);
  t.equal(connect(fd, name), -C.EINPROGRESS);
  return fd;
}

function refusedDatagram(t: Test, family: Family): number {
  const name = nobody(t, family);
  const fd = family.socket(t);
  connect(fd, name);
  send(fd, byte, 1, 0);
  return fd;
}

for (const [what, happening, of, expected] of HAPPENINGS) {
  each(of, `${what}: ${namesOf(expected) || "silence"}`, (t, family) => {
    says(t, happening(t, family), expected);
  });
}

each([tcp4, tcp6], "a refused connect is told by SO_ERROR, once", (t, family) => {
  const fd = refused(t, family);
  says(t, fd, BROKEN);
  t.equal(getsockopt(fd, C.SOL_SOCKET, C.SO_ERROR), C.ECONNREFUSED);
  t.equal(getsockopt(fd, C.SOL_SOCKET, C.SO_ERROR), 0);
  says(t, fd, HUNG_UP);
});

each([tcp4, tcp6], "a reset is told by the next call, once", (t, family) => {
  const fd = reset(t, family);
  says(t, fd, BROKEN);
  failsWith(t, "ECONNRESET", `fd ${fd}`, () => recv(fd, byte, 1, 0));
  t.equal(recv(fd, byte, 1, 0), 0);
  failsWith(t, "EPIPE", `fd ${fd}`, () => send(fd, byte, 1, 0));
});

each(connected, "a full socket is not writable until the peer has read", (t, family) => {
  const [here, there] = family.connected(t, C.SOCK_NONBLOCK);
  setNonBlocking(there);
  const piece = new Uint8Array(2048);
  const fill = () => {
    while (send(here, piece, piece.length, 0) > 0);
  };
  // What TCP has acknowledged meanwhile makes room again.
  for (let tries = 0; tries < 50; tries++) fill();
  says(t, here, 0);
  while (recv(there, new Uint8Array(65536), 65536, 0) > 0);
  says(t, here, OUT);
});

each([unixDgram], "a peer whose queue is full makes us not writable", (t, family) => {
  const [here, there] = family.connected(t, C.SOCK_NONBLOCK);
  while (send(here, byte, 1, 0) > 0);
  says(t, here, 0);
  while (recv(there, byte, 1, 0) > 0);
  says(t, here, OUT);
});

each(connected, "half-closed: the rest arrives, then the end, and answers pass", (t, family) => {
  const [here, there] = family.connected(t);
  send(there, byte, 1, 0);
  shutdown(there, C.SHUT_WR);
  says(t, here, ENDED);
  t.equal(recv(here, byte, 1, 0), 1);
  says(t, here, ENDED);
  t.equal(recv(here, byte, 1, 0), 0);
  t.equal(send(here, byte, 1, 0), 1);
  t.equal(recv(there, byte, 1, 0), 1);
});

/** A thread that makes one blocking call, an expression over `fd`, and tells its answer. */
async function inThread(t: Test, call: string, fd: number): Promise<{ answer: Promise<number> }> {
  const [worker] = await startWorker(`const fd = workerData; post("waits"); post(${call})`, fd);
  const answer = new Promise<number>((resolve) => worker.once("message", resolve));
  t.teardown(async () => {
    await answer;
    await endWorker(worker);
  });
  // Time to get into the call.
  await sleep(30);
  return { answer };
}

const RECV = "calls.recv(fd, new Uint8Array(9), 9, 0, 0)";
const stillWaiting = (answer: Promise<number>) =>
  Promise.race([answer, sleep(30).then(() => "waits")]);

each(named, "shutdown wakes a thread that waits in recv", async (t, family) => {
  const [here] = family.connected(t);
  const { answer } = await inThread(t, RECV, here);
  t.equal(await stillWaiting(answer), "waits");
  shutdown(here, C.SHUT_RD);
  t.equal(await answer, 0);
});

each(named, "close does not: the thread gets what comes later", async (t, family) => {
  const [here, there] = family.connected(t);
  const { answer } = await inThread(t, RECV, here);
  closeNow(here);
  const newcomer = family.bound(t);
  t.equal(newcomer, here, "the number is someone else's");
  t.equal(await stillWaiting(answer), "waits");
  t.equal(send(there, Buffer.from("late"), 4, 0), 4);
  t.equal(await answer, 4);
});

each(connected, "shutdown wakes a thread that waits in accept: EINVAL", async (t, family) => {
  const listenfd = family.listener(t);
  const { answer } = await inThread(t, "calls.accept(fd, null, null)", listenfd);
  t.equal(await stillWaiting(answer), "waits");
  shutdown(listenfd, C.SHUT_RD);
  t.equal(await answer, -C.EINVAL);
});

each(connected, "shutdown wakes a thread that waits in send: EPIPE", async (t, family) => {
  const [here] = family.connected(t);
  const code = `(() => {
    for (;;) {
      const n = calls.send(fd, new Uint8Array(1024), 1024, 0, 0);
      if (n < 0) return n;
    }
  })()`;
  const { answer } = await inThread(t, code, here);
  t.equal(await stillWaiting(answer), "waits");
  shutdown(here, C.SHUT_WR);
  t.equal(await answer, -C.EPIPE);
});

each(connected, "a thread waits in accept, and this one connects", async (t, family) => {
  const listenfd = family.listener(t);
  const code = `(() => {
    const connfd = calls.accept(fd, null, null);
    const n = calls.recv(connfd, new Uint8Array(9), 9, 0, 0);
    calls.close(connfd);
    return n;
  })()`;
  const { answer } = await inThread(t, code, listenfd);
  const fd = family.socket(t);
  connect(fd, getsockname(listenfd));
  t.equal(await stillWaiting(answer), "waits", "now for bytes");
  send(fd, Buffer.from("bytes"), 5, 0);
  t.equal(await answer, 5);
});

leavesNoFd(t);
