// The matrix: buffers of every kind, gathered and scattered, and fds that are not what they should
// be. See recv(2), readv(2), recvmsg(2), and ../../misuse for hostile arguments.
import { closeSync, openSync } from "node:fs";
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import { type Address, SockaddrStorage } from "../../../lib/sockaddr.ts";
import { epoll_create1 } from "../../../lib/sys/epoll.ts";
import { pipe2, read, readv, write, writev } from "../../../lib/sys/file.ts";
import { recv, recvfrom, send, sendto } from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import * as sockets from "../../../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../../../lib/sys/sockopt.ts";
import { eventfd } from "../../../lib/sys/wake.ts";
import { detached, resized } from "../../helpers/arguments.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../../helpers/fds.ts";
import { each, families, tcp4 } from "./families.ts";

const SIZE = 8;
const CANARY = 0xee;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const IOV_MAX = 1024;

/** The ES2023 library has no types for these. */
interface WebAssembly {
  Memory: new (pages: { initial: number }) => { buffer: ArrayBuffer };
}
interface Resizable extends ArrayBuffer {
  resize(length: number): void;
}
const ResizableBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => Resizable;

/** `SIZE` bytes in the middle of 24, of each kind of memory that JavaScript has. */
const memories: Record<string, () => Uint8Array> = {
  "a subarray": () => new Uint8Array(3 * SIZE).subarray(SIZE, 2 * SIZE),
  "a Buffer": () => Buffer.alloc(3 * SIZE).subarray(SIZE, 2 * SIZE),
  "shared memory": () => new Uint8Array(new SharedArrayBuffer(3 * SIZE), SIZE, SIZE),
  "a resizable buffer": () =>
    new Uint8Array(new ResizableBuffer(3 * SIZE, { maxByteLength: 64 }), SIZE, SIZE),
  "a buffer that has grown": () => {
    const buffer = new ResizableBuffer(SIZE, { maxByteLength: 3 * SIZE });
    buffer.resize(3 * SIZE);
    return new Uint8Array(buffer, SIZE, SIZE);
  },
  "the memory of WebAssembly": () => {
    const { Memory } = (globalThis as unknown as { WebAssembly: WebAssembly }).WebAssembly;
    return new Uint8Array(new Memory({ initial: 1 }).buffer, SIZE, SIZE);
  },
};

/** The whole of what the view lies in, which nobody may write to but where the view is. */
function around(view: Uint8Array): Uint8Array {
  return new Uint8Array(view.buffer, 0, 3 * SIZE);
}

type Receiver = (fd: number, view: Uint8Array, size: number, offset: number) => number;
const receivers: Record<string, Receiver> = {
  recv: (fd, view, size, offset) => recv(fd, view, size, 0, offset),
  recvfrom: (fd, view, size, offset) => recvfrom(fd, view, size, 0, null, offset),
  read: (fd, view, size, offset) => read(fd, view, size, offset),
  readv: (fd, view, size, offset) => readv(fd, [view.subarray(offset, offset + size)]),
  recvmsg: (fd, view, size, offset) =>
    recvmsg(fd, new MessageHeader([view.subarray(offset, offset + size)]), 0),
};
const senders: Record<string, Receiver> = {
  send: (fd, view, size, offset) => send(fd, view, size, 0, offset),
  write: (fd, view, size, offset) => write(fd, view, size, offset),
  writev: (fd, view, size, offset) => writev(fd, [view.subarray(offset, offset + size)]),
  sendmsg: (fd, view, size, offset) =>
    sendmsg(fd, { buffers: [view.subarray(offset, offset + size)] }, 0),
};

each(
  families,
  "what comes is written where it should be, into every kind of memory",
  (t, family) => {
    const [clientfd, serverfd] = family.connected(t);
    for (const [kind, make] of Object.entries(memories)) {
      for (const [name, receive] of Object.entries(receivers)) {
        const view = make();
        around(view).fill(CANARY);
        send(clientfd, Buffer.from("wxyz"), 4, 0);
        t.equal(receive(serverfd, view, 5, 2), 4, `${name} into ${kind}`);
        const expected = Buffer.alloc(3 * SIZE, CANARY);
        expected.write("wxyz", SIZE + 2);
        t.ok(Buffer.from(around(view)).equals(expected), `and nothing around it`);
      }
    }
  },
);

each(families, "what goes is taken from every kind of memory", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  for (const [kind, make] of Object.entries(memories)) {
    for (const [name, sending] of Object.entries(senders)) {
      const view = make();
      for (let i = 0; i < SIZE; i++) view[i] = 0x61 + i;
      t.equal(sending(clientfd, view, 4, 2), 4, `${name} from ${kind}`);
      const received = new Uint8Array(16);
      t.equal(recv(serverfd, received, 16, 0), 4);
      t.equal(text(received.subarray(0, 4)), "cdef");
    }
  }
});

