// The loop in both its ways of running: handlers, batches, signals, workers.
// Its timers are in timers.test.ts, what needs a process of its own in loop-attach.test.ts.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import t from "tap";
import {
  EINTR,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  O_CLOEXEC,
  SIGKILL,
  SIGURG,
  SIGWINCH,
} from "../lib/constants.ts";
import { type Handler, Loop } from "../lib/loop.ts";
import { calls } from "../lib/native.ts";
import { close, dup, pipe2 } from "../lib/sys/file.ts";
import { failsWith } from "./helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "./helpers/fds.ts";
import { bothWays, pair, receive, send } from "./helpers/life.ts";

bothWays("a handler gets the fd and its events, again while they last", async (t, life, loop) => {
  const [a, b] = closing(t, ...pair());
  const seen: number[][] = [];
  loop.add(a, EPOLLIN, {
    ready(fd, events) {
      seen.push([fd, events]);
      if (seen.length === 1) return;
      t.equal(receive(fd), "hello");
      life.end();
    },
  });
  send(b, "hello");
  await life.live();
  t.strictSame(seen, [
    [a, EPOLLIN],
    [a, EPOLLIN],
  ]);
});

bothWays("an object per fd is a handler: this is the object", async (t, life, loop) => {
  const [a, b] = closing(t, ...pair());
  class Client implements Handler {
    received = "";
    ready(fd: number): void {
      this.received += receive(fd);
      if (this.received === "hello") life.end();
    }
  }
  const client = new Client();
  loop.add(a, EPOLLIN, client);
  loop.after(1, () => send(b, "hel"));
  loop.after(2, () => send(b, "lo"));
  await life.live();
  t.equal(client.received, "hello");
});

bothWays("modify asks for other events, 0 for none", async (t, life, loop) => {
  const [a, b] = closing(t, ...pair());
  const seen: number[] = [];
  loop.add(a, EPOLLIN, {
    ready(_fd, events) {
      seen.push(events);
      loop.modify(a, 0);
      loop.after(5, life.end);
    },
  });
  send(b, "x");
  loop.modify(a, EPOLLIN | EPOLLOUT);
  await life.live();
  t.strictSame(seen, [EPOLLIN | EPOLLOUT]);
});

bothWays("a handler closes another ready fd of the batch", async (t, life, loop) => {
  const [a, b] = [pair(), pair()];
  const called: number[] = [];
  const handler: Handler = {
    ready(fd) {
      called.push(fd);
      for (const ready of [a[0], b[0]]) {
        loop.remove(ready);
        close(ready);
      }
      loop.after(5, life.end);
    },
  };
  loop.add(a[0], EPOLLIN, handler);
  loop.add(b[0], EPOLLIN, handler);
  send(a[1], "x");
  send(b[1], "x");
  await life.live();
  t.equal(called.length, 1, "the second event of the batch was dropped");
  closing(t, a[1], b[1]);
});

bothWays("an fd number is reused within the batch", async (t, life, loop) => {
  const [a, b] = [pair(), pair()];
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC), a[1], b[1]);
  const seen: string[] = [];
  let other = -1;
  const newcomer: Handler = {
    ready(fd, events) {
      seen.push(`new ${fd === other} ${events}`);
      life.end();
    },
  };
  const handler: Handler = {
    ready(fd) {
      seen.push("old");
      other = fd === a[0] ? b[0] : a[0];
      loop.remove(other);
      close(other);
      t.equal(dup(readfd), other, "the kernel gives the number out again");
      loop.add(other, EPOLLIN, newcomer);
      loop.remove(fd);
      close(fd);
      loop.after(5, () => seen.push("silent"));
      loop.after(6, () => send(writefd, "x"));
    },
  };
  loop.add(a[0], EPOLLIN, handler);
  loop.add(b[0], EPOLLIN, handler);
  send(a[1], "x");
  send(b[1], "x");
  await life.live();
  t.strictSame(seen, ["old", "silent", `new true ${EPOLLIN}`]);
  loop.remove(other);
  close(other);
});

bothWays("an event of a closed fd whose socket lives on is dropped", async (t, life, loop) => {
  const [a, b] = pair();
  closing(t, b);
  loop.add(a, EPOLLIN, { ready: () => t.fail("the fd was closed") });
  const duplicate = dup(a);
  close(a);
  const [c] = closing(t, ...pair());
  t.equal(c, a, "its number is in use again");
  loop.add(c, EPOLLIN, { ready: () => t.fail("the new fd has nothing to read") });
  send(b, "ghost");
  loop.after(5, () => close(duplicate));
  loop.after(10, life.end);
  await life.live();
  t.equal(loop.remove(c), undefined);
});

