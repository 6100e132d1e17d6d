// Sockets: how they are made, named and joined. See socket(7), and ip(7), ipv6(7), unix(7) for
// the addresses.
//
// Every call here is the system call of its name with the arguments in C's order. It answers with
// the kernel's number, -EAGAIN, -EINPROGRESS or -EINTR, and throws a SyscallError for any other
// failure. A wrong JavaScript argument is a TypeError or RangeError, and the kernel is not asked.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import type { SockaddrStorage } from "../sockaddr.ts";
import { type Address, decodeAddress, encodeAddress, formatAddress } from "../sockaddr.ts";
import { SIZEOF_SOCKADDR_STORAGE } from "../structs.ts";

/** The value-result argument of the calls below. They do not nest, so one is enough. */
const addrlen = new Int32Array(1);

/**
 * `int socket(int domain, int type, int protocol)`: a new fd.
 * `type` may carry SOCK_NONBLOCK and SOCK_CLOEXEC. EAFNOSUPPORT, EPROTONOSUPPORT, EMFILE, EPERM
 * (raw sockets). See socket(2).
 */
export function socket(domain: number, type: number, protocol: number): number {
  return answer(calls.socket(domain, type, protocol), "socket");
}

/**
 * `int bind(int fd, const struct sockaddr *addr, socklen_t addrlen)`: 0.
 * EADDRINUSE, EADDRNOTAVAIL, EACCES (ports below 1024), EINVAL (already bound). See bind(2).
 */
export function bind(fd: number, address: Address | Uint8Array): number {
  const result = calls.bind(fd, encodeAddress(address));
  return result >= 0 ? result : answer(result, "bind", formatAddress(address));
}

/**
 * `int listen(int fd, int backlog)`: 0.
 * The kernel cuts `backlog` down to net.core.somaxconn. EADDRINUSE, EOPNOTSUPP. See listen(2).
 */
export function listen(fd: number, backlog: number): number {
  return answer(calls.listen(fd, backlog), "listen", fd);
}

/**
 * `int accept(int fd, struct sockaddr *addr, socklen_t *addrlen)`: the fd of a new connection.
 * The client's address is put into `peer`. -EAGAIN on a non-blocking fd that has none waiting.
 * EMFILE, ENFILE, ECONNABORTED, EINVAL (not listening). See accept(2).
 */
export function accept(fd: number, peer: SockaddrStorage | null = null): number {
  if (peer === null) return answer(calls.accept(fd, null, null), "accept", fd);
  const connfd = answer(calls.accept(fd, peer.bytes, addrlen), "accept", fd);
  if (connfd >= 0) peer.length = addrlen[0];
  return connfd;
}

/**
 * `int accept4(int fd, struct sockaddr *addr, socklen_t *addrlen, int flags)`: as accept().
 * `flags` are SOCK_NONBLOCK and SOCK_CLOEXEC for the new fd. See accept4(2).
 */
export function accept4(fd: number, peer: SockaddrStorage | null, flags: number): number {
  if (peer === null) return answer(calls.accept4(fd, null, null, flags), "accept4", fd);
  const connfd = answer(calls.accept4(fd, peer.bytes, addrlen, flags), "accept4", fd);
  if (connfd >= 0) peer.length = addrlen[0];
  return connfd;
}

/**
 * `int connect(int fd, const struct sockaddr *addr, socklen_t addrlen)`: 0.
 * -EINPROGRESS on a non-blocking fd: wait for EPOLLOUT, then getsockopt SO_ERROR. A unix socket
 * whose listener has a full backlog answers -EAGAIN instead, and nothing is in progress.
 * ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EISCONN, EALREADY. See connect(2).
 */
export function connect(fd: number, address: Address | Uint8Array): number {
  const result = calls.connect(fd, encodeAddress(address));
  return result >= 0 ? result : answer(result, "connect", formatAddress(address));
}

/**
 * `int shutdown(int fd, int how)`: 0. `how` is SHUT_RD, SHUT_WR or SHUT_RDWR.
 * Other than close() it acts on the connection, so also on duplicates of fd. ENOTCONN. See
 * shutdown(2).
 */
export function shutdown(fd: number, how: number): number {
  return answer(calls.shutdown(fd, how), "shutdown", fd);
}

/**
 * `int getsockname(int fd, struct sockaddr *addr, socklen_t *addrlen)`: the address fd is bound to.
 * Raw bytes for a family that sockaddr.ts does not model. See getsockname(2).
 */
export function getsockname(fd: number): Address | Uint8Array {
  const bytes = new Uint8Array(SIZEOF_SOCKADDR_STORAGE);
  answer(calls.getsockname(fd, bytes, addrlen), "getsockname", fd);
  return decodeAddress(bytes, addrlen[0]);
}

/**
 * `int getpeername(int fd, struct sockaddr *addr, socklen_t *addrlen)`: the address of the peer.
 * ENOTCONN. See getpeername(2).
 */
export function getpeername(fd: number): Address | Uint8Array {
  const bytes = new Uint8Array(SIZEOF_SOCKADDR_STORAGE);
  answer(calls.getpeername(fd, bytes, addrlen), "getpeername", fd);
  return decodeAddress(bytes, addrlen[0]);
}

/**
 * `int socketpair(int domain, int type, int protocol, int fds[2])`: two fds joined to each other.
 * Linux has it for AF_UNIX (and AF_TIPC). EOPNOTSUPP, EMFILE. See socketpair(2).
 */
export function socketpair(domain: number, type: number, protocol: number): [number, number] {
  const fds = new Int32Array(2);
  answer(calls.socketpair(domain, type, protocol, fds), "socketpair");
  return [fds[0], fds[1]];
}
