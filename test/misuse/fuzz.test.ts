/**
 * Hostile arguments for every binding: whatever is passed, the process lives, the answer is a
 * TypeError, a RangeError, a result or -errno, and the bytes around a buffer are as they were.
 * FDKIT_FUZZ_RUNS says how often each binding is called; a failure prints the seed that repeats it.
 */

import { openSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import {
  AF_UNIX,
  AI_NUMERICHOST,
  F_DUPFD,
  F_GETFL,
  F_GETLK,
  F_GETOWN_EX,
  F_OFD_GETLK,
  F_SETFL,
  F_SETLK,
  FIONREAD,
  NI_NUMERICHOST,
  O_CLOEXEC,
  O_NONBLOCK,
  SIOCATMARK,
  SIOCGIFADDR,
  SIOCGIFMTU,
  SIOCOUTQ,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SPLICE_F_NONBLOCK,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { detached, resized } from "../helpers/arguments.ts";
import { leavesNoFd } from "../helpers/fds.ts";
import { gc } from "../helpers/gc.ts";

const RUNS = Number(process.env.FDKIT_FUZZ_RUNS ?? 150);
const ROOM = 64;
const CANARY = 0xa5;
/** Numbers that nobody has: what dup2 and close_range may replace and close. */
const [FIRST_SPARE, LAST_SPARE] = [400, 420];
const MAX_ERRNO = 4095;
/** Flags of getaddrinfo and of getnameinfo: nobody is to be asked. */
const DIGITS = AI_NUMERICHOST | NI_NUMERICHOST;

type Native = (...args: unknown[]) => unknown;
const table = calls as unknown as Record<string, Native>;

/** What an array's getter throws: it comes out as it is. */
class Hostile extends Error {}

/** The fds that a call may really act on: none of them can block. */
let fds: number[] = [];
const file = join(t.testdir({ file: "content" }), "file");
const text = (path: string) => new TextEncoder().encode(path);

function openFds(): void {
  const pair = new Int32Array(2);
  calls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair);
  fds = [...pair];
  calls.pipe2(pair, O_NONBLOCK | O_CLOEXEC);
  fds.push(...pair, openSync(file, "a+"), calls.epoll_create1(0), calls.eventfd(0, O_NONBLOCK));
}

function closeFds(): void {
  for (const fd of [...fds, ...range(FIRST_SPARE, LAST_SPARE)]) calls.close(fd);
}

/** Something to read at every fd that can be read, so that the kernel does write into buffers. */
function fill(): void {
  for (const fd of fds.slice(0, 4)) calls.write(fd, new Uint8Array(16).fill(1), 16, 0);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Memory with a margin on either side that no call may touch. */
const guarded: Uint8Array[] = [];
function guard<T extends Uint8Array | Int32Array>(
  View: new (buffer: ArrayBuffer, offset: number, length: number) => T,
  length: number,
  unit: number,
): T {
  const whole = new Uint8Array(ROOM + length * unit + ROOM).fill(CANARY);
  whole.fill(0, ROOM, ROOM + length * unit);
  guarded.push(whole);
  return new View(whole.buffer, ROOM, length);
}

function isIntact(whole: Uint8Array): boolean {
  const margin = (from: number, to: number) => whole.subarray(from, to).every((b) => b === CANARY);
  return margin(0, ROOM) && margin(whole.length - ROOM, whole.length);
}

const bytes = () => guard(Uint8Array, ROOM, 1);
const ints = () => guard(Int32Array, ROOM, 4);

/** An array whose second element does away with the memory of the first. */
function trap(spring: (first: Uint8Array) => void): unknown {
  const first = new Uint8Array(ROOM);
  return Object.defineProperty([first, first], 1, {
    get() {
      spring(first);
      return first;
    },
  });
}

/** An array that throws when its first element is set. */
function setterOnFirst(): unknown[] {
  return Object.defineProperty([], 0, {
    set() {
      throw new Hostile();
    },
  });
}

function shared(): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(ROOM));
}

