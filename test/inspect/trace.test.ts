/** Trace: what it prints, what it leaves out, and that strace prints the same. */

import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { cmsgSpace, controlMessage, encodeControl } from "../../lib/cmsg.ts";
import { scmCredentials, scmRights } from "../../lib/cmsg-types.ts";
import {
  AF_INET,
  AF_UNIX,
  AI_NUMERICHOST,
  AI_PASSIVE,
  F_GETFD,
  MSG_DONTWAIT,
  NI_NUMERICHOST,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../lib/constants.ts";
import { startTrace, type TraceOptions } from "../../lib/inspect/index.ts";
import { calls } from "../../lib/native.ts";
import { close, fcntl, writev } from "../../lib/sys/file.ts";
import { recv, send } from "../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../lib/sys/msghdr.ts";
import {
  getaddrinfo,
  getnameinfo,
  if_indextoname,
  if_nameindex,
  if_nametoindex,
} from "../../lib/sys/resolve.ts";
import { bind, socket, socketpair } from "../../lib/sys/socket.ts";
import { setsockopt } from "../../lib/sys/sockopt.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";
import { run } from "../helpers/run.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const INDEX = JSON.stringify(join(ROOT, "dist/lib/index.js"));

/** What a trace with these options says of `body`, without padding and the time spent. */
function traceOf(options: TraceOptions, body: () => void): string[] {
  const lines: string[] = [];
  const trace = startTrace({ ...options, output: (line) => lines.push(line) });
  try {
    body();
  } finally {
    trace.stop();
  }
  return lines.map((line) => line.replace(/ <\d\.\d{6}>\n$/, "").replace(/ +(?== )/, " "));
}

t.test("calls are printed in C's words, with results and errors", async (t) => {
  const lines = traceOf({}, () => {
    const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
    close(fd);
    t.throws(() => close(CLOSED_FD), { code: "EBADF" });
    t.throws(() => close(-1), RangeError, "the kernel is not asked, and nothing is printed");
  });
  const fd = /= (\d+)$/.exec(lines[0])?.[1];
  t.strictSame(lines, [
    `socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = ${fd}`,
    `setsockopt(${fd}, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0`,
    `bind(${fd}, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0`,
    `close(${fd}) = 0`,
    `close(${CLOSED_FD}) = -1 EBADF (Bad file descriptor)`,
  ]);
});

t.test("strings are shortened, and only what the kernel wrote is shown", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  const lines = traceOf({ strings: 8 }, () => {
    send(a, Buffer.from("GET / HTTP/1.1\r\n"), 16, 0);
    recv(b, new Uint8Array(100), 100, 0);
    writev(a, [Buffer.from('\0\x017"'), Buffer.from("\n\xff", "latin1")]);
    recv(b, new Uint8Array(100), 2, 0, 50);
    recv(b, new Uint8Array(100), 100, 0);
    recv(b, new Uint8Array(100), 100, MSG_DONTWAIT);
  });
  t.strictSame(lines, [
    `send(${a}, "GET / HT"..., 16, MSG_NOSIGNAL) = 16`,
    `recv(${b}, "GET / HT"..., 100, 0) = 16`,
    `writev(${a}, [{iov_base="\\0\\0017\\"", iov_len=4}, {iov_base="\\n\\377", iov_len=2}], 2) = 6`,
    `recv(${b}, "\\0\\1", 2, 0) = 2`,
    `recv(${b}, "7\\"\\n\\377", 100, 0) = 4`,
    `recv(${b}, ..., 100, MSG_DONTWAIT) = -1 EAGAIN (Resource temporarily unavailable)`,
  ]);
});

t.test("messages show their parts", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  const lines = traceOf({}, () => {
    sendmsg(a, { buffers: [Buffer.from("ab"), Buffer.from("c")] }, 0);
    recvmsg(b, new MessageHeader([new Uint8Array(2), new Uint8Array(8)]), 0);
  });
  t.match(lines[0], /^sendmsg\(\d+, \{msg_name=NULL, .*iov_base="ab", iov_len=2\}.*\) = 3$/);
  t.match(lines[1], /iov_base="c", iov_len=8\}\], msg_iovlen=2,.* MSG_CMSG_CLOEXEC\) = 3$/);
});

