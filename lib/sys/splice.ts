// Bytes from one fd to another, past our memory. Answers and errors as in socket.ts.
//
// Where C takes a pointer to an offset, `null` means the fd's own position, which moves, and a
// number means that place of a file: C would store the number plus the answer there.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";

/**
 * `ssize_t sendfile(int out_fd, int in_fd, off_t *offset, size_t count)`: bytes of the file `infd`
 * that went to `outfd`, 0 at the file's end. Like write() it has no MSG_NOSIGNAL.
 * -EAGAIN where there is no room. EINVAL (infd is no file), EPIPE, EBADF. See sendfile(2).
 */
export function sendfile(
  outfd: number,
  infd: number,
  offset: number | null,
  count: number,
): number {
  return answer(calls.sendfile(outfd, infd, offset, count), "sendfile", outfd);
}

/**
 * `ssize_t splice(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t size, unsigned int
 * flags)`: bytes moved, 0 at the end of the input. One of the two is a pipe. `flags` are
 * SPLICE_F_MOVE, SPLICE_F_NONBLOCK, SPLICE_F_MORE. -EAGAIN where there is nothing or no room.
 * EINVAL (no pipe), ESPIPE (an offset of a pipe), EPIPE, EBADF. See splice(2).
 */
export function splice(
  infd: number,
  inOffset: number | null,
  outfd: number,
  outOffset: number | null,
  size: number,
  flags: number,
): number {
  return answer(calls.splice(infd, inOffset, outfd, outOffset, size, flags), "splice", infd);
}

/**
 * `ssize_t tee(int fd_in, int fd_out, size_t size, unsigned int flags)`: bytes that are now in both
 * pipes; the input keeps them. -EAGAIN where there is nothing or no room. EINVAL (no pipe, or the
 * same one twice). See tee(2).
 */
export function tee(infd: number, outfd: number, size: number, flags: number): number {
  return answer(calls.tee(infd, outfd, size, flags), "tee", infd);
}

/**
 * `ssize_t vmsplice(int fd, const struct iovec *iov, size_t nr_segs, unsigned int flags)`: bytes of
 * at most 1024 buffers that are now in the pipe `fd`; or, of a pipe's other end, bytes read.
 *
 * The pipe does not copy: it holds the pages that the buffers lie in until it is read. Until then
 * the buffers must stay referenced and attached, and nobody may write into them. Memory that is
 * freed earlier is soon someone else's, and the pipe's reader sees what they put there. For the
 * same reason never pass SPLICE_F_GIFT: memory of JavaScript is not ours to give away.
 * -EAGAIN where there is no room. EBADF (no pipe), EINVAL, EPIPE. See vmsplice(2).
 */
export function vmsplice(fd: number, buffers: readonly Uint8Array[], flags: number): number {
  return answer(calls.vmsplice(fd, buffers, flags), "vmsplice", fd);
}