function converting(value: unknown): object {
  return {
    valueOf() {
      throw new Hostile();
    },
    toString() {
      throw new Hostile();
    },
    value,
  };
}

const hostileNumbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  1.5,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 31) - 1,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
];

const hostileValues: (() => unknown)[] = [
  ...hostileNumbers.map((number) => () => number),
  () => undefined,
  () => null,
  () => 3n,
  () => 2n ** 64n,
  () => "3",
  () => "",
  () => true,
  () => Symbol("fd"),
  () => ({}),
  () => converting(3),
  () => [],
  () => [3],
  () => [new Uint8Array(0), "x"],
  () => [detached(), resized(0), shared()],
  () => new Array(2000).fill(new Uint8Array(1)),
  () => trap((first) => structuredClone(first, { transfer: [first.buffer as ArrayBuffer] })),
  () => trap(() => gc()),
  () =>
    trap(() => {
      throw new Hostile();
    }),
  () => new Proxy([new Uint8Array(8)], {}),
  () => new Proxy(new Uint8Array(8), {}),
  () => new Float64Array(8),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => Object.freeze([new Uint8Array(8)]),
  () => new Uint8Array(0),
  () => new Int32Array(0),
  () => detached(),
  () => resized(4),
  () => resized(0),
  () => shared(),
  () => () => 3,
];

/** For bindings that EACH does not know: -1 and null are how some of them are told to wait. */
const hostileToAll = hostileValues.filter((make) => ![-1, null].includes(make() as number | null));

/** In place of a time to wait: nothing that is one, since the call would wait. */
const hostileTimes = hostileValues.filter((make) => {
  const value = make();
  return !Number.isInteger(value) || Number(value) < -1 || Number(value) >= 2 ** 53;
});

/**
 * What belongs at a place: nothing here may block, or reach an fd that is not ours. What makes a
 * call succeed is there more than once, or few calls would.
 */
const KINDS = {
  fd: () => fds,
  spare: () => range(FIRST_SPARE, LAST_SPARE),
  last: () => [LAST_SPARE],
  flags: () => [0, 0, 0, 0, 1, 2, 64, 0x4000, 0xffff, 2 ** 31 - 1, 2 ** 32 - 1, -(2 ** 31)],
  number: () => [0, -0, 1, 2, 16, 2 ** 31 - 1],
  // vmsplice(2) does not look at O_NONBLOCK.
  moves: () => [SPLICE_F_NONBLOCK],
  zero: () => [0, -0],
  command: () => [F_DUPFD, 1, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_OFD_GETLK, F_GETOWN_EX, 1024],
  argument: () => [O_NONBLOCK, O_NONBLOCK, bytes(), bytes(), bytes().subarray(0, 7)],
  request: () => [FIONREAD, SIOCOUTQ, SIOCATMARK, SIOCGIFMTU, SIOCGIFADDR, 0x80ff8912, 0x8912],
  now: () => [0, -0],
  mask: () => [null, new Uint8Array(8), bytes().subarray(0, 8), bytes()],
  size: () => [ROOM, ROOM, ROOM, 0, 1, ROOM - 1, ROOM + 1],
  offset: () => [0, 0, 0, 1, ROOM - 1, ROOM],
  bytes: () => [bytes(), bytes(), bytes(), bytes().subarray(3, 40), shared(), new Uint8Array(0)],
  ints: () => [ints()],
  buffers: () => [[bytes(), bytes()], [], [shared()]],
  // Digits only: a name would be asked for over the network.
  digits: () => [DIGITS, DIGITS, DIGITS | 0xff3f, DIGITS - 2 ** 31],
  name: () => [text("127.0.0.1"), text("::1%lo"), text("x".repeat(2000)), null, bytes()],
  sockaddr: () => [bytes(), text("\x02\0\0\x50\x7f\0\0\x01\0\0\0\0\0\0\0\0"), text("\x01\0/path")],
  array: () => [[], [], Object.freeze([]), new Proxy([], {}), setterOnFirst()],
  callback: () => [() => {}],
  path: () => [text(file), text(`${file}\0x`), text(""), text(`${file}2`), bytes()],
  nothing: () => [null],
} satisfies Record<string, () => unknown[]>;
type Kind = keyof typeof KINDS;

