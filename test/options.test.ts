// The typed options on real sockets: what is set is what the kernel then does.
import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
import * as C from "../lib/constants.ts";
import { has } from "../lib/has.ts";
import { calls, tcpInfoFields } from "../lib/native.ts";
import * as options from "../lib/options.ts";
import { type Address, type InetAddress, inetPton } from "../lib/sockaddr.ts";
import * as S from "../lib/structs.ts";
import { close, read, write } from "../lib/sys/file.ts";
import { recv, send, sendto } from "../lib/sys/message.ts";
import {
  accept,
  bind,
  connect,
  getsockname,
  listen,
  socket,
  socketpair,
} from "../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../lib/sys/sockopt.ts";
import { kinds, rejectsBadArguments } from "./helpers/arguments.ts";
import { failsWith } from "./helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "./helpers/fds.ts";

const loopback = (port = 0): InetAddress => ({ family: C.AF_INET, address: "127.0.0.1", port });
const BYTE = new Uint8Array(1);
/** The index of the interface lo, in every network namespace. */
const LO = 1;

function open(t: Test, family: number, type: number): number {
  return closing(t, socket(family, type | C.SOCK_CLOEXEC, 0))[0];
}

/** Two ends of a connection; the test closes the first itself. */
function connection(t: Test): [number, number] {
  const listenfd = open(t, C.AF_INET, C.SOCK_STREAM);
  bind(listenfd, loopback());
  listen(listenfd, 1);
  const clientfd = socket(C.AF_INET, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0);
  connect(clientfd, getsockname(listenfd));
  return [clientfd, closing(t, accept(listenfd))[0]];
}

t.test("tcpInfo tells every field that the kernel gave", async (t) => {
  const [clientfd, connfd] = connection(t);
  write(clientfd, new Uint8Array(100), 100);
  read(connfd, new Uint8Array(100), 100);
  const info = options.tcpInfo(connfd);
  close(clientfd);
  t.equal(info.state, C.TCP_ESTABLISHED);
  t.equal(info.bytes_received, 100);
  t.ok((info.snd_mss as number) > 500 && (info.rto as number) >= 1000);
  t.ok((info.snd_wscale as number) <= 14 && (info.rcv_wscale as number) <= 14);
  const length = getsockopt(connfd, C.SOL_TCP, C.TCP_INFO, 4096).length;
  const given = tcpInfoFields.filter(({ offset, size }) => offset + size <= length);
  t.strictSame(
    Object.keys(info),
    given.map(({ name }) => name.slice("tcpi_".length)),
  );
  t.equal(options.tcpInfo(connfd).state, C.TCP_CLOSE_WAIT);
});

t.test("the fields of TCP_INFO lie one behind the other, and bits share a byte", async (t) => {
  const taken = new Map<number, number>();
  for (const { name, offset, size, mask } of tcpInfoFields) {
    for (let at = offset; at < offset + size; at++) {
      t.equal((taken.get(at) ?? 0) & mask, 0, name);
      taken.set(at, (taken.get(at) ?? 0) | mask);
    }
  }
  t.strictSame(
    [...taken.keys()],
    Array.from({ length: 280 }, (_, i) => i),
  );
});

t.test("lingering for no time breaks the connection off", async (t) => {
  const [clientfd, connfd] = connection(t);
  t.equal(options.lingerSeconds(clientfd), undefined);
  options.setLinger(clientfd, 7);
  t.equal(options.lingerSeconds(clientfd), 7);
  options.setLinger(clientfd, undefined);
  t.equal(options.lingerSeconds(clientfd), undefined);
  options.setLinger(clientfd, 0);
  t.equal(options.lingerSeconds(clientfd), 0);
  close(clientfd);
  failsWith(t, "ECONNRESET", `fd ${connfd}`, () => read(connfd, BYTE, 1));
  for (const bad of [-1, 2 ** 31, 1.5, NaN]) {
    t.throws(() => options.setLinger(connfd, bad), RangeError);
  }
});

