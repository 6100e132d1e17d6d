// Numbers of the kernel by their names in C: one of a set, or a mask of bits.
//
// The names are those of the constants that the addon read from the headers. Where several have
// one value the first in this order wins, as in strace(1). A number without a name is written with
// what it might have been, as there: `0x63 /* AF_??? */`.
import { constants } from "../native.ts";
import { OPTION_LEVELS } from "../option-levels.ts";

export interface Symbols {
  readonly names: ReadonlyMap<number, string>;
  /** `AF_???`: any of them. */
  readonly wildcard: string;
}

function symbols(names: readonly string[], wildcard: string): Symbols {
  const found = new Map<number, string>();
  for (const name of names) {
    const value = constants[name];
    if (value !== undefined && !found.has(value)) found.set(value, name);
  }
  return { names: found, wildcard };
}

/** All constants whose name begins with `prefix`, those that match `except` left out. */
function prefixed(prefix: string, except = /^$/): Symbols {
  const names = Object.keys(constants);
  const wanted = names.filter((name) => name.startsWith(prefix) && !except.test(name));
  return symbols(wanted, `${prefix}???`);
}

/** In the order of their values, in which strace(1) writes bits. */
function byValue({ names, wildcard }: Symbols): Symbols {
  return { names: new Map([...names].sort(([a], [b]) => a - b)), wildcard };
}

/** The names in `text`, which begin alike. */
function words(text: string, prefix = text.slice(0, text.indexOf("_") + 1)): Symbols {
  return symbols(text.split(" "), `${prefix}???`);
}