const EACH: Record<string, string> = {
  socket: "flags flags flags",
  bind: "fd bytes",
  listen: "fd number",
  accept: "fd bytes ints",
  accept4: "fd bytes ints flags",
  connect: "fd bytes",
  shutdown: "fd number",
  getsockname: "fd bytes ints",
  getpeername: "fd bytes ints",
  socketpair: "flags flags number ints",
  recv: "fd bytes size flags offset",
  send: "fd bytes size flags offset",
  recvfrom: "fd bytes size flags bytes ints offset",
  sendto: "fd bytes size flags bytes offset",
  recvmsg: "fd buffers bytes bytes ints ints flags",
  sendmsg: "fd buffers bytes size bytes size flags",
  recvmmsg: "fd bytes bytes bytes ints ints number number flags",
  sendmmsg: "fd bytes bytes bytes ints ints number number flags zero",
  getsockopt: "fd flags flags bytes ints",
  setsockopt: "fd flags flags bytes",
  setsockoptFprog: "fd flags flags bytes",
  read: "fd bytes size offset",
  write: "fd bytes size offset",
  readv: "fd buffers",
  writev: "fd buffers",
  pread: "fd bytes size number offset",
  pwrite: "fd bytes size number offset",
  preadv: "fd buffers number",
  pwritev: "fd buffers number",
  preadv2: "fd buffers number flags",
  pwritev2: "fd buffers number flags",
  close: "spare",
  close_range: "spare last zero",
  disownFd: "spare",
  fcntl: "fd command argument",
  ioctl: "fd request bytes",
  dup: "fd",
  dup2: "fd spare",
  dup3: "fd spare flags",
  pipe2: "ints flags",
  open: "path zero zero",
  openat: "fd path flags zero",
  fstat: "fd bytes",
  ftruncate: "fd zero",
  fsync: "fd",
  fdatasync: "fd",
  rename: "path path",
  unlink: "path",
  unlinkat: "fd path flags",
  renameat2: "fd path fd path flags",
  memfd_create: "path flags",
  madvise: "bytes size zero number",
  sendfile: "fd fd number size",
  splice: "fd nothing fd nothing size moves",
  tee: "fd fd size moves",
  vmsplice: "fd buffers moves",
  epoll_create1: "flags",
  epoll_ctl: "fd number fd flags flags flags",
  epoll_wait: "fd bytes number now",
  epoll_pwait: "fd bytes number now mask",
  epoll_pwait2: "fd bytes number now mask",
  poll: "bytes number now",
  ppoll: "bytes number now mask",
  sigprocmask: "number mask mask",
  signalfd: "fd mask flags",
  pidfd_open: "number flags",
  pidfd_send_signal: "fd zero flags",
  pidfd_getfd: "fd fd zero",
  inotify_init1: "flags",
  inotify_add_watch: "fd path flags",
  inotify_rm_watch: "fd number",
  eventfd: "flags flags",
  timerfd_create: "number flags",
  timerfd_settime: "fd flags number number",
  timerfd_gettime: "fd bytes",
  getaddrinfo: "name name digits number number number array",
  getnameinfo: "sockaddr bytes bytes digits",
  getaddrinfoAsync: "name name digits number number number callback",
  getnameinfoAsync: "sockaddr digits callback",
  if_nametoindex: "name",
  if_indextoname: "number bytes",
  if_nameindex: "array",
};

/** Ours, with handles of libuv behind them: what they are given is hostile in every place. */
const UNKNOWN = Array<Kind>(7).fill("nothing");
const MAKES_ONE = new Set(
  (
    "socket accept accept4 dup open openat epoll_create1 eventfd timerfd_create signalfd " +
    "pidfd_open pidfd_getfd inotify_init1 memfd_create"
  ).split(" "),
);

