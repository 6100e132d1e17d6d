// Open files in control data (SCM_RIGHTS), on each kind of unix socket: cut off at every boundary,
// of every kind, peeked at, dropped, too many. Whatever happens, no fd is left open.
//
// Man pages: unix(7), cmsg(3). See also control.test.ts, and ../msghdr.test.ts.
import t, { type Test } from "tap";
import { cmsgLen, cmsgSpace, controlMessage, encodeControl } from "../../../lib/cmsg.ts";
import { scmRights } from "../../../lib/cmsg-types.ts";
import * as C from "../../../lib/constants.ts";
import { close, fcntl, pipe2, read, write } from "../../../lib/sys/file.ts";
import { recv, recvfrom } from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import { PollFds, poll } from "../../../lib/sys/poll.ts";
import { socketpair } from "../../../lib/sys/socket.ts";
import { failsWith } from "../../helpers/errors.ts";
import { CLOSED_FD, leavesNoFd, openFds } from "../../helpers/fds.ts";
import { Program } from "../../helpers/program.ts";
import { each, type Family, unixDgram, unixSeqpacket, unixStream } from "./families.ts";
import { KINDS_OF_FILES } from "./kinds-of-files.ts";

const INT = 4;
const MOST_FDS = 253;
const one = [new Uint8Array(1)];

/** A test of a connected pair of each kind of unix socket, after which no fd may be left. */
function onEach(
  title: string,
  body: (t: Test, left: number, right: number, family: Family) => void,
): void {
  each([unixStream, unixDgram, unixSeqpacket], title, (t, family) => {
    const [left, right] = family.connected(t);
    const before = openFds().length;
    body(t, left, right, family);
    t.equal(openFds().length, before, "no fd is left");
  });
}

function rights(...fds: number[]): Uint8Array {
  return encodeControl(controlMessage(scmRights, fds));
}

function sendFds(fd: number, ...fds: number[]): number {
  return sendmsg(fd, { buffers: one, control: rights(...fds) }, 0);
}

/** Receives a message with `room` bytes for control data; the fds that came are the caller's. */
function receive(fd: number, room: number | null, flags = 0): { fds: number[]; flags: number } {
  const control = room === null ? null : new Uint8Array(room);
  const message = new MessageHeader([new Uint8Array(64)], control);
  recvmsg(fd, message, flags);
  return { fds: message.takeFds(), flags: message.flags };
}

/** Room for control data, and how many of two fds arrive in it. */
const ROOMS: Record<string, [room: number | null, fds: number]> = {
  "no buffer": [null, 0],
  "0 bytes": [0, 0],
  "1 byte": [1, 0],
  "an int": [INT, 0],
  "two ints": [2 * INT, 0],
  "CMSG_LEN(0) - 1": [cmsgLen(0) - 1, 0],
  "CMSG_LEN(0)": [cmsgLen(0), 0],
  "CMSG_LEN(0) + 1": [cmsgLen(0) + 1, 0],
  "CMSG_LEN(an int) - 1": [cmsgLen(INT) - 1, 0],
  "CMSG_LEN(an int)": [cmsgLen(INT), 1],
  "CMSG_LEN(an int) + 1": [cmsgLen(INT) + 1, 1],
  "CMSG_LEN(two ints) - 1": [cmsgLen(2 * INT) - 1, 1],
  "CMSG_LEN(two ints)": [cmsgLen(2 * INT), 2],
  "CMSG_SPACE(two ints)": [cmsgSpace(2 * INT), 2],
  "CMSG_SPACE(three ints)": [cmsgSpace(3 * INT), 2],
};

for (const [name, [room, fit]] of Object.entries(ROOMS)) {
  onEach(`two fds, and room for ${name}`, (t, left, right) => {
    sendFds(left, left, right);
    const before = openFds().length;
    const { fds, flags } = receive(right, room);
    t.equal(openFds().length, before + fit, "what is open");
    t.equal(fds.length, fit, "what is ours");
    t.equal(flags, fit === 2 ? 0 : C.MSG_CTRUNC);
    const named = fds.map((fd) => openFds().includes(`${fd} -> ${linkOf(left)}`));
    t.strictSame(named.slice(0, 1), fit === 0 ? [] : [true], "the first is the first");
    for (const fd of fds) t.equal(fcntl(fd, C.F_GETFD), C.FD_CLOEXEC);
    for (const fd of fds) close(fd);
  });
}

function linkOf(fd: number): string | undefined {
  return openFds()
    .find((link) => link.startsWith(`${fd} -> `))
    ?.slice(`${fd} -> `.length);
}

for (const count of [1, 2, MOST_FDS]) {
  onEach(`${count} fds in one message`, (t, left, right) => {
    t.equal(sendFds(left, ...new Array<number>(count).fill(left)), 1);
    const { fds, flags } = receive(right, cmsgSpace(count * INT));
    t.equal(new Set(fds).size, count);
    t.equal(flags, 0);
    for (const fd of fds) close(fd);
  });
}

