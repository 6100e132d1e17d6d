// The matrix: bytes through streams. See tcp(7), unix(7), send(2), recv(2).
import t from "tap";
import * as C from "../../../lib/constants.ts";
import { readExactly, setNonBlocking, writeAll } from "../../../lib/net.ts";
import { setReceiveTimeout, tcpInfo } from "../../../lib/options.ts";
import { SockaddrStorage } from "../../../lib/sockaddr.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../../lib/sys/epoll.ts";
import { dup, dup2, dup3, fcntl, read, write } from "../../../lib/sys/file.ts";
import { ioctlInt } from "../../../lib/sys/ioctl.ts";
import { recv, recvfrom, send, sendto } from "../../../lib/sys/message.ts";
import { pidfd_getfd, pidfd_open } from "../../../lib/sys/signal.ts";
import { accept, connect, getpeername, getsockname, shutdown } from "../../../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { endWorker, startWorker } from "../../helpers/workers.ts";
import { each, families, isKernelSince } from "./families.ts";
import { fill, polled } from "./wait.ts";

const streams = families.filter(({ isStream }) => isStream);
const tcp = streams.filter(({ isTcp }) => isTcp);
const unix = streams.filter(({ isUnix }) => isUnix);
/** Those of unix streams are of 5.15, and right since 6.11. */
const outOfBand = streams.filter(({ isTcp }) => isTcp || isKernelSince(6, 11));
const buffer = Buffer.alloc(65536);
const text = (n: number) => buffer.toString("latin1", 0, n);
const say = (fd: number, words: string, flags = 0) =>
  send(fd, Buffer.from(words), words.length, flags);

/** What a recv of at most `size` bytes gives, as text; "" at the end of the stream. */
function hear(fd: number, size: number, flags = 0): string {
  return text(recv(fd, buffer, size, flags));
}

each(streams, "bytes arrive in order, whatever pieces they were sent in", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  for (const piece of ["a", "stream", "has", "no", "messages"]) {
    t.equal(say(clientfd, piece), piece.length);
  }
  t.equal(readExactly(serverfd, buffer, 20), 20);
  t.equal(text(20), "astreamhasnomessages");
  t.equal(say(serverfd, "and back"), 8);
  t.equal(hear(clientfd, 100), "and back");
});

each(streams, "a smaller buffer leaves the rest for the next read", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "0123456789");
  t.equal(hear(serverfd, 4), "0123");
  t.equal(read(serverfd, buffer, 4), 4);
  t.equal(text(4), "4567");
  t.equal(hear(serverfd, 4), "89");
  t.equal(recv(serverfd, buffer, 4, C.MSG_DONTWAIT), -C.EAGAIN);
});

each(streams, "more than the kernel holds goes through in turns", (t, family) => {
  const [clientfd, serverfd] = family.connected(t, C.SOCK_NONBLOCK);
  const sent = Buffer.alloc(1 << 23, "0123456789abcdef!");
  const received = Buffer.alloc(sent.length);
  let [out, back, turns] = [0, 0, 0];
  for (; back < sent.length; turns++) {
    let n = 0;
    while (out < sent.length && n >= 0) {
      n = send(clientfd, sent, sent.length - out, 0, out);
      if (n > 0) out += n;
    }
    polled(serverfd, C.POLLIN);
    const m = recv(serverfd, received, received.length - back, 0, back);
    if (m > 0) back += m;
  }
  t.ok(turns > 1);
  t.ok(received.equals(sent));
});

each(streams, "writeAll waits until a slow reader has taken everything", async (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const bytes = new Uint8Array(1 << 23);
  const [worker] = await startWorker(
    `post("ready");
    const buffer = new Uint8Array(1 << 16);
    let total = 0;
    for (let n = 1; n > 0; total += n) n = calls.recv(workerData, buffer, buffer.length, 0, 0);
    calls.send(workerData, new Uint8Array(Int32Array.of(total).buffer), 4, 0, 0);`,
    serverfd,
  );
  writeAll(clientfd, bytes);
  shutdown(clientfd, C.SHUT_WR);
  const total = new Int32Array(1);
  t.equal(readExactly(clientfd, new Uint8Array(total.buffer), 4), 4);
  t.equal(total[0], bytes.length);
  await endWorker(worker);
});

