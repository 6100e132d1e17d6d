// What is known of each call without making it: its fds, the fds it makes, the bytes it moves.
// The arguments are those of the table of calls in ../native.ts.

/** Which arguments are fds; of a call that is not here it is the first. */
const FD_ARGUMENTS: Record<string, readonly number[]> = {
  socket: [],
  socketpair: [],
  pipe2: [],
  poll: [],
  ppoll: [],
  sigprocmask: [],
  signalfd: [],
  pidfd_open: [],
  inotify_init1: [],
  open: [],
  rename: [],
  unlink: [],
  unlinkat: [0],
  renameat2: [0, 2],
  memfd_create: [],
  epoll_create1: [],
  eventfd: [],
  timerfd_create: [],
  close_range: [],
  if_indextoname: [],
  epoll_ctl: [0, 2],
  dup2: [0, 1],
  dup3: [0, 1],
  sendfile: [0, 1],
  splice: [0, 2],
  tee: [0, 1],
};
const FIRST = [0];

const MAKES_FD = new Set(
  (
    "socket accept accept4 dup dup2 dup3 open openat epoll_create1 eventfd timerfd_create " +
    "memfd_create signalfd pidfd_open pidfd_getfd inotify_init1"
  ).split(" "),
);

const READS = new Set("read recv recvfrom recvmsg readv pread preadv preadv2".split(" "));
const WRITES = new Set(
  "write send sendto sendmsg writev pwrite pwritev pwritev2 sendfile splice tee vmsplice".split(
    " ",
  ),
);

/** The fds that a call is about: its arguments, and what it made. */
export function fdsOf(name: string, args: readonly unknown[], result: number): number[] {
  const fds = (FD_ARGUMENTS[name] ?? FIRST).map((i) => args[i]);
  if (result >= 0 && MAKES_FD.has(name)) fds.push(result);
  if (result >= 0 && name === "socketpair") fds.push(...(args[3] as Int32Array));
  if (result >= 0 && name === "pipe2") fds.push(...(args[0] as Int32Array));
  return fds.filter((fd): fd is number => typeof fd === "number");
}

/** "in" for a call whose result is bytes that came, "out" for bytes that left. */
export function direction(name: string): "in" | "out" | undefined {
  if (READS.has(name)) return "in";
  return WRITES.has(name) ? "out" : undefined;
}
