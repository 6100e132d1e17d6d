// The matrix: how connections come about, or do not: connect, listen, accept, socketpair.
// See connect(2), listen(2), accept(2), socketpair(2), tcp(7), unix(7).
import t from "tap";
import * as C from "../../../lib/constants.ts";
import {
  receiveTimeout,
  setReceiveTimeout,
  setSendTimeout,
  takeSocketError,
} from "../../../lib/options.ts";
import { formatAddress } from "../../../lib/sockaddr.ts";
import { fcntl } from "../../../lib/sys/file.ts";
import { recv, send } from "../../../lib/sys/message.ts";
import {
  accept,
  accept4,
  connect,
  getpeername,
  getsockname,
  listen,
  socketpair,
} from "../../../lib/sys/socket.ts";
import { getsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { each, families, tcp4, tcp6, unixSeqpacket, unixStream } from "./families.ts";
import { lasts, polled, underSignals } from "./wait.ts";

const connectionOriented = families.filter(({ isConnectionOriented }) => isConnectionOriented);
const unixListeners = connectionOriented.filter(({ isUnix }) => isUnix);
const tcp = [tcp4, tcp6];
/** What kind of name a socket has makes no difference to signals, and workers are dear. */
const signalled = [tcp4, tcp6, unixStream, unixSeqpacket];
const bytes = new Uint8Array(16);
const isNonBlocking = (fd: number) => (fcntl(fd, C.F_GETFL) & C.O_NONBLOCK) !== 0;

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

each(tcp, "a non-blocking connect is -EINPROGRESS, then SO_ERROR tells", (t, family) => {
  const listenfd = family.listener(t);
  const fd = family.socket(t, C.SOCK_NONBLOCK);
  t.equal(connect(fd, getsockname(listenfd)), -C.EINPROGRESS);
  t.equal(polled(fd, C.POLLOUT), C.POLLOUT);
  t.equal(takeSocketError(fd, "connect"), undefined);
  t.equal(connect(fd, getsockname(listenfd)), 0, "the second call tells as well, once");
  failsWith(t, "EISCONN", nameOf(listenfd), () => connect(fd, getsockname(listenfd)));
});

each(tcp, "a refused non-blocking connect is ECONNREFUSED in SO_ERROR", (t, family) => {
  const nobody = getsockname(family.bound(t));
  const fd = family.socket(t, C.SOCK_NONBLOCK);
  t.equal(connect(fd, nobody), -C.EINPROGRESS);
  t.equal(polled(fd, C.POLLOUT) & C.POLLERR, C.POLLERR);
  t.match(takeSocketError(fd, "connect"), { code: "ECONNREFUSED" });
  t.equal(takeSocketError(fd, "connect"), undefined, "once");
});

each(tcp, "a socket that was refused can try again", (t, family) => {
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
  for (const backlog of [0, 1, 3]) {
    const listenfd = family.listener(t, backlog);
    const name = getsockname(listenfd);
    for (let i = 0; i <= backlog; i++) {
      t.equal(
        connect(family.socket(t, C.SOCK_NONBLOCK), name),
        0,
        "one more than the backlog fits",
      );
    }
    const fd = family.socket(t, C.SOCK_NONBLOCK);
    t.equal(connect(fd, name), -C.EAGAIN);
    t.throws(() => getpeername(fd), { code: "ENOTCONN" });
    t.equal(takeSocketError(fd, "connect"), undefined);
    closing(t, accept(listenfd));
    t.equal(connect(fd, name), 0);
  }
});

each(unixListeners, "a connect waits for room in the backlog as long as it may", (t, family) => {
  const listenfd = family.listener(t, 0);
  const [first, waiting] = [family.socket(t), family.socket(t)];
  connect(first, getsockname(listenfd));
  setSendTimeout(waiting, 12);
  t.ok(lasts(12, () => t.equal(connect(waiting, getsockname(listenfd)), -C.EAGAIN)));
});

each(tcp, "a full backlog leaves clients in progress", (t, family) => {
  for (const backlog of [0, 2]) {
    const listenfd = family.listener(t, backlog);
    const name = getsockname(listenfd);
    for (let i = 0; i <= backlog; i++) {
      t.equal(connect(family.socket(t), name), 0, "one more than the backlog fits");
    }
    const fd = family.socket(t, C.SOCK_NONBLOCK);
    t.equal(connect(fd, name), -C.EINPROGRESS);
    t.equal(polled(fd, C.POLLOUT, 50), 0);
    t.throws(() => connect(fd, name), { code: "EALREADY" });
    const waiting = family.socket(t);
    setSendTimeout(waiting, 12);
    t.ok(lasts(12, () => t.equal(connect(waiting, name), -C.EINPROGRESS)));
  }
});

each(signalled, "a signal ends a connect that has a timeout with -EINTR", async (t, family) => {
  const listenfd = family.listener(t, 0);
  const [first, waiting] = [family.socket(t), family.socket(t)];
  connect(first, getsockname(listenfd));
  setSendTimeout(waiting, 60_000);
  await underSignals(t, () => t.equal(connect(waiting, getsockname(listenfd)), -C.EINTR));
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

each(connectionOriented, "clients of a listener that was closed are reset", (t, family) => {
  const listenfd = family.listener(t);
  const clientfd = family.socket(t);
  connect(clientfd, getsockname(listenfd));
  closeNow(listenfd);
  failsWith(t, "ECONNRESET", `fd ${clientfd}`, () => recv(clientfd, bytes, 9, 0));
  failsWith(t, "EPIPE", `fd ${clientfd}`, () => send(clientfd, bytes, 1, 0));
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
