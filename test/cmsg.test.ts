// Control messages: their bytes, and what the kernel says in each type.
import t, { type Test } from "tap";
import {
  type ControlType,
  cmsgLen,
  cmsgSpace,
  controlMessage,
  controlMessages,
  encodeControl,
  findControl,
} from "../lib/cmsg.ts";
import * as types from "../lib/cmsg-types.ts";
import * as C from "../lib/constants.ts";
import type { Address } from "../lib/sockaddr.ts";
import { MessageHeader, recvmsg, sendmsg } from "../lib/sys/msghdr.ts";
import { accept, bind, connect, getsockname, listen, socket } from "../lib/sys/socket.ts";
import { setsockopt } from "../lib/sys/sockopt.ts";
import { closing, leavesNoFd } from "./helpers/fds.ts";

t.test("CMSG_LEN and CMSG_SPACE are the C library's", async (t) => {
  t.strictSame([0, 1, 4, 8, 9].map(cmsgLen), [16, 17, 20, 24, 25]);
  t.strictSame([0, 1, 4, 8, 9].map(cmsgSpace), [16, 24, 24, 24, 32]);
});

t.test("messages are laid one behind the other, each padded", async (t) => {
  const bytes = encodeControl(
    { level: 1, type: 2, data: Uint8Array.of(7) },
    { level: 0x01020304, type: -1, data: Uint8Array.of(8, 9) },
  );
  t.equal(bytes.length, 48);
  t.strictSame([...bytes.subarray(0, 17)], [17, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7]);
  const found = controlMessages(bytes);
  t.strictSame(
    found.map(({ level, type, data }) => [level, type, [...data]]),
    [
      [1, 2, [7]],
      [0x01020304, -1, [8, 9]],
    ],
  );
  t.strictSame(encodeControl(), new Uint8Array(0));
});

t.test("hostile lengths end the walk and nothing else", async (t) => {
  for (const [low, high] of [
    [0, 0],
    [15, 0],
    [0xffffffff, 0xffffffff],
    [25, 0],
    [2 ** 31, 0],
  ]) {
    const bytes = new Uint8Array(24);
    new DataView(bytes.buffer).setUint32(0, low, true);
    new DataView(bytes.buffer).setUint32(4, high, true);
    t.strictSame(controlMessages(bytes), [], `${low}`);
  }
  const whole = encodeControl(controlMessage(types.ipTtl, 5), controlMessage(types.ipTtl, 6));
  for (let size = 0; size <= whole.length + 9; size++) {
    const count = size >= 44 ? 2 : size >= 20 ? 1 : 0;
    t.equal(controlMessages(whole, size).length, count, `${size} bytes`);
  }
});

const loopback: Address = { family: C.AF_INET, address: "127.0.0.1", port: 80 };
const loopback6 = { family: C.AF_INET6, address: "::1", port: 80, scopeId: 0, flowInfo: 0 };
const error = { errno: 111, origin: 2, type: 3, code: 3, info: 2 ** 32 - 1, data: 7 };

/** One row per type that can be written: a value that must survive. */
const VALUES: [string, ControlType<never>, unknown][] = [
  ["scmRights", types.scmRights as ControlType<never>, [3, 2 ** 31 - 1]],
  [
    "scmCredentials",
    types.scmCredentials as ControlType<never>,
    { pid: 1, uid: 2 ** 32 - 1, gid: 3 },
  ],
  [
    "ipPktinfo",
    types.ipPktinfo as ControlType<never>,
    { ifindex: 1, specDst: "127.0.0.1", addr: "1.2.3.4" },
  ],
  ["ipv6Pktinfo", types.ipv6Pktinfo as ControlType<never>, { ifindex: 2, addr: "fe80::1" }],
  ["ipTos", types.ipTos as ControlType<never>, 0x10],
  ["ipTtl", types.ipTtl as ControlType<never>, 64],
  ["ipv6Hoplimit", types.ipv6Hoplimit as ControlType<never>, 255],
  ["ipv6Tclass", types.ipv6Tclass as ControlType<never>, 0x20],
  ["udpSegment", types.udpSegment as ControlType<never>, 65535],
  ["udpGro", types.udpGro as ControlType<never>, 1200],
  ["soRxqOvfl", types.soRxqOvfl as ControlType<never>, 9],
  ["ipOrigdstaddr", types.ipOrigdstaddr as ControlType<never>, loopback],
  ["ipv6Origdstaddr", types.ipv6Origdstaddr as ControlType<never>, loopback6],
  ["ipRecverr", types.ipRecverr as ControlType<never>, error],
  [
    "ipRecverr with its sender",
    types.ipRecverr as ControlType<never>,
    { ...error, offender: loopback },
  ],
  ["ipv6Recverr", types.ipv6Recverr as ControlType<never>, { ...error, offender: loopback6 }],
];