each(families, "other views and buffers are a TypeError, and nothing is taken", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  send(clientfd, Buffer.from("kept"), 4, 0);
  const others: unknown[] = [
    new DataView(new ArrayBuffer(SIZE)),
    new ArrayBuffer(SIZE),
    new SharedArrayBuffer(SIZE),
    new Uint8ClampedArray(SIZE),
    new Int8Array(SIZE),
    new Uint16Array(SIZE),
    new Float64Array(SIZE),
    new BigInt64Array(SIZE),
    "x".repeat(SIZE),
    Array(SIZE).fill(0),
    null,
  ];
  for (const other of others as Uint8Array[]) {
    t.throws(() => recv(serverfd, other, 1, 0), TypeError);
    t.throws(() => recvfrom(serverfd, other, 1, 0), TypeError);
    t.throws(() => read(serverfd, other, 1), TypeError);
    t.throws(() => readv(serverfd, [other]), TypeError);
    t.throws(() => recvmsg(serverfd, new MessageHeader([other]), 0), TypeError);
    t.throws(() => send(clientfd, other, 1, 0), TypeError);
    t.throws(() => sendmsg(clientfd, { buffers: [other] }, 0), TypeError);
  }
  const bytes = new Uint8Array(16);
  t.equal(recv(serverfd, bytes, 16, 0), 4);
  t.equal(text(bytes.subarray(0, 4)), "kept");
  t.equal(recv(serverfd, bytes, 16, C.MSG_DONTWAIT), -C.EAGAIN);
});

each(
  families,
  "size and offset go up to the end of the buffer, and no byte beyond",
  (t, family) => {
    const [clientfd, serverfd] = family.connected(t);
    const view = new Uint8Array(SIZE);
    const beyond: [size: number, offset: number][] = [
      [SIZE + 1, 0],
      [SIZE, 1],
      [1, SIZE],
      [0, SIZE + 1],
      [2 ** 32, 0],
      [1, 2 ** 32],
      [-1, 0],
      [1, -1],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ];
    for (const [size, offset] of beyond) {
      const what = `${size} at ${offset}`;
      t.throws(() => recv(serverfd, view, size, 0, offset), RangeError, what);
      t.throws(() => recvfrom(serverfd, view, size, 0, null, offset), RangeError, what);
      t.throws(() => read(serverfd, view, size, offset), RangeError, what);
      t.throws(() => send(clientfd, view, size, 0, offset), RangeError, what);
      t.throws(() => write(clientfd, view, size, offset), RangeError, what);
    }
    t.equal(send(clientfd, view, SIZE, 0, 0), SIZE);
    t.equal(recv(serverfd, view, SIZE, 0, 0), SIZE);
    t.equal(send(clientfd, view, 1, 0, SIZE - 1), 1);
    t.equal(recv(serverfd, view, 1, 0, SIZE - 1), 1);
  },
);

each(families, "memory that is gone or shrank has no room", (t, family) => {
  const [, serverfd] = family.connected(t);
  for (const view of [detached(), resized(SIZE)]) {
    t.throws(() => recv(serverfd, view, 1, 0), RangeError);
    t.throws(() => read(serverfd, view, 1), RangeError);
    t.equal(read(serverfd, view, 0), 0);
  }
});

each(families, "bytes are gathered from many buffers and scattered over others", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const out = ["a", "", "bcd", "ef", "ghijkl"].map((part) => Buffer.from(part));
  const memory = new Uint8Array(32).fill(CANARY);
  const into = [
    [1, 1],
    [4, 4],
    [10, 0],
    [12, 3],
    [20, 9],
  ].map(([at, size]) => memory.subarray(at, at + size));
  const header = new MessageHeader(into);
  for (const gather of [
    () => writev(clientfd, out),
    () => sendmsg(clientfd, { buffers: out }, 0),
  ]) {
    for (const scatter of [() => readv(serverfd, into), () => recvmsg(serverfd, header, 0)]) {
      memory.fill(CANARY);
      t.equal(gather(), 12);
      t.equal(scatter(), 12);
      t.strictSame(into.map(text), ["a", "bcde", "", "fgh", `ijkl${"\xee".repeat(5)}`]);
      t.equal(memory.filter((byte) => byte === CANARY).length, 32 - 12);
    }
  }
});