each(streams, "duplicates of an fd are one connection, which ends with the last", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const [pidfd] = closing(t, pidfd_open(process.pid, 0));
  const copies = closing(
    t,
    dup(clientfd),
    dup3(clientfd, dup2(serverfd, dup(serverfd)), C.O_CLOEXEC),
    fcntl(clientfd, C.F_DUPFD_CLOEXEC, 100),
    pidfd_getfd(pidfd, clientfd, 0),
  );
  t.ok(copies[2] >= 100);
  closeNow(clientfd);
  for (const [i, fd] of copies.entries()) {
    t.equal(fcntl(fd, C.F_GETFD), i === 0 ? 0 : C.FD_CLOEXEC);
    t.strictSame(getpeername(fd), getsockname(serverfd));
    t.equal(say(fd, `copy ${i}`), 6);
    t.equal(hear(serverfd, 9), `copy ${i}`);
    t.equal(recv(serverfd, buffer, 1, C.MSG_DONTWAIT), -C.EAGAIN, "not the end");
    closeNow(fd);
  }
  t.equal(recv(serverfd, buffer, 1, 0), 0);
});

each(streams, "duplicates share O_NONBLOCK, and not FD_CLOEXEC", (t, family) => {
  const [clientfd] = family.connected(t);
  const [copyfd] = closing(t, dup(clientfd));
  setNonBlocking(copyfd);
  t.equal(recv(clientfd, buffer, 1, 0), -C.EAGAIN);
  fcntl(copyfd, C.F_SETFL, fcntl(copyfd, C.F_GETFL) & ~C.O_NONBLOCK);
  t.equal(fcntl(clientfd, C.F_GETFL) & C.O_NONBLOCK, 0);
  t.equal(fcntl(clientfd, C.F_GETFD), C.FD_CLOEXEC);
  t.equal(fcntl(copyfd, C.F_GETFD), 0);
});

each(streams, "MSG_PEEK takes nothing away", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "abcdef");
  t.equal(hear(serverfd, 3, C.MSG_PEEK), "abc");
  t.equal(hear(serverfd, 9, C.MSG_PEEK), "abcdef");
  t.equal(hear(serverfd, 3), "abc");
  t.equal(hear(serverfd, 9, C.MSG_PEEK | C.MSG_DONTWAIT), "def");
  t.equal(hear(serverfd, 9), "def");
  t.equal(recv(serverfd, buffer, 9, C.MSG_PEEK | C.MSG_DONTWAIT), -C.EAGAIN);
});

each(unix, "SO_PEEK_OFF lets every peek go on behind the last", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  t.equal(getsockopt(serverfd, C.SOL_SOCKET, C.SO_PEEK_OFF), -1);
  setsockopt(serverfd, C.SOL_SOCKET, C.SO_PEEK_OFF, 1);
  say(clientfd, "abcdef");
  t.equal(hear(serverfd, 2, C.MSG_PEEK), "bc");
  t.equal(hear(serverfd, 2, C.MSG_PEEK), "de");
  t.equal(getsockopt(serverfd, C.SOL_SOCKET, C.SO_PEEK_OFF), 5);
  t.equal(hear(serverfd, 2), "ab");
  t.equal(getsockopt(serverfd, C.SOL_SOCKET, C.SO_PEEK_OFF), 3, "what was read is counted off");
  t.equal(hear(serverfd, 9, C.MSG_PEEK), "f");
});

each(tcp, "MSG_TRUNC throws the bytes away and tells how many", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "abcdef");
  buffer.fill("-", 0, 4);
  t.equal(recv(serverfd, buffer, 4, C.MSG_TRUNC), 4);
  t.equal(text(4), "----");
  t.equal(hear(serverfd, 4), "ef");
});

each(unix, "MSG_TRUNC means nothing", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "abcdef");
  t.equal(hear(serverfd, 4, C.MSG_TRUNC), "abcd");
  t.equal(hear(serverfd, 4), "ef");
});

each(streams, "MSG_WAITALL waits for all of it", async (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "abc");
  const [worker] = await startWorker(
    `post("ready");
    const buffer = new Uint8Array(9);
    const n = calls.recv(workerData, buffer, 9, constants.MSG_WAITALL, 0);
    calls.send(workerData, buffer, n, 0, 0);`,
    serverfd,
  );
  t.equal(polled(clientfd, C.POLLIN, 30), 0, "three bytes are not enough");
  say(clientfd, "def");
  say(clientfd, "ghi");
  t.equal(hear(clientfd, 9), "abcdefghi");
  await endWorker(worker);
});

