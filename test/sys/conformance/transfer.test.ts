// Bytes from fd to fd past our memory: sendfile from files to every family of streams, splice
// between sockets and pipes. All of it, a part, past the end, and into a closed or full peer.
//
// Man pages: sendfile(2), splice(2), tee(2). See also ../splice.test.ts.
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import { close, pipe2, pread, pwrite, read, write } from "../../../lib/sys/file.ts";
import { recv, send } from "../../../lib/sys/message.ts";
import { ftruncate, memfd_create, open } from "../../../lib/sys/path.ts";
import { PollFds, poll } from "../../../lib/sys/poll.ts";
import { shutdown } from "../../../lib/sys/socket.ts";
import { sendfile, splice, tee } from "../../../lib/sys/splice.ts";
import { eventfd } from "../../../lib/sys/wake.ts";
import { failsWith } from "../../helpers/errors.ts";
import { CLOSED_FD, closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { each, tcp4, tcp6, udp4, udp6, unixDgram, unixSeqpacket, unixStream } from "./families.ts";

const streams = [tcp4, tcp6, unixStream];
const connected = [...streams, unixSeqpacket];
const datagrams = [udp4, udp6, unixDgram];

/** Bytes of which no two neighbours of any distance look alike. */
const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i * 31 + i) >> 7));
const piece = Buffer.alloc(65536);

/** A file that has `bytes`, with its position at their start. */
function file(t: Test, bytes: Uint8Array = CONTENT): number {
  const [fd] = closing(t, memfd_create("fdkit", C.MFD_CLOEXEC));
  pwrite(fd, bytes, bytes.length, 0);
  return fd;
}

const digits = (t: Test) => file(t, Buffer.from("0123456789"));

const pipe = (t: Test, flags = 0) => closing(t, ...pipe2(C.O_CLOEXEC | flags));

function waitFor(fd: number, events: number): void {
  const watched = new PollFds(1);
  watched.set(0, fd, events);
  poll(watched, 1, 1000);
}

/** What comes next, as a byte string. */
function received(fd: number): string {
  waitFor(fd, C.POLLIN);
  return piece.toString("latin1", 0, recv(fd, piece, piece.length, C.MSG_DONTWAIT));
}

/** Receives what is there, and adds it to `parts`. */
function drain(fd: number, parts: Buffer[]): void {
  for (;;) {
    const n = recv(fd, piece, piece.length, C.MSG_DONTWAIT);
    if (n <= 0) return;
    parts.push(Buffer.from(piece.subarray(0, n)));
  }
}

each(connected, "sendfile into a full socket is cut short, waits, goes on", (t, family) => {
  const [here, there] = family.connected(t, C.SOCK_NONBLOCK);
  const filefd = file(t);
  const parts: Buffer[] = [];
  const answers: number[] = [];
  let sent = 0;
  // The window may open more than once before the receiver has read.
  const fill = () => {
    for (let n = 0; n >= 0 && sent < CONTENT.length; ) {
      n = sendfile(here, filefd, sent, CONTENT.length);
      answers.push(n);
      sent += Math.max(n, 0);
    }
  };
  while (sent < CONTENT.length) {
    fill();
    drain(there, parts);
    waitFor(here, C.POLLOUT);
  }
  for (let tries = 0; tries < 100 && Buffer.concat(parts).length < sent; tries++) {
    waitFor(there, C.POLLIN);
    drain(there, parts);
  }
  t.ok(Buffer.concat(parts).equals(CONTENT), "every byte is there, in order");
  if (family.isUnix) t.ok(answers.includes(-C.EAGAIN), "and it had to wait");
  t.ok(answers[0] > 0);
});

/** Offset and count of a sendfile from ten digits, what it answers, and what arrives. */
const PARTS: [string, number | null, number, number, string][] = [
  ["the whole file", 0, 10, 10, "0123456789"],
  ["from its own position", null, 10, 10, "0123456789"],
  ["the first bytes", 0, 3, 3, "012"],
  ["bytes in the middle", 4, 3, 3, "456"],
  ["more than there is", 7, 100, 3, "789"],
  ["the last byte", 9, 1, 1, "9"],
  ["from the very end", 10, 5, 0, ""],
  ["past the end", 1000, 5, 0, ""],
  ["no byte", 2, 0, 0, ""],
];

for (const [what, offset, count, answer, arrives] of PARTS) {
  // What ends before `count` may wait in a UDP socket for more to come.
  const of = answer === count ? [...connected, ...datagrams] : connected;
  each(of, `sendfile of ${what}`, (t, family) => {
    const [here, there] = family.connected(t);
    t.equal(sendfile(here, digits(t), offset, count), answer);
    if (answer > 0) t.equal(received(there), arrives);
    t.equal(recv(there, piece, 1, C.MSG_DONTWAIT), -C.EAGAIN, "and nothing else");
  });
}