t.test("names show what was asked and what was found", async (t) => {
  const lines = traceOf({}, () => {
    getaddrinfo("127.0.0.1", "80", { flags: AI_NUMERICHOST | AI_PASSIVE, socktype: SOCK_STREAM });
    t.throws(() => getaddrinfo("localhost", null, { flags: AI_NUMERICHOST, family: AF_INET }));
    t.throws(() => getaddrinfo(null, null));
    getnameinfo({ family: AF_INET, address: "127.0.0.1", port: 80 }, NI_NUMERICHOST);
    if_indextoname(if_nametoindex("lo"));
    t.throws(() => if_indextoname(0));
    if_nameindex();
  });
  const found = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}';
  const unknown = "-1 EAI_NONAME (Name or service not known)";
  t.strictSame(lines.slice(0, -1), [
    'getaddrinfo("127.0.0.1", "80", {ai_flags=AI_NUMERICHOST|AI_PASSIVE, ai_family=AF_UNSPEC, ' +
      "ai_socktype=SOCK_STREAM, ai_protocol=0}, [{ai_family=AF_INET, ai_socktype=SOCK_STREAM, " +
      `ai_protocol=6, ai_addr=${found}}]) = 0`,
    'getaddrinfo("localhost", NULL, {ai_flags=AI_NUMERICHOST, ai_family=AF_INET, ai_socktype=0, ' +
      `ai_protocol=0}, ...) = ${unknown}`,
    `getaddrinfo(NULL, NULL, NULL, ...) = ${unknown}`,
    `getnameinfo(${found}, 16, "127.0.0.1", 1025, "http", 1025, NI_NUMERICHOST) = 0`,
    'if_nametoindex("lo") = 1',
    'if_indextoname(1, "lo") = 0',
    "if_indextoname(0, ...) = -1 ENXIO (No such device or address)",
  ]);
  t.match(lines.at(-1), /^if_nameindex\(\[\{if_index=1, if_name="lo"\}.*\]\) = 0$/);
});

t.test("control data shows its messages, and the fds in them", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  const control = encodeControl(
    controlMessage(scmRights, [a, b]),
    controlMessage(scmCredentials, {
      pid: process.pid,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
    }),
  );
  const message = new MessageHeader([new Uint8Array(8)], Buffer.alloc(cmsgSpace(8)));
  const lines = traceOf({ strings: 4 }, () => {
    sendmsg(a, { buffers: [Buffer.from("x")], control }, 0);
    recvmsg(b, message, 0);
  });
  const passed = closing(t, ...message.takeFds());
  const rights = (fds: number[]) =>
    `{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[${fds.join(", ")}]}`;
  t.ok(lines[0].includes(`msg_control=[${rights([a, b])}, {`), lines[0]);
  t.match(lines[0], /\{cmsg_len=28, .*, cmsg_type=SCM_CREDENTIALS, cmsg_data=".*"\.\.\.\}\],/);
  t.ok(lines[1].includes(`msg_control=[${rights(passed)}], msg_controllen=24`), lines[1]);
});

t.test("the lines of a worker say which thread it is", async (t) => {
  const code = `import { Worker, isMainThread } from "node:worker_threads";
    import { fcntl, F_GETFD } from ${INDEX};
    fcntl(1, F_GETFD);
    if (isMainThread) new Worker(process.argv[1], { execArgv: [] });`;
  const program = join(t.testdir({ "app.mjs": code }), "app.mjs");
  const traced = await run(t, ["env", "FDKIT_TRACE=1", process.execPath, program]);
  t.match(traced.errors, /^fcntl\(1, F_GETFD\) .*\n\[thread 1\] fcntl\(1, F_GETFD\) .*\n$/);
  const json = ["env", "FDKIT_TRACE=format=json", process.execPath, program];
  const events = (await run(t, json)).errors.trimEnd().split("\n");
  t.strictSame(
    events.map((line) => JSON.parse(line).thread),
    [undefined, 1],
  );
});

