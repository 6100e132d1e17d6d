// ioctl on sockets, pipes and interfaces, and the sizes that it insists on.
import { networkInterfaces } from "node:os";
import t from "tap";
import {
  AF_INET,
  AF_UNIX,
  EAGAIN,
  F_GETFD,
  FD_CLOEXEC,
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  IFF_LOOPBACK,
  IFF_UP,
  O_CLOEXEC,
  SIOCATMARK,
  SIOCGIFADDR,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SIOCGIFNAME,
  SIOCOUTQ,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import { InterfaceRequest } from "../../lib/ifreq.ts";
import { calls } from "../../lib/native.ts";
import { fcntl, pipe2, read, write } from "../../lib/sys/file.ts";
import { ioctl, ioctlInt } from "../../lib/sys/ioctl.ts";
import { socket, socketpair } from "../../lib/sys/socket.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

t.test("FIONREAD and SIOCOUTQ say how much waits at either end", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  t.equal(ioctlInt(b, FIONREAD), 0);
  t.equal(ioctlInt(a, SIOCOUTQ), 0);
  write(a, new Uint8Array(300), 300);
  t.equal(ioctlInt(b, FIONREAD), 300);
  t.ok(ioctlInt(a, SIOCOUTQ) >= 300, "with what the kernel needs for itself");
  const [udp] = closing(t, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  t.equal(ioctlInt(udp, SIOCATMARK), 0);
});

t.test("an int is given as bytes, and nothing where nothing is wanted", async (t) => {
  const [readfd] = closing(t, ...pipe2(O_CLOEXEC));
  t.equal(ioctl(readfd, FIONBIO, Uint8Array.of(1, 0, 0, 0)), 0);
  t.equal(read(readfd, new Uint8Array(1), 1), -EAGAIN);
  t.equal(ioctl(readfd, FIONCLEX), 0);
  t.equal(fcntl(readfd, F_GETFD), 0);
  t.equal(ioctl(readfd, FIOCLEX), 0);
  t.equal(fcntl(readfd, F_GETFD), FD_CLOEXEC);
});

t.test("the loopback interface tells of itself", async (t) => {
  const [fd] = closing(t, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const ask = (request: number) => {
    const lo = new InterfaceRequest("lo");
    t.equal(ioctl(fd, request, lo.bytes), 0);
    t.equal(lo.name, "lo");
    return lo;
  };
  const index = ask(SIOCGIFINDEX).number;
  t.ok(index >= 1);
  t.ok(ask(SIOCGIFMTU).number >= 1500);
  t.equal(ask(SIOCGIFFLAGS).flags & (IFF_UP | IFF_LOOPBACK), IFF_UP | IFF_LOOPBACK);
  t.strictSame(ask(SIOCGIFADDR).address, { family: AF_INET, address: "127.0.0.1", port: 0 });
  t.strictSame(ask(SIOCGIFHWADDR).hardwareAddress, networkInterfaces().lo?.[0]?.mac);
  t.equal(ask(SIOCGIFHWADDR).hardwareType, 772, "ARPHRD_LOOPBACK");
  const byIndex = new InterfaceRequest("");
  byIndex.number = index;
  ioctl(fd, SIOCGIFNAME, byIndex.bytes);
  t.equal(byIndex.name, "lo");
});

t.test("fields of an ifreq overlap, and its name has an end", async (t) => {
  const request = new InterfaceRequest("fifteen-bytes-x");
  request.address = { family: AF_INET, address: "10.1.2.3", port: 0 };
  t.strictSame(request.address, { family: AF_INET, address: "10.1.2.3", port: 0 });
  request.flags = IFF_UP;
  t.equal(request.flags, IFF_UP);
  t.equal(request.name, "fifteen-bytes-x");
  t.throws(() => new InterfaceRequest("sixteen-bytes-xx"), RangeError);
  t.throws(() => new InterfaceRequest("a\0b"), RangeError);
});

t.test("a request of unknown size, or with too few bytes, does not reach the kernel", async (t) => {
  const [fd] = closing(t, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const TCGETS = 0x5401;
  t.throws(() => ioctl(fd, TCGETS, new Uint8Array(1000)), {
    name: "RangeError",
    message: `ioctl: request must be one whose size is known, not ${TCGETS}`,
  });
  t.throws(() => ioctl(fd, FIONREAD, new Uint8Array(3)), {
    name: "RangeError",
    message: "ioctl: arg must have 4 bytes for this request, not 3",
  });
  t.throws(() => ioctl(fd, FIONREAD), RangeError, "no bytes at all");
  t.throws(() => ioctl(fd, SIOCGIFMTU, new Uint8Array(39)), RangeError);
  const carriesItsSize = 0x80080000 | 0x7701;
  t.throws(() => ioctl(fd, carriesItsSize, new Uint8Array(7)), RangeError);
  failsWith(t, "ENOTTY", `fd ${fd}`, () => ioctl(fd, carriesItsSize, new Uint8Array(8)));
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [fd] = closing(t, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const [pipe] = closing(t, ...pipe2(O_CLOEXEC));
  const none = new InterfaceRequest("none0");
  failsWith(t, "ENODEV", `fd ${fd}`, () => ioctl(fd, SIOCGIFMTU, none.bytes));
  failsWith(t, "ENOTTY", `fd ${pipe}`, () => ioctl(pipe, SIOCGIFMTU, none.bytes));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => ioctlInt(CLOSED_FD, FIONREAD));
});

const { fd, bits, view } = kinds;
const request = { good: FIONREAD, bad: () => [...bits.bad(), 0, 0x5401] };
rejectsBadArguments(t, calls.ioctl, [fd, request, view]);

leavesNoFd(t);
