/** Trace: what it prints, what it leaves out, and that strace prints the same. */

import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { type ControlMessage, controlMessage, encodeControl } from "../../lib/cmsg.ts";
import { ipv6Hoplimit, ipv6Pktinfo, scmCredentials, udpSegment } from "../../lib/cmsg-types.ts";
import {
  AF_INET,
  AF_UNIX,
  AI_NUMERICHOST,
  AI_PASSIVE,
  BPF_K,
  BPF_RET,
  F_GETFD,
  MADV_WILLNEED,
  MSG_DONTWAIT,
  NI_NUMERICHOST,
  O_NONBLOCK,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../lib/constants.ts";
import { startTrace, type TraceOptions } from "../../lib/inspect/index.ts";
import { calls } from "../../lib/native.ts";
import { attachFilter } from "../../lib/options/filter.ts";
import { close, fcntl, writev } from "../../lib/sys/file.ts";
import { madvise } from "../../lib/sys/memory.ts";
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
import { detached } from "../helpers/arguments.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";
import { run } from "../helpers/run.ts";
import { tracedProgram } from "../helpers/traced-program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LIBRARY = join(ROOT, "dist/lib/index.js");
const INDEX = JSON.stringify(LIBRARY);

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

t.test("a call whose arguments cannot be printed is made as without a trace", async (t) => {
  const [fd] = closing(t, calls.eventfd(0, O_NONBLOCK));
  const once = (seen = 0) => {
    const get = () => (seen++ === 0 ? new Uint8Array(8) : undefined);
    return Object.defineProperty([new Uint8Array(0)], 0, { get });
  };
  const make = () => [
    calls.writev(fd, once()),
    calls.write(fd, detached(), 0, 0),
    calls.bind(fd, detached()),
    calls.poll(detached(), 0, 0),
    calls.getnameinfo(detached(), detached(), detached(), 0),
  ];
  const untraced = make();
  for (const format of ["text", "json"] as const) {
    const lines = traceOf({ format }, () => t.strictSame(make(), untraced, format));
    t.equal(lines.length, untraced.length);
  }
});

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
    'getaddrinfo("127.0.0.1", "80", {ai_flags=AI_PASSIVE|AI_NUMERICHOST, ai_family=AF_UNSPEC, ' +
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

t.test("control data that strace has no words for is written as it would be", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  const said = (...messages: ControlMessage[]) => {
    const [line] = traceOf({}, () => {
      try {
        sendmsg(a, { buffers: [], control: encodeControl(...messages) }, 0);
      } catch {
        // A unix socket refuses what it does not know.
      }
    });
    return /msg_control=(\[.*\]), msg_controllen/.exec(line ?? "")?.[1];
  };
  const cmsg = (len: number, level: string, rest: string) =>
    `[{cmsg_len=${len}, cmsg_level=${level}, cmsg_type=${rest}}]`;
  t.equal(
    said(controlMessage(udpSegment, 1400)),
    cmsg(18, "SOL_UDP", "UDP_SEGMENT, cmsg_data=[1400]"),
  );
  t.equal(
    said(controlMessage(ipv6Hoplimit, 3)),
    cmsg(20, "SOL_IPV6", "IPV6_HOPLIMIT, cmsg_data=[3]"),
  );
  const nowhere = 'inet_pton(AF_INET6, "::1", &ipi6_addr), ipi6_ifindex=999999';
  t.equal(
    said(controlMessage(ipv6Pktinfo, { ifindex: 999999, addr: "::1" })),
    cmsg(36, "SOL_IPV6", `IPV6_PKTINFO, cmsg_data={${nowhere}}`),
  );
  const cut = { ...controlMessage(scmCredentials, { pid: 1, uid: 2, gid: 3 }) };
  t.equal(
    said({ ...cut, data: cut.data.subarray(0, 11) }),
    cmsg(27, "SOL_SOCKET", "SCM_CREDENTIALS"),
    "what is cut off is not read",
  );
  t.equal(
    said({ level: SOL_SOCKET, type: 99, data: cut.data }),
    cmsg(28, "SOL_SOCKET", "0x63 /* SCM_??? */"),
  );
  recv(b, new Uint8Array(1), 1, MSG_DONTWAIT);
});

