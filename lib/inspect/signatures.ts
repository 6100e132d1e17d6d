// How each call is written: a printer for every argument, in C's order.
//
// The table's members have their arguments in an order of their own (../native.ts); a printer picks
// what it needs from them. An argument that the kernel fills has nothing to show after a failure.
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AT_FDCWD,
  MSG_CMSG_CLOEXEC,
  MSG_NOSIGNAL,
  O_CREAT,
  O_TMPFILE,
} from "../constants.ts";
import { SIZEOF_SOCK_FILTER, SIZEOF_SOCK_FPROG } from "../structs.ts";
import { EpollEvents } from "../sys/epoll.ts";
import { fcntlArgument, fcntlResult } from "./fcntl-format.ts";
import {
  anyValue,
  iovecs,
  itimerspec,
  list,
  type Made,
  octal,
  quote,
  signalSet,
  signalText,
  slice,
  timespec,
} from "./format.ts";
import { ioctlArgument, ioctlRequest } from "./ioctl-format.ts";
import { receivedMessage, receivedMessages, sentMessage, sentMessages } from "./message-format.ts";
import { signatureOption } from "./option-format.ts";
import { pollAnswer, pollFds } from "./poll-format.ts";
import {
  addrinfoHints,
  addrinfoList,
  filledName,
  interfaceList,
  nameinfoFlags,
  nameOrNull,
} from "./resolve-format.ts";
import { sockaddr } from "./sockaddr-format.ts";
import { filledStat } from "./stat-format.ts";
import * as S from "./symbols.ts";

type Printer = (call: Made) => string;

const num = (call: Made, i: number) => Number(call.args[i]);

const number =
  (i: number): Printer =>
  (call) =>
    String(call.args[i] ?? "NULL");
const hex =
  (i: number): Printer =>
  (call) =>
    S.hex(num(call, i));
const literal =
  (text: string): Printer =>
  () =>
    text;
const flags =
  (i: number, names: S.Symbols, added = 0): Printer =>
  (call) =>
    S.flags(num(call, i) | added, names);
const named =
  (i: number, names: S.Symbols): Printer =>
  (call) =>
    S.symbol(num(call, i), names);

/** `size` bytes at `offset`, which are given to the kernel; of none the addon gives no pointer. */
const given =
  (buffer: number, size: number, offset: number): Printer =>
  (call) =>
    num(call, size) === 0
      ? "NULL"
      : quote(slice(call.args[buffer], num(call, size), num(call, offset)), call.limit);

/** The bytes that the kernel wrote: as many as the result says. */
const taken =
  (buffer: number, size: number, offset: number): Printer =>
  (call) => {
    if (num(call, size) === 0) return "NULL";
    if (call.result < 0) return "...";
    const n = Math.min(call.result, num(call, size));
    return quote(slice(call.args[buffer], n, num(call, offset)), call.limit);
  };

const bytes =
  (i: number): Printer =>
  (call) =>
    quote(call.args[i] as Uint8Array, (call.args[i] as Uint8Array).length);

const address =
  (i: number): Printer =>
  ({ args, limit }) =>
    sockaddr(args[i] as Uint8Array, (args[i] as Uint8Array).length, limit);
const length =
  (i: number): Printer =>
  ({ args }) =>
    String((args[i] as Uint8Array).length);

/** An address that the kernel wrote, and the length beside it. */
const peer =
  (i: number): Printer =>
  ({ args, result, limit }) => {
    if (args[i] === null) return "NULL";
    const [size = 0] = (args[i + 1] as Int32Array | null) ?? [];
    return result < 0 || size === 0 ? "..." : sockaddr(args[i] as Uint8Array, size, limit);
  };
const peerLength =
  (i: number): Printer =>
  ({ args, result }) => {
    if (args[i] === null) return "NULL";
    const room = (args[i] as Uint8Array).length;
    const [size] = args[i + 1] as Int32Array;
    return result < 0 || size === room ? `[${room}]` : `[${room} => ${size}]`;
  };

const fdPair =
  (i: number): Printer =>
  ({ args, result }) =>
    result < 0 ? "..." : list(Array.from(args[i] as Int32Array, String).slice(0, 2));

/** ntohs(3) */
function swapped(u16: number): number {
  return new DataView(Uint16Array.of(u16).buffer).getUint16(0);
}

const OTHER_PROTOCOLS = new Map([
  [AF_NETLINK, S.NETLINK_PROTOCOLS],
  [AF_CAN, S.CAN_PROTOCOLS],
]);

