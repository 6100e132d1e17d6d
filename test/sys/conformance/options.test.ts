// The matrix: options of sockets, read, set and read again; who has which; what is inherited.
// See socket(7), tcp(7), udp(7), ip(7), ipv6(7), unix(7).
import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import { has } from "../../../lib/has.ts";
import { constants } from "../../../lib/native.ts";
import * as options from "../../../lib/options.ts";
import { connect, getsockname, listen } from "../../../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { leavesNoFd } from "../../helpers/fds.ts";
import { each, families } from "./families.ts";

const inet = families.filter(({ isUnix }) => !isUnix);
const tcp = families.filter(({ isTcp }) => isTcp);
const udp = families.filter(({ isUdp }) => isUdp);
const unix = families.filter(({ isUnix }) => isUnix);
const ipv6 = inet.filter(({ domain }) => domain === C.AF_INET6);
const { SOL_SOCKET, SOL_TCP, SOL_UDP, SOL_IP, SOL_IPV6 } = C;
const isRoot = process.getuid?.() === 0;

type Row = [name: string, value: number];

/** Each option is set to a value that it had not, and read. Those a kernel lacks are named. */
function roundTrips(t: Test, fd: number, level: number, rows: readonly Row[]): void {
  for (const [name, value] of rows) {
    if (!has(name)) {
      t.comment(`skipped: no ${name} here`);
      continue;
    }
    const option = constants[name];
    t.not(getsockopt(fd, level, option), value, `${name} is another at first`);
    t.equal(setsockopt(fd, level, option, value), 0);
    t.equal(getsockopt(fd, level, option), value, name);
  }
}

each(families, "domain, type and protocol are as they were asked for, and fixed", (t, family) => {
  const fd = family.socket(t);
  const protocol = family.isTcp ? C.IPPROTO_TCP : family.isUdp ? C.IPPROTO_UDP : 0;
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_DOMAIN), family.domain);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_TYPE), family.type);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_PROTOCOL), protocol);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_ERROR), 0);
  for (const option of [C.SO_DOMAIN, C.SO_TYPE, C.SO_PROTOCOL, C.SO_ERROR, C.SO_ACCEPTCONN]) {
    failsWith(t, "ENOPROTOOPT", `fd ${fd}`, () => setsockopt(fd, SOL_SOCKET, option, 1));
  }
});

each(families, "SO_ACCEPTCONN is of those that listen", (t, family) => {
  const fd = family.bound(t);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_ACCEPTCONN), 0);
  if (!family.isConnectionOriented) return;
  listen(fd, 1);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_ACCEPTCONN), 1);
  const [clientfd, serverfd] = family.meet(t, fd);
  t.equal(getsockopt(clientfd, SOL_SOCKET, C.SO_ACCEPTCONN), 0);
  t.equal(getsockopt(serverfd, SOL_SOCKET, C.SO_ACCEPTCONN), 0);
});

each(families, "options of every socket come back as they were set", (t, family) => {
  roundTrips(t, family.socket(t), SOL_SOCKET, [
    ["SO_REUSEADDR", 1],
    ["SO_BROADCAST", 1],
    ["SO_OOBINLINE", 1],
    ["SO_DONTROUTE", 1],
    ["SO_PRIORITY", 3],
    ["SO_TIMESTAMP", 1],
    ["SO_RXQ_OVFL", 1],
    ["SO_BUSY_POLL", 50],
    ["SO_INCOMING_CPU", 0],
    ...(isRoot ? ([["SO_MARK", 77]] as Row[]) : []),
  ]);
});

each(families, "a flag is 1, whatever it was set to", (t, family) => {
  const fd = family.socket(t);
  setsockopt(fd, SOL_SOCKET, C.SO_BROADCAST, 77);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_BROADCAST), 1);
  setsockopt(fd, SOL_SOCKET, C.SO_BROADCAST, 0);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_BROADCAST), 0);
});

each(families, "structs come back as they were set", (t, family) => {
  const fd = family.socket(t);
  options.setLinger(fd, 3);
  options.setReceiveTimeout(fd, 2500);
  options.setSendTimeout(fd, 40);
  t.equal(options.lingerSeconds(fd), 3);
  t.equal(options.receiveTimeout(fd), 2500);
  t.equal(options.sendTimeout(fd), 40);
});

each(families, "the kernel doubles the size of buffers, within its limits", (t, family) => {
  const fd = family.socket(t);
  for (const [option, limit] of [
    [C.SO_SNDBUF, "wmem_max"],
    [C.SO_RCVBUF, "rmem_max"],
  ] as const) {
    setsockopt(fd, SOL_SOCKET, option, 20_000);
    t.equal(getsockopt(fd, SOL_SOCKET, option), 40_000);
    const most = Number(readFileSync(`/proc/sys/net/core/${limit}`, "latin1"));
    setsockopt(fd, SOL_SOCKET, option, 2 ** 31 - 1);
    t.equal(getsockopt(fd, SOL_SOCKET, option), 2 * most);
    setsockopt(fd, SOL_SOCKET, option, 0);
    const least = getsockopt(fd, SOL_SOCKET, option);
    t.ok(least > 1024 && least < 20_000, `${least} bytes are the least`);
  }
});

