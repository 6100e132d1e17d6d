/** Counters: what is counted, of which call and which fd. */

import { fileURLToPath } from "node:url";
import t from "tap";
import { AF_UNIX, EIO, MSG_DONTWAIT, SOCK_STREAM } from "../../lib/constants.ts";
import {
  formatCounters,
  injectFaults,
  startCounters,
  startTrace,
} from "../../lib/inspect/index.ts";
import { calls } from "../../lib/native.ts";
import { close, dup } from "../../lib/sys/file.ts";
import { recv, send } from "../../lib/sys/message.ts";
import { socketpair } from "../../lib/sys/socket.ts";
import { CLOSED_FD, leavesNoFd } from "../helpers/fds.ts";
import { run } from "../helpers/run.ts";

const none = { calls: 0, bytesIn: 0, bytesOut: 0, eagain: 0, errors: 0 };

t.test("calls, bytes, EAGAINs and errors are counted by call and by fd", async (t) => {
  const before = { ...calls };
  const counters = startCounters();
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM, 0);
  const buffer = new Uint8Array(16);
  send(a, buffer, 10, 0);
  send(a, buffer, 5, 0);
  recv(b, buffer, 16, 0);
  recv(b, buffer, 16, MSG_DONTWAIT);
  t.throws(() => recv(b, buffer, 17, 0), RangeError, "the kernel was not asked");
  t.throws(() => close(CLOSED_FD));
  close(a);
  close(b);
  counters.stop();
  close(dup(0));
  t.strictSame(Object.fromEntries(counters.calls), {
    socketpair: { ...none, calls: 1 },
    send: { ...none, calls: 2, bytesOut: 15 },
    recv: { ...none, calls: 2, bytesIn: 15, eagain: 1 },
    close: { ...none, calls: 3, errors: 1 },
  });
  t.strictSame(counters.fds.get(a), { ...none, calls: 4, bytesOut: 15 });
  t.strictSame(counters.fds.get(b), { ...none, calls: 4, bytesIn: 15, eagain: 1 });
  t.strictSame(counters.fds.get(CLOSED_FD), { ...none, calls: 1, errors: 1 });
  t.same(calls, before);
});

t.test("trace, counters and faults at once see the same calls", async (t) => {
  const lines: string[] = [];
  const trace = startTrace({ output: (line) => lines.push(line) });
  const counters = startCounters();
  const faults = injectFaults({ calls: ["dup"], error: EIO, when: { first: 2 } });
  close(dup(0));
  t.throws(() => dup(0), { code: "EIO" });
  t.strictSame(counters.calls.get("dup"), { ...none, calls: 2, errors: 1 });
  t.equal(lines.length, 3);
  counters.reset();
  trace.stop();
  close(dup(0));
  t.strictSame(counters.calls.get("dup"), { ...none, calls: 1 });
  t.equal(lines.length, 3);
  counters.stop();
  faults.stop();
});

t.test("the table has the busiest call on top", async (t) => {
  const counters = startCounters();
  const fds = [dup(0), dup(0)];
  for (const fd of fds) close(fd);
  t.throws(() => close(CLOSED_FD));
  counters.stop();
  const [head, first, second, gap, fdHead] = formatCounters(counters).split("\n");
  t.match(head, /^call +calls +bytes in +bytes out +EAGAIN +errors$/);
  t.match(first, /^close +3 +0 +0 +0 +1$/);
  t.match(second, /^dup +2 +0 +0 +0 +0$/);
  t.equal(gap, "");
  t.match(fdHead, /^fd +calls /);
});

t.test("FDKIT_COUNTERS prints it when the program ends", async (t) => {
  const index = JSON.stringify(fileURLToPath(new URL("../../dist/lib/index.js", import.meta.url)));
  const code = `import { close, dup } from ${index}; close(dup(1));`;
  const node = [process.execPath, "--input-type=module", "-e", code];
  const { ending, errors } = await run(t, ["env", "FDKIT_COUNTERS=1", ...node]);
  t.strictSame(ending, [0, null]);
  t.match(errors, /^call .*\n(close|dup) +1 .*\n(close|dup) +1 /);
  t.strictSame(await run(t, ["env", "FDKIT_COUNTERS=0", ...node]), {
    ending: [2, null],
    output: "",
    errors: 'fdkit: FDKIT_COUNTERS=0: "0" is not one of 1, on, true, all\n',
  });
});

leavesNoFd(t);
