// Calls on any fd: a socket, a pipe, a terminal, a file. Answers and errors as in socket.ts.
//
// `size` bytes at `offset` of `buffer` are read into or written from. `offset` is ours and last:
// C would write `buffer + offset`.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";

/**
 * `ssize_t read(int fd, void *buf, size_t size)`: bytes read, 0 at the end of the stream (and
 * when size is 0). -EAGAIN where there is nothing yet. EBADF, ECONNRESET, EISDIR. See read(2).
 */
export function read(fd: number, buffer: Uint8Array, size: number, offset = 0): number {
  return answer(calls.read(fd, buffer, size, offset), "read", fd);
}

/**
 * `ssize_t write(int fd, const void *buf, size_t size)`: bytes taken, which may be fewer than size.
 * -EAGAIN where there is no room. EPIPE, EBADF, ECONNRESET, ENOSPC.
 *
 * write() has no MSG_NOSIGNAL. Node ignores SIGPIPE, and EPIPE is all that happens; but removing
 * the last `process.on("SIGPIPE")` handler restores the signal's default, and then a write to a
 * closed peer kills the process. send() is safe in any case. See write(2).
 */
export function write(fd: number, buffer: Uint8Array, size: number, offset = 0): number {
  return answer(calls.write(fd, buffer, size, offset), "write", fd);
}

/**
 * `ssize_t readv(int fd, const struct iovec *iov, int iovcnt)`: as read(), filling at most 1024
 * buffers one after the other. See readv(2).
 */
export function readv(fd: number, buffers: readonly Uint8Array[]): number {
  return answer(calls.readv(fd, buffers), "readv", fd);
}

/**
 * `ssize_t writev(int fd, const struct iovec *iov, int iovcnt)`: as write() with its warning, from
 * at most 1024 buffers. See writev(2).
 */
export function writev(fd: number, buffers: readonly Uint8Array[]): number {
  return answer(calls.writev(fd, buffers), "writev", fd);
}

/**
 * `ssize_t pread(int fd, void *buf, size_t size, off_t offset)`: as read(), from byte `position` of
 * a file, and the file's own position stays. ESPIPE (a socket or pipe). See pread(2).
 */
export function pread(
  fd: number,
  buffer: Uint8Array,
  size: number,
  position: number,
  offset = 0,
): number {
  return answer(calls.pread(fd, buffer, size, position, offset), "pread", fd);
}

/**
 * `ssize_t pwrite(int fd, const void *buf, size_t size, off_t offset)`: as write(), at byte
 * `position` of a file; with O_APPEND, Linux appends all the same. ESPIPE, ENOSPC. See pwrite(2).
 */
export function pwrite(
  fd: number,
  buffer: Uint8Array,
  size: number,
  position: number,
  offset = 0,
): number {
  return answer(calls.pwrite(fd, buffer, size, position, offset), "pwrite", fd);
}

/**
 * `ssize_t preadv(int fd, const struct iovec *iov, int iovcnt, off_t offset)`: as readv(), from
 * byte `position` of a file. ESPIPE. See preadv(2).
 */
export function preadv(fd: number, buffers: readonly Uint8Array[], position: number): number {
  return answer(calls.preadv(fd, buffers, position), "preadv", fd);
}

/**
 * `ssize_t pwritev(int fd, const struct iovec *iov, int iovcnt, off_t offset)`: as writev(), at
 * byte `position` of a file. ESPIPE, ENOSPC. See pwritev(2).
 */
export function pwritev(fd: number, buffers: readonly Uint8Array[], position: number): number {
  return answer(calls.pwritev(fd, buffers, position), "pwritev", fd);
}

/**
 * `ssize_t preadv2(..., int flags)`: as preadv(), with RWF_NOWAIT and its kin; a `position` of -1
 * is the file's own, and moves. -EAGAIN where RWF_NOWAIT would wait. EOPNOTSUPP. See preadv2(2).
 */
export function preadv2(
  fd: number,
  buffers: readonly Uint8Array[],
  position: number,
  flags: number,
): number {
  return answer(calls.preadv2(fd, buffers, position, flags), "preadv2", fd);
}

