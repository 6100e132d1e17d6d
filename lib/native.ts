// The one table of calls that everything above goes through, from the addon that addon.ts loads.
//
// The native functions have C names, take numbers and Uint8Arrays, and return what the kernel
// answered: a result, or -errno. See native/ for what is behind them, lib/sys/ for who calls them.
import { loadAddon } from "./addon.ts";

/** A batch of messages: native/msghdr.cc says how they lie in these arrays. */
type MessageBatchArguments = [
  fd: number,
  buffer: Uint8Array,
  names: Uint8Array,
  control: Uint8Array,
  fds: Int32Array,
  rows: Int32Array,
  capacity: number,
  vlen: number,
  flags: number,
];

/** A struct addrinfo: its address as a sockaddr, its name as bytes where it has one. */
export interface AddrinfoRow {
  readonly family: number;
  readonly socktype: number;
  readonly protocol: number;
  readonly address: Uint8Array;
  readonly canonname: Uint8Array | null;
}

/** What getaddrinfo is asked: with `flags` null it gets no hints. */
export type AddrinfoQuestion = [
  node: Uint8Array | null,
  service: Uint8Array | null,
  flags: number | null,
  family: number,
  socktype: number,
  protocol: number,
];

/** One member per native function. Whoever swaps a member keeps its arguments and its answer. */
export interface Calls {
  // native/socket.cc
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  accept(fd: number, peer: Uint8Array | null, addrlen: Int32Array | null): number;
  accept4(fd: number, peer: Uint8Array | null, addrlen: Int32Array | null, flags: number): number;
  connect(fd: number, address: Uint8Array): number;
  shutdown(fd: number, how: number): number;
  getsockname(fd: number, address: Uint8Array, addrlen: Int32Array): number;
  getpeername(fd: number, address: Uint8Array, addrlen: Int32Array): number;
  socketpair(domain: number, type: number, protocol: number, fds: Int32Array): number;

  // native/message.cc
  recv(fd: number, buffer: Uint8Array, size: number, flags: number, offset: number): number;
  send(fd: number, buffer: Uint8Array, size: number, flags: number, offset: number): number;
  recvfrom(
    fd: number,
    buffer: Uint8Array,
    size: number,
    flags: number,
    from: Uint8Array | null,
    addrlen: Int32Array | null,
    offset: number,
  ): number;
  sendto(
    fd: number,
    buffer: Uint8Array,
    size: number,
    flags: number,
    address: Uint8Array,
    offset: number,
  ): number;

  // native/msghdr.cc
  recvmsg(
    fd: number,
    buffers: readonly Uint8Array[],
    name: Uint8Array | null,
    control: Uint8Array | null,
    fds: Int32Array,
    received: Int32Array,
    flags: number,
  ): number;
  sendmsg(
    fd: number,
    buffers: readonly Uint8Array[],
    name: Uint8Array | null,
    namelen: number,
    control: Uint8Array | null,
    controllen: number,
    flags: number,
  ): number;
  recvmmsg(...batch: MessageBatchArguments): number;
  sendmmsg(...batch: [...MessageBatchArguments, first: number]): number;

  // native/sockopt.cc
  getsockopt(
    fd: number,
    level: number,
    optname: number,
    optval: Uint8Array,
    optlen: Int32Array,
  ): number;
  setsockopt(fd: number, level: number, optname: number, optval: number | Uint8Array): number;
  setsockoptFprog(fd: number, level: number, optname: number, filter: Uint8Array): number;

  // native/file.cc
  read(fd: number, buffer: Uint8Array, size: number, offset: number): number;
  write(fd: number, buffer: Uint8Array, size: number, offset: number): number;
  readv(fd: number, buffers: readonly Uint8Array[]): number;
  writev(fd: number, buffers: readonly Uint8Array[]): number;
  pread(fd: number, buffer: Uint8Array, size: number, position: number, offset: number): number;
  pwrite(fd: number, buffer: Uint8Array, size: number, position: number, offset: number): number;
  preadv(fd: number, buffers: readonly Uint8Array[], position: number): number;
  pwritev(fd: number, buffers: readonly Uint8Array[], position: number): number;
  preadv2(fd: number, buffers: readonly Uint8Array[], position: number, flags: number): number;
  pwritev2(fd: number, buffers: readonly Uint8Array[], position: number, flags: number): number;
  close(fd: number): number;
  close_range(first: number, last: number, flags: number): number;
  disownFd(fd: number): number;
  fcntl(fd: number, cmd: number, arg: number | Uint8Array): number;
  dup(oldfd: number): number;
  dup2(oldfd: number, newfd: number): number;
  dup3(oldfd: number, newfd: number, flags: number): number;
  pipe2(fds: Int32Array, flags: number): number;

  // native/ioctl.cc
  ioctl(fd: number, request: number, arg: Uint8Array | null): number;