t.test("a blocking read gives up after SO_RCVTIMEO", async (t) => {
  const [left, right] = closing(t, ...socketpair(C.AF_UNIX, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0));
  t.equal(options.receiveTimeout(left), 0);
  options.setReceiveTimeout(left, 20);
  t.equal(options.receiveTimeout(left), 20);
  const before = performance.now();
  t.equal(read(left, BYTE, 1), -C.EAGAIN);
  t.ok(performance.now() - before >= 19);
  options.setSendTimeout(right, 1500);
  t.strictSame([options.sendTimeout(right), options.receiveTimeout(right)], [1500, 0]);
  for (const bad of [-1, NaN, Infinity]) {
    t.throws(() => options.setSendTimeout(right, bad), RangeError);
  }
});

t.test("a unix socket knows its peer", async (t) => {
  const [left] = closing(t, ...socketpair(C.AF_UNIX, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0));
  const [pid, uid, gid] = [process.pid, process.getuid?.(), process.getgid?.()];
  t.strictSame(options.peerCredentials(left), { pid, uid, gid });
  const groups = [...(process.getgroups?.() ?? [])].filter((group) => group !== gid);
  t.strictSame(
    options.peerGroups(left).filter((group) => group !== gid),
    groups,
  );
  const alone = open(t, C.AF_UNIX, C.SOCK_STREAM);
  t.equal(options.peerCredentials(alone).pid, 0);
  failsWith(t, "ENODATA", `fd ${alone}`, () => options.peerGroups(alone));
  if (has("SO_PEERPIDFD")) closing(t, options.peerPidfd(left));
  else t.throws(() => options.peerPidfd(left), /optname must be an integer .* not undefined/);
});

t.test("a socket can be bound to an interface", async (t) => {
  const fd = open(t, C.AF_INET, C.SOCK_DGRAM);
  t.equal(options.boundDevice(fd), "");
  options.bindToDevice(fd, "lo");
  t.equal(options.boundDevice(fd), "lo");
  options.bindToDevice(fd, "");
  t.equal(options.boundDevice(fd), "");
  failsWith(t, "ENODEV", `fd ${fd}`, () => options.bindToDevice(fd, "nothing0"));
  for (const bad of ["0123456789abcdef", "l\0o"]) {
    t.throws(() => options.bindToDevice(fd, bad), RangeError);
  }
});

t.test("a connection that nobody redirected has no original destination", async (t) => {
  const [clientfd, connfd] = connection(t);
  close(clientfd);
  t.throws(() => options.originalDestination(connfd), { code: /^(ENOENT|ENOPROTOOPT)$/ });
});

t.test("an error that came meanwhile is taken once", async (t) => {
  const fd = open(t, C.AF_INET, C.SOCK_STREAM | C.SOCK_NONBLOCK);
  const nobody = open(t, C.AF_INET, C.SOCK_STREAM);
  bind(nobody, loopback());
  t.equal(connect(fd, getsockname(nobody)), -C.EINPROGRESS);
  const refused = options.takeSocketError(fd, "connect");
  t.match(refused, { code: "ECONNREFUSED", syscall: "connect" });
  t.equal(options.takeSocketError(fd, "connect"), undefined);
});

t.test("the congestion control has a name", async (t) => {
  const fd = open(t, C.AF_INET, C.SOCK_STREAM);
  t.match(options.congestionControl(fd), /^[a-z]+$/);
  options.setCongestionControl(fd, "reno");
  t.equal(options.congestionControl(fd), "reno");
  failsWith(t, "ENOENT", `fd ${fd}`, () => options.setCongestionControl(fd, "nothing"));
  t.throws(() => options.setCongestionControl(fd, "0123456789abcdef"), RangeError);
});

