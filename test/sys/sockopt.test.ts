// getsockopt and setsockopt: ints, bytes, and what the kernel wrote.
import t, { type Test } from "tap";
import {
  AF_INET,
  IP_MULTICAST_TTL,
  IPPROTO_IP,
  IPPROTO_TCP,
  SO_COOKIE,
  SO_DOMAIN,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MARK,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_CONGESTION,
  TCP_INFO,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { socket } from "../../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../../lib/sys/sockopt.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const { fd, int } = kinds;

function tcp(t: Test): number {
  return closing(t, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))[0];
}

t.test("an option set to a number reads back as that number", async (t) => {
  const sockfd = tcp(t);
  const options = [
    [SOL_SOCKET, SO_REUSEADDR, 1],
    [SOL_SOCKET, SO_KEEPALIVE, 1],
    [IPPROTO_TCP, TCP_NODELAY, 1],
    [IPPROTO_TCP, TCP_KEEPIDLE, 77],
  ];
  for (const [level, optname, value] of options) {
    t.not(getsockopt(sockfd, level, optname), value);
    t.equal(setsockopt(sockfd, level, optname, value), 0);
    t.equal(getsockopt(sockfd, level, optname), value);
  }
  t.equal(getsockopt(sockfd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  t.equal(getsockopt(sockfd, SOL_SOCKET, SO_DOMAIN), AF_INET);
});

t.test("the kernel doubles SO_RCVBUF", async (t) => {
  const sockfd = tcp(t);
  setsockopt(sockfd, SOL_SOCKET, SO_RCVBUF, 8192);
  t.equal(getsockopt(sockfd, SOL_SOCKET, SO_RCVBUF), 16384);
});

t.test("a struct goes in and comes out as bytes", async (t) => {
  const sockfd = tcp(t);
  const linger = new Uint8Array(Int32Array.of(1, 5).buffer);
  t.equal(setsockopt(sockfd, SOL_SOCKET, SO_LINGER, linger), 0);
  t.strictSame(getsockopt(sockfd, SOL_SOCKET, SO_LINGER, 8), linger);
  t.strictSame(getsockopt(sockfd, SOL_SOCKET, SO_LINGER, 64), linger, "what the kernel wrote");
  t.equal(getsockopt(sockfd, SOL_SOCKET, SO_LINGER), 1, "as an int: the first field");
});

t.test("a text option comes out with its length", async (t) => {
  const name = getsockopt(tcp(t), IPPROTO_TCP, TCP_CONGESTION, 16);
  t.match(Buffer.from(name).toString("latin1"), /^[a-z0-9_]+\0*$/);
});

t.test("a long struct is cut at size", async (t) => {
  const sockfd = tcp(t);
  t.equal(getsockopt(sockfd, IPPROTO_TCP, TCP_INFO, 8).length, 8);
  t.ok(getsockopt(sockfd, IPPROTO_TCP, TCP_INFO, 1024).length >= 104);
  t.equal(getsockopt(sockfd, SOL_SOCKET, SO_COOKIE, 8).length, 8);
});

t.test("a one-byte option may be set as a byte or as an int", async (t) => {
  const [udpfd] = closing(t, socket(AF_INET, SOCK_DGRAM, 0));
  setsockopt(udpfd, IPPROTO_IP, IP_MULTICAST_TTL, Uint8Array.of(9));
  t.equal(getsockopt(udpfd, IPPROTO_IP, IP_MULTICAST_TTL), 9);
  t.strictSame(getsockopt(udpfd, IPPROTO_IP, IP_MULTICAST_TTL, 1), Uint8Array.of(9));
});

t.test("the kernel writes no byte beyond optval", async (t) => {
  const around = new Uint8Array(12).fill(0xee);
  const optlen = new Int32Array(1);
  const linger = around.subarray(2, 6);
  t.equal(calls.getsockopt(tcp(t), SOL_SOCKET, SO_LINGER, linger, optlen), 0);
  t.equal(optlen[0], 4);
  t.strictSame([...around], [0xee, 0xee, 0, 0, 0, 0, ...Array(6).fill(0xee)]);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const sockfd = tcp(t);
  const nowhere = 30000;
  failsWith(t, "ENOPROTOOPT", `fd ${sockfd}`, () => getsockopt(sockfd, SOL_SOCKET, nowhere));
  failsWith(t, "ENOPROTOOPT", `fd ${sockfd}`, () => setsockopt(sockfd, SOL_SOCKET, nowhere, 1));
  failsWith(t, "EINVAL", `fd ${sockfd}`, () => getsockopt(sockfd, SOL_SOCKET, SO_COOKIE));
  failsWith(t, "EINVAL", `fd ${sockfd}`, () =>
    setsockopt(sockfd, SOL_SOCKET, SO_LINGER, new Uint8Array(3)),
  );
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => getsockopt(CLOSED_FD, SOL_SOCKET, SO_MARK));
});

const badValues = {
  good: 1,
  bad: () => [NaN, 2 ** 32, -(2 ** 31) - 1, 1.5, "1", 1n, null, {}, true, new Int32Array(1)],
};
const badSizes = { good: 4, bad: () => [NaN, -1, 2 ** 32, 1.5, "4", 4n, null] };
rejectsBadArguments(t, getsockopt, [fd, int, int, badSizes]);
rejectsBadArguments(t, setsockopt, [fd, int, int, badValues]);

leavesNoFd(t);
