// Reading, writing, duplicates, pipes and closing on real pipes, sockets and files.
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  AF_UNIX,
  CLOSE_RANGE_CLOEXEC,
  EAGAIN,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFL,
  FD_CLOEXEC,
  O_CLOEXEC,
  O_CREAT,
  O_NONBLOCK,
  O_RDWR,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import {
  close,
  close_range,
  dup,
  dup2,
  dup3,
  fcntl,
  pipe2,
  pread,
  preadv,
  preadv2,
  pwrite,
  pwritev,
  pwritev2,
  read,
  readv,
  write,
  writev,
} from "../../lib/sys/file.ts";
import { open, unlink } from "../../lib/sys/path.ts";
import { socketpair } from "../../lib/sys/socket.ts";
import { detach, detached, kinds, rejectsBadArguments, resized } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd, openFds } from "../helpers/fds.ts";

const { fd, int, bits, buffer, size, offset } = kinds;

t.test("bytes written to a pipe are read from its other end", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const bytes = new Uint8Array(16);
  t.equal(write(writefd, Buffer.from("hello"), 5), 5);
  t.equal(read(readfd, bytes, 16), 5);
  t.equal(Buffer.from(bytes.subarray(0, 5)).toString(), "hello");
});

t.test("read touches no byte outside size and offset", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const around = new Uint8Array(16).fill(0xee);
  write(writefd, Buffer.from("0123456789"), 10);
  t.equal(read(readfd, around.subarray(2, 14), 3, 5), 3);
  t.strictSame([...around], [...Array(7).fill(0xee), 48, 49, 50, ...Array(6).fill(0xee)]);
});

t.test("write takes the bytes at its offset", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const bytes = Buffer.alloc(8);
  t.equal(write(writefd, Buffer.from("0123456789"), 4, 6), 4);
  t.equal(read(readfd, bytes, 8), 4);
  t.equal(bytes.toString("latin1", 0, 4), "6789");
});

t.test("the end of the stream is 0, and so is a size of 0", async (t) => {
  const [readfd, writefd] = pipe2(O_CLOEXEC);
  closing(t, readfd);
  const bytes = new Uint8Array(4);
  write(writefd, bytes, 4);
  t.equal(read(readfd, bytes, 0), 0);
  t.equal(read(readfd, bytes, 0, 4), 0, "an offset at the very end is inside");
  t.equal(read(readfd, detached(), 0), 0, "a detached view has 0 bytes");
  t.equal(read(readfd, bytes, 4), 4);
  close(writefd);
  t.equal(read(readfd, bytes, 4), 0);
});

t.test("a view on a shrunk buffer is as long as what is left of it", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  t.equal(write(writefd, new Uint8Array(4), 4), 4);
  t.throws(() => read(readfd, resized(8), 1), RangeError);
  t.equal(read(readfd, new Uint8Array(4), 4), 4, "nothing was read by the failed call");
});

t.test("a view on shared memory is read into", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  write(writefd, Buffer.from("abcd"), 4);
  t.equal(read(readfd, shared, 4), 4);
  t.strictSame([...shared], [97, 98, 99, 100]);
});

t.test("writev gathers and readv scatters", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const around = new Uint8Array(12).fill(0xee);
  const halves = [around.subarray(1, 3), new Uint8Array(0), around.subarray(5, 10)];
  t.equal(writev(writefd, [Buffer.from("ab"), Buffer.alloc(0), Buffer.from("cde")]), 5);
  t.equal(readv(readfd, halves), 5);
  const e = 0xee;
  t.strictSame([...around], [e, 97, 98, e, e, 99, 100, 101, e, e, e, e]);
  t.equal(writev(writefd, []), 0);
});

t.test("readv takes 1024 buffers and no more", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const ones = Array.from({ length: 1025 }, () => new Uint8Array(1));
  t.equal(write(writefd, new Uint8Array(2000), 2000), 2000);
  t.equal(readv(readfd, ones.slice(0, 1024)), 1024);
  t.throws(() => readv(readfd, ones), {
    message: /^readv: buffers must be at most 1024, not 1025$/,
  });
});

