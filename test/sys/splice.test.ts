// sendfile, splice, tee, vmsplice on real files, pipes and sockets.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  AF_UNIX,
  EAGAIN,
  O_CLOEXEC,
  O_RDWR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SPLICE_F_NONBLOCK,
} from "../../lib/constants.ts";
import { pipe2, pread, read, write } from "../../lib/sys/file.ts";
import { open } from "../../lib/sys/path.ts";
import { socketpair } from "../../lib/sys/socket.ts";
import { sendfile, splice, tee, vmsplice } from "../../lib/sys/splice.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const { fd, bits } = kinds;
const dir = mkdtempSync(join(tmpdir(), "fdkit-splice-"));
t.teardown(() => rmSync(dir, { recursive: true }));

function pipe(t: Test): [number, number] {
  return closing(t, ...pipe2(O_CLOEXEC));
}

/** A file that says 0123456789. */
function file(t: Test): number {
  const path = join(dir, "digits");
  writeFileSync(path, "0123456789");
  return closing(t, open(path, O_RDWR | O_CLOEXEC))[0];
}

function readText(fd: number): string {
  const bytes = Buffer.alloc(64);
  return bytes.toString("latin1", 0, read(fd, bytes, 64));
}

t.test("sendfile sends a part of a file to a socket", async (t) => {
  const [left, right] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const filefd = file(t);
  t.equal(sendfile(left, filefd, 2, 3), 3);
  t.equal(readText(right), "234");
  t.equal(sendfile(left, filefd, null, 4), 4, "the file's own position was left alone");
  t.equal(sendfile(left, filefd, null, 100), 6, "and moves where no offset is given");
  t.equal(sendfile(left, filefd, null, 100), 0);
  t.equal(readText(right), "0123456789");
});

t.test("splice moves bytes between a file and a pipe, at offsets", async (t) => {
  const [readfd, writefd] = pipe(t);
  const filefd = file(t);
  t.equal(splice(filefd, 7, writefd, null, 100, 0), 3);
  t.equal(splice(readfd, null, filefd, 0, 2, 0), 2);
  t.equal(readText(readfd), "9");
  const bytes = Buffer.alloc(4);
  t.equal(pread(filefd, bytes, 4, 0), 4);
  t.equal(bytes.toString("latin1"), "7823");
  t.equal(splice(readfd, null, filefd, 0, 1, SPLICE_F_NONBLOCK), -EAGAIN);
});

t.test("tee copies what is in a pipe and leaves it there", async (t) => {
  const [readfd, writefd] = pipe(t);
  const [secondfd, intofd] = pipe(t);
  write(writefd, Buffer.from("both"), 4);
  t.equal(tee(readfd, intofd, 100, 0), 4);
  t.strictSame([readText(readfd), readText(secondfd)], ["both", "both"]);
  t.equal(tee(readfd, intofd, 100, SPLICE_F_NONBLOCK), -EAGAIN);
});

t.test("vmsplice puts buffers into a pipe, and reads them from its other end", async (t) => {
  const [readfd, writefd] = pipe(t);
  const buffers = [Buffer.from("ab"), Buffer.from("cde")];
  t.equal(vmsplice(writefd, buffers, 0), 5);
  t.equal(readText(readfd), "abcde");
  t.equal(vmsplice(writefd, buffers, 0), 5);
  const into = [Buffer.alloc(1), Buffer.alloc(4)];
  t.equal(vmsplice(readfd, into, 0), 5);
  t.equal(Buffer.concat(into).toString("latin1"), "abcde");
  t.equal(buffers.length, 2, "the buffers are referenced until then");
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [readfd, writefd] = pipe(t);
  const [left] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const closed = `fd ${CLOSED_FD}`;
  failsWith(t, "EBADF", closed, () => sendfile(CLOSED_FD, file(t), 0, 1));
  failsWith(t, "EBADF", closed, () => splice(CLOSED_FD, null, writefd, null, 1, 0));
  failsWith(t, "ESPIPE", `fd ${readfd}`, () => splice(readfd, 1, left, null, 1, 0));
  failsWith(t, "EINVAL", `fd ${left}`, () => splice(left, null, left, null, 1, 0));
  failsWith(t, "EINVAL", `fd ${readfd}`, () => tee(readfd, writefd, 1, 0));
  failsWith(t, "EBADF", closed, () => vmsplice(CLOSED_FD, [Buffer.alloc(1)], 0));
});

const offset = { good: null, bad: () => [undefined, -1, 1.5, NaN, 2 ** 54, "1", {}] };
const count = { good: 1, bad: () => [undefined, -1, 1.5, NaN, 2 ** 31, "1", null] };
const buffers = { good: [], bad: () => ["abc", null, {}, [null], ["x"]] };
rejectsBadArguments(t, sendfile, [fd, fd, offset, count]);
rejectsBadArguments(t, splice, [fd, offset, fd, offset, count, bits]);
rejectsBadArguments(t, tee, [fd, fd, count, bits]);
rejectsBadArguments(t, vmsplice, [fd, buffers, bits]);

leavesNoFd(t);
