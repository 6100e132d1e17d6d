// Runs a scenario with our calls, and says what each step answered: what referee.py does with
// Python's. Numbers that differ from run to run are given names: fds, ports, the own pid.
import { mkdirSync } from "node:fs";
import {
  type ControlMessage,
  cmsgLen,
  cmsgSpace,
  controlMessages,
  encodeControl,
} from "../../../lib/cmsg.ts";
import { scmCredentials, scmRights } from "../../../lib/cmsg-types.ts";
import * as C from "../../../lib/constants.ts";
import { errnoName, SyscallError } from "../../../lib/errno.ts";
import {
  type AbstractAddress,
  type Address,
  type InetAddress,
  SockaddrStorage,
  type UnixAddress,
} from "../../../lib/sockaddr.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../../lib/sys/epoll.ts";
import * as file from "../../../lib/sys/file.ts";
import { ioctlInt } from "../../../lib/sys/ioctl.ts";
import * as message from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import { ftruncate, memfd_create } from "../../../lib/sys/path.ts";
import { PollFds, poll } from "../../../lib/sys/poll.ts";
import { pidfd_open } from "../../../lib/sys/signal.ts";
import * as sockets from "../../../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../../../lib/sys/sockopt.ts";
import { sendfile, splice } from "../../../lib/sys/splice.ts";
import { eventfd } from "../../../lib/sys/wake.ts";
import { CLOSED_FD } from "../../helpers/fds.ts";
import type { Argument, Scenario, Step, WrittenAddress } from "./scenarios.ts";

/** What a step gives: values for its names, and what is shown and compared. */
type Answer = [values: unknown[], shown: unknown];

const constants = C as unknown as Record<string, number>;
const latin1 = (bytes: Uint8Array, n = bytes.length) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, n).toString("latin1");

/** One scenario under way. */
class Run {
  readonly folder: string;
  readonly values = new Map<string, unknown>();
  readonly open = new Set<number>();
  readonly #ports = new Map<number, string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  step([what, ...args]: Step): unknown {
    const at = what.lastIndexOf("=");
    const names = at === -1 ? [] : what.slice(0, at).split(",");
    try {
      const call = CALLS[what.slice(at + 1)] as (run: Run, ...args: unknown[]) => Answer;
      const [values, shown] = call(this, ...args.map((arg) => this.argument(arg)));
      for (const [i, name] of names.entries()) this.values.set(name, values[i]);
      return shown;
    } catch (error) {
      if (error instanceof SyscallError) return { error: error.code };
      if (error instanceof TypeError || error instanceof RangeError) {
        return { error: "bad argument" };
      }
      throw error;
    }
  }

  argument(given: Argument): unknown {
    if (Array.isArray(given)) return given.map((each) => this.argument(each));
    if (typeof given === "object" && given !== null) return this.address(given as WrittenAddress);
    if (typeof given !== "string") return given;
    if (given.startsWith("'")) return Buffer.from(given.slice(1), "latin1");
    if (given.startsWith("$")) return this.values.get(given.slice(1)) ?? CLOSED_FD;
    return given.split("|").reduce((value, name) => value | constants[name], 0);
  }

  address({ inet, inet6, port = 0, unix, abstract }: WrittenAddress): Address {
    if (unix !== undefined) return { family: C.AF_UNIX, path: `${this.folder}/${unix}` };
    if (abstract !== undefined) {
      return { family: C.AF_UNIX, abstract: Buffer.from(this.folder + abstract) };
    }
    if (inet !== undefined) return { family: C.AF_INET, address: inet, port };
    return { family: C.AF_INET6, address: inet6 ?? "", port };
  }

  show(address: Address | Uint8Array): unknown {
    if (address instanceof Uint8Array) return address.length === 0 ? null : latin1(address);
    if ("address" in address) return [address.address, this.#port((address as InetAddress).port)];
    if ("path" in address) return (address as UnixAddress).path.replace(this.folder, "");
    if (!("abstract" in address)) return "unnamed";
    const { abstract } = address as AbstractAddress;
    return abstract.length === 5 ? "autobind" : `@${latin1(abstract).replace(this.folder, "")}`;
  }

  /** Of accept and recvfrom, whose unnamed peers Python gives no address at all. */
  showPeer(peer: SockaddrStorage): unknown {
    const shown = this.show(peer.decode());
    return shown === "unnamed" ? null : shown;
  }

  #port(port: number): string | number {
    if (port === 0) return 0;
    const name = this.#ports.get(port) ?? `port ${this.#ports.size + 1}`;
    this.#ports.set(port, name);
    return name;
  }

  opened(...fds: number[]): Answer {
    for (const fd of fds) this.open.add(fd);
    return [fds, fds.length === 1 ? "fd" : fds.map(() => "fd")];
  }

  nameOf(fd: number): string | undefined {
    return [...this.values].find(([, value]) => value === fd)?.[0];
  }
}