bothWays("stop in a handler: the batch and beforeSleep are completed", async (t, life, loop) => {
  const [a, b, c, d] = closing(t, ...pair(), ...pair());
  const seen: string[] = [];
  const handler: Handler = {
    ready(fd) {
      seen.push(receive(fd));
      life.end();
    },
  };
  loop.beforeSleep(() => seen.push("before sleep"));
  loop.add(a, EPOLLIN, handler);
  loop.add(c, EPOLLIN, handler);
  send(b, "x");
  send(d, "x");
  await life.live();
  t.strictSame(seen.slice(-3), ["x", "x", "before sleep"]);
  send(b, "y");
  seen.length = 0;
  await life.live();
  t.ok(seen.includes("y"), "it can live again");
});

bothWays("beforeSleep comes before every sleep, also the first", async (t, life, loop) => {
  const [a, b] = closing(t, ...pair());
  const seen: string[] = [];
  loop.beforeSleep(() => seen.push("one"));
  loop.beforeSleep(() => {
    seen.push("two");
    if (seen.length === 2) send(b, "x");
  });
  loop.add(a, EPOLLIN, {
    ready(fd) {
      seen.push(receive(fd));
      loop.after(0, () => {
        seen.push("timer");
        life.end();
      });
    },
  });
  await life.live();
  const sequence = seen.join(" ");
  t.match(sequence, /^(one two )+x timer one two$/);
});

bothWays("pause silences an fd for a while", async (t, life, loop) => {
  const [a, b] = closing(t, ...pair());
  const at: number[] = [];
  loop.add(a, EPOLLIN, {
    ready(fd) {
      at.push(performance.now());
      if (at.length === 2) life.end();
      else loop.pause(fd, 20);
    },
  });
  send(b, "x");
  await life.live();
  t.equal(at.length, 2);
  t.ok(at[1] - at[0] >= 20);
  loop.remove(a);
  t.throws(() => loop.pause(a, 1), { message: `pause: fd ${a} is not in the loop` });
});

bothWays("pause does not wake what was removed or modified meanwhile", async (t, life, loop) => {
  const [a, b, c, d] = closing(t, ...pair(), ...pair());
  const silent = { ready: () => t.fail("it was silenced") };
  loop.add(a, EPOLLIN, silent);
  loop.add(c, EPOLLIN, silent);
  loop.pause(a, 1);
  loop.pause(c, 1);
  loop.remove(a);
  loop.add(a, 0, silent);
  loop.modify(c, EPOLLET);
  send(b, "x");
  send(d, "x");
  loop.after(10, life.end);
  await life.live();
  t.pass("silence");
});

bothWays("a signal arrives beside process.on, set before and after", async (t, life, loop) => {
  const seen: string[] = [];
  const before = () => seen.push("before");
  const after = () => seen.push("after");
  process.on("SIGWINCH", before);
  loop.onSignal(SIGWINCH, (signum) => {
    seen.push(`loop ${signum}`);
    life.end();
  });
  process.on("SIGURG", after);
  loop.onSignal(SIGURG, () => seen.push("loop too"));
  loop.after(1, () => process.kill(process.pid, "SIGURG"));
  loop.after(10, () => process.kill(process.pid, "SIGWINCH"));
  await life.live();
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("SIGWINCH", before);
  process.off("SIGURG", after);
  t.strictSame(
    seen.filter((what) => what.startsWith("loop")),
    ["loop too", `loop ${SIGWINCH}`],
  );
  t.strictSame(seen.filter((what) => !what.startsWith("loop")).toSorted(), ["after", "before"]);
});

bothWays("a signal still arrives when the last process.on is gone", async (t, life, loop) => {
  const ignore = () => {};
  loop.onSignal(SIGURG, life.end);
  process.on("SIGURG", ignore);
  process.off("SIGURG", ignore);
  loop.after(1, () => process.kill(process.pid, "SIGURG"));
  await life.live();
  t.pass("the loop ended");
});

bothWays("offSignal forgets a signal, a second onSignal replaces it", async (t, life, loop) => {
  const seen: string[] = [];
  loop.onSignal(SIGURG, () => seen.push("forgotten"));
  loop.onSignal(SIGWINCH, () => seen.push("replaced"));
  loop.onSignal(SIGWINCH, () => seen.push("new"));
  loop.offSignal(SIGURG);
  loop.offSignal(SIGURG);
  process.kill(process.pid, "SIGURG");
  process.kill(process.pid, "SIGWINCH");
  loop.after(10, life.end);
  await life.live();
  t.strictSame(seen, ["new"]);
});

bothWays("an interrupted wait is no event and no error", async (t, life, loop) => {
  const [a, b] = closing(t, ...pair());
  const { epoll_wait } = calls;
  let interruptions = 5;
  calls.epoll_wait = (...args) => (interruptions-- > 0 ? -EINTR : epoll_wait(...args));
  t.teardown(() => Object.assign(calls, { epoll_wait }));
  loop.add(a, EPOLLIN, { ready: life.end });
  send(b, "x");
  await life.live();
  t.ok(interruptions < 0);
});