t.test("a getter among the buffers cannot pull memory away from under readv", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const first = new Uint8Array(16);
  const second = new Uint8Array(2);
  const buffers = [first, second];
  Object.defineProperty(buffers, 1, {
    get: () => {
      detach(first);
      return second;
    },
  });
  write(writefd, Buffer.from("ab"), 2);
  t.equal(readv(readfd, buffers), 2);
  t.strictSame([...second], [97, 98]);

  const thrower = Object.defineProperty([first], 0, {
    get: () => {
      throw new Error("from the getter");
    },
  });
  t.throws(() => readv(readfd, thrower), { message: "from the getter" });
});

t.test("an empty pipe answers -EAGAIN, a full one too", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC | O_NONBLOCK));
  const bytes = new Uint8Array(1 << 20);
  t.equal(read(readfd, bytes, 1), -EAGAIN);
  const n = write(writefd, bytes, bytes.length);
  t.ok(n > 0 && n < bytes.length, `a partial write of ${n} bytes`);
  t.equal(write(writefd, bytes, bytes.length), -EAGAIN);
});

t.test("a write to a closed peer is EPIPE and no signal", async (t) => {
  const [closedfd, connfd] = socketpair(AF_UNIX, SOCK_STREAM, 0);
  closing(t, connfd);
  close(closedfd);
  failsWith(t, "EPIPE", `fd ${connfd}`, () => write(connfd, new Uint8Array(1), 1));
  failsWith(t, "EPIPE", `fd ${connfd}`, () => writev(connfd, [new Uint8Array(1)]));
});

t.test("fcntl reads and sets flags", async (t) => {
  const [readfd] = closing(t, ...pipe2(O_CLOEXEC));
  t.equal(fcntl(readfd, F_GETFD), FD_CLOEXEC);
  t.equal(fcntl(readfd, F_GETFL) & O_NONBLOCK, 0);
  t.equal(fcntl(readfd, F_SETFL, O_NONBLOCK), 0);
  t.equal(fcntl(readfd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
});

t.test("dup, dup3 and F_DUPFD_CLOEXEC are more numbers for the same pipe", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const [second, third] = closing(t, dup(writefd), fcntl(writefd, F_DUPFD_CLOEXEC, 100));
  const [fourth] = closing(t, dup3(writefd, third + 1, O_CLOEXEC));
  t.equal(fcntl(second, F_GETFD), 0, "dup sets no FD_CLOEXEC");
  t.ok(third >= 100);
  t.equal(fourth, third + 1);
  for (const fd of [second, third, fourth]) t.equal(write(fd, Buffer.from("x"), 1), 1);
  t.equal(read(readfd, new Uint8Array(8), 8), 3);
});

/** A file without a name. */
function file(t: Test): number {
  const path = join(tmpdir(), `fdkit-file-${process.pid}`);
  const [fd] = closing(t, open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600));
  unlink(path);
  return fd;
}

t.test("pread and pwrite and their vectors leave the file's position alone", async (t) => {
  const fd = file(t);
  const bytes = Buffer.alloc(8);
  const halves = [bytes.subarray(0, 2), bytes.subarray(4)];
  t.equal(pwrite(fd, Buffer.from("0123456789"), 6, 4, 2), 6);
  t.equal(pwritev(fd, [Buffer.from("a"), Buffer.from("bcd")], 0), 4);
  t.equal(pread(fd, bytes, 3, 3, 5), 3);
  t.equal(bytes.toString("latin1", 5), "d23");
  t.equal(preadv(fd, halves, 1), 6);
  t.equal(bytes.toString("latin1"), "bc\0\0d234");
  t.equal(pwritev2(fd, [Buffer.from("Z")], 9, 0), 1);
  t.equal(preadv2(fd, halves, 8, 0), 2);
  t.equal(bytes.toString("latin1", 0, 2), "6Z");
  t.equal(preadv2(fd, halves, -1, 0), 6, "-1 is the file's own position");
  t.equal(preadv2(fd, halves, -1, 0), 4, "which moves");
});

