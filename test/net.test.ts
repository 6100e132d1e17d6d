// Listening, connecting, accepting, whole reads and writes: on real sockets, and on
// a table of calls that answers what a real kernel seldom does.
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  EAGAIN,
  EBADF,
  ECONNABORTED,
  EINTR,
  EMFILE,
  ENETDOWN,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EPERM,
  EPROTO,
  F_GETFD,
  F_GETFL,
  FD_CLOEXEC,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  O_CLOEXEC,
  O_NONBLOCK,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../lib/constants.ts";
import { type Calls, calls } from "../lib/native.ts";
import {
  acceptConnections,
  connectTcp,
  connectUnix,
  listenTcp,
  listenUnix,
  readExactly,
  setNonBlocking,
  writeAll,
} from "../lib/net.ts";
import type { InetAddress, SockaddrStorage } from "../lib/sockaddr.ts";
import { close, fcntl, pipe2 } from "../lib/sys/file.ts";
import { getpeername, getsockname, socketpair } from "../lib/sys/socket.ts";
import { getsockopt } from "../lib/sys/sockopt.ts";
import { failsWith } from "./helpers/errors.ts";
import { closing, leavesNoFd, openFds } from "./helpers/fds.ts";

/** Puts functions into the table of calls until the test ends. */
function swap(t: Test, changes: Partial<Calls>): void {
  const before = { ...calls };
  Object.assign(calls, changes);
  t.teardown(() => Object.assign(calls, before));
}

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), "fdkit-"));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

const portOf = (fd: number) => (getsockname(fd) as InetAddress).port;