t.test("filters by call and by fd", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  const body = () => {
    send(a, new Uint8Array(1), 1, 0);
    recv(b, new Uint8Array(1), 1, 0);
    fcntl(a, F_GETFD);
  };
  const names = (options: TraceOptions) =>
    traceOf(options, body).map((line) => line.replace(/\(.*/, ""));
  t.strictSame(names({}), ["send", "recv", "fcntl"]);
  t.strictSame(names({ trace: ["recv", "fcntl"] }), ["recv", "fcntl"]);
  t.strictSame(names({ trace: ["!recv"] }), ["send", "fcntl"]);
  t.strictSame(names({ fd: [b] }), ["recv"]);
  t.strictSame(names({ fd: [a], trace: ["!fcntl"] }), ["send"]);
  t.throws(() => startTrace({ trace: ["recieve"] }), { message: 'no call is named "recieve"' });
});

t.test("JSON lines carry the same, for tools", async (t) => {
  const [line = ""] = traceOf({ format: "json" }, () => {
    t.throws(() => close(CLOSED_FD));
  });
  const event = JSON.parse(line);
  t.ok(Math.abs(event.time - Date.now() / 1000) < 60);
  t.type(event.seconds, "number");
  const { call, args, result, errno, fds } = event;
  t.strictSame(
    { call, args, result, errno, fds },
    {
      call: "close",
      args: [`${CLOSED_FD}`],
      result: -1,
      errno: "EBADF",
      fds: [CLOSED_FD],
    },
  );
});

t.test("relative timestamps say how long after the call before", async (t) => {
  const lines = traceOf({ timestamps: "relative" }, () => {
    fcntl(0, F_GETFD);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
    fcntl(0, F_GETFD);
  });
  t.match(lines[0], /^ {4}0\.000000 fcntl/);
  t.ok(Number(/^ +(\d+\.\d{6}) fcntl/.exec(lines[1])?.[1]) >= 0.029);
});

t.test("absolute timestamps say when the call began", async (t) => {
  const before = Date.now() / 1000;
  const [line = ""] = traceOf({ timestamps: "absolute" }, () => fcntl(0, F_GETFD));
  const [, time] = /^(\d+\.\d{6}) fcntl\(0, F_GETFD\) /.exec(line) ?? [];
  t.ok(Math.abs(Number(time) - before) < 1, line);
});

t.test("traces stack, stop in any order, and leave the table as it was", async (t) => {
  const before = { ...calls };
  const heard: string[] = [];
  const first = startTrace({ output: () => heard.push("first") });
  const second = startTrace({ output: () => heard.push("second") });
  t.equal(calls.fcntl.name, "fcntl", "a wrapped call keeps its name");
  fcntl(0, F_GETFD);
  first.stop();
  first.stop();
  fcntl(0, F_GETFD);
  second.stop();
  fcntl(0, F_GETFD);
  t.strictSame(heard, ["first", "second", "second"]);
  for (const [name, call] of Object.entries(before)) t.equal(Object(calls)[name], call, name);
});

t.test("node --import fdkit/trace shows the calls of a program that knows nothing", async (t) => {
  const app = 'import { fcntl, F_GETFD } from "fdkit";\nfcntl(1, F_GETFD);\n';
  const folder = t.testdir({ "app.mjs": app, node_modules: {} });
  symlinkSync(ROOT, join(folder, "node_modules/fdkit"));
  const inFolder = ["sh", "-c", 'cd "$0" && exec "$@"', folder];
  const node = [process.execPath, "--import", "fdkit/trace", "app.mjs"];
  const { ending, errors } = await run(t, [...inFolder, ...node]);
  t.strictSame(ending, [0, null]);
  t.match(errors, /^fcntl\(1, F_GETFD\) {23}= 0x1 \(flags FD_CLOEXEC\) <\d\.\d{6}>\n$/);
  const wanted = await run(t, [...inFolder, "env", "FDKIT_TRACE=trace=close", ...node]);
  t.strictSame([wanted.ending, wanted.errors], [[0, null], ""], "FDKIT_TRACE has its say");
});

