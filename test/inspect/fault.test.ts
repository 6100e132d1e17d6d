/** Fault injection: the call that is meant fails, and only that one. */

import { fileURLToPath } from "node:url";
import t from "tap";
import {
  AF_INET,
  AF_UNIX,
  BPF_K,
  BPF_RET,
  EAGAIN,
  ECONNRESET,
  EINTR,
  EIO,
  EMFILE,
  ENOMEM,
  F_GETFD,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import { type Fault, injectFaults, startTrace } from "../../lib/inspect/index.ts";
import { calls } from "../../lib/native.ts";
import { attachFilter } from "../../lib/options/filter.ts";
import { close, dup, fcntl, pipe2, read, write } from "../../lib/sys/file.ts";
import { recv, send } from "../../lib/sys/message.ts";
import { socket, socketpair } from "../../lib/sys/socket.ts";
import { closing, leavesNoFd } from "../helpers/fds.ts";
import { run } from "../helpers/run.ts";

/** Which of `count` calls of fcntl fail while `fault` is on. */
function failing(fault: Omit<Fault, "calls">, count = 8): number[] {
  const injection = injectFaults({ calls: ["fcntl"], ...fault });
  const failed: number[] = [];
  for (let n = 1; n <= count; n++) {
    try {
      fcntl(0, F_GETFD);
    } catch {
      failed.push(n);
    }
  }
  injection.stop();
  return failed;
}

t.test("the Nth call fails, each call, or some of them", async (t) => {
  const error = EIO;
  t.strictSame(failing({ error }), [1, 2, 3, 4, 5, 6, 7, 8]);
  t.strictSame(failing({ error, when: { first: 3 } }), [3]);
  t.strictSame(failing({ error, when: { first: 3, step: 2 } }), [3, 5, 7]);
  t.strictSame(failing({ error, when: { first: 2, last: 4 } }), [2, 3, 4]);
  t.strictSame(failing({ error, when: { first: 2, last: 6, step: 3 } }), [2, 5]);
  t.strictSame(failing({ error, fd: 0, when: { first: 2 } }), [2]);
  t.strictSame(failing({ error, fd: 1 }), [], "calls on other fds are not even counted");
});

t.test("errors are errors, and answers are answers", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  write(a, Buffer.from("abc"), 3);
  const injection = injectFaults(
    { calls: ["recv"], error: EAGAIN, when: { first: 1 } },
    { calls: ["recv"], error: EINTR, when: { first: 1 } },
    { calls: ["recv"], error: ECONNRESET, when: { first: 1 } },
  );
  const buffer = new Uint8Array(8);
  t.equal(recv(b, buffer, 8, 0), -EAGAIN);
  t.equal(recv(b, buffer, 8, 0), -EINTR);
  t.throws(() => recv(b, buffer, 8, 0), { code: "ECONNRESET", syscall: "recv" });
  t.equal(recv(b, buffer, 8, 0), 3, "nothing was lost");
  t.equal(injection.count, 3);
  injection.stop();
  injection.stop();
});

t.test("a filter is set by setsockopt, and fails with it", async (t) => {
  const [fd] = closing(t, socket(AF_INET, SOCK_DGRAM, 0));
  const injection = injectFaults({ calls: ["setsockopt"], error: ENOMEM, when: { first: 1 } });
  const attach = () => attachFilter(fd, [[BPF_RET | BPF_K, 0, 0, 0]]);
  t.throws(attach, { code: "ENOMEM", syscall: "setsockopt" });
  attach();
  t.equal(injection.count, 1);
  injection.stop();
});

t.test("a short write moves fewer bytes, for real", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  const injection = injectFaults({ calls: ["send", "recv"], short: 2 });
  t.equal(send(a, Buffer.from("abcdef"), 6, 0), 2);
  t.equal(send(a, Buffer.from("abcdef"), 3, 0, 3), 2);
  const buffer = Buffer.alloc(8);
  t.equal(recv(b, buffer, 8, 0), 2);
  injection.stop();
  t.equal(recv(b, buffer, 6, 0, 2), 2);
  t.equal(buffer.toString("latin1", 0, 4), "abde");
  const claim = injectFaults({ calls: ["send"], result: 5 });
  t.equal(send(a, buffer, 8, 0), 5, "a result that is claimed");
  claim.stop();
});