t.test("listenTcp listens on IPv4 and IPv6 with the options it names", async (t) => {
  for (const address of ["127.0.0.1", "::1"]) {
    const [listenfd] = closing(t, listenTcp(address, 0));
    t.match(getsockname(listenfd), { family: address === "::1" ? AF_INET6 : AF_INET, address });
    t.ok(portOf(listenfd) > 0);
    t.equal(fcntl(listenfd, F_GETFD), FD_CLOEXEC);
    t.ok(fcntl(listenfd, F_GETFL) & O_NONBLOCK);
    t.equal(getsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR), 1);
    if (address === "::1") t.equal(getsockopt(listenfd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
  }
});

t.test("both families can have the same port", async (t) => {
  const [six] = closing(t, listenTcp("::", 0));
  const [four] = closing(t, listenTcp("0.0.0.0", portOf(six)));
  t.equal(portOf(four), portOf(six));
});

t.test(
  "a port in use and an address that is none: the fd is closed, the reason clear",
  async (t) => {
    const [listenfd] = closing(t, listenTcp("127.0.0.1", 0));
    const port = portOf(listenfd);
    const before = openFds();
    failsWith(t, "EADDRINUSE", `127.0.0.1:${port}`, () => listenTcp("127.0.0.1", port));
    failsWith(t, "EADDRNOTAVAIL", "192.0.2.1:80", () => listenTcp("192.0.2.1", 80));
    const none = { name: "RangeError", message: '"localhost" is not an IPv4 or IPv6 address' };
    t.throws(() => listenTcp("localhost", 80), none);
    t.throws(() => connectTcp("localhost", 80), none);
    t.throws(() => listenTcp("127.0.0.1", 65536), RangeError);
    t.strictSame(openFds(), before);
  },
);

t.test("listenUnix makes a socket file with the permissions asked for", async (t) => {
  const path = join(folder(t), "socket");
  const [listenfd] = closing(t, listenUnix(path, 0o700));
  t.equal(statSync(path).mode & 0o777, 0o700);
  const [connfd] = closing(t, connectUnix(path));
  t.strictSame(getpeername(connfd), { family: AF_UNIX, path });
  t.equal(fcntl(listenfd, F_GETFD), FD_CLOEXEC);
  t.ok(fcntl(listenfd, F_GETFL) & O_NONBLOCK);
  failsWith(t, "EADDRINUSE", path, () => listenUnix(path));
  t.ok(existsSync(path), "the file of the other is left alone");
});

t.test("listenUnix that fails after bind leaves no file and no fd", async (t) => {
  const path = join(folder(t), "socket");
  const before = openFds();
  swap(t, { listen: () => -ENOBUFS });
  t.throws(() => listenUnix(path), { code: "ENOBUFS", syscall: "listen" });
  t.notOk(existsSync(path));
  t.strictSame(openFds(), before);
});

t.test("connectTcp connects, or closes its fd and says why", async (t) => {
  const listenfd = listenTcp("127.0.0.1", 0);
  const port = portOf(listenfd);
  const [connfd] = closing(t, connectTcp("127.0.0.1", port));
  t.match(getpeername(connfd), { family: AF_INET, address: "127.0.0.1", port });
  t.equal(fcntl(connfd, F_GETFD), FD_CLOEXEC);
  t.equal(fcntl(connfd, F_GETFL) & O_NONBLOCK, 0);
  close(listenfd);
  const before = openFds();
  failsWith(t, "ECONNREFUSED", `127.0.0.1:${port}`, () => connectTcp("127.0.0.1", port));
  failsWith(t, "ENOENT", "/no/such", () => connectUnix("/no/such"));
  t.strictSame(openFds(), before);
});

t.test("an interrupted connect goes on", async (t) => {
  const [listenfd] = closing(t, listenTcp("127.0.0.1", 0));
  const { connect } = calls;
  let interruptions = 2;
  swap(t, { connect: (...args) => (interruptions-- > 0 ? -EINTR : connect(...args)) });
  const [connfd] = closing(t, connectTcp("127.0.0.1", portOf(listenfd)));
  t.match(getpeername(connfd), { family: AF_INET });
  t.equal(interruptions, -1);
});

t.test("acceptConnections takes what waits, but no more than its limit", async (t) => {
  const [listenfd] = closing(t, listenTcp("127.0.0.1", 0));
  const clients = closing(
    t,
    ...[1, 2, 3, 4, 5].map(() => connectTcp("127.0.0.1", portOf(listenfd))),
  );
  const peers: unknown[] = [];
  const connected = (connfd: number, peer: SockaddrStorage) => {
    closing(t, connfd);
    t.ok(fcntl(connfd, F_GETFL) & O_NONBLOCK);
    t.equal(fcntl(connfd, F_GETFD), FD_CLOEXEC);
    peers.push(peer.decode());
  };
  t.equal(acceptConnections(listenfd, 3, connected), 3);
  t.equal(acceptConnections(listenfd, 3, connected), 2);
  t.equal(acceptConnections(listenfd, 3, connected), 0);
  t.strictSame(
    peers,
    clients.map((connfd) => getsockname(connfd)),
  );
});

t.test("a connection that died waiting is skipped", async (t) => {
  const errors = [ECONNABORTED, EPROTO, EPERM, ENETDOWN, EINTR, 0, ECONNABORTED, 0, EAGAIN, 0];
  let asked = 0;
  swap(t, { accept4: () => -errors[asked++] + (errors[asked - 1] === 0 ? 1000 : 0) });
  const connfds: number[] = [];
  t.equal(
    acceptConnections(1, 100, (connfd) => connfds.push(connfd)),
    2,
  );
  t.strictSame(connfds, [1000, 1000]);
  t.equal(asked, 9);
});

t.test("skipped connections count: a storm of them ends", async (t) => {
  let asked = 0;
  swap(t, {
    accept4: () => {
      asked++;
      return -ECONNABORTED;
    },
  });
  t.equal(
    acceptConnections(1, 10, () => t.fail("none")),
    0,
  );
  t.equal(asked, 10);
});

t.test("out of fds or memory is an answer, anything else an error", async (t) => {
  for (const errno of [EMFILE, ENFILE, ENOBUFS, ENOMEM]) {
    swap(t, { accept4: () => -errno });
    t.equal(
      acceptConnections(1, 10, () => {}),
      -errno,
    );
  }
  swap(t, { accept4: () => -EBADF });
  t.throws(() => acceptConnections(1, 10, () => {}), { code: "EBADF" });
});

t.test("setNonBlocking keeps the other flags", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const before = fcntl(writefd, F_GETFL);
  setNonBlocking(writefd);
  t.equal(fcntl(writefd, F_GETFL), before | O_NONBLOCK);
  setNonBlocking(readfd);
  t.throws(() => readExactly(readfd, Buffer.alloc(1), 1), { code: "EAGAIN", syscall: "read" });
  t.throws(() => writeAll(writefd, Buffer.alloc(1 << 20)), { code: "EAGAIN", syscall: "write" });
});

t.test("writeAll and readExactly put short transfers together", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const { read, write } = calls;
  let turn = 0;
  swap(t, {
    read: (fd, buffer, size, offset) =>
      turn++ % 3 === 0 ? -EINTR : read(fd, buffer, Math.min(size, 3), offset),
    write: (fd, buffer, size, offset) =>
      turn++ % 3 === 0 ? -EINTR : write(fd, buffer, Math.min(size, 2), offset),
  });
  writeAll(a, Buffer.from("hello, world"));
  const bytes = Buffer.alloc(12);
  t.equal(readExactly(b, bytes, 7), 7);
  t.equal(bytes.toString(), "hello, \0\0\0\0\0");
  t.equal(readExactly(b, bytes, 5), 5);
  t.equal(bytes.toString("latin1", 0, 5), "world");
});

t.test("readExactly reads less when the stream ends", async (t) => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  closing(t, b);
  writeAll(a, Buffer.from("abc"));
  close(a);
  const bytes = Buffer.alloc(8);
  t.equal(readExactly(b, bytes, 8), 3);
  t.equal(readExactly(b, bytes, 8), 0);
  t.equal(bytes.toString("latin1", 0, 3), "abc");
  t.throws(() => readExactly(b, bytes, 9), RangeError);
});

t.test("a write to a closed peer is EPIPE and no signal", async (t) => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  closing(t, a);
  close(b);
  failsWith(t, "EPIPE", `fd ${a}`, () => writeAll(a, Buffer.from("x")));
});

leavesNoFd(t);
