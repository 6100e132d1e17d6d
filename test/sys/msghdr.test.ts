// recvmsg, sendmsg and their headers; fds in control data, cut off at every boundary.
import { readlinkSync } from "node:fs";
import t, { type Test } from "tap";
import {
  cmsgLen,
  cmsgSpace,
  controlMessage,
  controlMessages,
  encodeControl,
} from "../../lib/cmsg.ts";
import { scmCredentials, scmRights } from "../../lib/cmsg-types.ts";
import {
  AF_INET,
  AF_UNIX,
  EAGAIN,
  F_GETFD,
  FD_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  O_CLOEXEC,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SO_PASSCRED,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { type Address, SockaddrStorage } from "../../lib/sockaddr.ts";
import { close, fcntl, pipe2, read, write } from "../../lib/sys/file.ts";
import { recv, send } from "../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../lib/sys/msghdr.ts";
import { bind, getsockname, socket, socketpair } from "../../lib/sys/socket.ts";
import { setsockopt } from "../../lib/sys/sockopt.ts";
import { detach, detached, kinds, rejectsBadArguments, resized } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd, openFds } from "../helpers/fds.ts";
import { startWorker } from "../helpers/workers.ts";

const { fd, bits, view } = kinds;
const INT = 4;
const one = [new Uint8Array(1)];

function pair(t: Test, type: number): [number, number] {
  return closing(t, ...socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0));
}

function rights(...fds: number[]): Uint8Array {
  return encodeControl(controlMessage(scmRights, fds));
}

/** A header for one byte with `size` bytes of control data; fds it still has are closed. */
function header(t: Test, size: number): MessageHeader {
  const message = new MessageHeader([new Uint8Array(1)], new Uint8Array(size));
  t.teardown(() => message.closeFds());
  return message;
}

t.test("bytes are gathered, and scattered over the buffers and nowhere else", async (t) => {
  const [left, right] = pair(t, SOCK_SEQPACKET);
  const around = new Uint8Array(10).fill(0xee);
  const message = new MessageHeader([around.subarray(1, 3), around.subarray(5, 9)]);
  t.equal(sendmsg(left, { buffers: [Buffer.from("ab"), Buffer.from("c")] }, 0), 3);
  t.equal(recvmsg(right, message, 0), 3);
  const e = 0xee;
  t.strictSame([...around], [e, 97, 98, e, e, 99, e, e, e, e]);
});

t.test("MSG_TRUNC is among the flags out, and tells the true length as a flag in", async (t) => {
  const [left, right] = pair(t, SOCK_DGRAM);
  const message = new MessageHeader([new Uint8Array(2), new Uint8Array(1)]);
  sendmsg(left, { buffers: [new Uint8Array(10)] }, 0);
  t.equal(recvmsg(right, message, MSG_PEEK), 3);
  t.equal(message.flags, MSG_TRUNC);
  t.equal(recvmsg(right, message, MSG_TRUNC), 10);
  t.equal(message.flags, MSG_TRUNC);
  sendmsg(left, { buffers: one }, 0);
  t.equal(recvmsg(right, message, 0), 1);
  t.equal(message.flags, 0, "the flags are those of the last message");
  t.equal(recvmsg(right, message, MSG_DONTWAIT), -EAGAIN);
});

t.test("the name is the receiver's on the way out and the sender's on the way in", async (t) => {
  const loopback: Address = { family: AF_INET, address: "127.0.0.1", port: 0 };
  const [herefd, therefd] = closing(
    t,
    socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
  );
  bind(herefd, loopback);
  bind(therefd, loopback);
  const message = new MessageHeader([new Uint8Array(4)], null, new SockaddrStorage());
  t.equal(sendmsg(herefd, { buffers: [Buffer.from("ping")], name: getsockname(therefd) }, 0), 4);
  t.equal(recvmsg(therefd, message, 0), 4);
  t.strictSame(message.name?.decode(), getsockname(herefd));
  t.equal(sendmsg(therefd, message, 0), 4, "and a header can be sent back as it is");
  t.equal(recvmsg(herefd, message, 0), 4);
  t.strictSame(message.name?.decode(), getsockname(therefd));
});

t.test("a received fd is open, closed on exec, and the caller's once taken", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const message = header(t, cmsgSpace(INT));
  sendmsg(left, { buffers: one, control: rights(writefd) }, 0);
  t.equal(recvmsg(right, message, 0), 1);
  t.equal(message.flags, 0);
  const [receivedfd] = message.takeFds();
  t.strictSame(message.takeFds(), [], "it is given once");
  t.equal(fcntl(receivedfd, F_GETFD), FD_CLOEXEC);
  write(receivedfd, Buffer.from("x"), 1);
  t.equal(read(readfd, new Uint8Array(4), 4), 1);
  close(receivedfd);
});

