// What datagrams of the internet carry beside their bytes: hop limits, traffic classes, packet
// info, cut off at every boundary (RFC 3542); errors, times, segments, completions.
//
// Man pages: ip(7), ipv6(7), udp(7), recvmsg(2). See also control.test.ts, rights.test.ts.
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import {
  type ControlType,
  cmsgLen,
  cmsgSpace,
  controlMessage,
  controlMessages,
  encodeControl,
  findControl,
} from "../../../lib/cmsg.ts";
import * as types from "../../../lib/cmsg-types.ts";
import * as C from "../../../lib/constants.ts";
import { type InetAddress, SockaddrStorage } from "../../../lib/sockaddr.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../../lib/sys/epoll.ts";
import { recv, send } from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import { connect, getsockname } from "../../../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { each, type Family, tcp4, tcp6, udp4, udp6 } from "./families.ts";

const INT = 4;
const PATIENCE_MS = 2000;
const one = [new Uint8Array(1)];
const isV6 = (family: Family) => family.domain === C.AF_INET6;

interface Received {
  n: number;
  bytes: Buffer;
  control: Uint8Array;
  flags: number;
  name: SockaddrStorage;
}

function receive(fd: number, flags = 0, room = 512): Received {
  const bytes = Buffer.alloc(65536);
  const message = new MessageHeader([bytes], new Uint8Array(room), new SockaddrStorage());
  const n = recvmsg(fd, message, flags);
  const control = (message.control as Uint8Array).subarray(0, message.controlLength);
  const name = message.name as SockaddrStorage;
  return { n, bytes: bytes.subarray(0, Math.max(n, 0)), control, flags: message.flags, name };
}

/** What the two families call the same things. */
const V4 = {
  level: C.IPPROTO_IP,
  recvHops: C.IP_RECVTTL,
  recvClass: C.IP_RECVTOS,
  recvInfo: C.IP_PKTINFO,
  recvErr: C.IP_RECVERR,
  hops: types.ipTtl,
  class: types.ipTos,
  err: types.ipRecverr,
};
const V6 = {
  level: C.IPPROTO_IPV6,
  recvHops: C.IPV6_RECVHOPLIMIT,
  recvClass: C.IPV6_RECVTCLASS,
  recvInfo: C.IPV6_RECVPKTINFO,
  recvErr: C.IPV6_RECVERR,
  hops: types.ipv6Hoplimit,
  class: types.ipv6Tclass,
  err: types.ipv6Recverr,
};
const wordsOf = (family: Family) => (isV6(family) ? V6 : V4);

each([udp4, udp6], "the hop limit is received, and set for one message", (t, family) => {
  const [a, b] = family.connected(t);
  const words = wordsOf(family);
  setsockopt(b, words.level, words.recvHops, 1);
  for (const hops of [1, 17, 255]) {
    sendmsg(a, { buffers: one, control: encodeControl(controlMessage(words.hops, hops)) }, 0);
    t.equal(findControl(words.hops, receive(b).control), hops);
  }
  send(a, one[0], 1, 0);
  t.equal(findControl(words.hops, receive(b).control), 64, "the next has the usual one");
});

each([udp4, udp6], "traffic class and hop limit are set together, in any order", (t, family) => {
  const [a, b] = family.connected(t);
  const words = wordsOf(family);
  setsockopt(b, words.level, words.recvHops, 1);
  setsockopt(b, words.level, words.recvClass, 1);
  const both = [controlMessage(words.hops, 9), controlMessage(words.class, 0x48)];
  for (const messages of [both, both.toReversed()]) {
    sendmsg(a, { buffers: one, control: encodeControl(...messages) }, 0);
    const { control } = receive(b);
    t.equal(findControl(words.hops, control), 9);
    t.equal(findControl(words.class, control), 0x48);
  }
});

each([udp4, udp6], "what was not asked for does not come", (t, family) => {
  const [a, b] = family.connected(t);
  send(a, one[0], 1, 0);
  const { control, flags } = receive(b);
  t.strictSame([control.length, flags], [0, 0]);
});

each([udp4, udp6], "control data fits exactly into CMSG_SPACE, or into CMSG_LEN", (t, family) => {
  const [a, b] = family.connected(t);
  const words = wordsOf(family);
  setsockopt(b, words.level, words.recvHops, 1);
  for (const room of [cmsgSpace(INT), cmsgLen(INT)]) {
    send(a, one[0], 1, 0);
    const { control, flags } = receive(b, 0, room);
    t.strictSame([control.length, flags], [room, 0]);
    t.equal(findControl(words.hops, control), 64);
  }
});

/** Where a control message that begins at 0 may be cut off, beside within its data. */
const CUTS: Record<string, number> = {
  "0 bytes": 0,
  "1 byte": 1,
  "two ints": 2 * INT,
  "CMSG_LEN(0) - 1": cmsgLen(0) - 1,
};

