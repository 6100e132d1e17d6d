// Requests to what is behind an fd: ioctl. Answers and errors as in socket.ts. See ioctl(2).
import { endianness } from "node:os";
import { answer } from "../errno.ts";
import { calls } from "../native.ts";

const LITTLE_ENDIAN = endianness() === "LE";

/**
 * `int ioctl(int fd, unsigned long request, void *arg)`: mostly 0. `arg` is the struct that the
 * request reads or fills, or null where it has none (FIOCLEX); a RangeError where it has fewer
 * bytes than the request needs. Known by name are those of constants.ts; of others those that carry
 * their size (_IOC_SIZE), and what pointers such a struct holds is your own affair. SIOCGIFCONF is
 * not among them. ENOTTY (not for this kind of fd), ENODEV, EPERM, EBADF. See ioctl(2).
 */
export function ioctl(fd: number, request: number, arg: Uint8Array | null = null): number {
  return answer(calls.ioctl(fd, request, arg), "ioctl", fd);
}

/** Ours: the int that a request like FIONREAD, SIOCOUTQ or SIOCATMARK fills. */
export function ioctlInt(fd: number, request: number): number {
  const bytes = new Uint8Array(Int32Array.BYTES_PER_ELEMENT);
  answer(calls.ioctl(fd, request, bytes), "ioctl", fd);
  return new DataView(bytes.buffer).getInt32(0, LITTLE_ENDIAN);
}