const protocol: Printer = (call) => {
  const isInternet = call.args[0] === AF_INET || call.args[0] === AF_INET6;
  if (call.args[0] === AF_PACKET) {
    return `htons(${S.symbol(swapped(num(call, 2)), S.ETHER_TYPES)})`;
  }
  const names = isInternet ? S.PROTOCOLS : OTHER_PROTOCOLS.get(num(call, 0));
  return names === undefined ? String(call.args[2]) : S.symbol(num(call, 2), names);
};

const socketType: Printer = (call) => {
  const type = num(call, 1);
  const kind = type & 0xf;
  const rest = S.flags(type & ~0xf, S.SOCKET_FLAGS, "");
  return S.symbol(kind, S.SOCKET_TYPES) + (rest === "" ? "" : `|${rest}`);
};

const openFlags =
  (i: number): Printer =>
  (call) =>
    S.openFlags(num(call, i));

/** The mode counts only where a file may be made. */
const openMode =
  (i: number): Printer =>
  (call) => {
    const asked = num(call, i - 1);
    const makes = (asked & O_CREAT) !== 0 || (asked & O_TMPFILE) === O_TMPFILE;
    return makes ? octal(num(call, i)) : "";
  };

const dirfd =
  (i: number): Printer =>
  (call) =>
    num(call, i) === AT_FDCWD ? "AT_FDCWD" : String(call.args[i]);

function userData(low: number, high: number): string {
  const u64 = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return `data={u32=${low >>> 0}, u64=${u64}}`;
}

const epollEvent: Printer = (call) => {
  if (S.symbol(num(call, 1), S.EPOLL_OPS) === "EPOLL_CTL_DEL") return "...";
  const events = S.flags(num(call, 3), S.EPOLL_EVENTS);
  return `{events=${events}, ${userData(num(call, 4), num(call, 5))}}`;
};

const epollEvents: Printer = ({ args, result }) => {
  if (result < 0) return "...";
  const batch = new EpollEvents(Math.max(result, 1));
  batch.bytes.set((args[1] as Uint8Array).subarray(0, result === 0 ? 0 : batch.bytes.length));
  const events = Array.from({ length: result }, (_, i) => {
    const mask = S.flags(batch.events(i), S.EPOLL_EVENTS);
    return `{events=${mask}, ${userData(batch.data(i), batch.dataHigh(i))}}`;
  });
  return list(events);
};

const timerValue: Printer = (call) =>
  `{it_interval=${timespec(num(call, 3))}, it_value=${timespec(num(call, 2))}}`;

/** Nanoseconds to wait; -1 is C's null pointer. */
const timeout =
  (i: number): Printer =>
  (call) =>
    num(call, i) === -1 ? "NULL" : timespec(num(call, i));

const sigmask =
  (i: number): Printer =>
  ({ args }) =>
    args[i] === null ? "NULL" : signalSet(args[i] as Uint8Array);

const filledMask =
  (i: number): Printer =>
  (call) =>
    call.result < 0 ? "..." : sigmask(i)(call);

const signal =
  (i: number): Printer =>
  (call) =>
    signalText(num(call, i));

const timerLeft: Printer = ({ args, result }) =>
  result < 0 ? "..." : itimerspec(args[1] as Uint8Array);

const buffers =
  (i: number): Printer =>
  ({ args, limit }) =>
    iovecs(args[i], limit);
const filledBuffers =
  (i: number): Printer =>
  ({ args, result, limit }) =>
    iovecs(args[i], limit, result);
const count =
  (i: number): Printer =>
  ({ args }) =>
    String((args[i] as unknown[]).length);

const level: Printer = (call) => S.symbol(num(call, 1), S.LEVELS);
const optname: Printer = (call) => S.optionName(num(call, 1), num(call, 2));
const optval: Printer = ({ args, result, limit }) => {
  if (typeof args[3] === "number") return `[${args[3]}]`;
  const isRead = args.length === 5;
  const size = isRead ? (args[4] as Int32Array)[0] : (args[3] as Uint8Array).length;
  if (isRead && (result < 0 || size === 0)) return "...";
  return signatureOption(num({ args, result, limit }, 1), args[2], slice(args[3], size), limit);
};
const optlen: Printer = ({ args, result }) => {
  if (typeof args[3] === "number") return "4";
  const room = (args[3] as Uint8Array).length;
  if (args.length !== 5) return String(room);
  const [size] = args[4] as Int32Array;
  return result < 0 || size === room ? `[${room}]` : `[${room} => ${size}]`;
};