for (const [name, type, value] of VALUES) {
  t.test(`${name} is written and read back, and a part of it is nothing`, async (t) => {
    const bytes = encodeControl(controlMessage(type, value as never));
    t.strictSame(findControl(type, bytes), value);
    t.equal(findControl(type, encodeControl()), undefined);
    const { level, type: number, data } = controlMessages(bytes)[0];
    for (let size = 0; size < type.size; size++) {
      const part = encodeControl({ level, type: number, data: data.subarray(0, size) });
      t.equal(findControl(type, part), undefined, `${size} bytes`);
    }
  });
}

t.test("values that do not fit are refused", async (t) => {
  t.throws(() => types.scmRights.encode([1.5]), RangeError);
  t.throws(() => types.ipTtl.encode(2 ** 32), RangeError);
  t.throws(() => types.udpSegment.encode(65536), RangeError);
  t.throws(() => types.ipv6Pktinfo.encode({ ifindex: 1, addr: "1.2.3.4" }), RangeError);
  t.throws(() => types.soTimestamp.encode({ seconds: 0, nanoseconds: 0 }), TypeError);
});

/** Two bound UDP sockets of a family; the second has the options set. */
function udp(t: Test, family: number, ...options: [number, number, number][]): [number, number] {
  const address = { family, address: family === C.AF_INET ? "127.0.0.1" : "::1", port: 0 };
  const [left, right] = closing(
    t,
    socket(family, C.SOCK_DGRAM | C.SOCK_CLOEXEC, 0),
    socket(family, C.SOCK_DGRAM | C.SOCK_CLOEXEC, 0),
  );
  bind(left, address);
  bind(right, address);
  connect(left, getsockname(right));
  for (const [level, optname, value] of options) setsockopt(right, level, optname, value);
  return [left, right];
}

/** What came with one message. */
function receive(
  fd: number,
  flags = 0,
): { message: MessageHeader; control: Uint8Array; n: number } {
  const message = new MessageHeader([new Uint8Array(65536)], new Uint8Array(512));
  const n = recvmsg(fd, message, flags);
  const control = (message.control as Uint8Array).subarray(0, message.controlLength);
  return { message, control, n };
}

t.test("IPv4: packet info, TTL, TOS, original destination and times of arrival", async (t) => {
  const [left, right] = udp(
    t,
    C.AF_INET,
    [C.IPPROTO_IP, C.IP_PKTINFO, 1],
    [C.IPPROTO_IP, C.IP_RECVTTL, 1],
    [C.IPPROTO_IP, C.IP_RECVTOS, 1],
    [C.IPPROTO_IP, C.IP_RECVORIGDSTADDR, 1],
    [C.SOL_SOCKET, C.SO_TIMESTAMP, 1],
  );
  const out = encodeControl(controlMessage(types.ipTtl, 7), controlMessage(types.ipTos, 0x10));
  const before = Math.floor(Date.now() / 1000);
  sendmsg(left, { buffers: [new Uint8Array(1)], control: out }, 0);
  const { control } = receive(right);
  t.equal(findControl(types.ipTtl, control), 7);
  t.equal(findControl(types.ipTos, control), 0x10);
  t.match(findControl(types.ipPktinfo, control), { specDst: "127.0.0.1", addr: "127.0.0.1" });
  t.strictSame(findControl(types.ipOrigdstaddr, control), getsockname(right));
  const time = findControl(types.soTimestamp, control);
  t.ok(time !== undefined && time.seconds >= before && time.seconds <= before + 10);

  setsockopt(right, C.SOL_SOCKET, C.SO_TIMESTAMPNS, 1);
  const flags = C.SOF_TIMESTAMPING_RX_SOFTWARE | C.SOF_TIMESTAMPING_SOFTWARE;
  setsockopt(right, C.SOL_SOCKET, C.SO_TIMESTAMPING, flags);
  sendmsg(left, { buffers: [new Uint8Array(1)] }, 0);
  const second = receive(right).control;
  const ns = findControl(types.soTimestampns, second);
  t.ok(ns !== undefined && ns.nanoseconds < 1e9 && ns.seconds >= before);
  t.strictSame(findControl(types.soTimestamping, second)?.software, ns);
});

