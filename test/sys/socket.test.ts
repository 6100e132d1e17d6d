// socket, bind, listen, accept, accept4, connect, shutdown, getsockname, getpeername, socketpair.
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_UNIX,
  EAGAIN,
  EINPROGRESS,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLLOUT,
  F_GETFD,
  F_GETFL,
  FD_CLOEXEC,
  O_NONBLOCK,
  SHUT_RDWR,
  SHUT_WR,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { type Address, encodeAddress, SockaddrStorage } from "../../lib/sockaddr.ts";
import { SIZEOF_SOCKADDR_IN } from "../../lib/structs.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../lib/sys/epoll.ts";
import { close, fcntl, read, write } from "../../lib/sys/file.ts";
import {
  accept,
  accept4,
  bind,
  connect,
  getpeername,
  getsockname,
  listen,
  shutdown,
  socket,
  socketpair,
} from "../../lib/sys/socket.ts";
import { getsockopt } from "../../lib/sys/sockopt.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const { fd, int, bits, view } = kinds;
const dir = mkdtempSync(join(tmpdir(), "fdkit-socket-"));
t.teardown(() => rmSync(dir, { recursive: true }));

const loopback: Address = { family: AF_INET, address: "127.0.0.1", port: 0 };
const loopback6: Address = { family: AF_INET6, address: "::1", port: 0 };
const families: [string, Address, number][] = [
  ["TCP", loopback, SOCK_STREAM],
  ["TCP over IPv6", loopback6, SOCK_STREAM],
  ["a unix stream", { family: AF_UNIX, path: join(dir, "stream") }, SOCK_STREAM],
  ["unix packets", { family: AF_UNIX, path: join(dir, "packets") }, SOCK_SEQPACKET],
  ["an abstract name", { family: AF_UNIX, abstract: Buffer.from(dir) }, SOCK_STREAM],
  ["a name the kernel chose", { family: AF_UNIX }, SOCK_STREAM],
];

const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
const hasIpv6 = addresses.some(({ address }) => address === "::1");
const needsIpv6 = (family: number) =>
  family === AF_INET6 && !hasIpv6 ? { skip: "this machine has no ::1" } : {};

/** A listening socket, closed when the test ends. */
function listener(t: Test, address: Address, type = SOCK_STREAM): number {
  const [listenfd] = closing(t, socket(address.family, type | SOCK_CLOEXEC, 0));
  bind(listenfd, address);
  listen(listenfd, 8);
  return listenfd;
}

for (const [name, address, type] of families) {
  t.test(`server and client meet: ${name}`, needsIpv6(address.family), async (t) => {
    const listenfd = listener(t, address, type);
    const [clientfd] = closing(t, socket(address.family, type | SOCK_CLOEXEC, 0));
    t.equal(connect(clientfd, getsockname(listenfd)), 0);

    const peer = new SockaddrStorage();
    const [connfd] = closing(t, accept(listenfd, peer));
    t.strictSame(peer.decode(), getsockname(clientfd));
    t.strictSame(getpeername(clientfd), getsockname(listenfd));
    t.strictSame(getsockname(connfd), getsockname(listenfd));

    const bytes = Buffer.alloc(16);
    t.equal(write(clientfd, Buffer.from("hello"), 5), 5);
    t.equal(read(connfd, bytes, 16), 5);
    t.equal(bytes.toString("latin1", 0, 5), "hello");
  });
}

t.test("an address may be raw bytes", async (t) => {
  const listenfd = listener(t, loopback);
  const [clientfd] = closing(t, socket(AF_INET, SOCK_STREAM, 0));
  t.equal(connect(clientfd, encodeAddress(getsockname(listenfd))), 0);
  failsWith(t, "EINVAL", "sockaddr of 4 bytes", () => bind(clientfd, Uint8Array.of(3, 0, 0, 0)));
});

