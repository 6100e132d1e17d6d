// What every open fd of a process is, ours or another's, as far as /proc allows.
//
// /proc/PID/fd names it, fdinfo tells its flags and what an epoll waits for, net/* the state of
// sockets; our own sockets are asked by getsockopt(2) as well. Man page: proc_pid_fdinfo(5).
// See also proc-net.ts, fd-table.ts.
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOL_SOCKET,
  SOL_TCP,
  TCP_INFO,
} from "../constants.ts";
import { decodeAddress, formatAddress } from "../sockaddr.ts";
import { kernelCalls } from "./layer.ts";
import { readSockets, type SocketInfo, tcpState } from "./proc-net.ts";
import * as S from "./symbols.ts";

/** One fd that an epoll watches. */
export interface EpollInterest {
  readonly fd: number;
  /** "EPOLLIN|EPOLLET" */
  readonly events: string;
  /** The two halves of the user data. */
  readonly data: number;
  readonly dataHigh: number;
}

/** What a timerfd is set to. timerfd_gettime(2). */
export interface TimerInfo {
  /** "CLOCK_MONOTONIC" */
  readonly clock: string;
  /** Until it goes off, 0 when it is disarmed, and between two times; in nanoseconds. */
  readonly valueNs: number;
  readonly intervalNs: number;
  /** How often it went off since it was read. */
  readonly ticks: number;
}

/** An open fd. The member that its kind has more to say about is there. */
export interface FdInfo {
  readonly fd: number;
  /** "socket", "pipe", "epoll", "eventfd", "timerfd", "signalfd", "file", "directory" … */
  readonly kind: string;
  /** What /proc/PID/fd links to: a path, "socket:[1234]", "anon_inode:[eventpoll]". */
  readonly target: string;
  /** "O_RDWR|O_NONBLOCK|O_CLOEXEC" */
  readonly flags: string;
  /** The position in a file. */
  readonly position: number;
  readonly socket?: SocketInfo;
  readonly epoll?: readonly EpollInterest[];
  readonly timer?: TimerInfo;
  /** The count of an eventfd. */
  readonly count?: number;
  /** Of a pipe: the fds of the same process that are on it too. */
  readonly partners?: readonly number[];
}

/** The open fds of this process, or of another: ENOENT there is no such, EACCES it is not ours. */
export function listFds(pid: number | "self" = "self"): FdInfo[] {
  if (pid !== "self" && !(Number.isInteger(pid) && pid > 0)) {
    throw new RangeError(`listFds: pid must be an integer above 0, not ${String(pid)}`);
  }
  const isOurs = pid === "self" || pid === process.pid;
  const folder = `/proc/${pid}`;
  const fds = readdirSync(`${folder}/fd`).map(Number);
  const sockets = readSockets(String(pid));
  const found = fds.sort((a, b) => a - b).flatMap((fd) => describe(folder, fd, sockets, isOurs));
  return found.map((info) => (info.kind === "pipe" ? withPartners(info, found) : info));
}

/** Nothing for an fd that was closed meanwhile: the one that the folder was read with. */
function describe(
  folder: string,
  fd: number,
  sockets: ReadonlyMap<string, SocketInfo>,
  isOurs: boolean,
): FdInfo[] {
  let target: string;
  let details: string;
  try {
    target = readlinkSync(`${folder}/fd/${fd}`);
    details = readFileSync(`${folder}/fdinfo/${fd}`, "latin1");
  } catch {
    return [];
  }
  const kind = kindOf(`${folder}/fd/${fd}`, target);
  const flags = Number.parseInt(field(details, "flags") ?? "0", 8);
  const common = {
    fd,
    kind,
    target,
    flags: S.openFlags(flags).replace(/\|0x[0-9a-f]+$/, ""),
    position: Number(field(details, "pos") ?? 0),
  };
  return [{ ...common, ...moreOf(common, details, sockets, isOurs) }];
}

function moreOf(
  { fd, kind, target }: Pick<FdInfo, "fd" | "kind" | "target">,
  details: string,
  sockets: ReadonlyMap<string, SocketInfo>,
  isOurs: boolean,
): Partial<FdInfo> {
  if (kind === "epoll") return { epoll: parseInterests(details) };
  if (kind === "timerfd") return { timer: parseTimer(details) };
  if (kind === "eventfd") {
    return { count: Number.parseInt(field(details, "eventfd-count") ?? "0", 16) };
  }
  if (kind !== "socket") return {};
  const listed = sockets.get(/\d+/.exec(target)?.[0] ?? "");
  const socket = isOurs ? { ...askSocket(fd), ...listed } : listed;
  return socket === undefined ? {} : { socket: socket as SocketInfo };
}

