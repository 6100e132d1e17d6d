// The matrix: what needs more of the network than two sockets: ports that several share, groups,
// broadcasts, and links that break. See socket(7), ip(7), ipv6(7), tcp(7).
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import type { InetAddress } from "../../../lib/sockaddr.ts";
import { recv, send, sendto } from "../../../lib/sys/message.ts";
import { accept, bind, connect, getsockname, listen } from "../../../lib/sys/socket.ts";
import { setsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closing, leavesNoFd } from "../../helpers/fds.ts";
import { inNamespace, lacksNamespaces } from "../../helpers/namespace.ts";
import { each, type Family, families, tcp4, udp4 } from "./families.ts";
import { polled } from "./wait.ts";

const inet = families.filter(({ isUnix }) => !isUnix);
const tcp = families.filter(({ isTcp }) => isTcp);
const udp = families.filter(({ isUdp }) => isUdp);
const unix = families.filter(({ isUnix }) => isUnix);
const bytes = new Uint8Array(16);
const SHARES = 3;
const CLIENTS = 60;

/** Sockets that share one port, made with SO_REUSEPORT. */
function sharing(t: Test, family: Family): number[] {
  const fds = Array.from({ length: SHARES }, () => family.socket(t, C.SOCK_NONBLOCK));
  for (const [i, fd] of fds.entries()) {
    setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEPORT, 1);
    bind(fd, i === 0 ? family.address() : getsockname(fds[0]));
    if (family.isTcp) listen(fd, CLIENTS);
  }
  return fds;
}

/** How many clients have come to each of the sockets, when all have. */
function arrivals(t: Test, family: Family, fds: readonly number[]): number[] {
  const counts = fds.map(() => 0);
  const deadline = performance.now() + 5000;
  const total = () => counts.reduce((a, b) => a + b);
  while (total() < CLIENTS && performance.now() < deadline) {
    for (const [i, fd] of fds.entries()) {
      const got = family.isTcp ? accept(fd) : recv(fd, bytes, 1, 0);
      if (got < 0) continue;
      if (family.isTcp) closing(t, got);
      counts[i]++;
    }
  }
  return counts;
}

each(inet, "SO_REUSEPORT spreads clients over the sockets of one port", (t, family) => {
  const fds = sharing(t, family);
  for (let i = 0; i < CLIENTS; i++) {
    const clientfd = family.socket(t);
    connect(clientfd, getsockname(fds[0]));
    send(clientfd, bytes, 1, 0);
  }
  const counts = arrivals(t, family, fds);
  t.equal(
    counts.reduce((a, b) => a + b),
    CLIENTS,
  );
  t.ok(Math.min(...counts) > 0, `${counts} of ${CLIENTS} came to each`);
});

each(inet, "a port is shared only if all its sockets have SO_REUSEPORT", (t, family) => {
  const [first, second] = [family.bound(t), family.socket(t)];
  setsockopt(second, C.SOL_SOCKET, C.SO_REUSEPORT, 1);
  t.throws(() => bind(second, getsockname(first)), { code: "EADDRINUSE" });
  const [shared] = sharing(t, family);
  t.throws(() => bind(family.socket(t), getsockname(shared)), { code: "EADDRINUSE" });
});

each(unix, "nobody shares a name", (t, family) => {
  const [first, second] = [family.socket(t), family.socket(t)];
  for (const fd of [first, second]) setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1);
  bind(first, family.address());
  t.throws(() => bind(second, getsockname(first)), { code: "EADDRINUSE" });
  // Older kernels take the option, and it means nothing.
  try {
    for (const fd of [first, second]) setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEPORT, 1);
  } catch (error) {
    t.match(error, { code: "EOPNOTSUPP" });
  }
  t.throws(() => bind(second, getsockname(first)), { code: "EADDRINUSE" });
});

each(udp, "with SO_REUSEADDR the last who bound hears", (t, family) => {
  const [first, second] = [family.socket(t), family.socket(t)];
  for (const fd of [first, second]) setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1);
  bind(first, family.address());
  t.equal(bind(second, getsockname(first)), 0);
  sendto(family.socket(t), bytes, 3, 0, getsockname(first));
  t.equal(polled(second, C.POLLIN), C.POLLIN);
  t.equal(recv(second, bytes, 9, 0), 3);
  t.equal(recv(first, bytes, 9, C.MSG_DONTWAIT), -C.EAGAIN);
});