/** A disk takes its time for each of these. */
const runsOf = (name: string) => (/sync$/.test(name) ? Math.min(RUNS, 30) : RUNS);

function kindsOf(name: string): Kind[] {
  return EACH[name] === undefined ? UNKNOWN : (EACH[name].split(" ") as Kind[]);
}

/** Calls, and says what is wrong with the answer, or "". */
function attack(name: string, args: unknown[]): string {
  let answer: unknown;
  try {
    answer = (table[name] as Native)(...args);
  } catch (error) {
    if (error instanceof Hostile) return "";
    return error instanceof TypeError || error instanceof RangeError ? "" : `threw ${error}`;
  }
  if (typeof answer !== "number" || !Number.isInteger(answer)) return `answered ${String(answer)}`;
  if (answer < -MAX_ERRNO) return `answered ${answer}`;
  giveBack(name, answer, args);
  return "";
}

/** Closes what the call has opened, and undoes what would stop the next one. */
function giveBack(name: string, answer: number, args: unknown[]): void {
  if (answer < 0) return;
  if (MAKES_ONE.has(name)) calls.close(answer);
  if (name === "uvSignalOpen") calls.uvSignalClose(answer);
  if (name === "fcntl" && !fds.includes(answer) && answer > 2) calls.close(answer);
  // F_SETFL may have cleared it, and a write to a full pipe would then wait for ever.
  if (name === "fcntl") for (const fd of fds) calls.fcntl(fd, F_SETFL, O_NONBLOCK);
  const pair = name === "pipe2" ? args[0] : name === "socketpair" ? args[3] : undefined;
  if (pair !== undefined) for (const fd of (pair as Int32Array).subarray(0, 2)) calls.close(fd);
}

/** Each place is taken by what belongs there, or by something hostile. */
function argumentsOf(name: string): fc.Arbitrary<number[]> {
  const one = fc.oneof(
    { weight: 9, arbitrary: fc.nat(1000) },
    { weight: 1, arbitrary: fc.nat(1000).map((n) => -1 - n) },
  );
  return fc.tuple(...kindsOf(name).map(() => one));
}

function materialise(name: string, choices: readonly number[]): unknown[] {
  const kinds = kindsOf(name);
  return choices.map((choice, i) => {
    const values = KINDS[kinds[i] as Kind]();
    if (EACH[name] === undefined) return hostileToAll[Math.abs(choice) % hostileToAll.length]?.();
    if (choice >= 0) return values[choice % values.length];
    const hostile = kinds[i] === "now" ? hostileTimes : hostileValues;
    return hostile[-choice % hostile.length]?.();
  });
}

t.test("every binding outlives every argument", async (t) => {
  let attacks = 0;
  for (const name of Object.keys(table)) {
    openFds();
    const property = fc.property(argumentsOf(name), (choices) => {
      guarded.length = 0;
      fill();
      const wrong = attack(name, materialise(name, choices));
      attacks++;
      if (wrong !== "") throw new Error(`${name} ${wrong}`);
      if (!guarded.every(isIntact)) throw new Error(`${name} wrote beside a buffer`);
    });
    const { failed, seed, counterexample, errorInstance } = fc.check(property, {
      numRuns: runsOf(name),
    });
    closeFds();
    t.notOk(failed, failed ? `${errorInstance} seed ${seed}: ${counterexample}` : name);
  }
  t.ok(attacks > RUNS * 50, `${attacks} calls were made`);
});

t.test("numbers that wrap to 0 elsewhere are no fd here", async (t) => {
  for (const name of ["close", "fsync", "dup"]) {
    for (const number of hostileNumbers) {
      t.throws(() => (table[name] as Native)(number), RangeError, `${name}(${number})`);
    }
  }
  t.equal(calls.fcntl(-0, 1, 0) >= 0, true, "-0 is 0");
});

leavesNoFd(t);