t.test("fds that nobody takes are closed by the next recvmsg, or by closeFds", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const message = header(t, cmsgSpace(2 * INT));
  const before = openFds().length;
  for (let i = 0; i < 3; i++) {
    sendmsg(left, { buffers: one, control: rights(left, right) }, 0);
    recvmsg(right, message, 0);
    t.equal(openFds().length, before + 2);
  }
  t.equal(recvmsg(right, message, MSG_DONTWAIT), -EAGAIN);
  t.equal(openFds().length, before, "even one that gets nothing");
  sendmsg(left, { buffers: one, control: rights(left) }, 0);
  recvmsg(right, message, 0);
  message.closeFds();
  t.equal(openFds().length, before);
});

t.test("253 fds are the most that one message carries", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const message = header(t, cmsgSpace(253 * INT));
  const fds = new Array<number>(253).fill(left);
  t.equal(sendmsg(left, { buffers: one, control: rights(...fds) }, 0), 1);
  t.equal(recvmsg(right, message, 0), 1);
  const received = message.takeFds();
  for (const fd of received) close(fd);
  t.equal(new Set(received).size, 253);
  t.strictSame(controlMessages(message.control as Uint8Array).map(scmRightsOf), [received]);
  failsWith(t, "EINVAL", `fd ${left}`, () =>
    sendmsg(left, { buffers: one, control: rights(...fds, left) }, 0),
  );
});

function scmRightsOf({ data }: { data: Uint8Array }): readonly number[] {
  return scmRights.decode(data);
}

t.test("room for a part of the fds: those that fit arrive, and none leaks", async (t) => {
  const [left, right] = pair(t, SOCK_SEQPACKET);
  const before = openFds().length;
  for (let size = 0; size <= cmsgSpace(3 * INT) + INT; size++) {
    const message = header(t, size);
    sendmsg(left, { buffers: one, control: rights(left, right, left) }, 0);
    t.equal(recvmsg(right, message, 0), 1);
    const fit = size <= cmsgLen(0) ? 0 : Math.min(3, Math.floor((size - cmsgLen(0)) / INT));
    t.equal(message.flags, fit < 3 ? MSG_CTRUNC : 0, `flags with ${size} bytes`);
    t.equal(openFds().length, before + fit, `open fds with ${size} bytes`);
    const received = message.takeFds();
    t.equal(received.length, fit, `fds with ${size} bytes`);
    const same = received.filter((fd, i) => linkOf(fd) === linkOf(i === 1 ? right : left));
    t.equal(same.length, fit);
    for (const fd of received) close(fd);
  }
  t.equal(openFds().length, before);
});

function linkOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

t.test("fds behind another control message, cut off at every byte", async (t) => {
  const [left, right] = pair(t, SOCK_DGRAM);
  setsockopt(right, SOL_SOCKET, SO_PASSCRED, 1);
  const first = cmsgSpace(scmCredentials.size);
  const before = openFds().length;
  for (let size = 0; size <= first + cmsgSpace(2 * INT); size++) {
    const message = header(t, size);
    sendmsg(left, { buffers: one, control: rights(left, right) }, 0);
    recvmsg(right, message, 0);
    t.equal(openFds().length, before + message.takeFds().map(close).length, `${size} bytes`);
    const room = size - first - cmsgLen(0);
    if (room >= 2 * INT) t.equal(message.flags, 0, `${size} bytes are enough`);
    else t.equal(message.flags, MSG_CTRUNC, `${size} bytes are too few`);
  }
  t.equal(openFds().length, before + 0);
});

t.test("rights and credentials come together", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  setsockopt(right, SOL_SOCKET, SO_PASSCRED, 1);
  const message = header(t, cmsgSpace(scmCredentials.size) + cmsgSpace(INT));
  const self = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const control = encodeControl(
    controlMessage(scmCredentials, self),
    controlMessage(scmRights, [left]),
  );
  sendmsg(left, { buffers: one, control }, 0);
  t.equal(recvmsg(right, message, 0), 1);
  const found = controlMessages(message.control as Uint8Array, message.controlLength);
  t.strictSame(found.map(({ type }) => type).sort(), [SCM_RIGHTS, SCM_CREDENTIALS].sort());
  const credentials = found.find(({ type }) => type === SCM_CREDENTIALS);
  t.strictSame(scmCredentials.decode(credentials?.data as Uint8Array), self);
  t.equal(message.takeFds().map(close).length, 1);
});