each([udp4], "a broadcast is EACCES until SO_BROADCAST allows it", (t, family) => {
  const [sender, one, any] = [family.bound(t), family.bound(t), family.socket(t)];
  bind(any, { family: C.AF_INET, address: "0.0.0.0", port: 0 });
  const to = (fd: number) => ({
    family: C.AF_INET,
    address: "127.255.255.255",
    port: (getsockname(fd) as InetAddress).port,
  });
  failsWith(t, "EACCES", `127.255.255.255:${to(any).port}`, () =>
    sendto(sender, bytes, 3, 0, to(any)),
  );
  t.throws(() => connect(sender, to(any)), { code: "EACCES" });
  setsockopt(sender, C.SOL_SOCKET, C.SO_BROADCAST, 1);
  t.equal(sendto(sender, bytes, 3, 0, to(any)), 3);
  t.equal(recv(any, bytes, 9, 0), 3);
  sendto(sender, bytes, 3, 0, to(one));
  t.equal(recv(one, bytes, 9, C.MSG_DONTWAIT), -C.EAGAIN, "one address is not all");
});

/** Runs a program of `family` and returns what it says; its `home` is the address it binds to. */
async function said(
  t: Test,
  family: Family,
  commands: string,
  code: string,
): Promise<Record<string, unknown>> {
  const head = `
    const F = await loadFdkit();
    const home = ${JSON.stringify(family.address())};
    const bytes = new Uint8Array(16);`;
  const program = inNamespace(t, commands, head + code);
  const line = await program.line();
  t.strictSame(await program.ended(), [0, null]);
  return JSON.parse(line) as Record<string, unknown>;
}

const BROKEN_LINK = `
  const listenfd = F.socket(home.family, F.SOCK_STREAM, 0);
  F.bind(listenfd, home);
  F.listen(listenfd, 1);
  const fd = F.socket(home.family, F.SOCK_STREAM, 0);
  F.setsockopt(fd, F.SOL_TCP, F.TCP_USER_TIMEOUT, 300);
  F.connect(fd, F.getsockname(listenfd));
  const epfd = F.epoll_create1(0);
  F.epoll_ctl(epfd, F.EPOLL_CTL_ADD, fd, F.EPOLLIN);
  const lo = new F.InterfaceRequest("lo");
  F.ioctl(fd, F.SIOCGIFFLAGS, lo.bytes);
  lo.flags &= ~F.IFF_UP;
  F.ioctl(fd, F.SIOCSIFFLAGS, lo.bytes);
  const before = performance.now();
  const sent = F.send(fd, bytes, 9, 0);
  const events = new F.EpollEvents(1);
  const n = F.epoll_wait(epfd, events, 1, 20_000);
  const ms = performance.now() - before;
  let code;
  try {
    F.recv(fd, bytes, 9, 0);
  } catch (error) {
    code = error.code;
  }
  print(JSON.stringify({ sent, n, events: events.events(0), ms, code }));`;

each(
  tcp,
  "TCP_USER_TIMEOUT ends a connection whose link is down, and epoll tells",
  async (t, family) => {
    const outcome = await said(t, family, ":", BROKEN_LINK);
    // Without its link an IPv6 address is gone as well, and the kernel says so.
    const code = family === tcp4 ? "ETIMEDOUT" : /^(ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)$/;
    t.match(outcome, { sent: 9, n: 1, code });
    t.equal(outcome.events, C.EPOLLIN | C.EPOLLERR | C.EPOLLHUP);
    t.ok((outcome.ms as number) >= 290, `${outcome.ms} ms`);
  },
  lacksNamespaces,
);

/** Two links that are one wire, in one namespace; a sender's own address may come from there. */
const WIRE = `
  echo 1 >/proc/sys/net/ipv4/conf/all/accept_local
  ip link add v0 type veth peer name v1
  ip addr add 10.77.0.1/24 dev v0
  ip addr add 10.77.0.2/24 dev v0
  ip addr add fd77::1/64 dev v0 nodad
  ip addr add fd77::2/64 dev v0 nodad
  ip link set v0 up
  ip link set v1 up`;

