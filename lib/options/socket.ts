// Options of SOL_SOCKET that are structs: lingering, timeouts, who the peer is, the interface.
// What is an int needs no helper: getsockopt(fd, SOL_SOCKET, SO_RCVBUF). See socket(7), unix(7).
import { type Credentials, scmCredentials } from "../cmsg-types.ts";
import * as C from "../constants.ts";
import { SyscallError } from "../errno.ts";
import { type Address, decodeAddress } from "../sockaddr.ts";
import * as S from "../structs.ts";
import { getsockopt, setsockopt } from "../sys/sockopt.ts";
import { decodeName, encodeName, INT, LITTLE_ENDIAN, setUint, uintAt, viewOf } from "./bytes.ts";

/** One MiB of group ids is more than the 65536 a process may be in. */
const GROUPS_BYTES = 1 << 20;
const LONGEST_LINGER_SECONDS = 2 ** 31 - 1;

/** SO_LINGER: for how many seconds close(2) waits for what was sent, or undefined. */
export function lingerSeconds(fd: number): number | undefined {
  const linger = getsockopt(fd, C.SOL_SOCKET, C.SO_LINGER, S.SIZEOF_LINGER);
  if (uintAt(linger, S.OFFSETOF_L_ONOFF) === 0) return undefined;
  return uintAt(linger, S.OFFSETOF_L_LINGER);
}

/**
 * SO_LINGER: close(2) waits up to `seconds` until the peer has everything; 0 breaks the connection
 * off with a reset; undefined is the default: close returns, and the kernel goes on sending.
 */
export function setLinger(fd: number, seconds: number | undefined): void {
  const linger = new Uint8Array(S.SIZEOF_LINGER);
  if (seconds !== undefined && seconds > LONGEST_LINGER_SECONDS) {
    throw new RangeError(`seconds must be at most ${LONGEST_LINGER_SECONDS}, not ${seconds}`);
  }
  setUint(linger, S.OFFSETOF_L_ONOFF, "on", seconds === undefined ? 0 : 1);
  setUint(linger, S.OFFSETOF_L_LINGER, "seconds", seconds ?? 0);
  setsockopt(fd, C.SOL_SOCKET, C.SO_LINGER, linger);
}

/** SO_RCVTIMEO in milliseconds: after how long a blocking read is -EAGAIN; 0 is never. */
export function receiveTimeout(fd: number): number {
  return milliseconds(getsockopt(fd, C.SOL_SOCKET, C.SO_RCVTIMEO, S.SIZEOF_TIMEVAL));
}

/** SO_RCVTIMEO, to the microsecond. The kernel rounds up to its own ticks. */
export function setReceiveTimeout(fd: number, ms: number): void {
  setsockopt(fd, C.SOL_SOCKET, C.SO_RCVTIMEO, timeval(ms));
}

/** SO_SNDTIMEO in milliseconds: the same for a blocking write, and connect (-EINPROGRESS). */
export function sendTimeout(fd: number): number {
  return milliseconds(getsockopt(fd, C.SOL_SOCKET, C.SO_SNDTIMEO, S.SIZEOF_TIMEVAL));
}

/** SO_SNDTIMEO, as setReceiveTimeout() sets the other; 0 is never. */
export function setSendTimeout(fd: number, ms: number): void {
  setsockopt(fd, C.SOL_SOCKET, C.SO_SNDTIMEO, timeval(ms));
}

/** tv_sec and tv_usec are C longs, or 64 bits where a long has 32. */
function timeval(ms: number): Uint8Array {
  const us = Math.ceil(ms * 1000);
  if (!(us >= 0 && us <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`a timeout must be a number of milliseconds, not ${String(ms)}`);
  }
  const bytes = new Uint8Array(S.SIZEOF_TIMEVAL);
  setLong(bytes, 0, S.OFFSETOF_TV_USEC, Math.floor(us / 1e6));
  setLong(bytes, S.OFFSETOF_TV_USEC, S.SIZEOF_TIMEVAL - S.OFFSETOF_TV_USEC, us % 1e6);
  return bytes;
}

