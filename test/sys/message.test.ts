// recv, send, recvfrom, sendto on real sockets.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  AF_INET,
  AF_UNIX,
  EAGAIN,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import {
  type Address,
  encodeAddress,
  SockaddrStorage,
  type UnixAddress,
} from "../../lib/sockaddr.ts";
import { close } from "../../lib/sys/file.ts";
import { recv, recvfrom, send, sendto } from "../../lib/sys/message.ts";
import { bind, getsockname, socket, socketpair } from "../../lib/sys/socket.ts";
import { detached, kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const { fd, bits, buffer, size, offset, view } = kinds;
const dir = mkdtempSync(join(tmpdir(), "fdkit-message-"));
t.teardown(() => rmSync(dir, { recursive: true }));

function pair(t: Test, type: number): [number, number] {
  return closing(t, ...socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0));
}

t.test("bytes sent are received, and none outside size and offset is touched", async (t) => {
  const [left, right] = pair(t, SOCK_STREAM);
  const around = new Uint8Array(12).fill(0xee);
  t.equal(send(left, Buffer.from("0123456789"), 4, 0, 3), 4);
  t.equal(recv(right, around.subarray(1, 11), 4, 0, 2), 4);
  const e = 0xee;
  t.strictSame([...around], [e, e, e, 51, 52, 53, 54, e, e, e, e, e]);
});

t.test("MSG_PEEK leaves the bytes, MSG_TRUNC tells a datagram's true size", async (t) => {
  const [left, right] = pair(t, SOCK_DGRAM);
  const bytes = new Uint8Array(16);
  send(left, bytes, 10, 0);
  t.equal(recv(right, bytes, 16, MSG_PEEK), 10);
  t.equal(recv(right, bytes, 4, MSG_PEEK | MSG_TRUNC), 10);
  t.equal(recv(right, bytes, 4, 0), 4, "the rest of the datagram is gone");
  t.equal(recv(right, bytes, 4, MSG_DONTWAIT), -EAGAIN);
});

t.test("an empty datagram is a 0 that is not the end", async (t) => {
  const [left, right] = pair(t, SOCK_DGRAM);
  const bytes = new Uint8Array(4);
  t.equal(send(left, bytes, 0, 0), 0);
  t.equal(send(left, detached(), 0, 0), 0);
  t.equal(send(left, bytes, 3, 0, 1), 3);
  t.equal(recv(right, bytes, 4, 0), 0);
  t.equal(recv(right, bytes, 4, 0), 0);
  t.equal(recv(right, bytes, 4, 0), 3);
});

t.test("a full socket answers -EAGAIN", async (t) => {
  const [left] = pair(t, SOCK_STREAM);
  const bytes = new Uint8Array(1 << 20);
  let n = 0;
  for (let sends = 0; n >= 0 && sends < 100; sends++) n = send(left, bytes, 1 << 20, MSG_DONTWAIT);
  t.equal(n, -EAGAIN);
});

t.test("send to a closed peer is EPIPE and no signal", async (t) => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM, 0);
  closing(t, left);
  close(right);
  failsWith(t, "EPIPE", `fd ${left}`, () => send(left, new Uint8Array(1), 1, 0));
});

/** Two datagram sockets bound to the addresses, closed when the test ends. */
function bound(t: Test, ...addresses: [Address, Address]): [number, number] {
  return closing(
    t,
    ...(addresses.map((address) => {
      const fd = socket(address.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      bind(fd, address);
      return fd;
    }) as [number, number]),
  );
}

const loopback: Address = { family: AF_INET, address: "127.0.0.1", port: 0 };
const paths = ["a", "b"].map((name): Address => ({ family: AF_UNIX, path: join(dir, name) }));
const families: [string, Address, Address][] = [
  ["UDP", loopback, loopback],
  ["unix datagrams", paths[0], paths[1]],
];

for (const [name, here, there] of families) {
  t.test(`sendto names the receiver, recvfrom the sender: ${name}`, async (t) => {
    const [herefd, therefd] = bound(t, here, there);
    const bytes = Buffer.alloc(16);
    const from = new SockaddrStorage();
    t.equal(sendto(herefd, Buffer.from("  ping"), 4, 0, getsockname(therefd), 2), 4);
    t.equal(recvfrom(therefd, bytes, 8, 0, from, 1), 4);
    t.equal(bytes.toString("latin1", 1, 5), "ping");
    t.strictSame(from.decode(), getsockname(herefd));

    const answerTo = encodeAddress(from.decode());
    t.equal(sendto(therefd, bytes, 2, 0, answerTo), 2);
    t.equal(recvfrom(herefd, bytes, 8, 0), 2, "the sender may be left out");
    from.length = 7;
    t.equal(recvfrom(herefd, bytes, 8, MSG_DONTWAIT, from), -EAGAIN);
    t.equal(from.length, 7, "and is left alone where nothing came");
  });
}

t.test("a sender without a name has an empty address", async (t) => {
  const [therefd, namelessfd] = closing(
    t,
    socket(AF_UNIX, SOCK_DGRAM, 0),
    socket(AF_UNIX, SOCK_DGRAM, 0),
  );
  const there: Address = { family: AF_UNIX, path: join(dir, "c") };
  bind(therefd, there);
  const from = new SockaddrStorage();
  sendto(namelessfd, new Uint8Array(1), 1, 0, there);
  t.equal(recvfrom(therefd, new Uint8Array(1), 1, 0, from), 1);
  t.equal(from.length, 0);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const bytes = new Uint8Array(70000);
  const closed = `fd ${CLOSED_FD}`;
  const [udpfd, tcpfd] = closing(
    t,
    socket(AF_INET, SOCK_DGRAM, 0),
    socket(AF_INET, SOCK_STREAM, 0),
  );
  const nobody: UnixAddress = { family: AF_UNIX, path: join(dir, "nobody") };
  const [unixfd] = closing(t, socket(AF_UNIX, SOCK_DGRAM, 0));
  failsWith(t, "EBADF", closed, () => recv(CLOSED_FD, bytes, 1, 0));
  failsWith(t, "EBADF", closed, () => send(CLOSED_FD, bytes, 1, 0));
  failsWith(t, "EBADF", closed, () => recvfrom(CLOSED_FD, bytes, 1, 0, new SockaddrStorage()));
  failsWith(t, "EBADF", nobody.path, () => sendto(CLOSED_FD, bytes, 1, 0, nobody));
  failsWith(t, "ENOTCONN", `fd ${tcpfd}`, () => recv(tcpfd, bytes, 1, 0));
  failsWith(t, "EPIPE", `fd ${tcpfd}`, () => send(tcpfd, bytes, 1, 0));
  failsWith(t, "EDESTADDRREQ", `fd ${udpfd}`, () => send(udpfd, bytes, 1, 0));
  failsWith(t, "EMSGSIZE", "127.0.0.1:9", () =>
    sendto(udpfd, bytes, bytes.length, 0, { ...loopback, port: 9 } as Address),
  );
  failsWith(t, "ENOENT", nobody.path, () => sendto(unixfd, bytes, 1, 0, nobody));
});

const storage = {
  good: new SockaddrStorage(),
  bad: () => [{}, { bytes: new ArrayBuffer(128) }, { bytes: "x".repeat(128) }],
};
rejectsBadArguments(t, recv, [fd, buffer, size, bits, offset]);
rejectsBadArguments(t, send, [fd, buffer, size, bits, offset]);
rejectsBadArguments(t, recvfrom, [fd, buffer, size, bits, storage, offset]);
rejectsBadArguments(t, calls.sendto, [fd, buffer, size, bits, view, offset]);

leavesNoFd(t);