t.test("IPv6: packet info, hop limit and traffic class", async (t) => {
  const [left, right] = udp(
    t,
    C.AF_INET6,
    [C.IPPROTO_IPV6, C.IPV6_RECVPKTINFO, 1],
    [C.IPPROTO_IPV6, C.IPV6_RECVHOPLIMIT, 1],
    [C.IPPROTO_IPV6, C.IPV6_RECVTCLASS, 1],
  );
  const out = encodeControl(
    controlMessage(types.ipv6Hoplimit, 9),
    controlMessage(types.ipv6Tclass, 0x20),
  );
  sendmsg(left, { buffers: [new Uint8Array(1)], control: out }, 0);
  const { control } = receive(right);
  t.equal(findControl(types.ipv6Hoplimit, control), 9);
  t.equal(findControl(types.ipv6Tclass, control), 0x20);
  t.equal(findControl(types.ipv6Pktinfo, control)?.addr, "::1");
});

t.test("UDP_SEGMENT cuts one buffer into datagrams, UDP_GRO joins them", async (t) => {
  const [left, right] = udp(t, C.AF_INET, [C.IPPROTO_UDP, C.UDP_GRO, 1]);
  const control = encodeControl(controlMessage(types.udpSegment, 100));
  t.equal(sendmsg(left, { buffers: [new Uint8Array(250)], control }, 0), 250);
  const { n, control: received } = receive(right);
  t.equal(n, 250);
  t.equal(findControl(types.udpGro, received), 100);
});

t.test("IPv6: the original destination, and datagrams that are joined", async (t) => {
  const [left, right] = udp(
    t,
    C.AF_INET6,
    [C.IPPROTO_IPV6, C.IPV6_RECVORIGDSTADDR, 1],
    [C.IPPROTO_UDP, C.UDP_GRO, 1],
  );
  const control = encodeControl(controlMessage(types.udpSegment, 100));
  sendmsg(left, { buffers: [new Uint8Array(300)], control }, 0);
  const { n, control: received } = receive(right);
  t.equal(n, 300);
  t.equal(findControl(types.udpGro, received), 100);
  t.strictSame(findControl(types.ipv6Origdstaddr, received), getsockname(right));
});

t.test("SO_RXQ_OVFL counts what there was no room for", async (t) => {
  const [left, right] = udp(t, C.AF_INET, [C.SOL_SOCKET, C.SO_RXQ_OVFL, 1]);
  setsockopt(right, C.SOL_SOCKET, C.SO_RCVBUF, 1);
  for (let i = 0; i < 100; i++) sendmsg(left, { buffers: [new Uint8Array(1000)] }, 0);
  while (receive(right, C.MSG_DONTWAIT).n > 0);
  sendmsg(left, { buffers: [new Uint8Array(1)] }, 0);
  const dropped = findControl(types.soRxqOvfl, receive(right).control) ?? 0;
  t.ok(dropped > 0 && dropped < 100, `${dropped}`);
});

