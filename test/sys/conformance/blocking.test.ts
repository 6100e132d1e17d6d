// The matrix: calls that wait, that must not wait, and that a signal or a timeout ends.
// See socket(7), signal(7), recv(2), send(2), accept(2).
import t from "tap";
import * as C from "../../../lib/constants.ts";
import { writeAll } from "../../../lib/net.ts";
import {
  receiveTimeout,
  sendTimeout,
  setReceiveTimeout,
  setSendTimeout,
} from "../../../lib/options.ts";
import { dup, fcntl, read, readv, write, writev } from "../../../lib/sys/file.ts";
import { ioctl } from "../../../lib/sys/ioctl.ts";
import { recv, recvfrom, send, sendto } from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import { accept, accept4, getpeername, shutdown, socket } from "../../../lib/sys/socket.ts";
import { getsockopt } from "../../../lib/sys/sockopt.ts";
import { closing, leavesNoFd } from "../../helpers/fds.ts";
import { endWorker, startWorker } from "../../helpers/workers.ts";
import { each, type Family, families } from "./families.ts";
import { fill, lasts, underSignals } from "./wait.ts";

const connectionOriented = families.filter(({ isConnectionOriented }) => isConnectionOriented);
/** Those where a receiver that does not read makes the sender wait. */
const held = families.filter(({ isUdp }) => !isUdp);
/** What kind of name a socket has makes no difference to signals, and workers are dear. */
const isNotAbstract = ({ name }: Family) => !name.startsWith("abstract");
const signalled = families.filter(isNotAbstract);
const signalledSenders = held.filter(isNotAbstract);
const signalledListeners = connectionOriented.filter(isNotAbstract);
const signalledStreams = signalled.filter(({ isStream }) => isStream);
const bytes = new Uint8Array(4096);
const isNonBlocking = (fd: number) => (fcntl(fd, C.F_GETFL) & C.O_NONBLOCK) !== 0;

/** Every call that waits for something to come, on a connected socket. */
const receivers: Record<string, (fd: number) => number> = {
  recv: (fd) => recv(fd, bytes, 1, 0),
  recvfrom: (fd) => recvfrom(fd, bytes, 1, 0),
  recvmsg: (fd) => recvmsg(fd, new MessageHeader([bytes]), 0),
  read: (fd) => read(fd, bytes, 1),
  readv: (fd) => readv(fd, [bytes]),
};

/** Every call that waits for room. */
const senders: Record<string, (fd: number, family: Family) => number> = {
  send: (fd) => send(fd, bytes, bytes.length, 0),
  sendmsg: (fd) => sendmsg(fd, { buffers: [bytes] }, 0),
  write: (fd) => write(fd, bytes, bytes.length),
  writev: (fd) => writev(fd, [bytes]),
  sendto: (fd, { isUnix, isStream }) =>
    isUnix && isStream
      ? send(fd, bytes, bytes.length, 0)
      : sendto(fd, bytes, bytes.length, 0, getpeername(fd)),
};

each(families, "a receive timeout ends every call with -EAGAIN", (t, family) => {
  const [fd] = family.connected(t);
  t.equal(receiveTimeout(fd), 0);
  setReceiveTimeout(fd, 12);
  t.equal(receiveTimeout(fd), 12);
  for (const [name, receive] of Object.entries(receivers)) {
    t.ok(lasts(12, () => t.equal(receive(fd), -C.EAGAIN, name)));
  }
  t.notOk(isNonBlocking(fd));
});

each(held, "a send timeout ends every call with -EAGAIN", (t, family) => {
  const [fd] = family.connected(t);
  fill(fd);
  t.equal(sendTimeout(fd), 0);
  setSendTimeout(fd, 12);
  for (const [name, sending] of Object.entries(senders)) {
    t.ok(lasts(12, () => t.equal(sending(fd, family), -C.EAGAIN, name)));
  }
});

each(connectionOriented, "a receive timeout ends accept with -EAGAIN", (t, family) => {
  const listenfd = family.listener(t);
  setReceiveTimeout(listenfd, 12);
  t.ok(lasts(12, () => t.equal(accept(listenfd), -C.EAGAIN)));
  t.ok(lasts(12, () => t.equal(accept4(listenfd, null, C.SOCK_NONBLOCK), -C.EAGAIN)));
});

each(
  signalled,
  "a signal ends what would wait until its timeout with -EINTR",
  async (t, family) => {
    const [fd] = family.connected(t);
    setReceiveTimeout(fd, 60_000);
    await underSignals(t, () => {
      for (const [name, receive] of Object.entries(receivers)) t.equal(receive(fd), -C.EINTR, name);
    });
  },
);

each(
  signalledSenders,
  "a signal ends a sender that has a timeout with -EINTR",
  async (t, family) => {
    const [fd] = family.connected(t);
    fill(fd);
    setSendTimeout(fd, 60_000);
    await underSignals(t, () => {
      for (const [name, sending] of Object.entries(senders)) {
        t.equal(sending(fd, family), -C.EINTR, name);
      }
    });
  },
);