/** An answer that is a number; -EAGAIN and its kin are errors in Python. */
function number(n: number): Answer {
  return [[], n < 0 ? { error: errnoName(n) } : n];
}

/** The bytes of `read`, unless it says how many there were not. */
function bytes(size: number, read: (buffer: Buffer) => number): Answer {
  const buffer = Buffer.alloc(size);
  const n = read(buffer);
  return n < 0 ? number(n) : [[], latin1(buffer, n)];
}

function showControl({ level, type, data }: ControlMessage): unknown {
  if (level === C.SOL_SOCKET && type === C.SCM_RIGHTS) return `${data.length >> 2} fds`;
  if (level !== C.SOL_SOCKET || type !== C.SCM_CREDENTIALS) return [level, type, latin1(data)];
  if (data.length < scmCredentials.size) return `${data.length} bytes of credentials`;
  const { pid, uid, gid } = scmCredentials.decode(data);
  return [pid === process.pid, uid, gid];
}

function byName(found: [string | undefined, number][]): Answer {
  return [[], found.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))];
}

type Control = [level: number, type: number, data: Uint8Array | number[]];

const SOCKET_CALLS = {
  socket: (run: Run, domain: number, type: number, protocol: number) =>
    run.opened(sockets.socket(domain, type | C.SOCK_CLOEXEC, protocol)),
  socketpair: (run: Run, domain: number, type: number, protocol: number) =>
    run.opened(...sockets.socketpair(domain, type | C.SOCK_CLOEXEC, protocol)),
  bind: (_: Run, fd: number, address: Address) => number(sockets.bind(fd, address)),
  connect: (_: Run, fd: number, address: Address) => number(sockets.connect(fd, address)),
  listen: (_: Run, fd: number, backlog: number) => number(sockets.listen(fd, backlog)),
  accept(run: Run, fd: number): Answer {
    const peer = new SockaddrStorage();
    const connfd = sockets.accept4(fd, peer, C.SOCK_CLOEXEC);
    if (connfd < 0) return number(connfd);
    run.open.add(connfd);
    return [[connfd], ["fd", run.showPeer(peer)]];
  },
  shutdown: (_: Run, fd: number, how: number) => number(sockets.shutdown(fd, how)),
  getsockname(run: Run, fd: number): Answer {
    const name = sockets.getsockname(fd);
    return [[name], run.show(name)];
  },
  getpeername(run: Run, fd: number): Answer {
    const name = sockets.getpeername(fd);
    return [[name], run.show(name)];
  },
  getsockopt(_: Run, fd: number, level: number, name: number, size?: number): Answer {
    if (size === undefined) return [[], getsockopt(fd, level, name)];
    return [[], latin1(getsockopt(fd, level, name, size))];
  },
  setsockopt: (_: Run, fd: number, level: number, name: number, value: number | Uint8Array) =>
    number(setsockopt(fd, level, name, value)),
};

const MESSAGE_CALLS = {
  send: (_: Run, fd: number, data: Buffer, flags: number) =>
    number(message.send(fd, data, data.length, flags)),
  recv: (_: Run, fd: number, size: number, flags: number) =>
    bytes(size, (buffer) => message.recv(fd, buffer, size, flags)),
  length: (_: Run, fd: number, size: number, flags: number) =>
    number(message.recv(fd, Buffer.alloc(size), size, flags)),
  sendto: (_: Run, fd: number, data: Buffer, flags: number, address: Address) =>
    number(message.sendto(fd, data, data.length, flags, address)),
  recvfrom(run: Run, fd: number, size: number, flags: number): Answer {
    const from = new SockaddrStorage();
    const buffer = Buffer.alloc(size);
    const n = message.recvfrom(fd, buffer, size, flags, from);
    return n < 0 ? number(n) : [[], [latin1(buffer, n), run.showPeer(from)]];
  },
  sendmsg(
    _: Run,
    fd: number,
    buffers: Buffer[],
    given: Control[],
    flags: number,
    name: Address | null = null,
  ) {
    const control = encodeControl(
      ...given.map(([level, type, data]) => ({
        level,
        type,
        data: data instanceof Uint8Array ? data : scmRights.encode(data),
      })),
    );
    return number(sendmsg(fd, { buffers, control, name }, flags));
  },
  recvmsg(run: Run, fd: number, size: number, room: number, flags: number): Answer {
    const [buffer, control, name] = [Buffer.alloc(size), Buffer.alloc(room), new SockaddrStorage()];
    const header = new MessageHeader([buffer], control, name);
    const n = recvmsg(fd, header, flags);
    header.closeFds();
    if (n < 0) return number(n);
    const shown = controlMessages(control, header.controlLength).map(showControl);
    return [[], [latin1(buffer, n), shown, header.flags, run.showPeer(name)]];
  },
  CMSG_LEN: (_: Run, size: number) => number(cmsgLen(size)),
  CMSG_SPACE: (_: Run, size: number) => number(cmsgSpace(size)),
};