onEach("no fd in the control message is a message without", (t, left, right) => {
  t.equal(sendFds(left), 1);
  const message = new MessageHeader([new Uint8Array(1)], new Uint8Array(64));
  t.equal(recvmsg(right, message, 0), 1);
  t.strictSame([message.controlLength, message.flags, message.takeFds()], [0, 0, []]);
});

onEach("254 fds are EINVAL, in one control message or in two", (t, left, right) => {
  const all = new Array<number>(MOST_FDS + 1).fill(left);
  const parts = [all.slice(0, 200), all.slice(200)].map((fds) => controlMessage(scmRights, fds));
  failsWith(t, "EINVAL", `fd ${left}`, () => sendFds(left, ...all));
  failsWith(t, "EINVAL", `fd ${left}`, () =>
    sendmsg(left, { buffers: one, control: encodeControl(...parts) }, 0),
  );
  t.equal(recv(right, new Uint8Array(1), 1, C.MSG_DONTWAIT), -C.EAGAIN, "nothing was sent");
});

onEach("one fd that is closed makes the whole message EBADF", (t, left, right) => {
  failsWith(t, "EBADF", `fd ${left}`, () => sendFds(left, left, CLOSED_FD));
  failsWith(t, "EBADF", `fd ${left}`, () => sendFds(left, -1));
  t.equal(recv(right, new Uint8Array(1), 1, C.MSG_DONTWAIT), -C.EAGAIN, "nothing was sent");
});

onEach("fds in control messages of their own arrive in one", (t, left, right) => {
  const control = encodeControl(
    controlMessage(scmRights, [left]),
    controlMessage(scmRights, []),
    controlMessage(scmRights, [right, left]),
  );
  sendmsg(left, { buffers: one, control }, 0);
  const { fds, flags } = receive(right, cmsgSpace(3 * INT));
  t.strictSame(fds.map(linkOf), [left, right, left].map(linkOf));
  t.equal(flags, 0);
  for (const fd of fds) close(fd);
});

/** The control message for one fd, whose data is as long as it says. */
function cutRights(fd: number, bytes: number): Uint8Array {
  const { level, type, data } = controlMessage(scmRights, [fd, fd]);
  return encodeControl({ level, type, data: data.subarray(0, bytes) });
}

onEach("a part of an int is no fd", (t, left, right) => {
  for (const [bytes, count] of [
    [1, 0],
    [INT - 1, 0],
    [INT + 1, 1],
    [2 * INT - 1, 1],
  ]) {
    const control = Buffer.concat([cutRights(left, bytes), rights(right)]);
    sendmsg(left, { buffers: one, control }, 0);
    const { fds } = receive(right, cmsgSpace(4 * INT));
    t.strictSame(fds.map(linkOf), [...new Array(count).fill(left), right].map(linkOf));
    for (const fd of fds) close(fd);
  }
});

onEach("MSG_PEEK opens the fds, and so does what follows", (t, left, right) => {
  sendFds(left, left);
  const peeked = receive(right, cmsgSpace(INT), C.MSG_PEEK).fds;
  const again = receive(right, cmsgSpace(INT), C.MSG_PEEK).fds;
  const taken = receive(right, cmsgSpace(INT)).fds;
  const fds = [...peeked, ...again, ...taken];
  t.equal(new Set(fds).size, 3);
  t.strictSame(fds.map(linkOf), [left, left, left].map(linkOf));
  for (const fd of fds) close(fd);
});

onEach("MSG_PEEK without room opens nothing and loses nothing", (t, left, right) => {
  sendFds(left, left);
  t.strictSame(receive(right, null, C.MSG_PEEK), { fds: [], flags: C.MSG_CTRUNC });
  const { fds } = receive(right, cmsgSpace(INT));
  t.equal(fds.map(close).length, 1);
});

onEach("plain recv, recvfrom and read drop the fds", (t, left, right) => {
  const bytes = new Uint8Array(1);
  for (const plain of [
    () => recv(right, bytes, 1, 0),
    () => recvfrom(right, bytes, 1, 0),
    () => read(right, bytes, 1),
  ]) {
    sendFds(left, left, right);
    const before = openFds().length;
    t.equal(plain(), 1);
    t.equal(openFds().length, before);
  }
});

onEach("fds that nobody takes are closed by closeFds or the next recvmsg", (t, left, right) => {
  const message = new MessageHeader([new Uint8Array(1)], new Uint8Array(cmsgSpace(2 * INT)));
  const before = openFds().length;
  for (let i = 0; i < 3; i++) {
    sendFds(left, left, right);
    recvmsg(right, message, 0);
    t.equal(openFds().length, before + 2);
  }
  message.closeFds();
  t.equal(openFds().length, before);
});