each(
  streams,
  "MSG_WAITALL is content with less at the end, or when the time is over",
  (t, family) => {
    const [clientfd, serverfd] = family.connected(t);
    setReceiveTimeout(serverfd, 20);
    say(clientfd, "abc");
    t.equal(hear(serverfd, 9, C.MSG_WAITALL | C.MSG_DONTWAIT), "abc");
    say(clientfd, "def");
    t.equal(hear(serverfd, 9, C.MSG_WAITALL), "def");
    say(clientfd, "ghi");
    t.equal(hear(serverfd, 2, C.MSG_WAITALL), "gh", "and takes no more than asked");
    shutdown(clientfd, C.SHUT_WR);
    t.equal(hear(serverfd, 9, C.MSG_WAITALL), "i");
    t.equal(recv(serverfd, buffer, 9, C.MSG_WAITALL), 0);
  },
);

each(streams, "MSG_DONTWAIT is -EAGAIN on an fd that would wait", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  t.equal(recv(serverfd, buffer, 1, C.MSG_DONTWAIT), -C.EAGAIN);
  t.equal(recvfrom(serverfd, buffer, 1, C.MSG_DONTWAIT), -C.EAGAIN);
  t.ok(fill(clientfd) > 4096);
  t.equal(polled(clientfd, C.POLLOUT, 0), 0);
  t.equal(fcntl(clientfd, C.F_GETFL) & C.O_NONBLOCK, 0);
  while (recv(serverfd, buffer, buffer.length, C.MSG_DONTWAIT) > 0);
  t.equal(polled(clientfd, C.POLLOUT), C.POLLOUT, "there is room again");
});

each(tcp, "MSG_MORE holds a piece back until one comes without it", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "one ", C.MSG_MORE);
  say(clientfd, "segment", C.MSG_MORE);
  t.equal(tcpInfo(clientfd).data_segs_out, 0);
  t.equal(recv(serverfd, buffer, 99, C.MSG_DONTWAIT), -C.EAGAIN);
  say(clientfd, "!");
  t.equal(hear(serverfd, 99), "one segment!");
  t.equal(tcpInfo(clientfd).data_segs_out, 1);
});

each(unix, "MSG_MORE holds nothing back", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "now", C.MSG_MORE);
  t.equal(hear(serverfd, 9), "now");
});

each(outOfBand, "a byte out of band is announced, and read apart from the stream", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "abc");
  t.equal(say(clientfd, "!", C.MSG_OOB), 1);
  say(clientfd, "def");
  t.equal(polled(serverfd, C.POLLPRI), C.POLLPRI);
  t.equal(ioctlInt(serverfd, C.SIOCATMARK), 0);
  t.equal(hear(serverfd, 9), "abc", "a read stops at the mark");
  t.equal(ioctlInt(serverfd, C.SIOCATMARK), 1);
  t.equal(hear(serverfd, 1, C.MSG_OOB), "!");
  t.equal(hear(serverfd, 9), "def");
  t.equal(ioctlInt(serverfd, C.SIOCATMARK), 0);
  failsWith(t, "EINVAL", `fd ${serverfd}`, () => recv(serverfd, buffer, 1, C.MSG_OOB));
});

each(outOfBand, "EPOLLPRI stays until the byte out of band is read", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const [epfd] = closing(t, epoll_create1(C.EPOLL_CLOEXEC));
  const events = new EpollEvents(1);
  epoll_ctl(epfd, C.EPOLL_CTL_ADD, serverfd, C.EPOLLPRI);
  say(clientfd, "abc");
  t.equal(epoll_wait(epfd, events, 1, 0), 0);
  say(clientfd, "!", C.MSG_OOB);
  for (let i = 0; i < 2; i++) {
    t.equal(epoll_wait(epfd, events, 1, 5000), 1);
    t.equal(events.events(0), C.EPOLLPRI);
  }
  t.equal(hear(serverfd, 1, C.MSG_OOB), "!");
  t.equal(epoll_wait(epfd, events, 1, 0), 0);
});

each(outOfBand, "with SO_OOBINLINE a byte out of band stays in its place", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  setsockopt(serverfd, C.SOL_SOCKET, C.SO_OOBINLINE, 1);
  say(clientfd, "abc");
  say(clientfd, "!", C.MSG_OOB);
  say(clientfd, "def");
  t.equal(polled(serverfd, C.POLLPRI), C.POLLPRI);
  failsWith(t, "EINVAL", `fd ${serverfd}`, () => recv(serverfd, buffer, 1, C.MSG_OOB));
  t.equal(hear(serverfd, 9), "abc");
  t.equal(ioctlInt(serverfd, C.SIOCATMARK), 1);
  t.match(hear(serverfd, 9), /^!/);
});