each(connected, "sendfile moves the file's position where no offset is given", (t, family) => {
  const [here] = family.connected(t);
  const filefd = digits(t);
  t.equal(sendfile(here, filefd, 6, 3), 3);
  t.equal(sendfile(here, filefd, null, 4), 4);
  t.equal(read(filefd, piece, piece.length), 6, "the four are behind us");
  t.equal(sendfile(here, filefd, null, 4), 0, "at the end now");
});

each(connected, "sendfile of an empty file is 0, and the peer sees nothing", (t, family) => {
  const [here, there] = family.connected(t);
  t.equal(sendfile(here, file(t, new Uint8Array(0)), null, 100), 0);
  t.equal(recv(there, piece, 1, C.MSG_DONTWAIT), -C.EAGAIN);
});

each(streams, "sendfile of a hole sends zeros, of a file cut short what is left", (t, family) => {
  const [here, there] = family.connected(t);
  const filefd = digits(t);
  ftruncate(filefd, 20);
  t.equal(sendfile(here, filefd, 8, 100), 12);
  t.equal(received(there), `89${"\0".repeat(10)}`);
  ftruncate(filefd, 4);
  t.equal(sendfile(here, filefd, 2, 100), 2);
  t.equal(received(there), "23");
});

each(connected, "sendfile to a peer that has closed is EPIPE, and no signal", (t, family) => {
  const [here, there] = family.connected(t);
  const filefd = digits(t);
  closeNow(there);
  // TCP learns of it by the answer to the first bytes.
  if (family.isTcp) {
    t.equal(sendfile(here, filefd, 0, 1), 1);
    waitFor(here, C.POLLHUP);
  }
  const again = () => sendfile(here, filefd, 0, 1);
  failsWith(t, "EPIPE", `fd ${here}`, again);
});

each(connected, "sendfile after our own shutdown is EPIPE", (t, family) => {
  const [here] = family.connected(t);
  shutdown(here, C.SHUT_WR);
  failsWith(t, "EPIPE", `fd ${here}`, () => sendfile(here, digits(t), 0, 1));
});

each(connected, "sendfile from a socket is EINVAL: there splice helps", (t, family) => {
  const [here, there] = family.connected(t);
  send(there, Buffer.from("x"), 1, 0);
  failsWith(t, "EINVAL", `fd ${here}`, () => sendfile(here, here, null, 1));
  t.equal(received(here), "x", "and the byte is still there");
});

t.test("sendfile: what is no file, or open the wrong way, is refused by name", async (t) => {
  const [here] = unixStream.connected(t);
  const [readfd, writefd] = pipe(t);
  const filefd = digits(t);
  const [counter, directory, reader, writer, appender] = closing(
    t,
    eventfd(1, C.EFD_CLOEXEC),
    open("/", C.O_RDONLY | C.O_CLOEXEC),
    open(`/proc/self/fd/${filefd}`, C.O_RDONLY | C.O_CLOEXEC),
    open(`/proc/self/fd/${filefd}`, C.O_WRONLY | C.O_CLOEXEC),
    open(`/proc/self/fd/${filefd}`, C.O_RDWR | C.O_APPEND | C.O_CLOEXEC),
  );
  write(writefd, Buffer.from("x"), 1);
  const refuses = (code: string, outfd: number, infd: number) =>
    failsWith(t, code, `fd ${outfd}`, () => sendfile(outfd, infd, null, 1));
  refuses("EINVAL", here, counter);
  refuses("EINVAL", here, directory);
  refuses("EINVAL", here, readfd);
  refuses("EBADF", here, writer);
  refuses("EBADF", reader, filefd);
  refuses("EINVAL", appender, filefd);
  refuses("EBADF", here, CLOSED_FD);
  refuses("EBADF", CLOSED_FD, filefd);
});

t.test("sendfile: files go to files and pipes, devices to sockets", async (t) => {
  const from = digits(t);
  const to = file(t, new Uint8Array(0));
  t.equal(sendfile(to, from, 2, 5), 5);
  t.equal(pread(to, piece, 100, 0), 5);
  t.equal(piece.toString("latin1", 0, 5), "23456");
  const [readfd, writefd] = pipe(t);
  t.equal(sendfile(writefd, from, 0, 10), 10);
  t.equal(read(readfd, piece, 100), 10);
  const [here, there] = tcp4.connected(t);
  const [zeros] = closing(t, open("/dev/zero", C.O_RDONLY | C.O_CLOEXEC));
  t.equal(sendfile(here, zeros, null, 1000), 1000);
  t.equal(received(there), "\0".repeat(1000));
});