t.test("close gives the fd back even when it fails, as Linux does", async (t) => {
  const [r, w] = closing(t, ...pipe2(0));
  const other = dup(w);
  const injection = injectFaults({ calls: ["close"], error: EIO });
  t.throws(() => close(other), { code: "EIO" });
  injection.stop();
  t.throws(() => fcntl(other, F_GETFD), { code: "EBADF" });
  write(w, Buffer.from("x"), 1);
  t.equal(read(r, new Uint8Array(1), 1), 1);
});

t.test("a trace shows what was made up, whichever was switched on first", async (t) => {
  const before = { ...calls };
  for (const order of ["fault first", "trace first"]) {
    const lines: string[] = [];
    const injecting = () => injectFaults({ calls: ["dup"], error: EMFILE, when: { first: 1 } });
    const tracing = () => startTrace({ output: (line) => lines.push(line) });
    const on = order === "fault first" ? [injecting(), tracing()] : [tracing(), injecting()];
    t.throws(() => dup(0), { code: "EMFILE" });
    close(dup(0));
    for (const one of on) one.stop();
    t.match(lines[0], /^dup\(0\) += -1 EMFILE \(Too many open files\) \(INJECTED\) </);
    t.notMatch(lines[1], /INJECTED/);
  }
  for (const [name, call] of Object.entries(before)) t.equal(Object(calls)[name], call, name);
});

t.test("what makes no sense is said at once", async (t) => {
  const message = (text: string) => ({ message: text });
  const inject = (fault: Fault) => () => injectFaults(fault);
  t.throws(inject({ calls: ["reed"], error: 1 }), message('no call is named "reed"'));
  const one = message("a fault is one of error, short and result");
  t.throws(inject({ calls: ["read"] }), one);
  t.throws(inject({ calls: ["read"], error: 1, short: 1 }), one);
  t.throws(
    inject({ calls: ["close"], short: 1 }),
    message("close has no size that could be short"),
  );
  t.throws(inject({ calls: ["read"], error: 0 }), RangeError);
  t.throws(inject({ calls: ["read"], error: 1, when: { first: 0 } }), RangeError);
});

t.test("FDKIT_FAULT says it from outside", async (t) => {
  const index = JSON.stringify(fileURLToPath(new URL("../../dist/lib/index.js", import.meta.url)));
  const code = `import { fcntl, F_GETFD } from ${index};
    let text = "";
    for (let n = 1; n <= 6; n++) {
      try { fcntl(1, F_GETFD); text += "."; } catch (error) { text += error.code; }
    }
    console.log(text);`;
  const node = [process.execPath, "--input-type=module", "-e", code];
  const outcome = (fault: string) => run(t, ["env", `FDKIT_FAULT=${fault}`, ...node]);
  for (const [fault, output] of [
    ["fcntl:error=EIO:when=2", ".EIO...."],
    ["fcntl:error=EIO:when=2+2;fcntl:error=EPERM:when=1", "EPERMEIO.EIO.EIO"],
    ["dup,fcntl:error=EIO:when=5+", "....EIOEIO"],
    ["fcntl:error=EIO:when=2..3;close:error=EIO", ".EIOEIO..."],
    ["fcntl:error=EIO:fd=2", "......"],
    ["fcntl:error=EAI_AGAIN:when=1", "EAI_AGAIN....."],
  ] as const) {
    const { ending, output: printed, errors } = await outcome(fault);
    t.strictSame([ending, printed, errors], [[0, null], `${output}\n`, ""], fault);
  }
  for (const [fault, error] of [
    ["fcntl:error=EFOO", 'no error is named "EFOO"'],
    ["fcntl:when=x:error=EIO", '"x" says no numbers of calls'],
    ["fcntl", "a fault is one of error, short and result"],
    ["fcntl:errno=EIO", '"errno=EIO" is not one of error=, short=, result=, when=, fd='],
  ] as const) {
    const errors = `fdkit: FDKIT_FAULT=${fault}: ${error}\n`;
    t.strictSame(await outcome(fault), { ending: [2, null], output: "", errors });
  }
});

leavesNoFd(t);