each(outOfBand, "of several bytes out of band the last counts", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "ab!", C.MSG_OOB);
  t.equal(polled(serverfd, C.POLLPRI), C.POLLPRI);
  t.equal(hear(serverfd, 1, C.MSG_OOB | C.MSG_PEEK), "!");
  t.equal(hear(serverfd, 1, C.MSG_OOB), "!");
  t.equal(hear(serverfd, 9), "ab");
});

each(streams, "no bytes are no end", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  t.equal(send(clientfd, buffer, 0, 0), 0);
  t.equal(write(clientfd, buffer, 0), 0);
  t.equal(recv(serverfd, buffer, 9, C.MSG_DONTWAIT), -C.EAGAIN);
  say(clientfd, "abc");
  t.equal(polled(serverfd, C.POLLIN), C.POLLIN);
  t.equal(recv(serverfd, buffer, 0, 0), 0);
  t.equal(read(serverfd, buffer, 0), 0);
  t.equal(hear(serverfd, 9), "abc");
});

each(streams, "FIONREAD and SIOCOUTQ tell how much waits", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "abcdef");
  polled(serverfd, C.POLLIN);
  t.equal(ioctlInt(serverfd, C.FIONREAD), 6);
  if (family.isUnix) t.ok(ioctlInt(clientfd, C.SIOCOUTQ) > 0, "nobody has read it");
  t.equal(hear(serverfd, 4), "abcd");
  t.equal(ioctlInt(serverfd, C.FIONREAD), 2);
  t.equal(hear(serverfd, 4), "ef");
  t.equal(ioctlInt(clientfd, C.SIOCOUTQ), 0);
});

each(tcp, "SO_RCVLOWAT is how much must have come before a read is worth it", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  setsockopt(serverfd, C.SOL_SOCKET, C.SO_RCVLOWAT, 5);
  say(clientfd, "abc");
  t.equal(polled(serverfd, C.POLLIN, 20), 0);
  say(clientfd, "def");
  t.equal(polled(serverfd, C.POLLIN), C.POLLIN);
  t.equal(hear(serverfd, 99), "abcdef");
});

each(tcp, "recvfrom gives no address, and sendto ignores one", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const from = new SockaddrStorage();
  from.length = 7;
  t.equal(sendto(clientfd, Buffer.from("abc"), 3, 0, getsockname(clientfd)), 3);
  t.equal(recvfrom(serverfd, buffer, 9, 0, from), 3);
  t.equal(from.length, 0);
});

each(unix, "recvfrom names a peer that has a name, and sendto is EISCONN", (t, family) => {
  const listenfd = family.listener(t);
  const clientfd = family.bound(t);
  connect(clientfd, getsockname(listenfd));
  const [serverfd] = closing(t, accept(listenfd));
  const from = new SockaddrStorage();
  say(clientfd, "abc");
  t.equal(recvfrom(serverfd, buffer, 9, 0, from), 3);
  t.strictSame(from.decode(), getsockname(clientfd));
  say(serverfd, "def");
  t.equal(recvfrom(clientfd, buffer, 9, 0, from), 3);
  t.strictSame(from.decode(), getsockname(listenfd));
  t.throws(() => sendto(clientfd, buffer, 1, 0, getsockname(listenfd)), { code: "EISCONN" });
});

each(streams, "without a connection there is nobody to talk to", (t, family) => {
  const fd = family.socket(t);
  const subject = `fd ${fd}`;
  const [receiving, sending, sendingTo] = family.isUnix
    ? ["EINVAL", "ENOTCONN", "EOPNOTSUPP"]
    : ["ENOTCONN", "EPIPE", "EPIPE"];
  failsWith(t, receiving, subject, () => recv(fd, buffer, 1, 0));
  failsWith(t, receiving, subject, () => read(fd, buffer, 1));
  failsWith(t, sending, subject, () => send(fd, buffer, 1, 0));
  failsWith(t, sending, subject, () => write(fd, buffer, 1));
  t.throws(() => sendto(fd, buffer, 1, 0, family.address()), { code: sendingTo });
  failsWith(t, "ENOTCONN", subject, () => getpeername(fd));
});

leavesNoFd(t);