for (const to of streams) {
  each(streams, `splice carries a stream to ${to.name}, up to its end`, (t, from) => {
    const [source, input] = from.connected(t);
    const [output, sink] = to.connected(t);
    const [readfd, writefd] = pipe(t);
    const parts: Buffer[] = [];
    for (let sent = 0; sent < CONTENT.length; ) {
      const n = send(source, CONTENT, Math.min(10_000, CONTENT.length - sent), 0, sent);
      sent += n;
      for (let left = n; left > 0; ) {
        const moved = splice(input, null, writefd, null, left, C.SPLICE_F_MOVE);
        left -= moved;
        for (let rest = moved; rest > 0; ) rest -= splice(readfd, null, output, null, rest, 0);
      }
      drain(sink, parts);
    }
    shutdown(source, C.SHUT_WR);
    t.equal(splice(input, null, writefd, null, 100, 0), 0, "the end");
    closeNow(writefd);
    t.equal(splice(readfd, null, output, null, 100, 0), 0, "and the pipe's");
    shutdown(output, C.SHUT_WR);
    waitFor(sink, C.POLLRDHUP);
    drain(sink, parts);
    t.ok(Buffer.concat(parts).equals(CONTENT));
  });
}

each(streams, "splice from a socket that has nothing: -EAGAIN", (t, family) => {
  const [here] = family.connected(t, C.SOCK_NONBLOCK);
  const [, writefd] = pipe(t);
  t.equal(splice(here, null, writefd, null, 100, C.SPLICE_F_NONBLOCK), -C.EAGAIN);
});

each(streams, "splice into a pipe that is full: a part, then -EAGAIN", (t, family) => {
  const [here, there] = family.connected(t);
  const [readfd, writefd] = pipe(t);
  for (let n = 1; n > 0; ) n = send(there, CONTENT, 100_000, C.MSG_DONTWAIT);
  const more = () => splice(here, null, writefd, null, 1_000_000, C.SPLICE_F_NONBLOCK);
  let moved = 0;
  let n = more();
  for (; n > 0; n = more()) moved += n;
  t.equal(n, -C.EAGAIN);
  // Pages that hang together take one of the pipe's places: it has more bytes than F_GETPIPE_SZ.
  t.ok(moved > 0);
  t.equal(read(readfd, Buffer.alloc(1_000_000), 1_000_000), moved);
});

each([...connected, ...datagrams], "splice between two sockets without a pipe: EINVAL", (t, f) => {
  const [here, there] = f.connected(t);
  failsWith(t, "EINVAL", `fd ${here}`, () => splice(here, null, there, null, 1, 0));
});

each(connected, "splice into a closed peer is EPIPE, and the pipe keeps its bytes", (t, f) => {
  const [here, there] = f.connected(t);
  const [readfd, writefd] = pipe(t, C.O_NONBLOCK);
  write(writefd, Buffer.from("abc"), 3);
  closeNow(there);
  shutdown(here, C.SHUT_WR);
  failsWith(t, "EPIPE", `fd ${readfd}`, () => splice(readfd, null, here, null, 3, 0));
  t.equal(read(readfd, piece, 10), 3);
});

each(streams, "splice into a pipe that nobody reads is EPIPE", (t, family) => {
  const [here, there] = family.connected(t);
  const [readfd, writefd] = pipe2(C.O_CLOEXEC);
  close(readfd);
  closing(t, writefd);
  send(there, Buffer.from("abc"), 3, 0);
  failsWith(t, "EPIPE", `fd ${here}`, () => splice(here, null, writefd, null, 3, 0));
});

each(streams, "splice with an offset of a socket is EINVAL, of a pipe ESPIPE", (t, family) => {
  const [here] = family.connected(t);
  const [readfd, writefd] = pipe(t);
  failsWith(t, "EINVAL", `fd ${here}`, () => splice(here, 0, writefd, null, 1, 0));
  failsWith(t, "ESPIPE", `fd ${readfd}`, () => splice(readfd, 0, here, null, 1, 0));
  failsWith(t, "EINVAL", `fd ${readfd}`, () => splice(readfd, null, here, 0, 1, 0));
});

each(streams, "tee and splice: one stream to two peers", (t, family) => {
  const [first, toFirst] = family.connected(t);
  const [second, toSecond] = family.connected(t);
  const [readfd, writefd] = pipe(t);
  const [copyfd, copyTo] = pipe(t);
  write(writefd, Buffer.from("both"), 4);
  t.equal(tee(readfd, copyTo, 100, 0), 4);
  t.equal(splice(readfd, null, toFirst, null, 100, 0), 4);
  t.equal(splice(copyfd, null, toSecond, null, 100, 0), 4);
  t.strictSame([received(first), received(second)], ["both", "both"]);
});

leavesNoFd(t);