t.test("FDKIT_TRACE alone does it too, and says what it can't make out", async (t) => {
  const code = `import { fcntl, F_GETFD } from ${INDEX}; fcntl(1, F_GETFD);`;
  const node = [process.execPath, "--input-type=module", "-e", code];
  const shown = await run(t, ["env", "FDKIT_TRACE=1", ...node]);
  t.match(shown.errors, /^fcntl\(1, F_GETFD\) {23}= 0x1 /);
  const onFd = await run(t, ["env", "FDKIT_TRACE=output=1:timestamps=absolute", ...node]);
  t.match(onFd.output, /^\d+\.\d{6} fcntl\(1, F_GETFD\) /);
  t.equal(onFd.errors, "");
  for (const [spec, message] of [
    ["trace=nosuch", 'no call is named "nosuch"'],
    ["colour=red", '"colour=red" is not one of trace=, fd=, '],
    ["format=xml", '"xml" is not one of text, json'],
    ["fd=x", '"x" is not a number'],
  ]) {
    const { ending, errors } = await run(t, ["env", `FDKIT_TRACE=${spec}`, ...node]);
    t.strictSame(ending, [1, null]);
    t.ok(errors.includes(`FDKIT_TRACE=${spec}: ${message}`), errors);
  }
});

/** Every call that has one form here and in the kernel, between two marks. */
const PROGRAM = `
import * as f from ${INDEX};
const mark = () => f.fcntl(1, f.F_GETFD);
const failing = (call) => { try { call(); } catch {} };
const b = new Uint8Array(64);
const text = Buffer.from("hello\\r\\n\\0\\x01" + "2".repeat(60) + '"\\\\\\xff', "latin1");
const name = "/tmp/fdkit-trace-" + process.pid;
mark();
const s = f.socket(f.AF_INET, f.SOCK_STREAM | f.SOCK_NONBLOCK | f.SOCK_CLOEXEC, 0);
f.setsockopt(s, f.SOL_SOCKET, f.SO_REUSEADDR, 1);
f.bind(s, { family: f.AF_INET, address: "127.0.0.1", port: 0 });
f.listen(s, 5);
const { port } = f.getsockname(s);
const peer = new f.SockaddrStorage();
f.accept4(s, peer, f.SOCK_CLOEXEC);
f.accept(s);
const k = f.socket(f.AF_INET, f.SOCK_STREAM, f.IPPROTO_TCP);
f.setsockopt(k, f.IPPROTO_TCP, f.TCP_NODELAY, 1);
f.connect(k, { family: f.AF_INET, address: "127.0.0.1", port });
const d = f.accept4(s, peer, f.SOCK_NONBLOCK);
f.getpeername(d);
f.getsockopt(s, f.SOL_SOCKET, f.SO_ERROR);
f.getsockopt(s, f.SOL_SOCKET, f.SO_LINGER, 8);
const [x, y] = f.socketpair(f.AF_UNIX, f.SOCK_STREAM, 0);
f.send(x, text, 40, f.MSG_DONTWAIT);
f.recv(y, b, 64, f.MSG_PEEK);
f.recvfrom(y, b, 64, 0, peer);
f.write(x, text, text.length);
f.read(y, b, 5, 3);
f.recv(y, b, 64, 0);
f.writev(x, [Buffer.from("ab"), Buffer.from("cd")]);
f.readv(y, [b.subarray(0, 3), b.subarray(4, 8)]);
const u = f.socket(f.AF_INET, f.SOCK_DGRAM, 0);
f.bind(u, { family: f.AF_INET, address: "127.0.0.1", port: 0 });
f.sendto(u, text, 5, 0, f.getsockname(u));
f.recvfrom(u, b, 64, 0, peer);
const e = f.epoll_create1(f.EPOLL_CLOEXEC);
f.epoll_ctl(e, f.EPOLL_CTL_ADD, y, f.EPOLLIN | f.EPOLLRDHUP | f.EPOLLET, y, 7);
f.epoll_ctl(e, f.EPOLL_CTL_MOD, y, f.EPOLLOUT);
failing(() => f.epoll_ctl(e, f.EPOLL_CTL_ADD, y, 0));
const events = new f.EpollEvents(4);
f.epoll_wait(e, events, 4, 0);
f.epoll_pwait(e, events, 4, 0);
f.epoll_pwait2(e, events, 4, 3, f.sigset([f.SIGINT, f.SIGTERM]));
const fds = new f.PollFds(3);
fds.set(0, y, f.POLLIN | f.POLLOUT);
fds.set(2, 1000, f.POLLIN);
f.poll(fds, 3, 7);
f.ppoll(fds, 3, -1, f.sigset([f.SIGHUP, 34, 64]));
f.poll(fds, 0, 0);
f.epoll_ctl(e, f.EPOLL_CTL_DEL, y);
f.epoll_wait(e, events, 4, 0);
f.fcntl(x, f.F_GETFL);
f.fcntl(x, f.F_SETFL, f.O_RDWR | f.O_NONBLOCK);
f.fcntl(x, f.F_SETFD, f.FD_CLOEXEC);
f.fcntl(x, f.F_DUPFD_CLOEXEC, 3);
f.dup3(x, 90, f.O_CLOEXEC);
f.dup2(x, 91);
f.dup(x);
const timer = f.timerfd_create(f.CLOCK_MONOTONIC, f.TFD_CLOEXEC | f.TFD_NONBLOCK);
f.timerfd_settime(timer, 0, 1500000000, 2);
f.timerfd_gettime(timer);
f.eventfd(3, f.EFD_NONBLOCK | f.EFD_SEMAPHORE);
f.sigprocmask(f.SIG_BLOCK, f.sigset([f.SIGURG]));
f.sigprocmask(f.SIG_UNBLOCK, null);
f.signalfd(-1, f.sigset([f.SIGURG]), f.SFD_CLOEXEC | f.SFD_NONBLOCK);
const pidfd = f.pidfd_open(process.pid, 0);
f.pidfd_send_signal(pidfd, 0, 0);
f.pidfd_send_signal(pidfd, f.SIGWINCH, 0);
f.pidfd_getfd(pidfd, x, 0);
const notify = f.inotify_init1(f.IN_CLOEXEC);
const wd = f.inotify_add_watch(notify, "/tmp", f.IN_CREATE | f.IN_ONLYDIR);
f.inotify_rm_watch(notify, wd);
failing(() => f.inotify_add_watch(notify, "/none", f.IN_MODIFY));
f.pipe2(f.O_CLOEXEC);
const un = f.socket(f.AF_UNIX, f.SOCK_DGRAM, 0);
f.bind(un, { family: f.AF_UNIX, path: name });
f.getsockname(un);
f.unlink(name);
const netlink = f.socket(f.AF_NETLINK, f.SOCK_RAW, 0);
f.bind(netlink, { family: f.AF_NETLINK, pid: 0, groups: 0 });
f.getsockname(netlink);
const packet = f.socket(f.AF_NETLINK, f.SOCK_DGRAM, 0);
failing(() => f.bind(packet, { family: f.AF_PACKET, protocol: f.ETH_P_IP, ifindex: 0 }));
failing(() => f.socket(f.AF_PACKET, f.SOCK_STREAM, 8));
const an = f.socket(f.AF_UNIX, f.SOCK_DGRAM, 0);
f.bind(an, { family: f.AF_UNIX, abstract: Buffer.from("fdkit" + process.pid) });
const fd = f.open(name, f.O_CREAT | f.O_RDWR | f.O_TRUNC | f.O_CLOEXEC, 0o644);
f.pwrite(fd, text, 5, 3);
f.pread(fd, b, 5, 0);
f.ftruncate(fd, 2);
f.fdatasync(fd);
f.sendfile(x, fd, 0, 2);
f.rename(name, name + "x");
f.fcntl(fd, f.F_SETLK, new f.Flock(f.F_RDLCK, 1, 2).bytes);
f.fcntl(fd, f.F_OFD_GETLK, new f.Flock(f.F_WRLCK).bytes);
f.fcntl(fd, f.F_SETOWN_EX, f.ownerEx(f.F_OWNER_PID, process.pid));
f.fcntl(fd, f.F_SETSIG, f.SIGURG);
f.fcntl(fd, f.F_GETSIG);
f.ioctlInt(y, f.FIONREAD);
f.ioctl(x, f.FIONBIO, Uint8Array.of(1, 0, 0, 0));
f.ioctl(u, f.SIOCGIFINDEX, new f.InterfaceRequest("lo").bytes);
f.ioctl(u, f.SIOCGIFMTU, new f.InterfaceRequest("lo").bytes);
f.ioctl(u, f.FIOCLEX);
failing(() => f.unlinkat(f.AT_FDCWD, "/none", f.AT_REMOVEDIR));
failing(() => f.renameat2(f.AT_FDCWD, "/none", f.AT_FDCWD, "/", f.RENAME_NOREPLACE));
f.memfd_create("memory", f.MFD_CLOEXEC | f.MFD_ALLOW_SEALING);
f.close(fd);
failing(() => f.open(name, f.O_RDONLY, 0));
f.unlink(name + "x");
const v6 = f.socket(f.AF_INET6, f.SOCK_STREAM, f.IPPROTO_TCP);
failing(() => f.connect(v6, { family: f.AF_INET6, address: "::1", port: 1, scopeId: 0 }));
f.shutdown(x, f.SHUT_WR);
failing(() => f.close(1000));
f.close_range(80, 95, 0);
mark();
`;

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