t.test("who has not the MD5 key is not heard", async (t) => {
  const listenfd = open(t, C.AF_INET, C.SOCK_STREAM);
  bind(listenfd, loopback());
  listen(listenfd, 1);
  const peer = (port: number): Address => loopback(port);
  const key = Buffer.from("a secret");
  try {
    options.setMd5Key(listenfd, peer(0), key);
  } catch (error) {
    t.match(error, { code: /^(ENOPROTOOPT|EPERM)$/ });
    t.comment("this kernel has no TCP_MD5SIG");
    return;
  }
  const fd = open(t, C.AF_INET, C.SOCK_STREAM);
  const listening = getsockname(listenfd) as InetAddress;
  options.setMd5Key(fd, peer(listening.port), key);
  t.equal(connect(fd, listening), 0);
  const stranger = open(t, C.AF_INET, C.SOCK_STREAM);
  setsockopt(stranger, C.SOL_TCP, C.TCP_SYNCNT, 1);
  options.setSendTimeout(stranger, 50);
  t.equal(connect(stranger, listening), -C.EINPROGRESS);
  options.setMd5Key(listenfd, peer(0), new Uint8Array(0));
  failsWith(t, "ENOENT", `fd ${listenfd}`, () =>
    options.setMd5Key(listenfd, peer(0), new Uint8Array(0)),
  );
  t.throws(() => options.setMd5Key(fd, peer(1), new Uint8Array(81)), RangeError);
});

t.test("options that are an int need no helper", async (t) => {
  const fd = open(t, C.AF_INET, C.SOCK_STREAM);
  for (const [optname, value] of [
    [C.TCP_USER_TIMEOUT, 1500],
    [C.TCP_FASTOPEN, 5],
    [C.TCP_DEFER_ACCEPT, 1],
    [C.TCP_NOTSENT_LOWAT, 4096],
  ]) {
    setsockopt(fd, C.SOL_TCP, optname, value);
    t.equal(getsockopt(fd, C.SOL_TCP, optname), value);
  }
});

const GROUP = "239.7.7.7";

/** A datagram socket bound to a port, and one that sends from 127.0.0.1 to groups through lo. */
function multicast(t: Test): [receiver: number, sender: number, port: number] {
  const receiver = open(t, C.AF_INET, C.SOCK_DGRAM);
  const sender = open(t, C.AF_INET, C.SOCK_DGRAM);
  bind(receiver, { family: C.AF_INET, address: "0.0.0.0", port: 0 });
  setsockopt(receiver, C.SOL_IP, C.IP_MULTICAST_ALL, 0);
  bind(sender, loopback());
  options.setMulticastInterface(sender, LO);
  return [receiver, sender, (getsockname(receiver) as InetAddress).port];
}

t.test("a group is heard while it is joined, and its sources are chosen", async (t) => {
  const [receiver, sender, port] = multicast(t);
  const isHeard = () => {
    sendto(sender, BYTE, 1, 0, { family: C.AF_INET, address: GROUP, port });
    return recv(receiver, BYTE, 1, C.MSG_DONTWAIT) === 1;
  };
  t.notOk(isHeard());
  options.joinGroup(receiver, GROUP, LO);
  t.ok(isHeard());
  options.blockSource(receiver, GROUP, "127.0.0.1", LO);
  t.notOk(isHeard());
  options.unblockSource(receiver, GROUP, "127.0.0.1", LO);
  t.ok(isHeard());
  options.leaveGroup(receiver, GROUP, LO);
  t.notOk(isHeard());
  options.joinSource(receiver, GROUP, "127.9.9.9", LO);
  t.notOk(isHeard(), "another source");
  options.joinSource(receiver, GROUP, "127.0.0.1", LO);
  t.ok(isHeard());
  options.leaveSource(receiver, GROUP, "127.0.0.1", LO);
  t.notOk(isHeard());
  const mreqn = options.ipMreqn("239.7.7.8", "127.0.0.1", 0);
  setsockopt(receiver, C.SOL_IP, C.IP_ADD_MEMBERSHIP, mreqn);
  sendto(sender, BYTE, 1, 0, { family: C.AF_INET, address: "239.7.7.8", port });
  t.equal(recv(receiver, BYTE, 1, C.MSG_DONTWAIT), 1, "joined by struct ip_mreqn");
});

/** Whether a socket of this network namespace is in an IPv6 group of lo. */
function isMember(group: string): boolean {
  const hex = Buffer.from(inetPton(C.AF_INET6, group) as Uint8Array).toString("hex");
  const rows = readFileSync("/proc/self/net/igmp6", "latin1").split("\n");
  return rows.some((row) => row.includes(" lo ") && row.includes(hex));
}