/** A struct sock_fprog: how many instructions, and a pointer to them. */
const filterProgram: Printer = ({ args }) =>
  `{len=${(args[3] as Uint8Array).length / SIZEOF_SOCK_FILTER}, filter=...}`;

/** C takes a pointer to an offset, and stores there how far it came; null stands for none. */
const fileOffset =
  (i: number): Printer =>
  ({ args, result }) => {
    if (args[i] === null) return "NULL";
    const before = Number(args[i]);
    return result > 0 ? `[${before}] => [${before + result}]` : `[${before}]`;
  };

const name =
  (i: number): Printer =>
  ({ args }) =>
    nameOrNull(args[i]);
const filled =
  (i: number): Printer =>
  ({ args, result }) =>
    filledName(args[i], result);
const room =
  (i: number): Printer =>
  ({ args }) =>
    args[i] === null ? "0" : String((args[i] as Uint8Array).length);

/** As fileOffset, where the kernel's answer is not shown. */
const offset =
  (i: number): Printer =>
  ({ args }) =>
    args[i] === null ? "NULL" : `[${args[i]}]`;

const SIGNATURES: Record<string, readonly Printer[]> = {
  socket: [named(0, S.FAMILIES), socketType, protocol],
  bind: [number(0), address(1), length(1)],
  listen: [number(0), number(1)],
  accept: [number(0), peer(1), peerLength(1)],
  accept4: [number(0), peer(1), peerLength(1), flags(3, S.SOCKET_FLAGS)],
  connect: [number(0), address(1), length(1)],
  shutdown: [number(0), named(1, S.SHUTDOWNS)],
  getsockname: [number(0), peer(1), peerLength(1)],
  getpeername: [number(0), peer(1), peerLength(1)],
  socketpair: [named(0, S.FAMILIES), socketType, number(2), fdPair(3)],
  recv: [number(0), taken(1, 2, 4), number(2), flags(3, S.MESSAGE_FLAGS)],
  send: [number(0), given(1, 2, 4), number(2), flags(3, S.MESSAGE_FLAGS, MSG_NOSIGNAL)],
  recvfrom: [
    number(0),
    taken(1, 2, 6),
    number(2),
    flags(3, S.MESSAGE_FLAGS),
    peer(4),
    peerLength(4),
  ],
  sendto: [
    number(0),
    given(1, 2, 5),
    number(2),
    flags(3, S.MESSAGE_FLAGS, MSG_NOSIGNAL),
    address(4),
    length(4),
  ],
  recvmsg: [number(0), receivedMessage, flags(6, S.MESSAGE_FLAGS, MSG_CMSG_CLOEXEC)],
  sendmsg: [number(0), sentMessage, flags(6, S.MESSAGE_FLAGS, MSG_NOSIGNAL)],
  recvmmsg: [
    number(0),
    receivedMessages,
    number(7),
    flags(8, S.MESSAGE_FLAGS, MSG_CMSG_CLOEXEC),
    literal("NULL"),
  ],
  sendmmsg: [number(0), sentMessages, number(7), flags(8, S.MESSAGE_FLAGS, MSG_NOSIGNAL)],
  getsockopt: [number(0), level, optname, optval, optlen],
  setsockopt: [number(0), level, optname, optval, optlen],
  setsockoptFprog: [number(0), level, optname, filterProgram, literal(String(SIZEOF_SOCK_FPROG))],
  read: [number(0), taken(1, 2, 3), number(2)],
  write: [number(0), given(1, 2, 3), number(2)],
  readv: [number(0), filledBuffers(1), count(1)],
  writev: [number(0), buffers(1), count(1)],
  pread: [number(0), taken(1, 2, 4), number(2), number(3)],
  pwrite: [number(0), given(1, 2, 4), number(2), number(3)],
  preadv: [number(0), filledBuffers(1), count(1), number(2)],
  pwritev: [number(0), buffers(1), count(1), number(2)],
  preadv2: [number(0), filledBuffers(1), count(1), number(2), flags(3, S.RW_FLAGS)],
  pwritev2: [number(0), buffers(1), count(1), number(2), flags(3, S.RW_FLAGS)],
  close: [number(0)],
  close_range: [number(0), number(1), flags(2, S.CLOSE_RANGE_FLAGS)],
  fcntl: [number(0), named(1, S.FCNTL_COMMANDS), fcntlArgument],
  dup: [number(0)],
  dup2: [number(0), number(1)],
  dup3: [number(0), number(1), flags(2, S.OPEN_FLAGS)],
  pipe2: [fdPair(0), flags(1, S.OPEN_FLAGS)],
  open: [bytes(0), openFlags(1), openMode(2)],
  openat: [dirfd(0), bytes(1), openFlags(2), openMode(3)],
  fstat: [number(0), filledStat],
  ftruncate: [number(0), number(1)],
  fsync: [number(0)],
  fdatasync: [number(0)],
  rename: [bytes(0), bytes(1)],
  unlink: [bytes(0)],
  unlinkat: [dirfd(0), bytes(1), flags(2, S.AT_FLAGS)],
  renameat2: [dirfd(0), bytes(1), dirfd(2), bytes(3), flags(4, S.RENAME_FLAGS)],
  memfd_create: [bytes(0), flags(1, S.MEMFD_FLAGS)],
  ioctl: [number(0), ioctlRequest, ioctlArgument],
  madvise: [literal("..."), number(1), named(2, S.ADVICES)],
  sendfile: [number(0), number(1), fileOffset(2), number(3)],
  splice: [number(0), offset(1), number(2), offset(3), number(4), flags(5, S.SPLICE_FLAGS)],
  tee: [number(0), number(1), number(2), flags(3, S.SPLICE_FLAGS)],
  vmsplice: [number(0), buffers(1), count(1), flags(2, S.SPLICE_FLAGS)],
  epoll_create1: [flags(0, S.EPOLL_FLAGS)],
  epoll_ctl: [number(0), named(1, S.EPOLL_OPS), number(2), epollEvent],
  epoll_wait: [number(0), epollEvents, number(2), number(3)],
  epoll_pwait: [number(0), epollEvents, number(2), number(3), sigmask(4), literal("8")],
  epoll_pwait2: [number(0), epollEvents, number(2), timeout(3), sigmask(4), literal("8")],
  poll: [pollFds, number(1), number(2)],
  ppoll: [pollFds, number(1), timeout(2), sigmask(3), literal("8")],
  sigprocmask: [named(0, S.MASK_CHANGES), sigmask(1), filledMask(2), literal("8")],
  signalfd: [number(0), sigmask(1), flags(2, S.SIGNALFD_FLAGS)],
  pidfd_open: [number(0), flags(1, S.PIDFD_FLAGS)],
  pidfd_send_signal: [number(0), signal(1), literal("NULL"), hex(2)],
  pidfd_getfd: [number(0), number(1), number(2)],
  inotify_init1: [flags(0, S.INOTIFY_FLAGS)],
  inotify_add_watch: [number(0), bytes(1), flags(2, S.INOTIFY_EVENTS)],
  inotify_rm_watch: [number(0), number(1)],
  eventfd: [number(0), flags(1, S.EVENTFD_FLAGS)],
  timerfd_create: [named(0, S.CLOCKS), flags(1, S.TIMERFD_FLAGS)],
  timerfd_settime: [number(0), flags(1, S.TIMERFD_FLAGS), timerValue, literal("NULL")],
  timerfd_gettime: [number(0), timerLeft],
  getaddrinfo: [name(0), name(1), addrinfoHints, addrinfoList],
  getnameinfo: [address(0), length(0), filled(1), room(1), filled(2), room(2), nameinfoFlags],
  getaddrinfoAsync: [name(0), name(1), addrinfoHints],
  getnameinfoAsync: [address(0), length(0), flags(1, S.NI_FLAGS)],
  if_nametoindex: [name(0)],
  if_indextoname: [number(0), filled(1)],
  if_nameindex: [interfaceList],
};

/** A call is as it would be without a trace: what cannot be printed, a detached view, is `text`. */
function attempt(print: () => string, text: string): string {
  try {
    return print();
  } catch {
    return text;
  }
}

/** The arguments of a call, each in C's words. */
export function formatArguments(name: string, call: Made): string[] {
  const { args, limit } = call;
  const signature = SIGNATURES[name] ?? args.map((value) => () => anyValue(value, limit));
  return signature.map((print) => attempt(() => print(call), "...")).filter((text) => text !== "");
}

/** What strace adds to a result that is more than a number: `0x2 (flags O_RDWR)`. */
export function formatResult(name: string, call: Made): string {
  const { args, result } = call;
  if (name === "poll" || name === "ppoll") {
    return `${result} (${attempt(() => pollAnswer(args, result), "...")})`;
  }
  return name === "fcntl" ? fcntlResult(call) : String(result);
}