t.test("recv and a header without control data drop the fds", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const before = openFds().length;
  const plain = new MessageHeader([new Uint8Array(1)]);
  for (let i = 0; i < 2; i++) sendmsg(left, { buffers: one, control: rights(left) }, 0);
  t.equal(recv(right, new Uint8Array(1), 1, 0), 1);
  t.equal(recvmsg(right, plain, 0), 1);
  t.equal(plain.flags, MSG_CTRUNC);
  t.strictSame(plain.takeFds(), []);
  t.equal(openFds().length, before);
});

t.test("control data at an odd address and in shared memory is read as well", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const odd = new Uint8Array(new SharedArrayBuffer(64), 3, cmsgSpace(INT));
  const message = new MessageHeader([new Uint8Array(1)], odd);
  const control = new Uint8Array(cmsgSpace(INT) + 1).subarray(1);
  control.set(rights(left));
  sendmsg(left, { buffers: one, control }, 0);
  recvmsg(right, message, 0);
  t.equal(message.takeFds().map(close).length, 1);
});

t.test("a worker's end closes the fds it received", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const before = openFds().length;
  sendmsg(left, { buffers: one, control: rights(left, right) }, 0);
  const body = `
    const control = new Uint8Array(64);
    const received = new Int32Array(4);
    const fds = new Int32Array(16);
    calls.recvmsg(workerData, [new Uint8Array(1)], null, control, fds, received, 0);
    post(received[3]);`;
  const [worker, count] = await startWorker(body, right);
  t.equal(count, 2);
  t.ok(openFds().length >= before + 2);
  await worker.terminate();
  t.equal(openFds().length, before);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [left] = pair(t, SOCK_STREAM);
  const [unixfd, tcpfd] = closing(
    t,
    socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
  );
  const message = new MessageHeader(one);
  const nobody = { family: AF_UNIX, abstract: Buffer.from("fdkit nobody") };
  const control = rights(CLOSED_FD);
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => recvmsg(CLOSED_FD, message, 0));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => sendmsg(CLOSED_FD, message, 0));
  failsWith(t, "EBADF", `fd ${left}`, () => sendmsg(left, { buffers: one, control }, 0));
  failsWith(t, "EINVAL", `fd ${left}`, () =>
    sendmsg(left, { buffers: one, control: new Uint8Array(cmsgSpace(INT)) }, 0),
  );
  failsWith(t, "ENOTCONN", `fd ${unixfd}`, () => sendmsg(unixfd, message, 0));
  failsWith(t, "ENOTCONN", `fd ${tcpfd}`, () => recvmsg(tcpfd, message, 0));
  failsWith(t, "ECONNREFUSED", "@fdkit nobody", () =>
    sendmsg(unixfd, { buffers: one, name: nobody }, 0),
  );
  const [closedfd, connfd] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  closing(t, connfd);
  close(closedfd);
  failsWith(t, "EPIPE", `fd ${connfd}`, () => sendmsg(connfd, message, 0));
});

t.test("a getter among the buffers cannot pull memory away from under recvmsg", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const first = new Uint8Array(16);
  const control = new Uint8Array(64);
  const buffers = Object.defineProperty([first, first], 1, {
    get: () => {
      detach(first);
      detach(control);
      return new Uint8Array(1);
    },
  });
  sendmsg(left, { buffers: one, control: rights(left) }, 0);
  const before = openFds().length;
  const message = new MessageHeader(buffers, control);
  t.equal(recvmsg(right, message, 0), 1);
  t.equal(message.flags, MSG_CTRUNC, "there was no room for control data any more");
  t.equal(openFds().length, before);
  t.equal(recvmsg(right, new MessageHeader([detached(), resized(8)]), MSG_DONTWAIT), -EAGAIN);
  t.equal(send(left, new Uint8Array(1), 1, 0), 1);
});

const buffers = {
  good: [],
  bad: () => ["abc", 3, null, {}, new Uint8Array(1), [null], [[]], new Array(1025).fill(one[0])],
};
const noView = { good: null, bad: () => view.bad().filter((bad) => bad !== null) };
const length = { good: 0, bad: () => [undefined, -1, 1, 1.5, NaN, 2 ** 32, "0", null] };
const ints = { good: new Int32Array(4), bad: () => [null, new Uint8Array(16), new Int32Array(3)] };
const anything = { good: new Int32Array(4), bad: () => [] };
rejectsBadArguments(t, calls.recvmsg, [fd, buffers, noView, noView, anything, ints, bits]);
const control = { good: view.good, bad: noView.bad };
rejectsBadArguments(t, calls.recvmsg, [fd, buffers, noView, control, ints, anything, bits]);
rejectsBadArguments(t, calls.sendmsg, [fd, buffers, noView, length, noView, length, bits]);

leavesNoFd(t);