function cutsFor(type: ControlType<never>): Record<string, number> {
  const inside = Array.from({ length: type.size }, (_, i) => cmsgLen(i));
  return { ...CUTS, ...Object.fromEntries(inside.map((room, i) => [`CMSG_LEN(${i})`, room])) };
}

/** Two control messages in the order that the kernel has, and how long each is. */
function firstAndSecond(family: Family): { options: number[]; two: ControlType<never>[] } {
  const two = isV6(family)
    ? [types.ipv6Hoplimit, types.ipv6Tclass]
    : [types.ipPktinfo, types.ipTtl];
  const options = isV6(family)
    ? [C.IPV6_RECVHOPLIMIT, C.IPV6_RECVTCLASS]
    : [C.IP_PKTINFO, C.IP_RECVTTL];
  return { options, two: two as ControlType<never>[] };
}

/** Receives with `room` for the first and the second control message: what is left of each. */
function cutTo(t: Test, family: Family, room: number): { lengths: number[]; flags: number } {
  const [a, b] = family.connected(t);
  const { options, two } = firstAndSecond(family);
  for (const option of options) setsockopt(b, wordsOf(family).level, option, 1);
  send(a, one[0], 1, 0);
  const { control, flags, n } = receive(b, 0, room);
  t.equal(n, 1, "the byte came in any case");
  const found = controlMessages(control);
  for (const [i, { type }] of found.entries()) t.equal(type, two[i].type);
  for (const [i, { data }] of found.entries()) {
    const isWhole = data.length >= two[i].size;
    t.equal(findControl(two[i], control) !== undefined, isWhole, "a part says nothing");
  }
  return { lengths: found.map(({ data }) => data.length), flags };
}

for (const family of [udp4, udp6]) {
  const [first, second] = firstAndSecond(family).two;
  for (const [name, room] of Object.entries(cutsFor(first))) {
    each([family], `the first of two control messages is cut to ${name}`, (t) => {
      const { lengths, flags } = cutTo(t, family, room);
      t.strictSame(lengths, room < cmsgLen(0) ? [] : [room - cmsgLen(0)]);
      t.equal(flags, C.MSG_CTRUNC);
    });
  }
  for (const [name, room] of Object.entries(cutsFor(second))) {
    each([family], `the second of two control messages is cut to ${name}`, (t) => {
      const { lengths, flags } = cutTo(t, family, cmsgSpace(first.size) + room);
      const rest = room < cmsgLen(0) ? [] : [room - cmsgLen(0)];
      t.strictSame(lengths, [first.size, ...rest]);
      t.equal(flags, C.MSG_CTRUNC);
    });
  }
  each([family], "two control messages have just enough room", (t) => {
    const room = cmsgSpace(first.size) + cmsgLen(second.size);
    t.strictSame(cutTo(t, family, room), { lengths: [first.size, second.size], flags: 0 });
  });
}

each([udp4, udp6], "no room at all is MSG_CTRUNC, and the bytes come", (t, family) => {
  const [a, b] = family.connected(t);
  const words = wordsOf(family);
  setsockopt(b, words.level, words.recvHops, 1);
  const message = new MessageHeader([new Uint8Array(4)]);
  send(a, Buffer.from("abc"), 3, 0);
  t.equal(recvmsg(b, message, 0), 3);
  t.equal(message.flags, C.MSG_CTRUNC);
  send(a, Buffer.from("abc"), 3, 0);
  t.equal(recv(b, new Uint8Array(4), 4, 0), 3, "recv has no flags to tell");
});

each([udp4, udp6], "packet info tells the interface and our address", (t, family) => {
  const [a, b] = family.connected(t);
  const words = wordsOf(family);
  setsockopt(b, words.level, words.recvInfo, 1);
  send(a, one[0], 1, 0);
  const { control } = receive(b);
  if (isV6(family)) t.match(findControl(types.ipv6Pktinfo, control), { addr: "::1" });
  else t.match(findControl(types.ipPktinfo, control), { addr: "127.0.0.1", specDst: "127.0.0.1" });
  const { ifindex } = findControl<{ ifindex: number }>(
    isV6(family) ? types.ipv6Pktinfo : types.ipPktinfo,
    control,
  ) ?? { ifindex: 0 };
  t.ok(ifindex > 0);
});

/** A socket whose datagrams nobody wants, with IP_RECVERR, and where they go. */
function refused(t: Test, family: Family): { fd: number; nobody: InetAddress } {
  const gone = family.bound(t);
  const nobody = getsockname(gone) as InetAddress;
  closeNow(gone);
  const fd = family.bound(t);
  const words = wordsOf(family);
  setsockopt(fd, words.level, words.recvErr, 1);
  return { fd, nobody };
}