each(families, "with privilege SO_SNDBUFFORCE and SO_RCVBUFFORCE know no limit", (t, family) => {
  const fd = family.socket(t);
  const limits = ["wmem_max", "rmem_max"].map((name) =>
    Number(readFileSync(`/proc/sys/net/core/${name}`, "latin1")),
  );
  const size = 2 * Math.max(...limits);
  const force = (option: number) => setsockopt(fd, SOL_SOCKET, option, size);
  if (!isRoot) {
    failsWith(t, "EPERM", `fd ${fd}`, () => force(C.SO_SNDBUFFORCE));
    return;
  }
  force(C.SO_SNDBUFFORCE);
  force(C.SO_RCVBUFFORCE);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_SNDBUF), 2 * size);
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_RCVBUF), 2 * size);
});

each(families, "an option that is not there, or another family's, is refused", (t, family) => {
  const fd = family.socket(t);
  failsWith(t, "ENOPROTOOPT", `fd ${fd}`, () => getsockopt(fd, SOL_SOCKET, 30_000));
  failsWith(t, "ENOPROTOOPT", `fd ${fd}`, () => setsockopt(fd, SOL_SOCKET, 30_000, 1));
  const others: [level: number, option: number][] = [[C.SOL_NETLINK, 1]];
  if (!family.isTcp) others.push([SOL_TCP, C.TCP_NODELAY]);
  if (!family.isUdp) others.push([SOL_UDP, C.UDP_CORK]);
  if (family.isUnix) others.push([SOL_IP, C.IP_TTL], [SOL_IPV6, C.IPV6_V6ONLY]);
  // Which of the two depends on the protocol, on the kernel, and on whether it is read or set.
  const refused = { code: /^(ENOPROTOOPT|EOPNOTSUPP)$/ };
  for (const [level, option] of others) {
    t.throws(() => getsockopt(fd, level, option), refused);
    t.throws(() => setsockopt(fd, level, option, 1), refused);
  }
});

each(families, "fewer bytes than an int are EINVAL, and what is read is cut", (t, family) => {
  const fd = family.socket(t);
  const set = (size: number) => () =>
    setsockopt(fd, SOL_SOCKET, C.SO_REUSEADDR, new Uint8Array(size).fill(1));
  for (const size of [0, 1, 3]) failsWith(t, "EINVAL", `fd ${fd}`, set(size));
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_REUSEADDR), 0);
  t.equal(set(4)(), 0);
  t.equal(set(64)(), 0, "more are ignored");
  for (const [size, read] of [
    [0, 0],
    [1, 1],
    [3, 3],
    [4, 4],
    [64, 4],
  ]) {
    t.equal(getsockopt(fd, SOL_SOCKET, C.SO_REUSEADDR, size).length, read);
  }
});

each(tcp, "options of TCP come back as they were set", (t, family) => {
  roundTrips(t, family.socket(t), SOL_TCP, [
    ["TCP_NODELAY", 1],
    ["TCP_CORK", 1],
    ["TCP_KEEPIDLE", 77],
    ["TCP_KEEPINTVL", 7],
    ["TCP_KEEPCNT", 3],
    ["TCP_SYNCNT", 2],
    ["TCP_LINGER2", 5],
    ["TCP_QUICKACK", 0],
    ["TCP_USER_TIMEOUT", 1500],
    ["TCP_NOTSENT_LOWAT", 4096],
    ["TCP_DEFER_ACCEPT", 1],
    ["TCP_THIN_LINEAR_TIMEOUTS", 1],
    ["TCP_FASTOPEN_CONNECT", 1],
  ]);
  roundTrips(t, family.socket(t), SOL_SOCKET, [["SO_KEEPALIVE", 1]]);
});

each(udp, "options of UDP come back as they were set", (t, family) => {
  roundTrips(t, family.socket(t), SOL_UDP, [
    ["UDP_CORK", 1],
    ["UDP_SEGMENT", 1000],
    ["UDP_GRO", 1],
  ]);
});

each(inet, "options of IPv4 come back as they were set, on IPv6 sockets too", (t, family) => {
  roundTrips(t, family.socket(t), SOL_IP, [
    ["IP_TOS", 0x10],
    ["IP_TTL", 33],
    ["IP_RECVERR", 1],
    ["IP_MTU_DISCOVER", C.IP_PMTUDISC_DO],
    ["IP_BIND_ADDRESS_NO_PORT", 1],
    ...(family.isUdp
      ? ([
          ["IP_MULTICAST_TTL", 9],
          ["IP_MULTICAST_LOOP", 0],
          ["IP_PKTINFO", 1],
          ["IP_RECVTTL", 1],
          ["IP_RECVTOS", 1],
        ] as Row[])
      : []),
  ]);
});