function field(details: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(details)?.[1];
}

const ANONYMOUS: Record<string, string> = { "[eventpoll]": "epoll" };

function kindOf(path: string, target: string): string {
  const [prefix = "", rest = ""] = target.split(":");
  if (prefix === "socket" || prefix === "pipe") return prefix;
  if (prefix === "anon_inode") return ANONYMOUS[rest] ?? rest.replace(/^\[|\]$/g, "");
  return fileKind(path);
}

const FILE_KINDS = new Map([
  [S_IFREG, "file"],
  [S_IFDIR, "directory"],
  [S_IFCHR, "character device"],
  [S_IFBLK, "block device"],
  [S_IFIFO, "fifo"],
]);

function fileKind(path: string): string {
  try {
    return FILE_KINDS.get(statSync(path).mode & S_IFMT) ?? "file";
  } catch {
    return "file";
  }
}

function parseInterests(details: string): EpollInterest[] {
  const lines = details.matchAll(/^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+)/gm);
  return [...lines].map(([, fd = "", events = "", data = ""]) => {
    const halves = data.padStart(16, "0");
    return {
      fd: Number(fd),
      events: S.flags(Number.parseInt(events, 16), S.EPOLL_EVENTS),
      data: Number.parseInt(halves.slice(8), 16),
      dataHigh: Number.parseInt(halves.slice(0, 8), 16),
    };
  });
}

function parseTimer(details: string): TimerInfo {
  const time = (name: string) => {
    const [, seconds = 0, nanoseconds = 0] =
      /\((\d+), (\d+)\)/.exec(field(details, name) ?? "") ?? [];
    return Number(seconds) * 1e9 + Number(nanoseconds);
  };
  return {
    clock: S.symbol(Number(field(details, "clockid")), S.CLOCKS),
    valueNs: time("it_value"),
    intervalNs: time("it_interval"),
    ticks: Number(field(details, "ticks")),
  };
}

function withPartners(info: FdInfo, all: readonly FdInfo[]): FdInfo {
  const same = all.filter(({ fd, target }) => target === info.target && fd !== info.fd);
  return { ...info, partners: same.map(({ fd }) => fd) };
}

/** What /proc does not list: sockets without a name, and of any family. Past the table's layers. */
function askSocket(fd: number): SocketInfo {
  const family = option(fd, SOL_SOCKET, SO_DOMAIN) ?? -1;
  const protocol = option(fd, SOL_SOCKET, SO_PROTOCOL) ?? 0;
  const socket: SocketInfo = {
    family: S.symbol(family, S.FAMILIES),
    type: S.symbol(option(fd, SOL_SOCKET, SO_TYPE) ?? -1, S.SOCKET_TYPES),
  };
  const isInternet = /^AF_INET6?$/.test(socket.family);
  if (isInternet && protocol !== 0) socket.protocol = S.symbol(protocol, S.PROTOCOLS);
  const state = isInternet ? option(fd, SOL_TCP, TCP_INFO) : undefined;
  if (state !== undefined) socket.state = tcpState(state & 0xff);
  else if (option(fd, SOL_SOCKET, SO_ACCEPTCONN) === 1) socket.state = "LISTEN";
  for (const [name, key] of [
    ["getsockname", "local"],
    ["getpeername", "peer"],
  ] as const) {
    const address = nameOf(fd, name);
    if (address !== undefined) socket[key] = address;
  }
  return socket;
}

const room = new Int32Array(32);
const bytes = new Uint8Array(room.buffer);
const length = new Int32Array(1);

/** The first int of an option. */
function option(fd: number, level: number, optname: number): number | undefined {
  room[0] = 0;
  const int = bytes.subarray(0, Int32Array.BYTES_PER_ELEMENT);
  return kernelCalls().getsockopt(fd, level, optname, int, length) === 0 ? room[0] : undefined;
}

function nameOf(fd: number, call: "getsockname" | "getpeername"): string | undefined {
  if (kernelCalls()[call](fd, bytes, length) !== 0) return undefined;
  const address = decodeAddress(bytes, length[0]);
  return address instanceof Uint8Array ? undefined : formatAddress(address);
}