bothWays("close in a handler drops the rest", async (t, life, loop) => {
  const [a, b, c, d] = closing(t, ...pair(), ...pair());
  let called = 0;
  const handler: Handler = {
    ready() {
      called++;
      loop.close();
      life.end();
    },
  };
  loop.beforeSleep(() => called && t.fail("it has nothing to sleep for"));
  loop.add(a, EPOLLIN, handler);
  loop.add(c, EPOLLIN, handler);
  send(b, "x");
  send(d, "x");
  await life.live();
  t.equal(called, 1);
});

t.test("run: what a handler throws comes out, and nothing of the batch is lost", async (t) => {
  const loop = new Loop();
  const [a, b, c, d] = closing(t, ...pair(), ...pair());
  const seen: string[] = [];
  function clumsyHandler(fd: number): void {
    seen.push(receive(fd));
    if (seen.length === 1) throw new Error("clumsy");
    loop.stop();
  }
  // Edge-triggered: the kernel reports each only once.
  loop.add(a, EPOLLIN | EPOLLET, { ready: clumsyHandler });
  loop.add(c, EPOLLIN | EPOLLET, { ready: clumsyHandler });
  send(b, "b");
  send(d, "d");
  t.throws(() => loop.run(), { message: "clumsy", stack: /clumsyHandler/ });
  loop.run();
  t.strictSame(seen.toSorted(), ["b", "d"]);
  loop.close();
});

t.test("run: timers, signals and beforeSleep may throw too", async (t) => {
  const loop = new Loop();
  const failing = (message: string) => () => {
    throw new Error(message);
  };
  const seen: string[] = [];
  loop.after(0, failing("timer"));
  loop.after(0, () => seen.push("next timer"));
  loop.onSignal(SIGURG, failing("signal"));
  loop.onSignal(SIGWINCH, () => seen.push("other signal"));
  loop.after(5, () => {
    process.kill(process.pid, "SIGURG");
    process.kill(process.pid, "SIGWINCH");
  });
  t.throws(() => loop.run(), { message: "timer" });
  loop.after(50, () => loop.stop());
  t.throws(() => loop.run(), { message: "signal" });
  t.strictSame(seen, ["next timer", "other signal"]);
  loop.beforeSleep(failing("sleepless"));
  t.throws(() => loop.run(), { message: "sleepless" });
  loop.close();
});

t.test("run: returns when no fd and no timer is left", async (t) => {
  const loop = new Loop();
  const [a, b] = closing(t, ...pair());
  loop.onSignal(SIGURG, () => {});
  loop.run();
  loop.after(1, () => {});
  loop.run();
  loop.add(a, EPOLLIN, { ready: (fd) => loop.remove(fd) });
  const ticks = loop.every(1, () => {
    send(b, "x");
    ticks.cancel();
  });
  loop.run();
  t.pass("three times");
  loop.close();
});

t.test("failures have names and leave the loop as it was", async (t) => {
  const loop = new Loop();
  const [a] = closing(t, ...pair());
  const handler = { ready: () => loop.stop() };
  loop.add(a, EPOLLOUT, handler);
  failsWith(t, "EEXIST", `fd ${a}`, () => loop.add(a, EPOLLIN, handler));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => loop.add(CLOSED_FD, EPOLLIN, handler));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => loop.modify(CLOSED_FD, EPOLLIN));
  loop.run();
  loop.remove(a);
  failsWith(t, "ENOENT", `fd ${a}`, () => loop.remove(a));
  failsWith(t, "ENOENT", `fd ${a}`, () => loop.modify(a, EPOLLIN));
  failsWith(t, "EINVAL", `signal ${SIGKILL}`, () => loop.onSignal(SIGKILL, () => {}));
  loop.run();
  loop.close();
});

t.test("bad arguments are refused", async (t) => {
  const loop = new Loop();
  const handler = { ready() {} };
  for (const bad of [NaN, -1, 1.5, 2 ** 32, "3", undefined, null]) {
    t.throws(() => loop.add(bad as number, EPOLLIN, handler), {
      message: /^epoll_ctl: fd must be/,
    });
  }
  for (const bad of [NaN, -1, -0.5, Infinity]) {
    t.throws(() => loop.after(bad, () => {}), RangeError);
    t.throws(() => loop.every(bad, () => {}), RangeError);
  }
  t.throws(() => loop.every(0, () => {}), RangeError);
  t.throws(() => loop.after("3" as never, () => {}), TypeError);
  t.throws(() => loop.after(1, undefined as never), TypeError);
  t.throws(() => loop.onSignal(65, () => {}), RangeError);
  t.throws(() => loop.onSignal(SIGURG, undefined as never), TypeError);
  t.throws(() => loop.add(0, EPOLLIN, (() => {}) as never), TypeError);
  loop.run();
  loop.close();
});