t.test("groups of IPv6, which the kernel lists", async (t) => {
  const fd = open(t, C.AF_INET6, C.SOCK_DGRAM);
  const subject = `fd ${fd}`;
  const group = "ff01::7777";
  options.joinGroup(fd, group, LO);
  t.ok(isMember(group));
  failsWith(t, "EADDRINUSE", subject, () => options.joinGroup(fd, group, LO));
  options.blockSource(fd, group, "::9", LO);
  options.unblockSource(fd, group, "::9", LO);
  failsWith(t, "EADDRNOTAVAIL", subject, () => options.unblockSource(fd, group, "::9", LO));
  options.leaveGroup(fd, group, LO);
  t.notOk(isMember(group));
  options.joinSource(fd, group, "::9", LO);
  t.ok(isMember(group));
  options.leaveSource(fd, group, "::9", LO);
  t.notOk(isMember(group));
  setsockopt(fd, C.SOL_IPV6, C.MCAST_JOIN_GROUP, options.groupReq("ff01::9", LO));
  const req = options.groupSourceReq("ff01::9", "::9", LO);
  setsockopt(fd, C.SOL_IPV6, C.MCAST_BLOCK_SOURCE, req);
  t.ok(isMember("ff01::9"));
  const mreq = options.ipv6Mreq("ff01::8", LO);
  setsockopt(fd, C.SOL_IPV6, C.IPV6_ADD_MEMBERSHIP, mreq);
  t.ok(isMember("ff01::8"));
  setsockopt(fd, C.SOL_IPV6, C.IPV6_DROP_MEMBERSHIP, mreq);
  options.setMulticastInterface(fd, LO);
  t.equal(getsockopt(fd, C.SOL_IPV6, C.IPV6_MULTICAST_IF), LO);
});

t.test("groups and interfaces that cannot be are refused", async (t) => {
  const fd = open(t, C.AF_INET, C.SOCK_DGRAM);
  t.throws(() => options.joinGroup(fd, "nowhere"), RangeError);
  t.throws(() => options.joinGroup(fd, GROUP, -1), RangeError);
  t.throws(() => options.ipMreqn("ff01::8", "0.0.0.0", 0), RangeError);
  t.throws(() => options.ipv6Mreq(GROUP, 0), RangeError);
  failsWith(t, "ENODEV", `fd ${fd}`, () => options.joinGroup(fd, GROUP, 2 ** 30));
  failsWith(t, "EADDRNOTAVAIL", `fd ${fd}`, () => options.leaveGroup(fd, GROUP, LO));
});

const ACCEPT_LONG: options.FilterInstruction[] = [
  [C.BPF_LD | C.BPF_W | C.BPF_LEN, 0, 0, 0],
  // The kernel counts the header of UDP, 8 bytes.
  [C.BPF_JMP | C.BPF_JGE | C.BPF_K, 0, 1, 18],
  [C.BPF_RET | C.BPF_K, 0, 0, 0xffffffff],
  [C.BPF_RET | C.BPF_K, 0, 0, 0],
];

t.test("a filter drops what it does not like, and can be read and taken away", async (t) => {
  const receiver = open(t, C.AF_INET, C.SOCK_DGRAM);
  const sender = open(t, C.AF_INET, C.SOCK_DGRAM);
  bind(receiver, loopback());
  connect(sender, getsockname(receiver));
  const arrives = (size: number) => {
    send(sender, new Uint8Array(size), size, 0);
    return recv(receiver, new Uint8Array(64), 64, C.MSG_DONTWAIT) === size;
  };
  t.strictSame(options.attachedFilter(receiver), []);
  options.attachFilter(receiver, ACCEPT_LONG);
  t.strictSame([arrives(9), arrives(10)], [false, true]);
  t.strictSame(options.attachedFilter(receiver), ACCEPT_LONG);
  options.detachFilter(receiver);
  t.ok(arrives(9));
  failsWith(t, "ENOENT", `fd ${receiver}`, () => options.detachFilter(receiver));
  failsWith(t, "EINVAL", `fd ${receiver}`, () => options.attachFilter(receiver, []));
  const bad: options.FilterInstruction[] = [
    [2 ** 16, 0, 0, 0],
    [0, 256, 0, 0],
    [0, 0, 0, 2 ** 32],
  ];
  for (const one of bad) t.throws(() => options.attachFilter(receiver, [one]), RangeError);
  const endless = new Array(4097).fill([C.BPF_RET | C.BPF_K, 0, 0, 0]);
  t.throws(() => options.attachFilter(receiver, endless), RangeError);
});

