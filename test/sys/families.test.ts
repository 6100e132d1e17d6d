// Families beside the internet and unix, and kinds of sockets beside stream and datagram, each on
// real sockets where the kernel and our privileges allow.
import { endianness, networkInterfaces } from "node:os";
import t, { type Test } from "tap";
import {
  AF_CAN,
  AF_INET,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  ETH_P_IP,
  IPPROTO_ICMP,
  NETLINK_ROUTE,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  PACKET_HOST,
  RTM_GETLINK,
  RTM_NEWLINK,
  SIOCGIFINDEX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  VMADDR_CID_ANY,
  VMADDR_CID_LOCAL,
} from "../../lib/constants.ts";
import { SyscallError } from "../../lib/errno.ts";
import { InterfaceRequest } from "../../lib/ifreq.ts";
import {
  type AbstractAddress,
  decodeAddress,
  encodeAddress,
  formatAddress,
  type NetlinkAddress,
  type PacketAddress,
  SockaddrStorage,
  type VsockAddress,
} from "../../lib/sockaddr.ts";
import { ioctl } from "../../lib/sys/ioctl.ts";
import { recv, recvfrom, send, sendto } from "../../lib/sys/message.ts";
import {
  accept,
  bind,
  connect,
  getsockname,
  listen,
  socket,
  socketpair,
} from "../../lib/sys/socket.ts";
import { closing, leavesNoFd } from "../helpers/fds.ts";

const LE = endianness() === "LE";
const buffer = new Uint8Array(65536);

/** ETIMEDOUT is a vsock without the loopback module: it asks the host. */
const LACKING = ["EPERM", "EACCES", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ENODEV", "ETIMEDOUT"];

/** What `make` returns, or undefined with a note if the kernel or our rights do not have it. */
function ifAllowed<T>(t: Test, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SyscallError) || !LACKING.includes(error.code)) throw error;
    t.comment(`skipped: ${error.message}`);
    return undefined;
  }
}

/** RTM_GETLINK for all: struct nlmsghdr (16 bytes) and struct ifinfomsg (16 bytes, zeros). */
function linkDump(): Uint8Array {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint32(0, 32, LE);
  view.setUint16(4, RTM_GETLINK, LE);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, LE);
  return new Uint8Array(view.buffer);
}

/** The indexes of the interfaces in netlink messages; ends with NaN when the dump is done. */
function linkIndexes(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const indexes: number[] = [];
  for (let at = 0; at + 16 <= bytes.length; at += (view.getUint32(at, LE) + 3) & ~3) {
    const type = view.getUint16(at + 4, LE);
    if (type === NLMSG_DONE) indexes.push(Number.NaN);
    if (type === RTM_NEWLINK) indexes.push(view.getInt32(at + 20, LE));
  }
  return indexes;
}

function indexOf(fd: number, name: string): number {
  const request = new InterfaceRequest(name);
  ioctl(fd, SIOCGIFINDEX, request.bytes);
  return request.number;
}