/**
 * `ssize_t pwritev2(..., int flags)`: as pwritev(), with RWF_DSYNC, RWF_APPEND and their kin; a
 * `position` of -1 is the file's own, and moves. EOPNOTSUPP, ENOSPC. See pwritev2(2).
 */
export function pwritev2(
  fd: number,
  buffers: readonly Uint8Array[],
  position: number,
  flags: number,
): number {
  return answer(calls.pwritev2(fd, buffers, position, flags), "pwritev2", fd);
}

/**
 * `int close(int fd)`: 0. Never call it again after a failure, not even after -EINTR: Linux has
 * freed the number before it reports anything, and another thread may have it. Remove the fd from
 * its epoll first, for a duplicate would keep it there. EBADF, EIO. See close(2).
 */
export function close(fd: number): number {
  return answer(calls.close(fd), "close", fd);
}

/**
 * `int close_range(unsigned int first, unsigned int last, unsigned int flags)`: 0; every fd from
 * `first` to `last` is closed, or with CLOSE_RANGE_CLOEXEC marked. Node's own fds are no exception:
 * without its epoll it aborts. EINVAL (first above last), ENOSYS. See close_range(2).
 */
export function close_range(first: number, last: number, flags: number): number {
  return answer(calls.close_range(first, last, flags), "close_range", first);
}

/**
 * Ours: this thread's end no longer closes `fd`. The fds that a worker created are closed when it
 * exits or is terminated, so one that it hands to another thread must be disowned before. Closing
 * must be done with close(): a worker does not notice fs.closeSync(), and would close the number
 * again.
 */
export function disownFd(fd: number): void {
  answer(calls.disownFd(fd), "disownFd", fd);
}

/**
 * `int fcntl(int fd, int cmd, ... arg)`: what `cmd` answers. `arg` is a number (F_SETFL, F_SETSIG,
 * F_ADD_SEALS, ...), or the bytes of the struct that `cmd` takes: a Flock's for locks, ownerEx()
 * for F_SETOWN_EX, 8 bytes for F_SET_RW_HINT and its kin. A number is never taken for a pointer,
 * and a command that is not known is a RangeError. F_SETLKW waits, and so does this thread.
 * F_GETOWN of a process group is EOVERFLOW: ask F_GETOWN_EX. -EAGAIN where a lock is taken. EBADF,
 * EINVAL, EBUSY, EPERM. See fcntl(2).
 */
export function fcntl(fd: number, cmd: number, arg: number | Uint8Array = 0): number {
  return answer(calls.fcntl(fd, cmd, arg), "fcntl", fd);
}

/**
 * `int dup(int oldfd)`: the lowest free fd, now open on the same socket or file, without
 * FD_CLOEXEC. EBADF, EMFILE. See dup(2).
 */
export function dup(oldfd: number): number {
  return answer(calls.dup(oldfd), "dup", oldfd);
}

/**
 * `int dup2(int oldfd, int newfd)`: newfd, closed first if it was open, without FD_CLOEXEC. Where
 * both are the same nothing happens. EBADF. See dup2(2).
 */
export function dup2(oldfd: number, newfd: number): number {
  return answer(calls.dup2(oldfd, newfd), "dup2", oldfd);
}

/**
 * `int dup3(int oldfd, int newfd, int flags)`: newfd, closed first if it was open. `flags` is
 * O_CLOEXEC or 0. EBADF, EINVAL (both the same). See dup3(2).
 */
export function dup3(oldfd: number, newfd: number, flags: number): number {
  return answer(calls.dup3(oldfd, newfd, flags), "dup3", oldfd);
}

/**
 * `int pipe2(int fds[2], int flags)`: the end to read from and the end to write to. `flags` are
 * O_CLOEXEC, O_NONBLOCK, O_DIRECT. EMFILE, EINVAL. See pipe2(2).
 */
export function pipe2(flags: number): [number, number] {
  const fds = new Int32Array(2);
  answer(calls.pipe2(fds, flags), "pipe2");
  return [fds[0], fds[1]];
}
