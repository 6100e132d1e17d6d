/**
 * The faults that fit the calls of a program, as FDKIT_FAULT wants them, read from the trace of a
 * healthy run: of each kind of call the first, the second, the Nth, and of each what its manual
 * page lets befall it. EAGAIN is for fds that do not wait, fewer bytes are for streams.
 *
 * EINTR is for what has to make up for it: epoll_wait, which says so of a process that was stopped
 * and goes on (signal(7)), and calls in a loop. Nothing else in these programs is ever interrupted:
 * they have no handlers, or those of Node, after which Linux goes on by itself (SA_RESTART).
 */

/**
 * How many of a kind. A server makes the same calls for each client, and some are made again and
 * again, in vain: with the fourth there is nothing new.
 */
const MOST = 4;

const ERRORS: Record<string, readonly string[]> = {
  accept: ["ECONNABORTED", "EMFILE"],
  accept4: ["ECONNABORTED", "EMFILE", "EINTR"],
  bind: ["EADDRINUSE"],
  close: ["EIO", "EINTR"],
  connect: ["ECONNREFUSED", "ETIMEDOUT"],
  dup: ["EMFILE"],
  epoll_create1: ["EMFILE"],
  epoll_ctl: ["ENOMEM", "ENOSPC"],
  epoll_wait: ["EINTR"],
  eventfd: ["EMFILE"],
  listen: ["EADDRINUSE"],
  pipe2: ["EMFILE"],
  poll: ["EINTR", "ENOMEM"],
  read: ["EIO"],
  recv: ["ENETDOWN"],
  recvfrom: ["ENOMEM"],
  recvmsg: ["ECONNRESET"],
  sendmsg: ["EPIPE", "ETOOMANYREFS"],
  sendto: ["ENOBUFS", "EPERM"],
  setsockopt: ["ENOMEM"],
  shutdown: ["ENOTCONN"],
  socket: ["EMFILE"],
  socketpair: ["EMFILE"],
  timerfd_create: ["EMFILE"],
  timerfd_settime: ["EINVAL"],
  write: ["EIO"],
  writev: ["EPIPE"],
};

/** What befalls the two calls that a stream is there for. */
const OF_STREAMS: Record<string, readonly string[]> = {
  read: ["error=ECONNRESET", "error=EINTR", "short=1"],
  write: ["error=EPIPE", "error=EINTR", "short=1"],
};

/** What an fd is, as far as it matters here. */
interface Kind {
  readonly isStream: boolean;
  readonly waits: boolean;
}

interface Call {
  readonly name: string;
  /** How many of its kind its thread has made, with this one. */
  readonly n: number;
  readonly kind: Kind | undefined;
}

/**
 * What may befall each call, in their order. Every thread counts its own calls: what befalls the
 * Nth has to fit the Nth of each.
 */
export function faultsOf(trace: string): string[] {
  const faults = new Map<string, string[]>();
  for (const { name, n, kind } of callsOf(trace)) {
    if (n > MOST) continue;
    const fitting = befalling(name, kind).map((what) => `${name}:${what}:when=${n}`);
    const others = faults.get(`${name} ${n}`) ?? fitting;
    const both = others.filter((fault) => fitting.includes(fault));
    faults.set(`${name} ${n}`, both);
  }
  return [...faults.values()].flat();
}

/** Who called, what, with what arguments, and the result. */
const LINE = /^(\[thread \d+\] )?(\w+)\((.*)\) += (-?\d+)/gm;

function* callsOf(trace: string): Iterable<Call> {
  const kinds = new Map<number, Kind>();
  const counts = new Map<string, number>();
  for (const [, thread = "", name, args, result] of trace.matchAll(LINE)) {
    const n = (counts.get(thread + name) ?? 0) + 1;
    counts.set(thread + name, n);
    const fd = Number.parseInt(args, 10);
    for (const made of fdsMade(name, args, result)) kinds.set(made, kindMade(name, args, kinds));
    yield { name, n, kind: kinds.get(fd) };
  }
}

function fdsMade(name: string, args: string, result: string): number[] {
  if (/^(socket|accept4?|eventfd|timerfd_create|dup)$/.test(name)) return [Number(result)];
  const [, ...pair] = /^(?:.*, )?\[(\d+), (\d+)\]/.exec(args) ?? [];
  return /^(socketpair|pipe2)$/.test(name) ? pair.map(Number) : [];
}

function kindMade(name: string, args: string, kinds: ReadonlyMap<number, Kind>): Kind {
  const original = name === "dup" ? kinds.get(Number(args)) : undefined;
  const isStream = /^(accept4?|pipe2)$/.test(name) || args.includes("SOCK_STREAM");
  return original ?? { isStream, waits: !args.includes("NONBLOCK") };
}

function befalling(name: string, kind: Kind | undefined): readonly string[] {
  const { isStream = false, waits = true } = kind ?? {};
  const errors = (ERRORS[name] ?? ["EIO"]).map((error) => `error=${error}`);
  const found = (isStream ? OF_STREAMS[name] : undefined) ?? errors;
  // A counter that is full has woken whom it is for: see eventfd(2).
  const asksInVain = /^(accept4|read)$/.test(name) || (name === "write" && isStream);
  return asksInVain && !waits ? [...found, "error=EAGAIN"] : found;
}