t.test("accept4 sets the flags on the new fd, accept sets none", async (t) => {
  const listenfd = listener(t, loopback);
  const address = getsockname(listenfd);
  const [a, b] = closing(t, socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET, SOCK_STREAM, 0));
  connect(a, address);
  connect(b, address);
  const [plain] = closing(t, accept(listenfd));
  const peer = new SockaddrStorage();
  const [flagged] = closing(t, accept4(listenfd, peer, SOCK_NONBLOCK | SOCK_CLOEXEC));
  t.strictSame(peer.decode(), getsockname(b));
  t.equal(fcntl(plain, F_GETFD), 0);
  t.equal(fcntl(plain, F_GETFL) & O_NONBLOCK, 0);
  t.equal(fcntl(flagged, F_GETFD), FD_CLOEXEC);
  t.equal(fcntl(flagged, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
});

t.test("nobody to accept is -EAGAIN, and the peer is left as it was", async (t) => {
  const listenfd = listener(t, loopback, SOCK_STREAM | SOCK_NONBLOCK);
  const peer = new SockaddrStorage();
  peer.length = 7;
  t.equal(accept(listenfd), -EAGAIN);
  t.equal(accept(listenfd, peer), -EAGAIN);
  t.equal(accept4(listenfd, null, 0), -EAGAIN);
  t.equal(accept4(listenfd, peer, 0), -EAGAIN);
  t.equal(peer.length, 7);
});

t.test("a non-blocking connect is -EINPROGRESS until EPOLLOUT", async (t) => {
  const listenfd = listener(t, loopback);
  const [clientfd] = closing(t, socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  t.equal(connect(clientfd, getsockname(listenfd)), -EINPROGRESS);
  const [epfd] = closing(t, epoll_create1(EPOLL_CLOEXEC));
  epoll_ctl(epfd, EPOLL_CTL_ADD, clientfd, EPOLLOUT);
  t.equal(epoll_wait(epfd, new EpollEvents(1), 1, 1000), 1);
  t.equal(getsockopt(clientfd, SOL_SOCKET, SO_ERROR), 0);
});

t.test("an address in use is named in the error", async (t) => {
  const listenfd = listener(t, loopback);
  const address = getsockname(listenfd) as { port: number } & Address;
  const [otherfd] = closing(t, socket(AF_INET, SOCK_STREAM, 0));
  failsWith(t, "EADDRINUSE", `127.0.0.1:${address.port}`, () => bind(otherfd, address));
});

t.test("a refused connect names the address", async (t) => {
  const path = join(dir, "nobody");
  const [unixfd] = closing(t, socket(AF_UNIX, SOCK_STREAM, 0));
  failsWith(t, "ENOENT", path, () => connect(unixfd, { family: AF_UNIX, path }));
});

t.test("a refused connect over IPv6 has brackets", needsIpv6(AF_INET6), async (t) => {
  const [boundfd, clientfd] = closing(
    t,
    socket(AF_INET6, SOCK_STREAM, 0),
    socket(AF_INET6, SOCK_STREAM, 0),
  );
  bind(boundfd, loopback6);
  const address = getsockname(boundfd) as { port: number } & Address;
  failsWith(t, "ECONNREFUSED", `[::1]:${address.port}`, () => connect(clientfd, address));
});

t.test("shutdown SHUT_WR ends one direction only", async (t) => {
  const [left, right] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bytes = new Uint8Array(4);
  t.equal(shutdown(left, SHUT_WR), 0);
  t.equal(read(right, bytes, 4), 0);
  t.equal(write(right, Buffer.from("ok"), 2), 2);
  t.equal(read(left, bytes, 4), 2);
});

t.test("getsockname gives the address of a family that is not of the internet", async (t) => {
  const [netlinkfd] = closing(t, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
  t.match(getsockname(netlinkfd), { family: AF_NETLINK });
});

t.test("the kernel's length of an address may exceed the room for it", async (t) => {
  const listenfd = listener(t, loopback);
  const around = new Uint8Array(12).fill(0xee);
  const addrlen = new Int32Array(2).fill(-7);
  t.equal(calls.getsockname(listenfd, around.subarray(2, 6), addrlen), 0);
  t.strictSame([...addrlen], [SIZEOF_SOCKADDR_IN, -7]);
  t.strictSame([...around.subarray(0, 2)], [0xee, 0xee]);
  t.strictSame([...around.subarray(6)], Array(6).fill(0xee));
  t.throws(() => calls.getsockname(listenfd, around, new Int32Array(0)), RangeError);
  t.throws(() => calls.getsockname(listenfd, around, new Uint8Array(4) as never), TypeError);
  t.throws(() => calls.socketpair(AF_UNIX, SOCK_STREAM, 0, new Int32Array(1)), RangeError);
});

t.test("a datagram pair keeps the messages apart", async (t) => {
  const [left, right] = closing(t, ...socketpair(AF_UNIX, SOCK_DGRAM, 0));
  const bytes = new Uint8Array(16);
  write(left, bytes, 3);
  write(left, bytes, 5);
  t.equal(read(right, bytes, 16), 3);
  t.equal(read(right, bytes, 16), 5);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const closed = `fd ${CLOSED_FD}`;
  const [pairfd, freshfd] = [...socketpair(AF_UNIX, SOCK_STREAM, 0)];
  const [tcpfd] = closing(t, socket(AF_INET, SOCK_STREAM, 0), pairfd, freshfd);
  failsWith(t, "EPROTONOSUPPORT", "", () => socket(AF_UNIX, SOCK_STREAM, 200));
  failsWith(t, "EBADF", "127.0.0.1:0", () => bind(CLOSED_FD, loopback));
  failsWith(t, "EBADF", closed, () => listen(CLOSED_FD, 1));
  failsWith(t, "EBADF", closed, () => accept(CLOSED_FD));
  failsWith(t, "EINVAL", `fd ${tcpfd}`, () => accept(tcpfd, new SockaddrStorage()));
  failsWith(t, "EINVAL", `fd ${tcpfd}`, () => accept4(tcpfd, null, 1));
  failsWith(t, "ENOTCONN", `fd ${tcpfd}`, () => shutdown(tcpfd, SHUT_RDWR));
  failsWith(t, "ENOTCONN", `fd ${tcpfd}`, () => getpeername(tcpfd));
  failsWith(t, "EBADF", closed, () => getsockname(CLOSED_FD));
  failsWith(t, "EOPNOTSUPP", "", () => socketpair(AF_INET, SOCK_STREAM, 0));
});

t.test("close gives the number back", async (t) => {
  const first = socket(AF_INET, SOCK_STREAM, 0);
  close(first);
  const second = socket(AF_INET, SOCK_STREAM, 0);
  close(second);
  t.equal(second, first);
});

const storage = {
  good: new SockaddrStorage(),
  bad: () => [{}, { bytes: new ArrayBuffer(128) }, { bytes: "x".repeat(128) }],
};
rejectsBadArguments(t, socket, [int, int, int]);
rejectsBadArguments(t, calls.bind, [fd, view]);
rejectsBadArguments(t, listen, [fd, int]);
rejectsBadArguments(t, accept, [fd, storage]);
rejectsBadArguments(t, accept4, [fd, storage, bits]);
rejectsBadArguments(t, calls.connect, [fd, view]);
rejectsBadArguments(t, shutdown, [fd, int]);
rejectsBadArguments(t, getsockname, [fd]);
rejectsBadArguments(t, getpeername, [fd]);
rejectsBadArguments(t, socketpair, [int, int, int]);

leavesNoFd(t);