function watch(t: Test, fd: number): (timeoutMs?: number) => number {
  const [epfd] = closing(t, epoll_create1(C.EPOLL_CLOEXEC));
  epoll_ctl(epfd, C.EPOLL_CTL_ADD, fd, 0);
  const events = new EpollEvents(1);
  return (timeoutMs = 0) => (epoll_wait(epfd, events, 1, timeoutMs) === 0 ? 0 : events.events(0));
}

each([udp4, udp6], "a refused datagram comes back with reason and receiver", (t, family) => {
  const { fd, nobody } = refused(t, family);
  sendmsg(fd, { buffers: [Buffer.from("hello")], name: nobody }, 0);
  t.equal(watch(t, fd)(PATIENCE_MS), C.EPOLLERR);
  const { n, bytes, control, flags, name } = receive(fd, C.MSG_ERRQUEUE);
  t.equal(flags, C.MSG_ERRQUEUE);
  t.strictSame([n, bytes.toString()], [5, "hello"]);
  t.match(name.decode(), { address: nobody.address, port: nobody.port });
  t.match(findControl(wordsOf(family).err, control), {
    errno: C.ECONNREFUSED,
    origin: isV6(family) ? C.SO_EE_ORIGIN_ICMP6 : C.SO_EE_ORIGIN_ICMP,
    offender: { address: nobody.address },
  });
});

each([udp4, udp6], "EPOLLERR lasts until the error queue is empty", (t, family) => {
  const { fd, nobody } = refused(t, family);
  const ready = watch(t, fd);
  t.equal(ready(), 0);
  for (let i = 0; i < 3; i++) {
    // An error that waits is the answer to the next call, once; it stays in the queue.
    const again = () => sendmsg(fd, { buffers: one, name: nobody }, 0);
    if (i > 0) failsWith(t, "ECONNREFUSED", describe(nobody), again);
    again();
    t.equal(ready(PATIENCE_MS), C.EPOLLERR);
  }
  for (let left = 3; left > 0; left--) {
    t.equal(ready(), C.EPOLLERR, `${left} errors`);
    t.equal(receive(fd, C.MSG_ERRQUEUE).n, 1);
  }
  t.equal(ready(), 0);
  t.equal(receive(fd, C.MSG_ERRQUEUE).n, -C.EAGAIN, "it never waits");
  t.equal(getsockopt(fd, C.SOL_SOCKET, C.SO_ERROR), 0);
});

const describe = ({ address, port }: InetAddress) =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

each([udp4, udp6], "without IP_RECVERR a connected socket hears of it once", (t, family) => {
  const { fd, nobody } = refused(t, family);
  const words = wordsOf(family);
  setsockopt(fd, words.level, words.recvErr, 0);
  connect(fd, nobody);
  const ready = watch(t, fd);
  send(fd, one[0], 1, 0);
  t.equal(ready(PATIENCE_MS), C.EPOLLERR);
  t.equal(getsockopt(fd, C.SOL_SOCKET, C.SO_ERROR), C.ECONNREFUSED);
  t.equal(ready(), 0);
  send(fd, one[0], 1, 0);
  t.equal(ready(PATIENCE_MS), C.EPOLLERR);
  failsWith(t, "ECONNREFUSED", `fd ${fd}`, () => recv(fd, new Uint8Array(1), 1, 0));
  t.equal(recv(fd, new Uint8Array(1), 1, C.MSG_DONTWAIT), -C.EAGAIN);
});

each([udp4, udp6], "a datagram too long for the way is a local error", (t, family) => {
  const { fd, nobody } = refused(t, family);
  if (!isV6(family)) setsockopt(fd, C.IPPROTO_IP, C.IP_MTU_DISCOVER, C.IP_PMTUDISC_DO);
  else setsockopt(fd, C.IPPROTO_IPV6, C.IPV6_DONTFRAG, 1);
  connect(fd, nobody);
  const mtu = getsockopt(fd, wordsOf(family).level, isV6(family) ? C.IPV6_MTU : C.IP_MTU);
  const most = isV6(family) ? 65527 : 65507;
  failsWith(t, "EMSGSIZE", `fd ${fd}`, () => send(fd, new Uint8Array(most + 1), most + 1, 0));
  if (!isV6(family)) return;
  failsWith(t, "EMSGSIZE", `fd ${fd}`, () => send(fd, new Uint8Array(most), most, 0));
  const { control } = receive(fd, C.MSG_ERRQUEUE);
  const error = findControl(types.ipv6Recverr, control);
  t.match(error, { errno: C.EMSGSIZE, origin: C.SO_EE_ORIGIN_LOCAL, info: mtu });
});

/** What the receiver of a byte learns of its time. */
const CLOCKS: Record<string, [number, ControlType<types.Timestamp>]> = {
  SO_TIMESTAMP: [C.SO_TIMESTAMP, types.soTimestamp],
  SO_TIMESTAMPNS: [C.SO_TIMESTAMPNS, types.soTimestampns],
};