  // native/path.cc
  open(path: Uint8Array, flags: number, mode: number): number;
  openat(dirfd: number, path: Uint8Array, flags: number, mode: number): number;
  fstat(fd: number, stat: Uint8Array): number;
  ftruncate(fd: number, length: number): number;
  fsync(fd: number): number;
  fdatasync(fd: number): number;
  rename(oldpath: Uint8Array, newpath: Uint8Array): number;
  unlink(path: Uint8Array): number;
  unlinkat(dirfd: number, path: Uint8Array, flags: number): number;
  renameat2(
    olddirfd: number,
    oldpath: Uint8Array,
    newdirfd: number,
    newpath: Uint8Array,
    flags: number,
  ): number;
  memfd_create(name: Uint8Array, flags: number): number;

  // native/splice.cc
  sendfile(outfd: number, infd: number, offset: number | null, count: number): number;
  splice(
    infd: number,
    inOffset: number | null,
    outfd: number,
    outOffset: number | null,
    size: number,
    flags: number,
  ): number;
  tee(infd: number, outfd: number, size: number, flags: number): number;
  vmsplice(fd: number, buffers: readonly Uint8Array[], flags: number): number;

  // native/memory.cc
  madvise(buffer: Uint8Array, size: number, advice: number, offset: number): number;

  // native/epoll.cc
  epoll_create1(flags: number): number;
  epoll_ctl(
    epfd: number,
    op: number,
    fd: number,
    events: number,
    data: number,
    dataHigh: number,
  ): number;
  epoll_wait(epfd: number, events: Uint8Array, maxevents: number, timeoutMs: number): number;
  epoll_pwait(
    epfd: number,
    events: Uint8Array,
    maxevents: number,
    timeoutMs: number,
    sigmask: Uint8Array | null,
  ): number;
  epoll_pwait2(
    epfd: number,
    events: Uint8Array,
    maxevents: number,
    timeoutNs: number,
    sigmask: Uint8Array | null,
  ): number;

  // native/poll.cc
  poll(fds: Uint8Array, nfds: number, timeoutMs: number): number;
  ppoll(fds: Uint8Array, nfds: number, timeoutNs: number, sigmask: Uint8Array | null): number;

  // native/signal.cc
  sigprocmask(how: number, set: Uint8Array | null, oldset: Uint8Array | null): number;
  signalfd(fd: number, mask: Uint8Array, flags: number): number;
  pidfd_open(pid: number, flags: number): number;
  pidfd_send_signal(pidfd: number, sig: number, flags: number): number;
  pidfd_getfd(pidfd: number, targetfd: number, flags: number): number;

  // native/inotify.cc
  inotify_init1(flags: number): number;
  inotify_add_watch(fd: number, path: Uint8Array, mask: number): number;
  inotify_rm_watch(fd: number, wd: number): number;

  // native/wake.cc
  eventfd(initval: number, flags: number): number;
  timerfd_create(clockid: number, flags: number): number;
  timerfd_settime(fd: number, flags: number, valueNs: number, intervalNs: number): number;
  timerfd_gettime(fd: number, value: Uint8Array): number;
  uvPollStart(fd: number, ready: () => void): number;
  uvPollStop(fd: number): number;
  uvPollRef(fd: number): number;
  uvPollUnref(fd: number): number;
  uvSignalOpen(): number;
  uvSignalClose(sigfd: number): number;
  uvSignalStart(sigfd: number, signum: number): number;
  uvSignalStop(sigfd: number, signum: number): number;
  uvSignalRead(sigfd: number, buffer: Uint8Array): number;

  // native/resolve.cc, where the failures of the resolver have numbers of their own
  getaddrinfo(...args: [...AddrinfoQuestion, list: AddrinfoRow[]]): number;
  getnameinfo(
    address: Uint8Array,
    host: Uint8Array | null,
    service: Uint8Array | null,
    flags: number,
  ): number;
  getaddrinfoAsync(
    ...args: [...AddrinfoQuestion, done: (answer: number, list: AddrinfoRow[]) => void]
  ): number;
  getnameinfoAsync(
    address: Uint8Array,
    flags: number,
    done: (answer: number, host: Uint8Array, service: Uint8Array) => void,
  ): number;
  if_nametoindex(name: Uint8Array): number;
  if_indextoname(ifindex: number, name: Uint8Array): number;
  if_nameindex(list: { index: number; name: Uint8Array }[]): number;
}

interface Addon {
  calls: Calls;
  constants: Record<string, number>;
  errnos: { errno: number; name: string; text: string }[];
  tcpInfoFields: { name: string; offset: number; size: number; mask: number }[];
}

const addon = loadAddon() as Addon;

/**
 * The table of calls. lib/sys reads a member at every call, so assigning one swaps it for everyone:
 * trace, counters and fault injection are users of that.
 */
export const calls: Calls = { ...addon.calls };

/** name -> number from the C headers; lib/constants.ts gives each name its type. */
export const constants = addon.constants;

/** Every errno of the C library, and the failures of its resolver. */
export const errnos = addon.errnos;

/** Where each field of TCP_INFO lies; `mask` is 255, or says which bits of its byte it has. */
export const tcpInfoFields = addon.tcpInfoFields;