function setLong(bytes: Uint8Array, offset: number, size: number, value: number): void {
  const view = viewOf(bytes);
  if (size === INT) view.setInt32(offset, value, LITTLE_ENDIAN);
  else view.setBigInt64(offset, BigInt(value), LITTLE_ENDIAN);
}

function milliseconds(bytes: Uint8Array): number {
  const long = (offset: number, size: number) =>
    size === INT ? uintAt(bytes, offset) : Number(viewOf(bytes).getBigInt64(offset, LITTLE_ENDIAN));
  const us = long(S.OFFSETOF_TV_USEC, S.SIZEOF_TIMEVAL - S.OFFSETOF_TV_USEC);
  return long(0, S.OFFSETOF_TV_USEC) * 1000 + us / 1000;
}

/**
 * SO_PEERCRED: who was at the other end of a unix socket when it was connected, or the pair made.
 * pid 0 and ids of 2^32 - 1 where the socket is neither.
 */
export function peerCredentials(fd: number): Credentials {
  return scmCredentials.decode(getsockopt(fd, C.SOL_SOCKET, C.SO_PEERCRED, S.SIZEOF_UCRED));
}

/** SO_PEERGROUPS: the supplementary groups of that peer. ENODATA if there is none. */
export function peerGroups(fd: number): number[] {
  const bytes = getsockopt(fd, C.SOL_SOCKET, C.SO_PEERGROUPS, GROUPS_BYTES);
  const count = Math.floor(bytes.length / S.SIZEOF_GID);
  return Array.from({ length: count }, (_, i) => uintAt(bytes, i * S.SIZEOF_GID));
}

/**
 * SO_PEERPIDFD: a pidfd of that peer, for pidfd_send_signal(2) and epoll: new and the caller's to
 * close. Since Linux 6.5: ask has("SO_PEERPIDFD"). ENODATA if there is no peer.
 */
export function peerPidfd(fd: number): number {
  return getsockopt(fd, C.SOL_SOCKET, C.SO_PEERPIDFD);
}

/** SO_BINDTODEVICE: the interface that the socket is bound to, "" for none. */
export function boundDevice(fd: number): string {
  return decodeName(getsockopt(fd, C.SOL_SOCKET, C.SO_BINDTODEVICE, C.IFNAMSIZ));
}

/** SO_BINDTODEVICE: only packets of the interface `name` come and go; "" is any. EPERM, ENODEV. */
export function bindToDevice(fd: number, name: string): void {
  const bytes = encodeName("the name of an interface", name, C.IFNAMSIZ - 1);
  setsockopt(fd, C.SOL_SOCKET, C.SO_BINDTODEVICE, bytes);
}

/**
 * SO_ORIGINAL_DST: where a connection was meant to go before netfilter redirected it to us.
 * ENOENT if it was not redirected, ENOPROTOOPT without netfilter's connection tracking.
 */
export function originalDestination(fd: number): Address | Uint8Array {
  const isInet6 = getsockopt(fd, C.SOL_SOCKET, C.SO_DOMAIN) === C.AF_INET6;
  const [level, size] = isInet6
    ? [C.SOL_IPV6, S.SIZEOF_SOCKADDR_IN6]
    : [C.SOL_IP, S.SIZEOF_SOCKADDR_IN];
  return decodeAddress(getsockopt(fd, level, C.SO_ORIGINAL_DST, size));
}

/** SO_ERROR: what went wrong on the socket since it was asked last, as an error, or undefined. */
export function takeSocketError(fd: number, syscall: string): SyscallError | undefined {
  const errno = getsockopt(fd, C.SOL_SOCKET, C.SO_ERROR);
  return errno === 0 ? undefined : new SyscallError(syscall, errno, `fd ${fd}`);
}