onEach("an end may be sent through itself", (t, left, right) => {
  sendFds(left, left);
  const [fd] = receive(right, cmsgSpace(INT)).fds;
  t.equal(write(fd, Uint8Array.of(7), 1), 1);
  const bytes = new Uint8Array(1);
  t.equal(read(right, bytes, 1), 1);
  t.equal(bytes[0], 7);
  close(fd);
});

onEach("fds on the way are closed with the socket they wait in", (t, _left, _right, family) => {
  const [here, there] = socketpair(C.AF_UNIX, family.type | C.SOCK_CLOEXEC, 0);
  const [readfd, writefd] = pipe2(C.O_CLOEXEC);
  const watched = new PollFds(1);
  watched.set(0, readfd, C.POLLIN);
  sendFds(here, writefd);
  close(writefd);
  t.equal(poll(watched, 1, 0), 0, "the pipe has a writer, who is on the way");
  close(there);
  t.equal(poll(watched, 1, 1000), 1);
  t.equal(watched.revents(0), C.POLLHUP);
  for (const fd of [here, readfd]) close(fd);
});

onEach("a socket that waits in itself is collected with all it carries", (t, left, right) => {
  const [readfd, writefd] = pipe2(C.O_CLOEXEC);
  const [inner, outer] = socketpair(C.AF_UNIX, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0);
  sendFds(inner, outer, writefd);
  for (const fd of [inner, outer, writefd]) close(fd);
  // The kernel looks for such rings when unix sockets are closed, and at its own pace.
  const watched = new PollFds(1);
  watched.set(0, readfd, C.POLLIN);
  for (let tries = 0; tries < 50 && poll(watched, 1, 100) === 0; tries++) {
    sendFds(left, left);
    receive(right, null);
    for (const fd of socketpair(C.AF_UNIX, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0)) close(fd);
  }
  t.equal(watched.revents(0), C.POLLHUP);
  close(readfd);
});

each([unixStream], "a read stops behind the bytes that fds came with", (t, family) => {
  const [left, right] = family.connected(t);
  write(left, Buffer.from("ab"), 2);
  for (const text of ["cd", "ef"]) {
    sendmsg(left, { buffers: [Buffer.from(text)], control: rights(left) }, 0);
  }
  write(left, Buffer.from("gh"), 2);
  const bytes = Buffer.alloc(64);
  const message = new MessageHeader([bytes], new Uint8Array(cmsgSpace(8 * INT)));
  const seen: [string, number][] = [];
  for (let i = 0; i < 3; i++) {
    const n = recvmsg(right, message, 0);
    seen.push([bytes.toString("latin1", 0, n), message.takeFds().map(close).length]);
  }
  t.strictSame(seen, [
    ["abcd", 1],
    ["ef", 1],
    ["gh", 0],
  ]);
});

onEach(
  "fds without a byte: a datagram carries them, a stream does not",
  (t, left, right, family) => {
    t.equal(sendmsg(left, { buffers: [], control: rights(left) }, 0), 0);
    const { fds } = receive(right, 64, C.MSG_DONTWAIT);
    t.equal(fds.map(close).length, family.isStream ? 0 : 1);
  },
);

for (const [name, { make, use }] of Object.entries(KINDS_OF_FILES)) {
  onEach(`${name} is passed and used`, (t, left, right) => {
    const own = make();
    sendFds(left, own);
    const [fd] = receive(right, cmsgSpace(INT)).fds;
    t.not(fd, own);
    use(t, fd, own);
    for (const each of [own, fd]) close(each);
  });
}

onEach("a pipe's ends are passed, and its reader sees the end", (t, left, right) => {
  const ends = pipe2(C.O_CLOEXEC);
  sendFds(left, ...ends);
  for (const fd of ends) close(fd);
  const [readfd, writefd] = receive(right, cmsgSpace(2 * INT)).fds;
  write(writefd, Buffer.from("xyz"), 3);
  close(writefd);
  t.equal(read(readfd, Buffer.alloc(9), 9), 3);
  t.equal(read(readfd, Buffer.alloc(9), 9), 0);
  close(readfd);
});

/** As nobody in particular: root may have any number on the way. */
const TOO_MANY = `
  import { controlMessage, encodeControl, scmRights, sendmsg } from "fdkit";
  if (process.getuid() === 0) process.setuid(65432);
  const [left] = sockets.socketpair(constants.AF_UNIX, constants.SOCK_STREAM, 0);
  const control = encodeControl(controlMessage(scmRights, new Array(100).fill(left)));
  for (let sent = 0; sent < 1000; sent += 100) {
    try {
      sendmsg(left, { buffers: [new Uint8Array(1)], control }, 0);
    } catch (error) {
      print(error.code + " after " + sent);
      break;
    }
  }`;

t.test("unix stream: more fds on the way than RLIMIT_NOFILE are ETOOMANYREFS", async (t) => {
  const program = new Program(t, TOO_MANY, "ulimit -n 250");
  t.equal(await program.rest(), "ETOOMANYREFS after 300\n", program.errors);
});

leavesNoFd(t);