t.test("a filter's struct is one call's argument, and the call has C's name", async (t) => {
  const [fd] = closing(t, socket(AF_INET, SOCK_DGRAM, 0));
  const line = `setsockopt(${fd}, SOL_SOCKET, SO_ATTACH_FILTER, {len=1, filter=...}, 16) = 0`;
  const body = () => attachFilter(fd, [[BPF_RET | BPF_K, 0, 0, 0]]);
  t.strictSame(traceOf({}, body), [line]);
  t.strictSame(traceOf({ trace: ["setsockopt"] }, body), [line]);
  t.strictSame(traceOf({ trace: ["setsockoptFprog"] }, body), [line]);
  t.strictSame(traceOf({ trace: ["!setsockopt"] }, body), []);
});

t.test("advice is named", async (t) => {
  const memory = new Uint8Array(1 << 16);
  const [line] = traceOf({}, () => madvise(memory, memory.length, MADV_WILLNEED));
  t.equal(line, "madvise(..., 65536, MADV_WILLNEED) = 0");
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
  t.throws(() => startTrace({ output: CLOSED_FD }), { code: "EBADF" });
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
  const keys = "trace=, fd=, output=, format=, timestamps=, strings=";
  for (const [spec, message] of [
    ["trace=nosuch", 'no call is named "nosuch"'],
    ["colour=red", `"colour=red" is not one of ${keys}`],
    ["format=xml", '"xml" is not one of text, json'],
    ["fd=x", '"x" is not a number'],
    ["output=/nowhere/trace", "ENOENT: no such file or directory, open '/nowhere/trace'"],
    ["output=2000000", "EBADF: bad file descriptor, fstat"],
  ]) {
    const errors = `fdkit: FDKIT_TRACE=${spec}: ${message}\n`;
    const outcome = await run(t, ["env", `FDKIT_TRACE=${spec}`, ...node]);
    t.strictSame(outcome, { ending: [2, null], output: "", errors });
  }
});

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

/** What stands between the two marks. */
function marked(lines: string[]): string[] {
  const marks = lines.flatMap((line, i) => (line.startsWith("fcntl(1, F_GETFD)") ? [i] : []));
  return lines.slice((marks[0] ?? 0) + 1, marks[1]);
}

/** strace's words in ours: the C library's name of a call, dots for a bare pointer. */
function inOurWords(line: string): string {
  return (
    line
      .replace(/\)\s+= /, ") = ")
      .replace(/(?<!\|)\b0x[0-9a-f]{6,}\b(?! \/\*)/g, "...")
      .replace(/^recvfrom(\(.*), NULL, NULL\) =/, "recv$1) =")
      .replace(/^sendto(\(.*), NULL, 0\) =/, "send$1) =")
      .replace(/^eventfd2\(/, "eventfd(")
      .replace(/^signalfd4\((.*), 8, /, "signalfd($1, ")
      .replace(/^rt_sigprocmask/, "sigprocmask")
      .replace(/^(pread|pwrite)64\(/, "$1(")
      .replace(/^openat\(AT_FDCWD, /, "open(")
      .replace(/^newfstatat\((\d+), "", (.*), AT_EMPTY_PATH\)/, "fstat($1, $2)")
      .replace(/\b(SO_TIMESTAMP(NS)?)_OLD\b/g, "$1")
      // Two of its tables have two question marks.
      .replace(/_\?\? \*\//, "_??? */")
      .replace(/(nl_groups=)\.\.\./, "$10x000020")
      // What the C library hides.
      .replace(/, left \{[^}]*\}\)$/, ")")
  );
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
  const node = [process.execPath, "--input-type=module", "-e", tracedProgram(LIBRARY)];
  const { ending, errors } = await run(t, [...strace, "-E", `FDKIT_TRACE=output=${ours}`, ...node]);
  t.strictSame([ending, errors], [[0, null], ""]);

  const all = readFileSync(theirs, "utf8").split("\n");
  const opened = all.find((line) => line.includes(ours) && line.startsWith("openat"));
  const tracefd = /= (\d+)$/.exec(opened ?? "")?.[1];
  // The trace's own lines, and what Node's memory needs, are nobody's calls.
  const noise = new RegExp(`^(write\\(${tracefd},|mmap|munmap|madvise|--- )`);
  const expected = marked(all).filter((line) => !noise.test(line));
  const found = marked(readFileSync(ours, "latin1").split("\n"));
  t.ok(found.length > 190, `${found.length} calls`);
  t.strictSame(
    found.map((line) => line.replace(/ <\d\.\d{6}>$/, "").replace(/\) += /, ") = ")),
    expected.map(inOurWords),
  );
});

leavesNoFd(t);