each(
  signalledListeners,
  "a signal ends accept that has a timeout with -EINTR",
  async (t, family) => {
    const listenfd = family.listener(t);
    setReceiveTimeout(listenfd, 60_000);
    await underSignals(t, () => {
      t.equal(accept(listenfd), -C.EINTR);
      t.equal(accept4(listenfd, null, C.SOCK_CLOEXEC), -C.EINTR);
    });
  },
);

each(signalled, "without a timeout a call goes on behind the signal", async (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const [worker] = await startWorker(
    `post("ready");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    calls.send(workerData, new Uint8Array(1), 1, 0, 0);`,
    clientfd,
  );
  await underSignals(t, () => t.equal(recv(serverfd, bytes, 1, 0), 1));
  await endWorker(worker);
});

each(signalledStreams, "writeAll goes on behind signals", async (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  setSendTimeout(clientfd, 60_000);
  const [worker] = await startWorker(
    `post("ready");
    const buffer = new Uint8Array(1 << 18);
    const tick = new Int32Array(new SharedArrayBuffer(4));
    let total = 0;
    for (let n = 1; n > 0; total += n) {
      Atomics.wait(tick, 0, 0, 3);
      n = calls.recv(workerData, buffer, buffer.length, 0, 0);
    }
    calls.send(workerData, new Uint8Array(Int32Array.of(total).buffer), 4, 0, 0);`,
    serverfd,
  );
  const much = new Uint8Array(1 << 22);
  await underSignals(t, () => writeAll(clientfd, much));
  shutdown(clientfd, C.SHUT_WR);
  const total = new Int32Array(1);
  t.equal(recv(clientfd, new Uint8Array(total.buffer), 4, C.MSG_WAITALL), 4);
  t.equal(total[0], much.length);
  await endWorker(worker);
});

each(signalledStreams, "writeAll says EAGAIN when its time is over", (t, family) => {
  const [clientfd] = family.connected(t);
  setSendTimeout(clientfd, 30);
  t.throws(() => writeAll(clientfd, new Uint8Array(1 << 24)), {
    code: "EAGAIN",
    syscall: "write",
  });
});

each(families, "a non-blocking fd never waits", (t, family) => {
  const [fd] = family.connected(t, C.SOCK_NONBLOCK);
  t.ok(isNonBlocking(fd));
  for (const [name, receive] of Object.entries(receivers)) {
    t.equal(receive(fd), -C.EAGAIN, name);
  }
  if (family.isUdp) return;
  fill(fd);
  for (const [name, sending] of Object.entries(senders)) {
    t.equal(sending(fd, family), -C.EAGAIN, name);
  }
});

each(families, "O_NONBLOCK comes and goes with F_SETFL", (t, family) => {
  const [fd] = family.connected(t);
  t.notOk(isNonBlocking(fd));
  fcntl(fd, C.F_SETFL, C.O_NONBLOCK);
  t.equal(recv(fd, bytes, 1, 0), -C.EAGAIN);
  fcntl(fd, C.F_SETFL, 0);
  t.notOk(isNonBlocking(fd));
  setReceiveTimeout(fd, 12);
  t.ok(
    lasts(12, () => t.equal(recv(fd, bytes, 1, 0), -C.EAGAIN)),
    "it waits again",
  );
});

each(
  families,
  "SOCK_CLOEXEC and SOCK_NONBLOCK are what was asked for, and no default",
  (t, family) => {
    const { domain, type } = family;
    for (const cloexec of [0, C.SOCK_CLOEXEC]) {
      for (const nonblock of [0, C.SOCK_NONBLOCK]) {
        const [fd] = closing(t, socket(domain, type | cloexec | nonblock, 0));
        t.equal(fcntl(fd, C.F_GETFD), cloexec === 0 ? 0 : C.FD_CLOEXEC);
        t.equal(isNonBlocking(fd), nonblock !== 0);
        t.equal(getsockopt(fd, C.SOL_SOCKET, C.SO_TYPE), type, "the flags are no part of the type");
        const [copyfd] = closing(t, dup(fd));
        t.equal(fcntl(copyfd, C.F_GETFD), 0);
        t.equal(isNonBlocking(copyfd), nonblock !== 0);
      }
    }
  },
);

each(families, "flags change by fcntl and by ioctl alike", (t, family) => {
  const fd = family.socket(t);
  t.equal(fcntl(fd, C.F_GETFD), C.FD_CLOEXEC);
  fcntl(fd, C.F_SETFD, 0);
  t.equal(fcntl(fd, C.F_GETFD), 0);
  ioctl(fd, C.FIOCLEX);
  t.equal(fcntl(fd, C.F_GETFD), C.FD_CLOEXEC);
  ioctl(fd, C.FIONCLEX);
  t.equal(fcntl(fd, C.F_GETFD), 0);
  const int = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
  ioctl(fd, C.FIONBIO, int(1));
  t.ok(isNonBlocking(fd));
  ioctl(fd, C.FIONBIO, int(0));
  t.notOk(isNonBlocking(fd));
});

leavesNoFd(t);