/** The kernel begins to stamp what arrives a moment after it was asked to. */
async function stampedWith(
  type: ControlType<types.Timestamp>,
  [a, b]: [number, number],
): Promise<number | undefined> {
  for (let tries = 0; tries < 200; tries++) {
    send(a, one[0], 1, 0);
    const time = findControl(type, receive(b).control);
    if (time !== undefined) return time.seconds + time.nanoseconds / 1e9;
    await sleep(10);
  }
  return undefined;
}

for (const [name, [option, type]] of Object.entries(CLOCKS)) {
  each([udp4, udp6, tcp4, tcp6], `${name} tells when the bytes arrived`, async (t, family) => {
    const [a, b] = family.connected(t);
    setsockopt(b, C.SOL_SOCKET, option, 1);
    const before = Date.now() / 1000 - 1;
    const seconds = (await stampedWith(type, [a, b])) ?? 0;
    t.ok(seconds > before && seconds < before + 60, `${seconds}`);
    setsockopt(b, C.SOL_SOCKET, option, 0);
    send(a, one[0], 1, 0);
    t.equal(receive(b).control.length, 0, "and no more");
  });
}

each([udp4, udp6], "UDP_SEGMENT cuts, by control message or by option", (t, family) => {
  const [a, b] = family.connected(t);
  const control = encodeControl(controlMessage(types.udpSegment, 100));
  t.equal(sendmsg(a, { buffers: [new Uint8Array(250)], control }, 0), 250);
  setsockopt(a, C.IPPROTO_UDP, C.UDP_SEGMENT, 60);
  t.equal(send(a, new Uint8Array(100), 100, 0), 100);
  const sizes = Array.from({ length: 5 }, () => receive(b).n);
  t.strictSame(sizes, [100, 100, 50, 60, 40]);
  t.equal(receive(b, C.MSG_DONTWAIT).n, -C.EAGAIN);
});

each([udp4, udp6], "UDP_GRO gives segments as one, and says their size", (t, family) => {
  const [a, b] = family.connected(t);
  setsockopt(b, C.IPPROTO_UDP, C.UDP_GRO, 1);
  const control = encodeControl(controlMessage(types.udpSegment, 100));
  sendmsg(a, { buffers: [new Uint8Array(1000)], control }, 0);
  const joined = receive(b);
  t.strictSame([joined.n, findControl(types.udpGro, joined.control)], [1000, 100]);
  send(a, new Uint8Array(70), 70, 0);
  const single = receive(b);
  t.strictSame([single.n, findControl(types.udpGro, single.control)], [70, undefined]);
});

each([udp4, udp6], "segments beyond what one packet may have are EINVAL", (t, family) => {
  const [a] = family.connected(t);
  const control = encodeControl(controlMessage(types.udpSegment, 1));
  failsWith(t, "EINVAL", `fd ${a}`, () =>
    sendmsg(a, { buffers: [new Uint8Array(2000)], control }, 0),
  );
});

/** The numbers of sends that are done, as far as the error queue tells within a second. */
async function completions(fd: number, family: Family, last: number): Promise<number[]> {
  const done: number[] = [];
  for (let tries = 0; tries < 100 && !done.includes(last); tries++) {
    const { n, control } = receive(fd, C.MSG_ERRQUEUE);
    if (n < 0) {
      await sleep(10);
      continue;
    }
    const error = findControl(wordsOf(family).err, control);
    const { first = 0, last: to = -1 } = (error && types.zerocopyCompletion(error)) ?? {};
    for (let i = first; i <= to; i++) done.push(i);
  }
  return done;
}

each([tcp4, tcp6, udp4, udp6], "MSG_ZEROCOPY: each send completes once", async (t, family) => {
  const [a, b] = family.connected(t);
  setsockopt(a, C.SOL_SOCKET, C.SO_ZEROCOPY, 1);
  const bytes = new Uint8Array(4096);
  for (let i = 0; i < 3; i++) {
    t.equal(send(a, bytes, bytes.length, C.MSG_ZEROCOPY), bytes.length);
    t.ok(recv(b, new Uint8Array(8192), 8192, 0) > 0);
  }
  t.strictSame(await completions(a, family, 2), [0, 1, 2]);
});

each([tcp4, udp4], "MSG_ZEROCOPY without SO_ZEROCOPY is a plain send", async (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(send(a, new Uint8Array(100), 100, C.MSG_ZEROCOPY), 100);
  t.equal(recv(b, new Uint8Array(200), 200, 0), 100);
  await sleep(20);
  t.equal(receive(a, C.MSG_ERRQUEUE).n, -C.EAGAIN);
});

leavesNoFd(t);