t.test("a closed loop can be closed again, and nothing else", async (t) => {
  const loop = new Loop();
  loop.onSignal(SIGURG, () => {});
  const timer = loop.after(1, () => {});
  loop.close();
  loop.close();
  loop.stop();
  timer.cancel();
  loop.offSignal(SIGURG);
  const closed = { message: "the loop is closed" };
  t.throws(() => loop.add(0, EPOLLIN, { ready() {} }), closed);
  t.throws(() => loop.modify(0, EPOLLIN), closed);
  t.throws(() => loop.remove(0), closed);
  t.throws(() => loop.after(1, () => {}), closed);
  t.throws(() => loop.every(1, () => {}), closed);
  t.throws(() => loop.onSignal(SIGURG, () => {}), closed);
  t.throws(() => loop.beforeSleep(() => {}), closed);
  t.throws(() => loop.run(), closed);
  t.throws(() => loop.attach(), closed);
});

t.test("a loop lives in one way at a time", async (t) => {
  const loop = new Loop();
  loop.after(0, () => {
    t.throws(() => loop.run(), { message: "the loop is running already" });
    t.throws(() => loop.attach(), { message: "the loop is running already" });
  });
  loop.run();
  loop.attach();
  t.throws(() => loop.run(), { message: "the loop is attached already" });
  loop.stop();
  loop.attach();
  loop.close();
});

// A worker runs `code` with a loop; it says "ready" with the fds of its process, and "done".
const inWorker = (code: string) =>
  new Worker(
    `const { parentPort } = require("node:worker_threads");
    const url = ${JSON.stringify(new URL("../dist/lib/", import.meta.url))};
    Promise.all(["loop.js", "constants.js", "sys/file.js"].map((name) => import(url + name)))
      .then(([{ Loop }, { EPOLLIN, SIGURG, O_CLOEXEC }, { pipe2, read, write, close }]) => {
        const loop = new Loop();
        const say = (what) => parentPort.postMessage(what);
        ${code}
      });`,
    { eval: true },
  );

t.test("several workers have a loop each, and a signal wakes them all", async (t) => {
  const workers = [1, 2, 3].map(() =>
    inWorker(`
      let ticks = 0;
      const timer = loop.every(1, () => { ticks++; if (ticks === 5) say("ready"); });
      loop.onSignal(SIGURG, () => { timer.cancel(); say("done"); });
      loop.run();
      loop.close();`),
  );
  const ready = workers.map((worker) => once(worker, "message"));
  await Promise.all(ready);
  const done = workers.map((worker) => once(worker, "message"));
  const ended = workers.map((worker) => once(worker, "exit"));
  process.kill(process.pid, "SIGURG");
  t.strictSame((await Promise.all(done)).flat(), ["done", "done", "done"]);
  t.strictSame((await Promise.all(ended)).flat(), [0, 0, 0]);
});

t.test("a worker whose loop sleeps for ever can be terminated", async (t) => {
  for (const way of ["run", "attach"]) {
    const worker = inWorker(`
      const [readfd] = pipe2(O_CLOEXEC);
      loop.add(readfd, EPOLLIN, { ready() {} });
      loop.onSignal(SIGURG, () => {});
      say("ready");
      loop.${way}();`);
    await once(worker, "message");
    t.equal(await worker.terminate(), 1, way);
  }
});

t.test("a worker ends by itself with a loop that was never closed", async (t) => {
  const ways = {
    idle: "loop.onSignal(SIGURG, () => {}); loop.attach();",
    stopped: "loop.after(1, () => loop.stop()); loop.attach();",
    exiting: "loop.every(1, () => process.exit(0)); loop.attach();",
    leaving: "loop.after(1, () => {}); loop.onSignal(SIGURG, () => {}); loop.run();",
  };
  const ended = Object.values(ways).map((code) => once(inWorker(code), "exit"));
  t.strictSame((await Promise.all(ended)).flat(), [0, 0, 0, 0]);
});

t.test("a worker is terminated in the middle of its work", async (t) => {
  for (const way of ["run", "attach"]) {
    const worker = inWorker(`
      const [readfd, writefd] = pipe2(O_CLOEXEC);
      const bytes = new Uint8Array(1);
      loop.add(readfd, EPOLLIN, {
        ready() { read(readfd, bytes, 1); loop.after(0, () => write(writefd, bytes, 1)); },
      });
      write(writefd, bytes, 1);
      loop.after(20, () => say("ready"));
      loop.${way}();`);
    await once(worker, "message");
    t.equal(await worker.terminate(), 1, way);
  }
});

leavesNoFd(t);
