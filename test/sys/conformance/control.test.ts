// What is sent in control data: credentials, the source of a datagram, and bytes that make no
// sense, which the kernel must refuse by name.
//
// Man pages: unix(7), ip(7), ipv6(7), cmsg(3). See also rights.test.ts, ancillary.test.ts.
import t from "tap";
import {
  cmsgLen,
  cmsgSpace,
  controlMessage,
  controlMessages,
  encodeControl,
  findControl,
} from "../../../lib/cmsg.ts";
import * as types from "../../../lib/cmsg-types.ts";
import * as C from "../../../lib/constants.ts";
import type { SyscallError } from "../../../lib/errno.ts";
import { type InetAddress, SockaddrStorage } from "../../../lib/sockaddr.ts";
import { OFFSETOF_CMSG_LEN, SIZEOF_UCRED } from "../../../lib/structs.ts";
import { close, read } from "../../../lib/sys/file.ts";
import { recv, send } from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import { pidfd_send_signal } from "../../../lib/sys/signal.ts";
import { bind, getsockname } from "../../../lib/sys/socket.ts";
import { setsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { leavesNoFd, openFds } from "../../helpers/fds.ts";
import { Program } from "../../helpers/program.ts";
import {
  each,
  type Family,
  tcp4,
  tcp6,
  udp4,
  udp6,
  unixDgram,
  unixSeqpacket,
  unixStream,
} from "./families.ts";
import { inOwnNetwork } from "./own-network.ts";

const INT = 4;
const one = [new Uint8Array(1)];
const unix = [unixStream, unixDgram, unixSeqpacket];
const self = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const isRoot = self.uid === 0;

function receive(fd: number, room = 512, flags = 0): [control: Uint8Array, flags: number] {
  const message = new MessageHeader([new Uint8Array(64)], new Uint8Array(room));
  recvmsg(fd, message, flags);
  for (const received of message.takeFds()) close(received);
  return [(message.control as Uint8Array).subarray(0, message.controlLength), message.flags];
}

const sendControl = (fd: number, ...control: Uint8Array[]) =>
  sendmsg(fd, { buffers: one, control: Buffer.concat(control) }, 0);

const credentials = (more: Partial<types.Credentials> = {}) =>
  encodeControl(controlMessage(types.scmCredentials, { ...self, ...more }));

each(unix, "SO_PASSCRED: who sent it comes, said or not", (t, family) => {
  const [a, b] = family.connected(t);
  setsockopt(b, C.SOL_SOCKET, C.SO_PASSCRED, 1);
  send(a, one[0], 1, 0);
  t.strictSame(findControl(types.scmCredentials, receive(b)[0]), self);
  sendControl(a, credentials());
  t.strictSame(findControl(types.scmCredentials, receive(b)[0]), self);
});

each(unix, "without SO_PASSCRED credentials are taken and not given", (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(sendControl(a, credentials()), 1);
  const [control, flags] = receive(b);
  t.strictSame([control.length, flags], [0, 0]);
});

each(unix, "root may send another's credentials, of a process that there is", (t, family) => {
  if (!isRoot) {
    t.pass("sent", { skip: "needs root" });
    return;
  }
  const [a, b] = family.connected(t);
  setsockopt(b, C.SOL_SOCKET, C.SO_PASSCRED, 1);
  const other = { pid: process.ppid, uid: 12345, gid: 54321 };
  sendControl(a, credentials(other));
  t.strictSame(findControl(types.scmCredentials, receive(b)[0]), other);
  failsWith(t, "ESRCH", `fd ${a}`, () => sendControl(a, credentials({ pid: 2 ** 31 - 1 })));
});

each(unix, "credentials of a wrong size are EINVAL", (t, family) => {
  const [a] = family.connected(t);
  for (const size of [0, INT, SIZEOF_UCRED - 1, SIZEOF_UCRED + 1]) {
    const { level, type } = types.scmCredentials;
    const control = encodeControl({ level, type, data: new Uint8Array(size) });
    failsWith(t, "EINVAL", `fd ${a}`, () => sendControl(a, control));
  }
});

/** As nobody in particular: every credential but one's own is refused. */
const FORGER = `
  import { controlMessage, encodeControl, scmCredentials, sendmsg } from "fdkit";
  if (process.getuid() === 0) {
    process.setgid(65432);
    process.setuid(65432);
  }
  const self = { pid: process.pid, uid: process.getuid(), gid: process.getgid() };
  const answer = (fd, more) => {
    const control = encodeControl(controlMessage(scmCredentials, { ...self, ...more }));
    try {
      return sendmsg(fd, { buffers: [new Uint8Array(1)], control }, 0);
    } catch (error) {
      return error.code;
    }
  };
  const { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET } = constants;
  for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) {
    const [fd] = sockets.socketpair(constants.AF_UNIX, type, 0);
    const wrong = [{}, { pid: process.ppid }, { uid: 0 }, { gid: 0 }];
    print(wrong.map((more) => answer(fd, more)).join(" "));
  }`;

t.test("unix stream, dgram, seqpacket: a forged credential is EPERM for others", async (t) => {
  const program = new Program(t, FORGER);
  t.equal(await program.rest(), "1 EPERM EPERM EPERM\n".repeat(3), program.errors);
});

each(unix, "rights and credentials travel in one message, in any order", (t, family) => {
  const [a, b] = family.connected(t);
  setsockopt(b, C.SOL_SOCKET, C.SO_PASSCRED, 1);
  const rights = encodeControl(controlMessage(types.scmRights, [a, b]));
  for (const parts of [
    [rights, credentials()],
    [credentials(), rights],
  ]) {
    sendControl(a, ...parts);
    const [control, flags] = receive(b);
    t.equal(flags, 0);
    t.strictSame(findControl(types.scmCredentials, control), self);
    t.equal(findControl(types.scmRights, control)?.length, 2);
  }
});

each(unix, "credentials and the fds behind them are cut off at every byte", (t, family) => {
  const [a, b] = family.connected(t);
  setsockopt(b, C.SOL_SOCKET, C.SO_PASSCRED, 1);
  const before = openFds().length;
  const first = cmsgSpace(SIZEOF_UCRED);
  const enough = first + cmsgLen(INT);
  for (let room = 0; room <= enough; room++) {
    sendControl(a, encodeControl(controlMessage(types.scmRights, [a])));
    const [control, flags] = receive(b, room);
    const isWhole = room >= cmsgLen(SIZEOF_UCRED);
    t.strictSame(findControl(types.scmCredentials, control), isWhole ? self : undefined);
    t.equal(flags, room < enough ? C.MSG_CTRUNC : 0, `${room} bytes`);
  }
  t.equal(openFds().length, before, "no fd is left");
});

/** Newer than many headers. */
const SO_PASSPIDFD = 76;

function passesPidfds(fd: number): boolean {
  try {
    return setsockopt(fd, C.SOL_SOCKET, SO_PASSPIDFD, 1) === 0;
  } catch (error) {
    if ((error as SyscallError).code === "ENOPROTOOPT") return false;
    throw error;
  }
}

each(unix, "SO_PASSPIDFD: an fd of who sent it comes, and is closed if not taken", (t, family) => {
  const [a, b] = family.connected(t);
  if (!passesPidfds(b)) {
    t.pass("received", { skip: "needs Linux 6.5" });
    return;
  }
  const before = openFds().length;
  const message = new MessageHeader([new Uint8Array(1)], new Uint8Array(cmsgSpace(INT)));
  for (let i = 0; i < 2; i++) {
    send(a, one[0], 1, 0);
    recvmsg(b, message, 0);
    t.equal(openFds().length, before + 1);
  }
  const [pidfd] = message.takeFds();
  t.equal(pidfd_send_signal(pidfd, 0, 0), 0);
  close(pidfd);
});

/** Control data for one int, with another length in its head. */
function withLength(length: number): Uint8Array {
  const control = encodeControl({
    level: C.SOL_SOCKET,
    type: C.SCM_RIGHTS,
    data: new Uint8Array(INT),
  });
  new DataView(control.buffer).setBigUint64(OFFSETOF_CMSG_LEN, BigInt(length), true);
  return control;
}

each([...unix, udp4, udp6], "a control message of impossible length is EINVAL", (t, family) => {
  const [a, b] = family.connected(t);
  for (const length of [0, 1, cmsgLen(0) - 1, cmsgSpace(INT) + 1, 2 ** 31, 2 ** 40]) {
    failsWith(t, "EINVAL", `fd ${a}`, () => sendControl(a, withLength(length)));
  }
  t.equal(recv(b, new Uint8Array(1), 1, C.MSG_DONTWAIT), -C.EAGAIN, "nothing was sent");
});

each([...unix, udp4, udp6], "less than a head of control data is no control data", (t, family) => {
  const [a] = family.connected(t);
  for (let size = 0; size < cmsgLen(0); size++) {
    t.equal(sendControl(a, new Uint8Array(size).fill(0xff)), 1, `${size} bytes`);
  }
});

each(unix, "types of SOL_SOCKET that nobody knows are EINVAL, other levels pass", (t, family) => {
  const [a, b] = family.connected(t);
  const unknown = { level: C.SOL_SOCKET, type: 0x7fff, data: new Uint8Array(INT) };
  failsWith(t, "EINVAL", `fd ${a}`, () => sendControl(a, encodeControl(unknown)));
  const other = { ...unknown, level: C.IPPROTO_IP };
  const rights = controlMessage(types.scmRights, [a]);
  failsWith(t, "EINVAL", `fd ${a}`, () => sendControl(a, encodeControl(rights, unknown)));
  t.equal(sendControl(a, encodeControl(other, rights, other)), 1);
  t.equal(findControl(types.scmRights, receive(b)[0])?.length, 1);
});

interface Bad {
  level: number;
  type: number;
  data: Uint8Array;
}

const int = (value: number) => new Uint8Array(Int32Array.of(value).buffer);

/** What must be EINVAL on a datagram socket of each family. */
function badMessages({ domain }: Family): Record<string, Bad> {
  const isV6 = domain === C.AF_INET6;
  const level = isV6 ? C.IPPROTO_IPV6 : C.IPPROTO_IP;
  const hops = isV6 ? C.IPV6_HOPLIMIT : C.IP_TTL;
  const traffic = isV6 ? C.IPV6_TCLASS : C.IP_TOS;
  const info = isV6 ? C.IPV6_PKTINFO : C.IP_PKTINFO;
  return {
    "hop limit of one byte": { level, type: hops, data: new Uint8Array(1) },
    "hop limit of five bytes": { level, type: hops, data: new Uint8Array(5) },
    "hop limit of 256": { level, type: hops, data: int(256) },
    "hop limit of -2": { level, type: hops, data: int(-2) },
    "traffic class of three bytes": { level, type: traffic, data: new Uint8Array(3) },
    "traffic class of 256": { level, type: traffic, data: int(256) },
    "packet info of eleven bytes": { level, type: info, data: new Uint8Array(11) },
    "type unknown": { level, type: 0x7fff, data: int(0) },
    "segment size of one byte": {
      level: C.IPPROTO_UDP,
      type: C.UDP_SEGMENT,
      data: new Uint8Array(1),
    },
  };
}

for (const family of [udp4, udp6]) {
  for (const [name, bad] of Object.entries(badMessages(family))) {
    each([family], `${name} is EINVAL`, (t) => {
      const [a, b] = family.connected(t);
      failsWith(t, "EINVAL", `fd ${a}`, () => sendControl(a, encodeControl(bad)));
      const good = controlMessage(family === udp4 ? types.ipTtl : types.ipv6Hoplimit, 5);
      failsWith(t, "EINVAL", `fd ${a}`, () => sendControl(a, encodeControl(good, bad)));
      t.equal(recv(b, new Uint8Array(1), 1, C.MSG_DONTWAIT), -C.EAGAIN, "nothing was sent");
    });
  }
}

each([udp4, udp6], "the same control message many times: the last one counts", (t, family) => {
  const [a, b] = family.connected(t);
  const isV6 = family === udp6;
  const type = isV6 ? types.ipv6Hoplimit : types.ipTtl;
  setsockopt(b, type.level, isV6 ? C.IPV6_RECVHOPLIMIT : C.IP_RECVTTL, 1);
  const many = Array.from({ length: 50 }, (_, i) => controlMessage(type, i + 1));
  sendControl(a, encodeControl(...many));
  t.equal(findControl(type, receive(b)[0]), 50);
});

each([tcp4, tcp6], "control data that makes no sense to a stream is passed over", (t, family) => {
  const [a, b] = family.connected(t);
  const foreign = { level: C.IPPROTO_UDP, type: C.UDP_SEGMENT, data: new Uint8Array(2) };
  t.equal(sendControl(a, encodeControl(foreign)), 1);
  t.equal(read(b, new Uint8Array(9), 9), 1);
});

t.test("udp4: packet info chooses the source, and where there is no such one", async (t) => {
  const anywhere: InetAddress = { family: C.AF_INET, address: "0.0.0.0", port: 0 };
  const [a, b] = [udp4.socket(t), udp4.bound(t)];
  bind(a, anywhere);
  const name = getsockname(b) as InetAddress;
  const from = new SockaddrStorage();
  const sendFrom = (specDst: string, ifindex = 0) => {
    const info = controlMessage(types.ipPktinfo, { ifindex, specDst, addr: "0.0.0.0" });
    return sendmsg(a, { buffers: one, name, control: encodeControl(info) }, 0);
  };
  for (const source of ["127.0.0.2", "127.1.2.3"]) {
    t.equal(sendFrom(source), 1);
    recvmsg(b, new MessageHeader([new Uint8Array(1)], null, from), 0);
    t.match(from.decode(), { address: source });
  }
  const where = `127.0.0.1:${name.port}`;
  t.throws(
    () => sendFrom("192.0.2.1"),
    { code: /^(EINVAL|ENETUNREACH)$/ },
    "not an address of ours",
  );
  failsWith(t, "ENODEV", where, () => sendFrom("127.0.0.1", 2 ** 30));
});

const SOURCES = `
  const receiver = await bound("fd00::1");
  const name = f.getsockname(receiver);
  const sendFrom = (addr, ifindex = 0) => {
    const info = f.controlMessage(f.ipv6Pktinfo, { ifindex, addr });
    const message = { buffers: [new Uint8Array(1)], name, control: f.encodeControl(info) };
    return failure(() => f.sendmsg(fd, message, 0));
  };
  const from = new f.SockaddrStorage();
  for (const source of ["fd00::1", "fd00::2", "::1"]) {
    print("from " + source + ": " + sendFrom(source));
    f.recvmsg(receiver, new f.MessageHeader([new Uint8Array(1)], null, from), 0);
    print("came from " + from.decode().address);
  }
  print("from fd00::3: " + sendFrom("fd00::3"));
  print("by no interface: " + sendFrom("::", 99));
`;

const TOO_LONG = `
  for (const [family, address, option, value, err, type] of [
    [C.AF_INET, "127.0.0.1", C.IP_MTU_DISCOVER, C.IP_PMTUDISC_DO, C.IP_RECVERR, f.ipRecverr],
    [C.AF_INET6, "::1", C.IPV6_MTU_DISCOVER, C.IPV6_PMTUDISC_DO, C.IPV6_RECVERR, f.ipv6Recverr],
  ]) {
    const udp = f.socket(family, C.SOCK_DGRAM, 0);
    f.setsockopt(udp, type.level, option, value);
    f.setsockopt(udp, type.level, err, 1);
    f.connect(udp, { family, address, port: 9 });
    const headers = family === C.AF_INET ? 28 : 48;
    const most = 1500 - headers;
    print(address + ": " + failure(() => f.send(udp, new Uint8Array(most + 1), most + 1, 0)));
    const message = new f.MessageHeader([new Uint8Array(2000)], new Uint8Array(512));
    f.recvmsg(udp, message, C.MSG_ERRQUEUE);
    const { errno, origin, info } = f.findControl(type, message.control, message.controlLength);
    print(f.errnoName(errno) + " " + (origin === C.SO_EE_ORIGIN_LOCAL) + " " + info);
  }
`;

t.test("udp4, udp6: sources and lengths in a network of our own", async (t) => {
  const program = inOwnNetwork(t, SOURCES + TOO_LONG);
  if (program === undefined) {
    t.pass("sent", { skip: "needs root, for a network namespace" });
    return;
  }
  const printed = await program.rest();
  t.strictSame(
    printed.trim().split("\n"),
    [
      ...["from fd00::1: 1", "came from fd00::1", "from fd00::2: 1", "came from fd00::2"],
      ...["from ::1: 1", "came from ::1", "from fd00::3: EINVAL", "by no interface: ENODEV"],
      ...["127.0.0.1: EMSGSIZE", "EMSGSIZE true 1500", "::1: EMSGSIZE", "EMSGSIZE true 1500"],
    ],
    program.errors,
  );
});

t.test("CMSG_LEN and CMSG_SPACE agree with each other and with what is encoded", async (t) => {
  const sizes = Array.from({ length: 300 }, (_, size) => size);
  const controls = sizes.map((size) =>
    encodeControl({ level: 1, type: 1, data: new Uint8Array(size) }),
  );
  t.strictSame(
    controls.map(({ length }) => length),
    sizes.map(cmsgSpace),
  );
  t.strictSame(
    controls.map((control) => controlMessages(control)[0].data.length),
    sizes,
  );
  t.ok(sizes.every((size) => cmsgLen(size) === cmsgLen(0) + size));
  t.ok(sizes.every((size) => cmsgSpace(size) - cmsgLen(size) < 8));
});

leavesNoFd(t);