export const FAMILIES = prefixed("AF_", /^AF_(LOCAL|FILE|MAX)$/);
export const SOCKET_TYPES = words("SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET");
export const SOCKET_FLAGS = words("SOCK_CLOEXEC SOCK_NONBLOCK");
export const PROTOCOLS = prefixed("IPPROTO_", /^IPPROTO_HOPOPTS$/);
export const NETLINK_PROTOCOLS = words(
  "NETLINK_ROUTE NETLINK_USERSOCK NETLINK_FIREWALL NETLINK_SOCK_DIAG NETLINK_NFLOG NETLINK_XFRM " +
    "NETLINK_AUDIT NETLINK_NETFILTER NETLINK_KOBJECT_UEVENT NETLINK_GENERIC",
);
export const CAN_PROTOCOLS = words(
  "CAN_RAW CAN_BCM CAN_TP16 CAN_TP20 CAN_MCNET CAN_ISOTP CAN_J1939",
);
export const LEVELS = prefixed("SOL_");
export const SHUTDOWNS = prefixed("SHUT_");
export const ETHER_TYPES = prefixed("ETH_P_");
export const HARDWARE_TYPES = prefixed("ARPHRD_");
export const PACKET_TYPES = words(
  "PACKET_HOST PACKET_BROADCAST PACKET_MULTICAST PACKET_OTHERHOST PACKET_OUTGOING",
);
export const VSOCK_CONTEXTS = prefixed("VMADDR_CID_");
export const VSOCK_FLAGS = prefixed("VMADDR_FLAG_");
export const MESSAGE_FLAGS = byValue(prefixed("MSG_"));
export const EPOLL_OPS = prefixed("EPOLL_CTL_");
export const EPOLL_FLAGS = words("EPOLL_CLOEXEC");
export const EPOLL_EVENTS = words(
  "EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDNORM EPOLLRDBAND EPOLLWRNORM EPOLLWRBAND " +
    "EPOLLMSG EPOLLRDHUP EPOLLEXCLUSIVE EPOLLWAKEUP EPOLLONESHOT EPOLLET",
  "EPOLL",
);
export const POLL_EVENTS = words(
  "POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND " +
    "POLLMSG POLLREMOVE POLLRDHUP",
  "POLL",
);
/** The control messages of SOL_SOCKET that are no options as well. */
const SOCKET_CONTROLS = words("SCM_RIGHTS SCM_CREDENTIALS SCM_SECURITY SCM_PIDFD");
export const SIGNALS = prefixed("SIG", /^SIG(_|RT)/);
export const MASK_CHANGES = words("SIG_BLOCK SIG_UNBLOCK SIG_SETMASK");
export const SIGNALFD_FLAGS = words("SFD_CLOEXEC SFD_NONBLOCK");
export const PIDFD_FLAGS = words("PIDFD_NONBLOCK");
export const INOTIFY_FLAGS = words("IN_NONBLOCK IN_CLOEXEC");
export const INOTIFY_EVENTS = byValue(
  prefixed("IN_", /^IN_(CLOEXEC|NONBLOCK|CLOSE|MOVE|ALL_EVENTS|CLASS\w+|LOOPBACKNET)$/),
);
export const EVENTFD_FLAGS = words("EFD_SEMAPHORE EFD_CLOEXEC EFD_NONBLOCK");
/** Of timerfd_create and of timerfd_settime. */
export const TIMERFD_FLAGS = words(
  "TFD_TIMER_ABSTIME TFD_TIMER_CANCEL_ON_SET TFD_CLOEXEC TFD_NONBLOCK",
);
export const CLOCKS = prefixed("CLOCK_");
const ACCESS_MASK = constants.O_ACCMODE;
const ACCESS_MODES = words("O_RDONLY O_WRONLY O_RDWR O_ACCMODE");
/** Names of several bits come before the names of one of these. */
export const OPEN_FLAGS = words(
  "O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_SYNC O_DSYNC O_DIRECT " +
    "O_NOFOLLOW O_NOATIME O_CLOEXEC O_PATH O_TMPFILE O_DIRECTORY FASYNC",
);
export const FCNTL_COMMANDS = words(
  "F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_SETLEASE F_GETLEASE F_DUPFD_CLOEXEC F_SETPIPE_SZ " +
    "F_GETPIPE_SZ F_ADD_SEALS F_GET_SEALS F_GETLK F_SETLK F_SETLKW F_OFD_GETLK F_OFD_SETLK " +
    "F_OFD_SETLKW F_GETOWN F_SETOWN F_GETOWN_EX F_SETOWN_EX F_GETSIG F_SETSIG F_NOTIFY " +
    "F_GET_RW_HINT F_SET_RW_HINT F_GET_FILE_RW_HINT F_SET_FILE_RW_HINT",
);
export const FD_FLAGS = words("FD_CLOEXEC");
export const LOCK_TYPES = words("F_RDLCK F_WRLCK F_UNLCK");
export const WHENCES = words("SEEK_SET SEEK_CUR SEEK_END");
export const OWNERS = words("F_OWNER_TID F_OWNER_PID F_OWNER_PGRP");
export const SEALS = byValue(prefixed("F_SEAL_"));
export const REQUESTS: ReadonlyMap<number, string> = new Map([
  ...prefixed("SIOC", /^SIOC(INQ|OUTQ)$/).names,
  ...prefixed("TIOC").names,
  ...prefixed("FIO").names,
]);
export const AT_FLAGS = words(
  "AT_SYMLINK_NOFOLLOW AT_REMOVEDIR AT_SYMLINK_FOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH AT_RECURSIVE",
);
export const RENAME_FLAGS = byValue(prefixed("RENAME_"));
export const MEMFD_FLAGS = words("MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB");
export const SPLICE_FLAGS = byValue(prefixed("SPLICE_F_"));
export const RW_FLAGS = byValue(prefixed("RWF_"));
export const CLOSE_RANGE_FLAGS = byValue(prefixed("CLOSE_RANGE_"));
export const ADVICES = prefixed("MADV_");
export const NOTIFICATIONS = byValue(prefixed("DN_"));
export const INTERFACE_FLAGS = byValue(prefixed("IFF_"));
export const FILE_TYPES = words("S_IFREG S_IFDIR S_IFCHR S_IFBLK S_IFIFO S_IFLNK S_IFSOCK");
export const FILE_BITS = words("S_ISUID S_ISGID S_ISVTX");
export const AI_FLAGS = byValue(prefixed("AI_"));
export const NI_FLAGS = byValue(prefixed("NI_", /^NI_MAX/));
export const TCP_STATES = words(
  "TCP_ESTABLISHED TCP_SYN_SENT TCP_SYN_RECV TCP_FIN_WAIT1 TCP_FIN_WAIT2 TCP_TIME_WAIT TCP_CLOSE " +
    "TCP_CLOSE_WAIT TCP_LAST_ACK TCP_LISTEN TCP_CLOSING",
);

/** Names that strace(1) has not, for options that have a first one. */
const SECOND_NAMES = /^(SO_(DETACH_BPF|GET_FILTER)|IP_RECVRETOPTS)$/;