t.test("dup2 replaces a fd, and close_range closes what lies in it", async (t) => {
  const [readfd] = closing(t, ...pipe2(O_CLOEXEC));
  const before = openFds().length;
  for (const newfd of [900, 901, 903]) t.equal(dup2(readfd, newfd), newfd);
  t.equal(dup2(900, 900), 900);
  t.equal(fcntl(901, F_GETFD), 0);
  t.equal(close_range(901, 901, CLOSE_RANGE_CLOEXEC), 0);
  t.equal(fcntl(901, F_GETFD), FD_CLOEXEC);
  t.equal(close_range(900, 1000, 0), 0);
  t.equal(openFds().length, before);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const bytes = new Uint8Array(1);
  const closed = `fd ${CLOSED_FD}`;
  failsWith(t, "EBADF", closed, () => read(CLOSED_FD, bytes, 1));
  failsWith(t, "EBADF", closed, () => write(CLOSED_FD, bytes, 1));
  failsWith(t, "EBADF", closed, () => readv(CLOSED_FD, [bytes]));
  failsWith(t, "EBADF", closed, () => writev(CLOSED_FD, [bytes]));
  failsWith(t, "EBADF", closed, () => close(CLOSED_FD));
  failsWith(t, "EBADF", closed, () => fcntl(CLOSED_FD, F_GETFL));
  failsWith(t, "EBADF", closed, () => dup(CLOSED_FD));
  failsWith(t, "EINVAL", closed, () => dup3(CLOSED_FD, CLOSED_FD, 0));
  failsWith(t, "EINVAL", "", () => pipe2(1));
  const [readfd] = closing(t, ...pipe2(O_CLOEXEC));
  const pipe = `fd ${readfd}`;
  failsWith(t, "ESPIPE", pipe, () => pread(readfd, bytes, 1, 0));
  failsWith(t, "ESPIPE", pipe, () => preadv(readfd, [bytes], 0));
  failsWith(t, "EBADF", closed, () => pwrite(CLOSED_FD, bytes, 1, 0));
  failsWith(t, "EBADF", closed, () => pwritev(CLOSED_FD, [bytes], 0));
  failsWith(t, "EBADF", closed, () => preadv2(CLOSED_FD, [bytes], 0, 0));
  failsWith(t, "EBADF", closed, () => pwritev2(CLOSED_FD, [bytes], 0, 0));
  failsWith(t, "EBADF", closed, () => dup2(CLOSED_FD, 900));
  failsWith(t, "EINVAL", "fd 901", () => close_range(901, 900, 0));
});

rejectsBadArguments(t, read, [fd, buffer, size, offset]);
rejectsBadArguments(t, write, [fd, buffer, size, offset]);
rejectsBadArguments(t, close, [fd]);
rejectsBadArguments(t, fcntl, [fd, int, bits]);
rejectsBadArguments(t, dup, [fd]);
rejectsBadArguments(t, dup3, [fd, fd, bits]);
rejectsBadArguments(t, pipe2, [bits]);

const notBuffers = {
  good: [],
  bad: () => ["abc", 3, null, {}, new Uint8Array(1), [null], [[]], [new Uint8Array(1), "abc"]],
};
rejectsBadArguments(t, readv, [fd, notBuffers]);
rejectsBadArguments(t, writev, [fd, notBuffers]);

const position = { good: 0, bad: () => [undefined, -2, 1.5, NaN, 2 ** 54, "1", 1n, null] };
rejectsBadArguments(t, pread, [fd, buffer, size, position, offset]);
rejectsBadArguments(t, pwrite, [fd, buffer, size, position, offset]);
rejectsBadArguments(t, preadv, [fd, notBuffers, position]);
rejectsBadArguments(t, pwritev, [fd, notBuffers, position]);
rejectsBadArguments(t, preadv2, [fd, notBuffers, position, bits]);
rejectsBadArguments(t, pwritev2, [fd, notBuffers, position, bits]);
rejectsBadArguments(t, dup2, [fd, fd]);

leavesNoFd(t);
