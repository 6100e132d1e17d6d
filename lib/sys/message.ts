// Messages through sockets: recv, send, recvfrom, sendto. Answers and errors as in socket.ts.
//
// `size` bytes at `offset` of `buffer` are received into or sent from. What is returned is how many
// bytes it was: a stream may give and take fewer than asked for, a datagram is cut to fit.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import type { SockaddrStorage } from "../sockaddr.ts";
import { type Address, encodeAddress, formatAddress } from "../sockaddr.ts";

/** The value-result argument of recvfrom. */
const addrlen = new Int32Array(1);

/**
 * `ssize_t recv(int fd, void *buf, size_t size, int flags)`: bytes received, 0 at the stream's end
 * (also for an empty datagram, or when size is 0). -EAGAIN where there is nothing yet.
 * ECONNRESET, ECONNREFUSED, ENOTCONN. See recv(2).
 */
export function recv(
  fd: number,
  buffer: Uint8Array,
  size: number,
  flags: number,
  offset = 0,
): number {
  return answer(calls.recv(fd, buffer, size, flags, offset), "recv", fd);
}

/**
 * `ssize_t send(int fd, const void *buf, size_t size, int flags)`: bytes taken by the kernel.
 * MSG_NOSIGNAL is always added. -EAGAIN where there is no room. EPIPE, ECONNRESET, EMSGSIZE,
 * ENOTCONN. See send(2).
 */
export function send(
  fd: number,
  buffer: Uint8Array,
  size: number,
  flags: number,
  offset = 0,
): number {
  return answer(calls.send(fd, buffer, size, flags, offset), "send", fd);
}

/**
 * `ssize_t recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *from, socklen_t
 * *addrlen)`: as recv(), and the sender's address is put into `from`. See recvfrom(2).
 */
export function recvfrom(
  fd: number,
  buffer: Uint8Array,
  size: number,
  flags: number,
  from: SockaddrStorage | null = null,
  offset = 0,
): number {
  const bytes = from === null ? null : from.bytes;
  const slot = from === null ? null : addrlen;
  const n = answer(calls.recvfrom(fd, buffer, size, flags, bytes, slot, offset), "recvfrom", fd);
  if (from !== null && n >= 0) from.length = addrlen[0];
  return n;
}

/**
 * `ssize_t sendto(int fd, const void *buf, size_t size, int flags, const struct sockaddr *to,
 * socklen_t addrlen)`: as send(), to `address`. MSG_NOSIGNAL is always added.
 * EISCONN, EDESTADDRREQ, EMSGSIZE, ENOENT (unix). See sendto(2).
 */
export function sendto(
  fd: number,
  buffer: Uint8Array,
  size: number,
  flags: number,
  address: Address | Uint8Array,
  offset = 0,
): number {
  const result = calls.sendto(fd, buffer, size, flags, encodeAddress(address), offset);
  return result >= 0 ? result : answer(result, "sendto", formatAddress(address));
}
