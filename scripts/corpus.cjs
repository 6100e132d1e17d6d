// A few of every call, right and wrong, for `npm run test:valgrind`: straight to the addon, since
// each line of JavaScript takes a hundred times as long there. See also sanitize.cjs.
"use strict";

const assert = require("node:assert");
const path = require("node:path");

const addon = process.env.FDKIT_NATIVE ?? path.join(__dirname, "../build/Release/fdkit.node");
const { calls, constants } = require(addon);
const { AF_INET, AF_UNIX, SOCK_STREAM, SOCK_DGRAM, SOL_SOCKET, SO_ERROR } = constants;

/** Memory of its own, so that a byte too many is seen. */
const bytes = (text) => Uint8Array.from(Buffer.from(text));
const room = (size) => new Uint8Array(size);

function streams() {
  const fds = new Int32Array(2);
  assert.equal(calls.socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  const [a, b] = fds;
  assert.equal(calls.send(a, bytes("abc"), 3, 0, 0), 3);
  assert.equal(calls.recv(b, room(8), 5, 0, 3), 3);
  assert.equal(calls.write(a, bytes("abc"), 2, 1), 2);
  assert.equal(calls.read(b, room(2), 2, 0), 2);
  assert.equal(calls.writev(a, [bytes("ab"), room(0), bytes("c")]), 3);
  assert.equal(calls.readv(b, [room(1), room(8)]), 3);
  assert.equal(calls.sendmsg(a, [bytes("ab")], null, 0, null, 0, 0), 2);
  const received = new Int32Array(4);
  assert.equal(
    calls.recvmsg(b, [room(2)], room(128), room(64), new Int32Array(16), received, 0),
    2,
  );
  assert.equal(calls.getsockopt(a, SOL_SOCKET, SO_ERROR, room(4), new Int32Array(1)), 0);
  assert.equal(calls.setsockopt(a, SOL_SOCKET, constants.SO_LINGER, room(8)), 0);
  assert.equal(calls.getpeername(a, room(128), new Int32Array(1)), 0);
  return [a, b];
}

function datagrams() {
  const fd = calls.socket(AF_INET, SOCK_DGRAM, 0);
  const address = room(16);
  new DataView(address.buffer).setUint32(4, constants.INADDR_LOOPBACK);
  address[0] = AF_INET;
  assert.equal(calls.bind(fd, address), 0);
  const name = room(16);
  assert.equal(calls.getsockname(fd, name, new Int32Array(1)), 0);
  assert.equal(calls.sendto(fd, bytes("abc"), 3, 0, name, 0), 3);
  assert.equal(calls.recvfrom(fd, room(3), 3, 0, room(16), new Int32Array(1), 0), 3);
  return [fd];
}

function waiting(fd) {
  const epfd = calls.epoll_create1(0);
  assert.equal(calls.epoll_ctl(epfd, constants.EPOLL_CTL_ADD, fd, constants.EPOLLOUT, 1, 2), 0);
  assert.equal(calls.epoll_wait(epfd, room(16), 1, 1000), 1);
  const timerfd = calls.timerfd_create(constants.CLOCK_MONOTONIC, 0);
  assert.equal(calls.timerfd_settime(timerfd, 0, 1, 0), 0);
  assert.equal(calls.read(timerfd, room(8), 8, 0), 8);
  const sigfd = calls.uvSignalOpen();
  assert.equal(calls.uvSignalStart(sigfd, constants.SIGUSR2), 0);
  process.kill(process.pid, constants.SIGUSR2);
  while (calls.uvSignalRead(sigfd, room(64)) === 0);
  assert.equal(calls.uvSignalStop(sigfd, constants.SIGUSR2), 0);
  assert.equal(calls.uvSignalClose(sigfd), 0);
  return [epfd, timerfd, calls.eventfd(1, 0)];
}

function files() {
  const fd = calls.open(bytes("/tmp"), constants.O_TMPFILE | constants.O_RDWR, 0o600);
  if (fd < 0) return [];
  assert.equal(calls.pwrite(fd, bytes("abcdef"), 6, 0, 0), 6);
  assert.equal(calls.preadv(fd, [room(2), room(8)], 1), 5);
  assert.equal(calls.fstat(fd, room(constants.SIZEOF_STAT)), 0);
  assert.ok(calls.rename(bytes("/nowhere/a"), bytes("/nowhere/b")) < 0);
  return [fd];
}

/** Digits and files only; the answers of the pool come when this file has been run. */
function names() {
  const question = [bytes("127.0.0.1"), bytes("80"), constants.AI_NUMERICHOST, 0, 0, 0];
  const list = [];
  assert.equal(calls.getaddrinfo(...question, list), 0);
  const [{ address }] = list;
  assert.ok(calls.getaddrinfo(bytes("x"), null, constants.AI_NUMERICHOST, 0, 0, 0, []) < -3000);
  const digits = constants.NI_NUMERICHOST | constants.NI_NUMERICSERV;
  assert.equal(calls.getnameinfo(address, room(10), room(3), digits), 0);
  assert.ok(calls.getnameinfo(address, room(9), null, digits) < -3000);
  assert.equal(
    calls.getaddrinfoAsync(...question, (answer) => assert.equal(answer, 0)),
    0,
  );
  assert.equal(
    calls.getnameinfoAsync(address, 0, (answer) => assert.equal(answer, 0)),
    0,
  );
  assert.equal(calls.if_nametoindex(bytes("lo")), 1);
  assert.equal(calls.if_indextoname(1, room(16)), 0);
  assert.equal(calls.if_nameindex([]), 0);
}

/** No call, each in another way, with its message. */
function rejected() {
  for (const [name, call] of Object.entries(calls)) {
    for (const args of [[], [Number.NaN], ["3"], [3n], [{}, []], [Symbol("x")], [2 ** 32]]) {
      if (name === "uvSignalOpen" || name === "unlink") continue;
      assert.throws(() => call(...args), { code: /^ERR_/ }, name);
    }
  }
  const closed = 2 ** 31 - 1;
  assert.equal(calls.close(closed), -constants.EBADF);
}

for (let round = 0; round < 3; round++) {
  const pair = streams();
  for (const fd of [...pair, ...datagrams(), ...waiting(pair[0]), ...files()]) {
    assert.equal(calls.close(fd), 0);
  }
  names();
  rejected();
}