t.test("a filter chooses the socket of a SO_REUSEPORT group", async (t) => {
  const fds = [0, 1, 2].map(() => open(t, C.AF_INET, C.SOCK_DGRAM));
  let address = loopback();
  for (const fd of fds) {
    setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEPORT, 1);
    bind(fd, address);
    address = getsockname(fd) as InetAddress;
  }
  // The first byte of the datagram is the number of the socket.
  options.attachReusePortFilter(fds[0] as number, [
    [C.BPF_LD | C.BPF_B | C.BPF_ABS, 0, 0, 0],
    [C.BPF_RET | C.BPF_A, 0, 0, 0],
  ]);
  const sender = open(t, C.AF_INET, C.SOCK_DGRAM);
  for (const number of [2, 0, 1, 2]) {
    sendto(sender, Uint8Array.of(number), 1, 0, address);
    const got = fds.map((fd) => recv(fd, BYTE, 1, C.MSG_DONTWAIT) === 1);
    t.equal(got.indexOf(true), number);
  }
});

t.test("no pointer comes from JavaScript", async (t) => {
  const fd = open(t, C.AF_INET, C.SOCK_STREAM);
  const bytes = new Uint8Array(64);
  for (const optname of [C.SO_ATTACH_FILTER, C.SO_ATTACH_REUSEPORT_CBPF]) {
    t.throws(() => setsockopt(fd, C.SOL_SOCKET, optname, bytes), /without a pointer/);
  }
  t.throws(() => getsockopt(fd, C.SOL_TCP, C.TCP_ZEROCOPY_RECEIVE, 64), /without a pointer/);
  t.throws(() => calls.setsockoptFprog(fd, C.SOL_SOCKET, C.SO_LINGER, bytes), RangeError);
  t.throws(() => calls.setsockoptFprog(fd, C.SOL_SOCKET, C.SO_ATTACH_FILTER, BYTE), RangeError);
});

t.test("a filter longer than the room for it is not written beyond it", async (t) => {
  const fd = open(t, C.AF_INET, C.SOCK_DGRAM);
  options.attachFilter(fd, ACCEPT_LONG);
  const around = new Uint8Array(64).fill(0xee);
  const optlen = new Int32Array(1);
  const get = (room: number) =>
    calls.getsockopt(fd, C.SOL_SOCKET, C.SO_GET_FILTER, around.subarray(0, room), optlen);
  t.equal(get(3 * S.SIZEOF_SOCK_FILTER + 7), -C.EINVAL);
  t.ok(around.every((byte) => byte === 0xee));
  t.equal(get(4 * S.SIZEOF_SOCK_FILTER + 7), 0);
  t.equal(optlen[0], 4 * S.SIZEOF_SOCK_FILTER);
  t.ok(around.subarray(32).every((byte) => byte === 0xee));
});

const filter = { good: new Uint8Array(8), bad: () => [...kinds.view.bad(), new Uint8Array(9)] };
const optname = { good: C.SO_ATTACH_FILTER, bad: () => kinds.int.bad() };
const level = { good: C.SOL_SOCKET, bad: () => kinds.int.bad() };
rejectsBadArguments(t, calls.setsockoptFprog, [kinds.fd, level, optname, filter]);
t.equal(
  calls.setsockoptFprog(CLOSED_FD, C.SOL_SOCKET, C.SO_ATTACH_FILTER, BYTE.subarray(1)),
  -C.EBADF,
);

leavesNoFd(t);
