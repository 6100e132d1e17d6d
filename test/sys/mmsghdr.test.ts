// recvmmsg and sendmmsg: batches of messages over UDP and unix sockets.
import t, { type Test } from "tap";
import { cmsgSpace, controlMessage, encodeControl } from "../../lib/cmsg.ts";
import { scmRights } from "../../lib/cmsg-types.ts";
import {
  AF_INET,
  AF_UNIX,
  EAGAIN,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_TRUNC,
  MSG_WAITFORONE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import type { Address } from "../../lib/sockaddr.ts";
import { close } from "../../lib/sys/file.ts";
import { send } from "../../lib/sys/message.ts";
import { MessageBatch, recvmmsg, sendmmsg } from "../../lib/sys/mmsghdr.ts";
import { bind, connect, getsockname, socket, socketpair } from "../../lib/sys/socket.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd, openFds } from "../helpers/fds.ts";

const { fd, bits, view } = kinds;

function pair(t: Test): [number, number] {
  return closing(t, ...socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/** A UDP socket on a port of its own. */
function udp(t: Test): [number, Address] {
  const [fd] = closing(t, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
  return [fd, getsockname(fd) as Address];
}

function text(batch: MessageBatch, i: number): string {
  return Buffer.from(batch.buffers[i].subarray(0, batch.length(i))).toString("latin1");
}

function put(batch: MessageBatch, i: number, words: string): void {
  batch.buffers[i].set(Buffer.from(words));
  batch.setLength(i, words.length);
}

t.test("a batch is sent to several peers, and each sees who sent it", async (t) => {
  const [herefd, here] = udp(t);
  const [therefd, there] = udp(t);
  const batch = new MessageBatch(4, 8);
  for (const [i, words] of ["one", "two", "three"].entries()) {
    put(batch, i, words);
    batch.setName(i, i === 1 ? here : there);
  }
  t.equal(sendmmsg(herefd, batch, 3, 0), 3);
  t.strictSame(
    [0, 1, 2].map((i) => batch.length(i)),
    [3, 3, 5],
    "lengths are left as they were",
  );

  const received = new MessageBatch(4, 8);
  t.equal(recvmmsg(therefd, received, 4, MSG_DONTWAIT), 2);
  t.strictSame([text(received, 0), text(received, 1)], ["one", "three"]);
  t.strictSame(received.name(0), here);
  t.equal(recvmmsg(herefd, received, 4, MSG_WAITFORONE), 1);
  t.equal(text(received, 0), "two");
  t.equal(recvmmsg(herefd, received, 4, MSG_DONTWAIT), -EAGAIN);
  t.equal(received.length(0), 3, "which leaves the batch alone");
});

t.test("a received batch is sent back as it is", async (t) => {
  const [serverfd, server] = udp(t);
  const [clientfd] = udp(t);
  connect(clientfd, server);
  for (const words of ["a", "bc"]) send(clientfd, Buffer.from(words), words.length, 0);
  const batch = new MessageBatch(2, 4);
  t.equal(recvmmsg(serverfd, batch, 2, 0), 2);
  t.equal(sendmmsg(serverfd, batch, 2, 0), 2);
  t.equal(recvmmsg(clientfd, batch, 2, 0), 2);
  t.strictSame([text(batch, 0), text(batch, 1)], ["a", "bc"]);
  batch.setName(0, null);
  t.equal(sendmmsg(clientfd, batch, 1, 0), 1, "a connected socket needs no name");
});

t.test("each message has its own flags and its own true length", async (t) => {
  const [left, right] = pair(t);
  const batch = new MessageBatch(3, 4);
  for (const size of [2, 9, 4]) send(left, new Uint8Array(size), size, 0);
  t.equal(recvmmsg(right, batch, 3, MSG_TRUNC), 3);
  t.strictSame(
    [0, 1, 2].map((i) => batch.flags(i)),
    [0, MSG_TRUNC, 0],
  );
  t.strictSame(
    [0, 1, 2].map((i) => batch.length(i)),
    [2, 9, 4],
  );
});

t.test("a full socket takes the first messages, and the others from there on", async (t) => {
  const [left, right] = pair(t);
  const batch = new MessageBatch(1024, 4);
  for (let i = 0; i < 1024; i++) put(batch, i, String(i));
  const sent = sendmmsg(left, batch, 1024, MSG_DONTWAIT);
  t.ok(sent > 0 && sent < 1024, `${sent} were sent`);
  t.equal(sendmmsg(left, batch, 1, MSG_DONTWAIT, sent), -EAGAIN);
  const received = new MessageBatch(1024, 4);
  t.equal(recvmmsg(right, received, 1024, MSG_DONTWAIT), sent);
  t.equal(text(received, sent - 1), String(sent - 1));
  t.equal(sendmmsg(left, batch, 2, 0, sent), 2);
  t.equal(recvmmsg(right, received, 2, 0), 2);
  t.strictSame([text(received, 0), text(received, 1)], [String(sent), String(sent + 1)]);
  t.throws(() => sendmmsg(left, batch, 2, 0, 1023), {
    message: /^sendmmsg: vlen must be .* 0 to 1/,
  });
});

t.test("fds arrive with their message, and those not taken are closed", async (t) => {
  const [left, right] = pair(t);
  const space = cmsgSpace(8);
  const batch = new MessageBatch(3, 1, space);
  const before = openFds().length;
  const fds = [[left], [left, right], []];
  for (let round = 0; round < 2; round++) {
    for (const [i, some] of fds.entries()) {
      const control = encodeControl(controlMessage(scmRights, some));
      batch.controls[i].set(control);
      batch.setControlLength(i, some.length === 0 ? 0 : control.length);
      batch.setLength(i, 1);
      batch.setName(i, null);
    }
    t.equal(sendmmsg(left, batch, 3, 0), 3);
    t.equal(recvmmsg(right, batch, 3, 0), 3);
    t.equal(openFds().length, before + 3);
  }
  const taken = batch.takeFds(1);
  t.strictSame([taken.length, batch.takeFds(1).length, batch.takeFds(2).length], [2, 0, 0]);
  t.equal(batch.controlLength(1), space);
  t.equal(recvmmsg(right, batch, 3, MSG_DONTWAIT), -EAGAIN);
  t.equal(openFds().length, before + 2);
  for (const fd of taken) close(fd);
  batch.closeFds();
  t.equal(openFds().length, before);
});

t.test("control data cut off at every byte leaves no fd", async (t) => {
  const [left, right] = pair(t);
  const before = openFds().length;
  const sender = new MessageBatch(2, 1, cmsgSpace(8));
  for (let i = 0; i < 2; i++) {
    sender.controls[i].set(encodeControl(controlMessage(scmRights, [left, right])));
    sender.setControlLength(i, cmsgSpace(8));
    sender.setLength(i, 1);
  }
  for (let size = 0; size <= cmsgSpace(8); size++) {
    const batch = new MessageBatch(2, 1, size);
    sendmmsg(left, sender, 2, 0);
    t.equal(recvmmsg(right, batch, 2, 0), 2);
    const taken = [...batch.takeFds(0), ...batch.takeFds(1)];
    t.equal(batch.flags(1), taken.length < 4 ? MSG_CTRUNC : 0);
    t.equal(openFds().length, before + taken.length, `${size} bytes`);
    for (const fd of taken) close(fd);
  }
});

t.test("a batch says what is wrong with its sizes", async (t) => {
  t.throws(() => new MessageBatch(0, 1), { message: /capacity must be .* from 1 to 1024, not 0/ });
  t.throws(() => new MessageBatch(1025, 1), RangeError);
  t.throws(() => new MessageBatch(1, 2 ** 30 + 1), RangeError);
  t.throws(() => new MessageBatch(1, 1, 1.5), RangeError);
  const batch = new MessageBatch(2, 4, 8);
  t.throws(() => batch.setLength(0, 5), { message: /length must be .* from 0 to 4, not 5/ });
  t.throws(() => batch.setControlLength(0, 9), RangeError);
  t.throws(() => batch.setName(0, new Uint8Array(129)), RangeError);
  t.throws(() => batch.length(2), { message: /i must be .* from 0 to 1, not 2/ });
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [udpfd] = udp(t);
  const batch = new MessageBatch(2, 70000);
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => recvmmsg(CLOSED_FD, batch, 1, 0));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => sendmmsg(CLOSED_FD, batch, 1, 0));
  failsWith(t, "EDESTADDRREQ", `fd ${udpfd}`, () => sendmmsg(udpfd, batch, 2, 0));
  batch.setName(0, getsockname(udpfd));
  batch.setLength(0, 70000);
  failsWith(t, "EMSGSIZE", `fd ${udpfd}`, () => sendmmsg(udpfd, batch, 1, 0));
});

t.test("rows that point outside the arrays are refused", async (t) => {
  const bytes = new Uint8Array(16);
  const none = new Uint8Array(0);
  const ints = new Int32Array(5);
  const run = (...row: number[]) =>
    calls.sendmmsg(CLOSED_FD, bytes, none, none, ints, Int32Array.from(row), 1, 1, 0, 0);
  t.equal(run(16, 0, 0, 0, 0) < 0, true);
  for (const row of [
    [17, 0, 0],
    [-1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [0, -1, 0],
    [0, 0, -(2 ** 31)],
  ]) {
    t.throws(() => run(...row, 0, 0), { message: /^sendmmsg: message 0 is longer than the room/ });
  }
});

const rows = {
  good: new Int32Array(5),
  bad: () => [null, [], new Uint8Array(20), new Int32Array(4)],
};
const fds = { good: new Int32Array(4), bad: () => [null, new Uint8Array(16), new Int32Array(3)] };
const capacity = { good: 1, bad: () => [undefined, 0, 1025, 1.5, NaN, "1"] };
const vlen = { good: 1, bad: () => [undefined, -1, 2, 1.5, NaN, "1"] };
const first = { good: 0, bad: () => [undefined, -1, 1, 2000, NaN] };
const batch = [fd, view, view, view, fds, rows, capacity, vlen, bits];
rejectsBadArguments(t, calls.recvmmsg, batch);
rejectsBadArguments(t, calls.sendmmsg, [...batch, first]);

leavesNoFd(t);