const FILE_CALLS = {
  close(run: Run, fd: number): Answer {
    run.open.delete(fd);
    return number(file.close(fd));
  },
  dup: (run: Run, fd: number) => run.opened(file.dup(fd)),
  fcntl: (_: Run, fd: number, command: number, value = 0) => number(file.fcntl(fd, command, value)),
  ioctl_int: (_: Run, fd: number, request: number) => number(ioctlInt(fd, request)),
  pipe2: (run: Run, flags: number) => run.opened(...file.pipe2(flags)),
  read: (_: Run, fd: number, size: number) => bytes(size, (buffer) => file.read(fd, buffer, size)),
  write: (_: Run, fd: number, data: Buffer) => number(file.write(fd, data, data.length)),
  readv(_: Run, fd: number, sizes: number[]): Answer {
    const buffers = sizes.map((size) => Buffer.alloc(size));
    const n = file.readv(fd, buffers);
    return n < 0 ? number(n) : [[], [n, ...buffers.map((buffer) => latin1(buffer))]];
  },
  writev: (_: Run, fd: number, buffers: Buffer[]) => number(file.writev(fd, buffers)),
  pread: (_: Run, fd: number, size: number, at: number) =>
    bytes(size, (buffer) => file.pread(fd, buffer, size, at)),
  pwrite: (_: Run, fd: number, data: Buffer, at: number) =>
    number(file.pwrite(fd, data, data.length, at)),
  memfd: (run: Run) => run.opened(memfd_create("executor", C.MFD_CLOEXEC)),
  ftruncate: (_: Run, fd: number, size: number) => number(ftruncate(fd, size)),
  sendfile: (_: Run, outfd: number, infd: number, offset: number | null, count: number) =>
    number(sendfile(outfd, infd, offset, count)),
  splice: (_: Run, infd: number, outfd: number, count: number, flags: number) =>
    number(splice(infd, null, outfd, null, count, flags)),
  eventfd: (run: Run, value: number, flags: number) => run.opened(eventfd(value, flags)),
  pidfd_open: (run: Run, pid: number, flags: number) => run.opened(pidfd_open(pid, flags)),
};

const WAITING_CALLS = {
  rest: () => number(poll(new PollFds(1), 1, 10)),
  epoll: (run: Run) => run.opened(epoll_create1(C.EPOLL_CLOEXEC)),
  add: (_: Run, epfd: number, fd: number, events: number) =>
    number(epoll_ctl(epfd, C.EPOLL_CTL_ADD, fd, events)),
  mod: (_: Run, epfd: number, fd: number, events: number) =>
    number(epoll_ctl(epfd, C.EPOLL_CTL_MOD, fd, events)),
  del: (_: Run, epfd: number, fd: number) => number(epoll_ctl(epfd, C.EPOLL_CTL_DEL, fd)),
  wait(run: Run, epfd: number, maxevents: number, timeoutMs: number): Answer {
    const events = new EpollEvents(maxevents);
    const n = epoll_wait(epfd, events, maxevents, timeoutMs);
    return byName(
      Array.from({ length: n }, (_, i) => [run.nameOf(events.data(i)), events.events(i)]),
    );
  },
  poll(run: Run, wanted: [number, number][], timeoutMs: number): Answer {
    const fds = new PollFds(wanted.length);
    for (const [i, [fd, events]] of wanted.entries()) fds.set(i, fd, events);
    poll(fds, wanted.length, timeoutMs);
    const found = wanted.map(([fd], i): [string | undefined, number] => [
      run.nameOf(fd),
      fds.revents(i),
    ]);
    return byName(found.filter(([, revents]) => revents !== 0));
  },
};

const CALLS: Record<string, unknown> = {
  ...SOCKET_CALLS,
  ...MESSAGE_CALLS,
  ...FILE_CALLS,
  ...WAITING_CALLS,
};

/** What each step of `scenario` answers; `folder` is made, for unix sockets. */
export function play(scenario: Scenario, folder: string): unknown[] {
  mkdirSync(folder);
  const run = new Run(folder);
  try {
    return scenario.map((step) => run.step(step));
  } finally {
    for (const fd of run.open) file.close(fd);
  }
}