t.test("netlink dumps the links", async (t) => {
  const [fd] = closing(t, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  bind(fd, { family: AF_NETLINK, pid: 0, groups: 0 });
  const name = getsockname(fd) as NetlinkAddress;
  t.ok(name.pid > 0, "the kernel chose a number");
  t.strictSame(decodeAddress(encodeAddress(name)), name);
  t.equal(formatAddress(name), `netlink ${name.pid} groups 0x0`);
  t.equal(sendto(fd, linkDump(), 32, 0, { family: AF_NETLINK, pid: 0, groups: 0 }), 32);
  const found: number[] = [];
  const from = new SockaddrStorage();
  while (!Number.isNaN(found.at(-1))) {
    found.push(...linkIndexes(buffer.subarray(0, recvfrom(fd, buffer, buffer.length, 0, from))));
    t.strictSame(from.decode(), { family: AF_NETLINK, pid: 0, groups: 0 });
  }
  t.ok(found.includes(indexOf(fd, "lo")));
  t.ok(found.length > Object.keys(networkInterfaces()).length, "and the end");
});

t.test("a packet socket on lo sees a datagram arrive", async (t) => {
  const fd = ifAllowed(t, () => socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd === undefined) return;
  const [udp, ear] = closing(
    t,
    socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    fd,
  );
  const ifindex = indexOf(udp, "lo");
  bind(fd, { family: AF_PACKET, protocol: ETH_P_IP, ifindex });
  t.match(getsockname(fd), { family: AF_PACKET, protocol: ETH_P_IP, ifindex, hatype: 772 });
  bind(ear, { family: AF_INET, address: "127.0.0.1", port: 0 });
  const text = `fdkit packet test ${process.pid}`;
  sendto(udp, Buffer.from(text), text.length, 0, getsockname(ear));
  const from = new SockaddrStorage();
  let n = 0;
  while (!Buffer.from(buffer.subarray(0, n)).includes(text)) {
    n = recvfrom(fd, buffer, buffer.length, 0, from);
  }
  const { protocol, pkttype, hardware } = from.decode() as PacketAddress;
  t.strictSame([protocol, pkttype, hardware], [ETH_P_IP, PACKET_HOST, new Uint8Array(6)]);
});

t.test("vsock connects to itself", async (t) => {
  const anyPort = 2 ** 32 - 1;
  const listenfd = ifAllowed(t, () => socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (listenfd === undefined) return;
  const [connfd] = closing(t, socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), listenfd);
  bind(listenfd, { family: AF_VSOCK, cid: VMADDR_CID_ANY, port: anyPort });
  listen(listenfd, 1);
  const { port } = getsockname(listenfd) as VsockAddress;
  t.ok(port < anyPort, "the kernel chose one");
  const to = { family: AF_VSOCK, cid: VMADDR_CID_LOCAL, port };
  const connected = ifAllowed(t, () => connect(connfd, to));
  if (connected === undefined) return;
  const [peerfd] = closing(t, accept(listenfd));
  t.equal(send(connfd, Buffer.from("abc"), 3, 0), 3);
  t.equal(recv(peerfd, buffer, 10, 0), 3);
});

t.test("addresses of packet, vsock and CAN come back as they went", async (t) => {
  const hardware = Uint8Array.of(2, 0xfc, 0, 0, 0, 1);
  const packet = { family: AF_PACKET, protocol: 0x86dd, ifindex: 7, hatype: 1, pkttype: 4 };
  const addresses = [
    [{ ...packet, hardware }, "packet 0x86dd%7 02:fc:00:00:00:01", 20, 12],
    [{ family: AF_NETLINK, pid: 5, groups: 0x80000001 }, "netlink 5 groups 0x80000001", 12, 12],
    [{ family: AF_VSOCK, cid: 2 ** 32 - 1, port: 1024 }, "vsock 4294967295:1024", 16, 16],
    [{ family: AF_CAN, ifindex: 3, rxId: 0x123, txId: 0x80000456 }, "can%3", 24, 8],
  ] as const;
  for (const [address, text, size, least] of addresses) {
    const bytes = encodeAddress(address);
    t.equal(bytes.length, size);
    t.strictSame(decodeAddress(bytes), address);
    t.equal(formatAddress(address), text);
    t.notOk(decodeAddress(bytes, least) instanceof Uint8Array);
    t.ok(decodeAddress(bytes, least - 1) instanceof Uint8Array, "less stays bytes");
  }
});

t.test("SOCK_SEQPACKET keeps messages apart, in order", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  send(a, Buffer.from("one"), 3, 0);
  send(a, Buffer.from("three"), 5, 0);
  t.equal(recv(b, buffer, 100, 0), 3);
  t.equal(recv(b, buffer, 2, 0), 2, "the rest of it is lost");
});

t.test("SOCK_RAW sends an echo request to lo", async (t) => {
  const fd = ifAllowed(t, () => socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (fd === undefined) return;
  closing(t, fd);
  // Type 8 is a request, 0 the reply; the checksum of an otherwise empty one is 0xf7ff.
  const echo = Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0);
  sendto(fd, echo, 8, 0, { family: AF_INET, address: "127.0.0.1", port: 0 });
  const seen: number[] = [];
  while (!seen.includes(0)) {
    recv(fd, buffer, buffer.length, 0);
    seen.push(buffer[(buffer[0] & 0xf) * 4]);
  }
  t.ok(seen.includes(8), "the request came as well");
});

t.test("unix sockets: unnamed at first, and autobind chooses an abstract name", async (t) => {
  const [fd] = closing(t, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  t.strictSame(getsockname(fd), { family: AF_UNIX });
  bind(fd, { family: AF_UNIX });
  const { abstract } = getsockname(fd) as AbstractAddress;
  t.match(Buffer.from(abstract).toString("latin1"), /^[0-9a-f]{5}$/);
});

leavesNoFd(t);
