// Small helpers over the literal calls: listening sockets, connections, whole reads and writes.
//
// Every socket made here is close-on-exec, and every failure closes what was opened on the way.
// Man pages: tcp(7), unix(7), accept4(2). See also sys/socket.ts.
import { chmodSync, unlinkSync } from "node:fs";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  EAGAIN,
  ECONNABORTED,
  EHOSTDOWN,
  EHOSTUNREACH,
  EINTR,
  EMFILE,
  ENETDOWN,
  ENETUNREACH,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  ENONET,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPERM,
  EPROTO,
  F_GETFL,
  F_SETFL,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  O_NONBLOCK,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./constants.ts";
import { SyscallError } from "./errno.ts";
import { type Address, inetPton, SockaddrStorage } from "./sockaddr.ts";
import { close, fcntl, read, write } from "./sys/file.ts";
import { accept4, bind, connect, listen, socket } from "./sys/socket.ts";
import { setsockopt } from "./sys/sockopt.ts";

/** Errors of one waiting connection: accept(2) wants them ignored, the next one may be fine. */
const SKIPPED = new Set([
  ECONNABORTED,
  EPROTO,
  EPERM,
  ENETDOWN,
  ENOPROTOOPT,
  EHOSTDOWN,
  ENONET,
  EHOSTUNREACH,
  EOPNOTSUPP,
  ENETUNREACH,
]);

/** Out of descriptors or memory: the connection stays waiting, and so does the readiness. */
const EXHAUSTED = new Set([EMFILE, ENFILE, ENOBUFS, ENOMEM]);

/** One for all accepts of this thread: acceptConnections hands it out during the call only. */
const peer = new SockaddrStorage();

/**
 * A listening, non-blocking TCP socket on an IPv4 or IPv6 address; port 0 lets the kernel choose.
 * Sets SO_REUSEADDR, and IPV6_V6ONLY for IPv6, so that both families can have the same port.
 */
export function listenTcp(address: string, port: number, backlog = 511): number {
  const family = familyOf(address);
  const listenfd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return orClose(listenfd, () => {
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (family === AF_INET6) setsockopt(listenfd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    bind(listenfd, { family, address, port });
    listen(listenfd, backlog);
  });
}

/**
 * A listening, non-blocking unix socket. `mode` becomes the permissions of its file (0o700 …);
 * without it they follow the umask. EADDRINUSE if the file exists, also when nobody listens to it.
 */
export function listenUnix(path: string, mode?: number, backlog = 511): number {
  const listenfd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return orClose(listenfd, () => {
    bind(listenfd, { family: AF_UNIX, path });
    try {
      if (mode !== undefined) chmodSync(path, mode);
      listen(listenfd, backlog);
    } catch (error) {
      unlinkSync(path);
      throw error;
    }
  });
}

/** A blocking TCP connection to an IPv4 or IPv6 address. ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH. */
export function connectTcp(address: string, port: number): number {
  return connectStream({ family: familyOf(address), address, port });
}

/** A blocking connection to a unix socket. ENOENT, ECONNREFUSED, EACCES. */
export function connectUnix(path: string): number {
  return connectStream({ family: AF_UNIX, path });
}

/**
 * Accepts what is waiting, at most `limit` connections, and calls `connected(connfd, peer)` for
 * each; connfd is non-blocking and the function's to close; `peer` is reused for the next.
 *
 * Returns how many there were, or -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM when the process or the
 * machine has nothing left to give. The socket then stays readable: a loop that asks again at
 * once burns the processor, so give it a rest: `loop.pause(listenfd, 100)`.
 */
export function acceptConnections(
  listenfd: number,
  limit: number,
  connected: (connfd: number, peer: SockaddrStorage) => void,
): number {
  let n = 0;
  for (let tries = 0; tries < limit; tries++) {
    const connfd = acceptOne(listenfd);
    if (connfd >= 0) {
      n++;
      connected(connfd, peer);
    } else if (connfd === -EAGAIN) {
      return n;
    } else if (EXHAUSTED.has(-connfd)) {
      return connfd;
    }
  }
  return n;
}

/** Sets O_NONBLOCK, which every duplicate of the fd shares. */
export function setNonBlocking(fd: number): void {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/** Writes all of `bytes` to a blocking fd. Throws EAGAIN if the fd turns out to be non-blocking. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  let sent = 0;
  while (sent < bytes.length) {
    const n = write(fd, bytes, bytes.length - sent, sent);
    if (n >= 0) sent += n;
    else if (n !== -EINTR) throw new SyscallError("write", n, `fd ${fd}`);
  }
}

/**
 * Reads `size` bytes from a blocking fd into `buffer`, however many pieces they come in. Returns
 * size, or less if the stream ended before. Throws EAGAIN if the fd turns out to be non-blocking.
 */
export function readExactly(fd: number, buffer: Uint8Array, size: number): number {
  let received = 0;
  while (received < size) {
    const n = read(fd, buffer, size - received, received);
    if (n === 0) return received;
    if (n > 0) received += n;
    else if (n !== -EINTR) throw new SyscallError("read", n, `fd ${fd}`);
  }
  return received;
}

function familyOf(address: string): number {
  if (inetPton(AF_INET, address) !== undefined) return AF_INET;
  if (inetPton(AF_INET6, address) !== undefined) return AF_INET6;
  throw new RangeError(`${JSON.stringify(address)} is not an IPv4 or IPv6 address`);
}

/** Linux lets an interrupted connect be called again: it goes on waiting for the same one. */
function connectStream(address: Address & { family: number }): number {
  const fd = socket(address.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return orClose(fd, () => {
    while (connect(fd, address) === -EINTR);
  });
}

/** The new connection, or any error as -errno: here they are answers. */
function acceptOne(listenfd: number): number {
  try {
    return accept4(listenfd, peer, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (SKIPPED.has(-error.errno) || EXHAUSTED.has(-error.errno)) return error.errno;
    throw error;
  }
}

/** Does the rest of a set-up and returns the fd; a failure closes it. */
function orClose(fd: number, setUp: () => void): number {
  try {
    setUp();
  } catch (error) {
    close(fd);
    throw error;
  }
  return fd;
}