t.test("the time of sending is in the error queue", async (t) => {
  const [left, right] = udp(t, C.AF_INET);
  const tx = C.SOF_TIMESTAMPING_TX_SOFTWARE | C.SOF_TIMESTAMPING_SOFTWARE;
  const options = C.SOF_TIMESTAMPING_OPT_ID | C.SOF_TIMESTAMPING_OPT_TSONLY;
  setsockopt(left, C.SOL_SOCKET, C.SO_TIMESTAMPING, tx | options);
  const before = Math.floor(Date.now() / 1000);
  for (let i = 0; i < 2; i++) sendmsg(left, { buffers: [new Uint8Array(1)] }, 0);
  receive(right);
  for (let id = 0; id < 2; id++) {
    const { control } = receive(left, C.MSG_ERRQUEUE);
    const error = findControl(types.ipRecverr, control);
    t.match(error, { errno: C.ENOMSG, origin: C.SO_EE_ORIGIN_TIMESTAMPING, data: id });
    t.equal(types.zerocopyCompletion(error as types.ExtendedError), undefined);
    const seconds = findControl(types.soTimestamping, control)?.software.seconds ?? 0;
    t.ok(seconds >= before && seconds <= before + 60);
  }
});

t.test("TCP_INQ tells what is left of the stream", async (t) => {
  const [listenfd, fd] = closing(
    t,
    socket(C.AF_INET, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0),
    socket(C.AF_INET, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0),
  );
  bind(listenfd, { family: C.AF_INET, address: "127.0.0.1", port: 0 });
  listen(listenfd, 1);
  connect(fd, getsockname(listenfd));
  const [connfd] = closing(t, accept(listenfd));
  setsockopt(connfd, C.SOL_TCP, C.TCP_INQ, 1);
  sendmsg(fd, { buffers: [new Uint8Array(100)] }, 0);
  const message = new MessageHeader([new Uint8Array(30)], new Uint8Array(64));
  t.equal(recvmsg(connfd, message, 0), 30);
  const control = message.control as Uint8Array;
  t.equal(findControl(types.tcpInq, control, message.controlLength), 70);
});

for (const [family, level, option, type] of [
  [C.AF_INET, C.IPPROTO_IP, C.IP_RECVERR, types.ipRecverr],
  [C.AF_INET6, C.IPPROTO_IPV6, C.IPV6_RECVERR, types.ipv6Recverr],
] as const) {
  t.test(`the error queue of family ${family} says who refused a datagram`, async (t) => {
    const address = family === C.AF_INET ? "127.0.0.1" : "::1";
    const fd = socket(family, C.SOCK_DGRAM | C.SOCK_CLOEXEC, 0);
    closing(t, fd);
    setsockopt(fd, level, option, 1);
    const nobody = socket(family, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0);
    closing(t, nobody);
    bind(nobody, { family, address, port: 0 });
    connect(fd, getsockname(nobody));
    sendmsg(fd, { buffers: [new Uint8Array(1)] }, 0);
    const { message, control } = receive(fd, C.MSG_ERRQUEUE);
    t.equal(message.flags & C.MSG_ERRQUEUE, C.MSG_ERRQUEUE);
    const refused = findControl(type as ControlType<types.ExtendedError>, control);
    t.match(refused, { errno: C.ECONNREFUSED, offender: { address } });
    t.equal(types.zerocopyCompletion(refused as types.ExtendedError), undefined);
    t.equal(receive(fd, C.MSG_ERRQUEUE).n, -C.EAGAIN);
  });
}

t.test("the completion of sends with MSG_ZEROCOPY is in the error queue", async (t) => {
  const [listenfd, fd] = closing(
    t,
    socket(C.AF_INET, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0),
    socket(C.AF_INET, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0),
  );
  bind(listenfd, { family: C.AF_INET, address: "127.0.0.1", port: 0 });
  listen(listenfd, 1);
  setsockopt(fd, C.SOL_SOCKET, C.SO_ZEROCOPY, 1);
  connect(fd, getsockname(listenfd));
  const buffers = [new Uint8Array(8192)];
  for (let i = 0; i < 2; i++) t.equal(sendmsg(fd, { buffers }, C.MSG_ZEROCOPY), 8192);
  const sends: number[] = [];
  for (let tries = 0; tries < 100 && !sends.includes(1); tries++) {
    const { n, control } = receive(fd, C.MSG_ERRQUEUE);
    const entry = n < 0 ? undefined : findControl(types.ipRecverr, control);
    const done = entry === undefined ? undefined : types.zerocopyCompletion(entry);
    if (done === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    else sends.push(done.first, done.last);
  }
  t.ok(sends.includes(0) && sends.includes(1), `${sends}`);
});

leavesNoFd(t);