each(ipv6, "options of IPv6 come back as they were set", (t, family) => {
  roundTrips(t, family.socket(t), SOL_IPV6, [
    ["IPV6_V6ONLY", 1],
    ["IPV6_UNICAST_HOPS", 33],
    ["IPV6_TCLASS", 0x10],
    ["IPV6_RECVERR", 1],
    ["IPV6_RECVPKTINFO", 1],
    ["IPV6_RECVHOPLIMIT", 1],
    ["IPV6_RECVTCLASS", 1],
    ["IPV6_AUTOFLOWLABEL", 0],
    ...(family.isUdp
      ? ([
          ["IPV6_MULTICAST_HOPS", 7],
          ["IPV6_MULTICAST_LOOP", 0],
        ] as Row[])
      : []),
  ]);
});

each(unix, "options of unix sockets come back as they were set", (t, family) => {
  roundTrips(t, family.socket(t), SOL_SOCKET, [
    ["SO_PASSCRED", 1],
    ["SO_PASSSEC", 1],
    ["SO_PEEK_OFF", 5],
  ]);
});

each(families, "values out of range are refused", (t, family) => {
  const fd = family.socket(t);
  const refuse = (code: string, level: number, option: number, value: number) =>
    failsWith(t, code, `fd ${fd}`, () => setsockopt(fd, level, option, value));
  if (!isRoot) refuse("EPERM", SOL_SOCKET, C.SO_PRIORITY, 7);
  if (family.isTcp) {
    refuse("EINVAL", SOL_TCP, C.TCP_KEEPIDLE, 0);
    refuse("EINVAL", SOL_TCP, C.TCP_KEEPCNT, 128);
    refuse("EINVAL", SOL_TCP, C.TCP_SYNCNT, 0);
    refuse("EINVAL", SOL_TCP, C.TCP_USER_TIMEOUT, -1);
  }
  if (!family.isUnix) {
    refuse("EINVAL", SOL_IP, C.IP_TTL, 256);
    refuse("EINVAL", SOL_IP, C.IP_TTL, 0);
  }
  if (family.domain === C.AF_INET6) {
    refuse("EINVAL", SOL_IPV6, C.IPV6_UNICAST_HOPS, 256);
    refuse("EINVAL", SOL_IPV6, C.IPV6_TCLASS, 256);
  }
  t.throws(() => setsockopt(fd, SOL_SOCKET, C.SO_REUSEADDR, 2 ** 32), RangeError);
});

each(tcp, "an accepted connection has the listener's options", (t, family) => {
  const listenfd = family.listener(t);
  setsockopt(listenfd, SOL_TCP, C.TCP_NODELAY, 1);
  setsockopt(listenfd, SOL_SOCKET, C.SO_KEEPALIVE, 1);
  setsockopt(listenfd, SOL_SOCKET, C.SO_RCVBUF, 20_000);
  options.setLinger(listenfd, 3);
  const [clientfd, serverfd] = family.meet(t, listenfd);
  t.equal(getsockopt(serverfd, SOL_TCP, C.TCP_NODELAY), 1);
  t.equal(getsockopt(serverfd, SOL_SOCKET, C.SO_KEEPALIVE), 1);
  t.equal(getsockopt(serverfd, SOL_SOCKET, C.SO_RCVBUF), 40_000);
  t.equal(options.lingerSeconds(serverfd), 3);
  t.equal(getsockopt(clientfd, SOL_TCP, C.TCP_NODELAY), 0);
});

each(
  unix.filter(({ isConnectionOriented }) => isConnectionOriented),
  "both sides know who is at the other end",
  (t, family) => {
    const [pid, uid, gid] = [process.pid, process.getuid?.(), process.getgid?.()];
    for (const fd of family.connected(t)) {
      t.strictSame(options.peerCredentials(fd), { pid, uid, gid });
    }
    t.equal(options.peerCredentials(family.listener(t)).pid, pid, "a listener's is its own");
  },
);

each(families, "a cookie is one socket's own", (t, family) => {
  const cookies = [...family.connected(t), ...family.connected(t)].map((fd) =>
    Buffer.from(getsockopt(fd, SOL_SOCKET, C.SO_COOKIE, 8)).toString("hex"),
  );
  t.equal(new Set(cookies).size, 4);
  t.not(cookies[0], "0000000000000000");
});

each(inet, "a socket that is bound to lo still reaches others there", (t, family) => {
  const fd = family.socket(t);
  const peer = family.isTcp ? family.listener(t) : family.bound(t);
  options.bindToDevice(fd, "lo");
  t.equal(options.boundDevice(fd), "lo");
  t.equal(getsockopt(fd, SOL_SOCKET, C.SO_BINDTOIFINDEX), 1);
  t.equal(connect(fd, getsockname(peer)), 0);
  if (!isRoot) return failsWith(t, "EPERM", `fd ${fd}`, () => options.bindToDevice(fd, ""));
  options.bindToDevice(fd, "");
  t.equal(options.boundDevice(fd), "");
});

leavesNoFd(t);
