// The matrix: calls that wait, that must not wait, and that a signal or a timeout ends.
// See socket(7), signal(7), connect(2), accept(2), listen(2).
import t from "tap";
import * as C from "../../../lib/constants.ts";
import { writeAll } from "../../../lib/net.ts";
import {
  receiveTimeout,
  sendTimeout,
  setReceiveTimeout,
  setSendTimeout,
  takeSocketError,
} from "../../../lib/options.ts";
import { formatAddress } from "../../../lib/sockaddr.ts";
import { dup, fcntl, read, readv, write, writev } from "../../../lib/sys/file.ts";
import { recv, recvfrom, send, sendto } from "../../../lib/sys/message.ts";

import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import {
  accept,
  accept4,
  connect,
  getpeername,
  getsockname,
  listen,
  shutdown,
  socket,
  socketpair,
} from "../../../lib/sys/socket.ts";
import { getsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { endWorker, startWorker } from "../../helpers/workers.ts";
import { each, type Family, families, tcp4, tcp6 } from "./families.ts";
import { fill, polled, underSignals } from "./wait.ts";

const connectionOriented = families.filter(({ isConnectionOriented }) => isConnectionOriented);
const unixListeners = connectionOriented.filter(({ isUnix }) => isUnix);
/** Those where a receiver that does not read makes the sender wait. */
const held = families.filter(({ isUdp }) => !isUdp);
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

/** Runs the body, and says whether it took at least `ms`, less what the clocks may differ. */
function lasts(ms: number, body: () => void): boolean {
  const before = performance.now();
  body();
  return performance.now() - before >= ms - 1;
}

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

each(families, "a signal ends what would wait until its timeout with -EINTR", async (t, family) => {
  const [fd] = family.connected(t);
  setReceiveTimeout(fd, 60_000);
  await underSignals(t, () => {
    for (const [name, receive] of Object.entries(receivers)) t.equal(receive(fd), -C.EINTR, name);
  });
});

each(held, "a signal ends a sender that has a timeout with -EINTR", async (t, family) => {
  const [fd] = family.connected(t);
  fill(fd);
  setSendTimeout(fd, 60_000);
  await underSignals(t, () => {
    for (const [name, sending] of Object.entries(senders)) {
      t.equal(sending(fd, family), -C.EINTR, name);
    }
  });
});

each(
  connectionOriented,
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

each(families, "without a timeout a call goes on behind the signal", async (t, family) => {
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

each(
  held.filter(({ isStream }) => isStream),
  "writeAll goes on behind signals",
  async (t, family) => {
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
  },
);

each(
  held.filter(({ isStream }) => isStream),
  "writeAll says EAGAIN when its time is over",
  (t, family) => {
    const [clientfd] = family.connected(t);
    setSendTimeout(clientfd, 30);
    t.throws(() => writeAll(clientfd, new Uint8Array(1 << 24)), {
      code: "EAGAIN",
      syscall: "write",
    });
  },
);

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

each(connectionOriented, "nobody to accept is -EAGAIN", (t, family) => {
  const listenfd = family.listener(t, 8, C.SOCK_NONBLOCK);
  t.equal(accept(listenfd), -C.EAGAIN);
  t.equal(accept4(listenfd, null, 0), -C.EAGAIN);
  const clientfd = family.socket(t);
  connect(clientfd, getsockname(listenfd));
  t.equal(polled(listenfd, C.POLLIN), C.POLLIN);
  closing(t, accept(listenfd));
  t.equal(accept(listenfd), -C.EAGAIN);
});

each(
  connectionOriented,
  "an accepted socket inherits no flag, accept4 gives it some",
  (t, family) => {
    const listenfd = family.listener(t, 8, C.SOCK_NONBLOCK);
    const accepted = (accepting: () => number) => {
      connect(family.socket(t), getsockname(listenfd));
      polled(listenfd, C.POLLIN);
      const [fd] = closing(t, accepting());
      return [isNonBlocking(fd), fcntl(fd, C.F_GETFD) === C.FD_CLOEXEC];
    };
    const { SOCK_NONBLOCK, SOCK_CLOEXEC } = C;
    t.strictSame(
      accepted(() => accept(listenfd)),
      [false, false],
    );
    t.strictSame(
      accepted(() => accept4(listenfd, null, 0)),
      [false, false],
    );
    t.strictSame(
      accepted(() => accept4(listenfd, null, SOCK_NONBLOCK)),
      [true, false],
    );
    t.strictSame(
      accepted(() => accept4(listenfd, null, SOCK_CLOEXEC)),
      [false, true],
    );
    t.strictSame(
      accepted(() => accept4(listenfd, null, SOCK_NONBLOCK | SOCK_CLOEXEC)),
      [true, true],
    );
    t.throws(() => accept4(listenfd, null, 1), { code: "EINVAL" });
  },
);

each(
  connectionOriented,
  "an accepted socket inherits the listener's timeout, or not",
  (t, family) => {
    const listenfd = family.listener(t);
    setReceiveTimeout(listenfd, 5000);
    const [, serverfd] = family.meet(t, listenfd);
    t.equal(receiveTimeout(serverfd), family.isUnix ? 0 : 5000);
  },
);

each([tcp4, tcp6], "a non-blocking connect is -EINPROGRESS, then SO_ERROR tells", (t, family) => {
  const listenfd = family.listener(t);
  const fd = family.socket(t, C.SOCK_NONBLOCK);
  t.equal(connect(fd, getsockname(listenfd)), -C.EINPROGRESS);
  t.equal(polled(fd, C.POLLOUT), C.POLLOUT);
  t.equal(takeSocketError(fd, "connect"), undefined);
  t.equal(connect(fd, getsockname(listenfd)), 0, "the second call tells as well, once");
  failsWith(t, "EISCONN", nameOf(listenfd), () => connect(fd, getsockname(listenfd)));
});

each([tcp4, tcp6], "a refused non-blocking connect is ECONNREFUSED in SO_ERROR", (t, family) => {
  const nobody = getsockname(family.bound(t));
  const fd = family.socket(t, C.SOCK_NONBLOCK);
  t.equal(connect(fd, nobody), -C.EINPROGRESS);
  t.equal(polled(fd, C.POLLOUT) & C.POLLERR, C.POLLERR);
  t.match(takeSocketError(fd, "connect"), { code: "ECONNREFUSED" });
  t.equal(takeSocketError(fd, "connect"), undefined, "once");
});

each([tcp4, tcp6], "a socket that was refused can try again", (t, family) => {
  const nobody = family.bound(t);
  const fd = family.socket(t);
  const name = getsockname(nobody);
  t.throws(() => connect(fd, name), { code: "ECONNREFUSED" });
  listen(nobody, 1);
  t.equal(connect(fd, name), 0);
});

each(connectionOriented, "connect on a connected or listening socket is refused", (t, family) => {
  const listenfd = family.listener(t);
  const [clientfd, serverfd] = family.meet(t, listenfd);
  for (const fd of [clientfd, serverfd]) {
    t.throws(() => connect(fd, getsockname(listenfd)), { code: "EISCONN" });
    t.throws(() => listen(fd, 1), { code: "EINVAL" });
  }
  const other = family.listener(t);
  const code = family.isUnix ? "EINVAL" : "EISCONN";
  t.throws(() => connect(listenfd, getsockname(other)), { code });
});

each(unixListeners, "a full backlog is -EAGAIN, and nothing is in progress", (t, family) => {
  const listenfd = family.listener(t, 0);
  const name = getsockname(listenfd);
  t.equal(connect(family.socket(t, C.SOCK_NONBLOCK), name), 0, "one more than the backlog fits");
  const fd = family.socket(t, C.SOCK_NONBLOCK);
  t.equal(connect(fd, name), -C.EAGAIN);
  t.throws(() => getpeername(fd), { code: "ENOTCONN" });
  t.equal(takeSocketError(fd, "connect"), undefined);
  const waiting = family.socket(t);
  setSendTimeout(waiting, 12);
  t.ok(
    lasts(12, () => t.equal(connect(waiting, name), -C.EAGAIN)),
    "SO_SNDTIMEO is how long",
  );
  closing(t, accept(listenfd));
  t.equal(connect(fd, name), 0);
});

each([tcp4, tcp6], "a full backlog leaves clients in progress", (t, family) => {
  const listenfd = family.listener(t, 0);
  const name = getsockname(listenfd);
  t.equal(connect(family.socket(t), name), 0, "one more than the backlog fits");
  const fd = family.socket(t, C.SOCK_NONBLOCK);
  t.equal(connect(fd, name), -C.EINPROGRESS);
  t.equal(polled(fd, C.POLLOUT, 50), 0);
  t.throws(() => connect(fd, name), { code: "EALREADY" });
  const waiting = family.socket(t);
  setSendTimeout(waiting, 12);
  t.ok(lasts(12, () => t.equal(connect(waiting, name), -C.EINPROGRESS)));
});

each(connectionOriented, "a backlog may be of any size", (t, family) => {
  for (const backlog of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    const listenfd = family.listener(t, backlog);
    t.equal(getsockopt(listenfd, C.SOL_SOCKET, C.SO_ACCEPTCONN), 1);
    family.meet(t, listenfd);
    t.equal(listen(listenfd, 3), 0, "and be changed");
    t.throws(() => listen(listenfd, 2 ** 31), RangeError);
  }
});

each(connectionOriented, "accept is for listening sockets", (t, family) => {
  const [clientfd] = family.connected(t);
  for (const fd of [family.socket(t), family.bound(t), clientfd]) {
    failsWith(t, "EINVAL", `fd ${fd}`, () => accept(fd));
    t.equal(getsockopt(fd, C.SOL_SOCKET, C.SO_ACCEPTCONN), 0);
  }
});

each(
  families.filter(({ isConnectionOriented }) => !isConnectionOriented),
  "listen and accept are for connections",
  (t, family) => {
    const fd = family.bound(t);
    failsWith(t, "EOPNOTSUPP", `fd ${fd}`, () => listen(fd, 1));
    failsWith(t, "EOPNOTSUPP", `fd ${fd}`, () => accept(fd));
  },
);

each(
  connectionOriented,
  "a client that went before it was accepted is accepted all the same",
  (t, family) => {
    const listenfd = family.listener(t);
    const clientfd = family.socket(t);
    connect(clientfd, getsockname(listenfd));
    send(clientfd, new Uint8Array(3), 3, 0);
    closeNow(clientfd);
    const [serverfd] = closing(t, accept(listenfd));
    t.equal(recv(serverfd, bytes, 9, 0), 3);
    t.equal(recv(serverfd, bytes, 9, 0), 0);
  },
);

each(unixListeners, "clients of a listener that was closed are reset", (t, family) => {
  const listenfd = family.listener(t);
  const clientfd = family.socket(t);
  connect(clientfd, getsockname(listenfd));
  closeNow(listenfd);
  t.throws(() => recv(clientfd, bytes, 9, 0), { code: "ECONNRESET" });
  t.throws(() => send(clientfd, bytes, 1, 0), { code: "EPIPE" });
});

each([tcp4, tcp6], "clients of a listener that was closed are reset", (t, family) => {
  const listenfd = family.listener(t);
  const clientfd = family.socket(t);
  connect(clientfd, getsockname(listenfd));
  closeNow(listenfd);
  t.throws(() => recv(clientfd, bytes, 9, 0), { code: "ECONNRESET" });
});

each(families, "socketpair is for unix sockets", (t, family) => {
  const make = () => socketpair(family.domain, family.type | C.SOCK_CLOEXEC | C.SOCK_NONBLOCK, 0);
  if (!family.isUnix) return void t.throws(make, { code: "EOPNOTSUPP", syscall: "socketpair" });
  const fds = closing(t, ...make());
  for (const fd of fds) {
    t.equal(fcntl(fd, C.F_GETFD), C.FD_CLOEXEC);
    t.ok(isNonBlocking(fd));
    t.strictSame(getsockname(fd), { family: C.AF_UNIX });
    t.strictSame(getpeername(fd), { family: C.AF_UNIX });
    t.equal(getsockopt(fd, C.SOL_SOCKET, C.SO_TYPE), family.type);
  }
  t.equal(send(fds[0], bytes, 3, 0), 3);
  t.equal(recv(fds[1], bytes, 9, 0), 3);
  t.equal(send(fds[1], bytes, 4, 0), 4);
  t.equal(recv(fds[0], bytes, 9, 0), 4);
});

/** As it stands in messages. */
function nameOf(fd: number): string {
  return formatAddress(getsockname(fd));
}

leavesNoFd(t);