each(families, "no buffer, one, and 1024 are fine, and one more is a RangeError", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const many = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(i));
  for (const count of [1, 2, 17, IOV_MAX]) {
    const into = many(count).map(() => new Uint8Array(1));
    t.equal(writev(clientfd, many(count)), count);
    t.equal(readv(serverfd, into), count);
    t.strictSame(Buffer.concat(into), Buffer.concat(many(count)));
    t.equal(sendmsg(clientfd, { buffers: many(count) }, 0), count);
    t.equal(recvmsg(serverfd, new MessageHeader(into), 0), count);
  }
  const tooMany = many(IOV_MAX + 1);
  t.throws(() => writev(clientfd, tooMany), RangeError);
  t.throws(() => readv(serverfd, tooMany), RangeError);
  t.throws(() => sendmsg(clientfd, { buffers: tooMany }, 0), RangeError);
  t.throws(() => recvmsg(serverfd, new MessageHeader(tooMany), 0), RangeError);
  t.equal(writev(clientfd, []), 0);
  t.equal(readv(serverfd, []), 0, "and waits for nothing");
});

each(families, "one buffer twice is filled twice", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const view = new Uint8Array(2);
  t.equal(writev(clientfd, [Buffer.from("ab"), Buffer.from("cd")]), 4);
  t.equal(readv(serverfd, [view, view]), 4);
  t.equal(text(view), "cd");
});

const bytes = new Uint8Array(16);
const name: Address = { family: C.AF_INET, address: "127.0.0.1", port: 9 };
/** Every call that wants a socket. */
const socketCalls: Record<string, (fd: number) => unknown> = {
  bind: (fd) => sockets.bind(fd, name),
  listen: (fd) => sockets.listen(fd, 1),
  accept: (fd) => sockets.accept(fd),
  accept4: (fd) => sockets.accept4(fd, null, 0),
  connect: (fd) => sockets.connect(fd, name),
  shutdown: (fd) => sockets.shutdown(fd, C.SHUT_RDWR),
  getsockname: (fd) => sockets.getsockname(fd),
  getpeername: (fd) => sockets.getpeername(fd),
  recv: (fd) => recv(fd, bytes, 1, 0),
  recvfrom: (fd) => recvfrom(fd, bytes, 1, 0, new SockaddrStorage()),
  recvmsg: (fd) => recvmsg(fd, new MessageHeader([bytes]), 0),
  send: (fd) => send(fd, bytes, 1, 0),
  sendto: (fd) => sendto(fd, bytes, 1, 0, name),
  sendmsg: (fd) => sendmsg(fd, { buffers: [bytes] }, 0),
  getsockopt: (fd) => getsockopt(fd, C.SOL_SOCKET, C.SO_TYPE),
  setsockopt: (fd) => setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1),
};

/** Each call must fail with `code`, and say which it was. */
function allFail(t: Test, fd: number, code: string): void {
  for (const [syscall, call] of Object.entries(socketCalls)) {
    t.throws(() => call(fd), { code, syscall }, `${syscall} ${code}`);
  }
}

t.test("every call on an fd that is no socket is ENOTSOCK", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(C.O_CLOEXEC));
  const [eventsfd, epfd] = closing(t, eventfd(0, C.EFD_CLOEXEC), epoll_create1(C.EPOLL_CLOEXEC));
  const filefd = openSync("/dev/null", "r+");
  for (const fd of [readfd, writefd, eventsfd, epfd, filefd]) allFail(t, fd, "ENOTSOCK");
  closeSync(filefd);
});

t.test("every call on an fd that is closed is EBADF", async (t) => {
  allFail(t, CLOSED_FD, "EBADF");
  const pathfd = openSync("/dev/null", C.O_PATH);
  allFail(t, pathfd, "EBADF");
  closeSync(pathfd);
});

t.test("every call on a number that is no fd is a RangeError or a TypeError", async (t) => {
  for (const [syscall, call] of Object.entries(socketCalls)) {
    for (const fd of [-1, 1.5, 2 ** 31, Number.NaN]) t.throws(() => call(fd), RangeError, syscall);
    for (const fd of ["3", null, 3n])
      t.throws(() => call(fd as unknown as number), TypeError, syscall);
  }
});

t.test("a socket of no family, type or protocol is refused by name", async (t) => {
  const refuse = (code: string, ...args: [number, number, number]) =>
    t.throws(() => closing(t, sockets.socket(...args)), { code, syscall: "socket" });
  refuse("EAFNOSUPPORT", 200, C.SOCK_STREAM, 0);
  refuse("EINVAL", C.AF_INET, 77, 0);
  refuse("ESOCKTNOSUPPORT", C.AF_UNIX, C.SOCK_RDM, 0);
  refuse("EPROTONOSUPPORT", C.AF_INET, C.SOCK_STREAM, C.IPPROTO_UDP);
  refuse("ESOCKTNOSUPPORT", C.AF_INET, C.SOCK_SEQPACKET, 0);
  t.throws(() => sockets.bind(tcp4.socket(t), { family: 200 } as Address), TypeError);
});

leavesNoFd(t);