/**
 * Each step sends one datagram, and says how often the members at v0 and at v1 heard it: as often
 * as `expected`, which is worth waiting for, or more or less.
 */
const GROUPS = `
  const [group, chosen, first, second, level, loop, all] = home.family === F.AF_INET
    ? ["239.7.7.7", "232.7.7.7", "10.77.0.1", "10.77.0.2", F.SOL_IP, F.IP_MULTICAST_LOOP,
       F.IP_MULTICAST_ALL]
    : ["ff02::7777", "ff3e::7777", "fd77::1", "fd77::2", F.SOL_IPV6, F.IPV6_MULTICAST_LOOP,
       F.IPV6_MULTICAST_ALL];
  const index = (name) => {
    const request = new F.InterfaceRequest(name);
    F.ioctl(members[0], F.SIOCGIFINDEX, request.bytes);
    return request.number;
  };
  const open = (address, port) => {
    const fd = F.socket(home.family, F.SOCK_DGRAM, 0);
    F.setsockopt(fd, F.SOL_SOCKET, F.SO_REUSEADDR, 1);
    F.setsockopt(fd, level, all, 0);
    F.bind(fd, { family: home.family, address, port });
    return fd;
  };
  const any = home.family === F.AF_INET ? "0.0.0.0" : "::";
  const members = [open(any, 0)];
  const { port } = F.getsockname(members[0]);
  members.push(open(any, port));
  const [v0, v1] = [index("v0"), index("v1")];
  const senders = [first, second].map((address) => open(address, 0));
  for (const fd of senders) F.setMulticastInterface(fd, v0);
  const fds = new F.PollFds(1);
  const copies = (fd, least) => {
    let n = 0;
    fds.set(0, fd, F.POLLIN);
    for (; F.poll(fds, 1, n < least ? 5000 : 30) === 1; n++) F.recv(fd, bytes, 9, 0);
    return n;
  };
  const said = {};
  const hear = (step, to, fd = senders[0]) => {
    F.sendto(fd, bytes, 3, 0, { family: home.family, address: to, port });
    said[step] = members.map((member, i) => copies(member, expected[step][i]));
  };
  hear("strangers", group);
  F.joinGroup(members[0], group, v0);
  F.joinGroup(members[1], group, v1);
  hear("members", group);
  F.setsockopt(senders[0], level, loop, 0);
  hear("withoutLoop", group);
  F.setsockopt(senders[0], level, loop, 1);
  F.leaveGroup(members[1], group, v1);
  hear("whenOneLeft", group);
  F.joinGroup(members[1], group, v0);
  hear("bothOnOneLink", group);
  F.setMulticastInterface(senders[0], v1);
  hear("overTheWire", group);
  F.setMulticastInterface(senders[0], v0);
  F.joinSource(members[0], chosen, first, v0);
  F.joinSource(members[1], chosen, second, v0);
  hear("firstSource", chosen, senders[0]);
  hear("secondSource", chosen, senders[1]);
  F.leaveSource(members[0], chosen, first, v0);
  hear("sourceLeft", chosen, senders[0]);
  print(JSON.stringify(said));`;

each(
  udp,
  "a group is heard by its members, on their links, from the sources they chose",
  async (t, family) => {
    // IPv6 asks whether the socket is in the group, and not on which link: it hears both copies.
    const is4 = family === udp4;
    const expected = {
      strangers: [0, 0],
      members: is4 ? [1, 1] : [2, 2],
      withoutLoop: is4 ? [0, 1] : [1, 1],
      whenOneLeft: [1, 0],
      bothOnOneLink: [1, 1],
      overTheWire: [1, 1],
      firstSource: [1, 0],
      secondSource: [0, 1],
      sourceLeft: [0, 0],
    };
    const code = `const expected = ${JSON.stringify(expected)};${GROUPS}`;
    t.strictSame(await said(t, family, WIRE, code), expected);
  },
  lacksNamespaces,
);

leavesNoFd(t);