/** Levels whose options have no prefix of their own: values and families begin like them. */
const PACKET_OPTIONS = words(
  "PACKET_ADD_MEMBERSHIP PACKET_DROP_MEMBERSHIP PACKET_RECV_OUTPUT PACKET_RX_RING " +
    "PACKET_STATISTICS PACKET_COPY_THRESH PACKET_AUXDATA PACKET_ORIGDEV PACKET_VERSION " +
    "PACKET_HDRLEN PACKET_RESERVE PACKET_TX_RING PACKET_LOSS PACKET_VNET_HDR " +
    "PACKET_TX_TIMESTAMP PACKET_TIMESTAMP PACKET_FANOUT PACKET_TX_HAS_OFF PACKET_QDISC_BYPASS " +
    "PACKET_ROLLOVER_STATS PACKET_FANOUT_DATA PACKET_IGNORE_OUTGOING PACKET_VNET_HDR_SZ",
);
const NETLINK_OPTIONS = words(
  "NETLINK_ADD_MEMBERSHIP NETLINK_DROP_MEMBERSHIP NETLINK_PKTINFO NETLINK_BROADCAST_ERROR " +
    "NETLINK_NO_ENOBUFS NETLINK_RX_RING NETLINK_TX_RING NETLINK_LISTEN_ALL_NSID " +
    "NETLINK_LIST_MEMBERSHIPS NETLINK_CAP_ACK NETLINK_EXT_ACK NETLINK_GET_STRICT_CHK",
);

/** The options of each level of getsockopt(2) and setsockopt(2). */
const OPTIONS = new Map<number, Symbols>([
  [constants.SOL_PACKET, PACKET_OPTIONS],
  [constants.SOL_NETLINK, NETLINK_OPTIONS],
  ...OPTION_LEVELS.map(({ level, prefix, isOption }): [number, Symbols] => {
    const names = Object.keys(constants).filter(isOption);
    const first = names.filter((name) => !SECOND_NAMES.test(name));
    return [level, symbols(first, `${prefix}???`)];
  }),
]);

/** As C's %#x, which has no 0x before 0. */
export function hex(value: number): string {
  return value === 0 ? "0" : `0x${(value >>> 0).toString(16)}`;
}

function unknown(value: number, wildcard: string): string {
  return `${hex(value)} /* ${wildcard} */`;
}

/** The name of `value`, or the number, in hexadecimal, and what it might have been. */
export function symbol(value: number, { names, wildcard }: Symbols): string {
  return names.get(value) ?? unknown(value, wildcard);
}

export function optionName(level: number, optname: number): string {
  const options = OPTIONS.get(level);
  return options === undefined ? `${optname}` : symbol(optname, options);
}

/** Most control messages have the name of the option that asks for them. */
export function controlName(level: number, type: number): string {
  const options = OPTIONS.get(level);
  if (options === undefined) return hex(type);
  if (level !== constants.SOL_SOCKET) return symbol(type, options);
  const option = options.names.get(type);
  return SOCKET_CONTROLS.names.get(type) ?? option ?? unknown(type, SOCKET_CONTROLS.wildcard);
}

/** `O_CREAT|O_TRUNC|0x80000000`: every bit is in it; `none` is how no bit is written. */
export function flags(value: number, known: Symbols, none = "0"): string {
  const { found, rest } = bitsOf(value, known);
  if (rest === 0) return found.length === 0 ? none : found.join("|");
  return found.length === 0 ? unknown(rest, known.wildcard) : [...found, hex(rest)].join("|");
}

/** The names of bits, and the bits without one. */
function bitsOf(value: number, { names }: Symbols): { found: string[]; rest: number } {
  let rest = value >>> 0;
  const found: string[] = [];
  for (const [bits, name] of names) {
    if (bits === 0 || (rest & bits) >>> 0 !== bits >>> 0) continue;
    found.push(name);
    rest = (rest & ~bits) >>> 0;
  }
  return { found, rest };
}

/** `O_RDWR|O_NONBLOCK`: the access mode is a number among the bits. */
export function openFlags(value: number): string {
  const { found, rest } = bitsOf(value & ~ACCESS_MASK, OPEN_FLAGS);
  const mode = symbol(value & ACCESS_MASK, ACCESS_MODES);
  return [mode, ...found, ...(rest === 0 ? [] : [hex(rest)])].join("|");
}