/** What stands between the two marks. */
function marked(lines: string[]): string[] {
  const marks = lines.flatMap((line, i) => (line.startsWith("fcntl(1, F_GETFD)") ? [i] : []));
  return lines.slice((marks[0] ?? 0) + 1, marks[1]);
}

/** strace's words in ours: the C library's name of a call, dots for a bare pointer. */
function inOurWords(line: string): string {
  return line
    .replace(/\) += /, ") = ")
    .replace(/\b0x[0-9a-f]{6,}\b/g, "...")
    .replace(/^recvfrom(\(.*), NULL, NULL\) =/, "recv$1) =")
    .replace(/^sendto(\(.*), NULL, 0\) =/, "send$1) =")
    .replace(/^eventfd2\(/, "eventfd(")
    .replace(/^signalfd4\((.*), 8, /, "signalfd($1, ")
    .replace(/^rt_sigprocmask/, "sigprocmask")
    .replace(/^(pread|pwrite)64\(/, "$1(")
    .replace(/^openat\(AT_FDCWD, /, "open(");
}

/** Those that are none of ours, like mmap, are left out below. */
const STRACED =
  "%network,%desc,%file,close_range,memfd_create," +
  "rt_sigprocmask,pidfd_open,pidfd_send_signal,pidfd_getfd";

const skip = hasStrace ? {} : { skip: "strace is not installed" };
t.test("strace says the same: calls, order, arguments, results", skip, async (t) => {
  const folder = t.testdir();
  const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
  const strace = ["strace", "-o", theirs, "-e", `trace=${STRACED}`];
  const node = [process.execPath, "--input-type=module", "-e", PROGRAM];
  const { ending, errors } = await run(t, [...strace, "-E", `FDKIT_TRACE=output=${ours}`, ...node]);
  t.strictSame([ending, errors], [[0, null], ""]);

  const all = readFileSync(theirs, "utf8").split("\n");
  const opened = all.find((line) => line.includes(ours) && line.startsWith("openat"));
  const tracefd = /= (\d+)$/.exec(opened ?? "")?.[1];
  // The trace's own lines, and what Node's memory needs, are nobody's calls.
  const noise = new RegExp(`^(write\\(${tracefd},|mmap|munmap|madvise|--- )`);
  const expected = marked(all).filter((line) => !noise.test(line));
  const found = marked(readFileSync(ours, "latin1").split("\n"));
  t.ok(found.length > 65);
  t.strictSame(
    found.map((line) => line.replace(/ <\d\.\d{6}>$/, "").replace(/\) += /, ") = ")),
    expected.map(inOurWords),
  );
});

leavesNoFd(t);
