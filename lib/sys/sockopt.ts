// Socket options, any level and any name: an option is a C int or the bytes of a C struct.
// Answers and errors as in socket.ts. See socket(7), tcp(7), udp(7), ip(7), ipv6(7), unix(7).
import { answer } from "../errno.ts";
import { calls } from "../native.ts";

const INT_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** More than any option has: the largest are lists of socket filters and of group ids. */
const MAX_OPTION_BYTES = 1 << 20;

/** The value-result argument, and the room for an option that is an int. */
const optlen = new Int32Array(1);
const int = new Int32Array(1);
const intBytes = new Uint8Array(int.buffer);

/**
 * `int getsockopt(int fd, int level, int optname, void *optval, socklen_t *optlen)`: the option.
 * Without `size` it is read as a C int. With `size`, room for so many bytes is offered and exactly
 * the bytes that the kernel wrote are returned. ENOPROTOOPT (no such option), EINVAL, ENOTSOCK.
 * See getsockopt(2).
 */
export function getsockopt(fd: number, level: number, optname: number): number;
export function getsockopt(fd: number, level: number, optname: number, size: number): Uint8Array;
export function getsockopt(
  fd: number,
  level: number,
  optname: number,
  size?: number,
): number | Uint8Array {
  if (size !== undefined) return getBytes(fd, level, optname, size);
  int[0] = 0;
  answer(calls.getsockopt(fd, level, optname, intBytes, optlen), "getsockopt", fd);
  // Some options are a single byte where one is enough: IP_MULTICAST_TTL on older kernels.
  return optlen[0] < INT_BYTES ? intBytes[0] : int[0];
}

function getBytes(fd: number, level: number, optname: number, size: number): Uint8Array {
  if (!Number.isInteger(size) || size < 0 || size > MAX_OPTION_BYTES) {
    const limits = `an integer from 0 to ${MAX_OPTION_BYTES}`;
    throw new RangeError(`getsockopt: size must be ${limits}, not ${String(size)}`);
  }
  const bytes = new Uint8Array(size);
  answer(calls.getsockopt(fd, level, optname, bytes, optlen), "getsockopt", fd);
  return bytes.slice(0, optlen[0]);
}

/**
 * `int setsockopt(int fd, int level, int optname, const void *optval, socklen_t optlen)`: 0.
 * A number is passed as a C int, bytes as they are. ENOPROTOOPT (no such option), EINVAL, EPERM,
 * ENOTSOCK. See setsockopt(2).
 */
export function setsockopt(
  fd: number,
  level: number,
  optname: number,
  optval: number | Uint8Array,
): number {
  return answer(calls.setsockopt(fd, level, optname, optval), "setsockopt", fd);
}
