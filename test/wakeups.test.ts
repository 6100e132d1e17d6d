// Loops that are woken from other threads, and fds that are handed over.
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import t from "tap";
import { AF_UNIX, EPOLLEXCLUSIVE, EPOLLIN, SOCK_CLOEXEC, SOCK_STREAM } from "../lib/constants.ts";
import { Loop } from "../lib/loop.ts";
import { close, disownFd, read, write } from "../lib/sys/file.ts";
import { socketpair } from "../lib/sys/socket.ts";
import { type WakeToken, wake } from "../lib/wakeups.ts";
import { closing, leavesNoFd } from "./helpers/fds.ts";

const BUILT = JSON.stringify(new URL("../dist/lib/index.js", import.meta.url).href);
const BYTE = new Uint8Array(1);

/** A worker that runs `body` with the built package as `fdkit`. */
function start(body: string, data: unknown): Promise<number> {
  const script = `
    const { workerData } = require("node:worker_threads");
    import(${BUILT}).then((fdkit) => { ${body} });`;
  const worker = new Worker(script, { eval: true, execArgv: [], workerData: data });
  return new Promise((resolve, reject) => worker.on("exit", resolve).on("error", reject));
}

t.test("another thread wakes a loop that runs, and no call is lost", async (t) => {
  const loop = new Loop();
  const told = new Int32Array(new SharedArrayBuffer(4));
  const rounds = 20_000;
  let woken = 0;
  const token = loop.onWake(() => {
    woken++;
    if (Atomics.load(told, 0) === rounds) loop.stop();
  });
  const ended = start(
    `for (let i = 0; i < ${rounds}; i++) {
       Atomics.add(workerData.told, 0, 1);
       fdkit.wake(workerData.token);
     }`,
    { told, token },
  );
  // The thread of the worker starts without Node's loop of this one.
  loop.run();
  t.equal(told[0], rounds);
  t.ok(woken >= 1 && woken <= rounds);
  loop.close();
  t.equal(await ended, 0);
});

t.test("many wakes before the loop wakes are one", async (t) => {
  const loop = new Loop();
  let woken = 0;
  const token = loop.onWake(() => {
    woken++;
  });
  for (let i = 0; i < 3; i++) t.equal(wake(token), true);
  loop.after(300, () => loop.stop());
  loop.run();
  t.equal(woken, 1);
  wake(token);
  loop.offWake(token);
  t.equal(wake(token), false);
  loop.offWake(token);
  loop.run();
  t.equal(woken, 1, "what was on its way is dropped");
  loop.close();
});

t.test("the token of a closed loop wakes nobody, whoever has the number now", async (t) => {
  const loop = new Loop();
  const token: WakeToken = structuredClone(loop.onWake(() => {}));
  loop.close();
  const [left, right] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  t.ok([left, right].includes(token.fd));
  t.equal(wake(token), false);
  t.throws(() => loop.onWake(() => {}), /closed/);
  const open = new Loop();
  t.throws(() => open.onWake(3 as never), TypeError);
  open.close();
});

t.test("a writer that died in the middle does not hold up the close", async (t) => {
  const loop = new Loop();
  const token = loop.onWake(() => {});
  Atomics.add(token.state, 1, 1);
  const before = performance.now();
  loop.close();
  t.ok(performance.now() - before >= 99);
  t.equal(wake(token), false);
  close(token.fd);
});

t.test("an fd is handed to a worker, and one comes back", async (t) => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(
    `const { workerData } = require("node:worker_threads");
     import(${BUILT}).then((fdkit) => {
       fdkit.writeAll(workerData.fd, Buffer.from("a"));
       fdkit.close(workerData.fd);
       const pair = fdkit.socketpair(fdkit.AF_UNIX, fdkit.SOCK_STREAM | fdkit.SOCK_CLOEXEC, 0);
       fdkit.writeAll(pair[1], Buffer.from("b"));
       fdkit.disownFd(pair[0]);
       workerData.port.postMessage(pair[0]);
     });`,
    {
      eval: true,
      execArgv: [],
      workerData: { fd: right, port: port2 },
      transferList: [port2],
    },
  );
  await new Promise((resolve) => worker.on("exit", resolve));
  t.equal(read(left, BYTE, 1), 1);
  t.equal(read(left, BYTE, 1), 0, "the worker closed what it was given");
  close(left);
  const received = receiveMessageOnPort(port1)?.message as number;
  port1.close();
  t.equal(read(received, BYTE, 1), 1);
  t.strictSame([...BYTE], [98]);
  t.equal(read(received, BYTE, 1), 0, "the worker's end closed what it kept");
  close(received);
  t.throws(() => disownFd(-1), RangeError);
});

t.test("an fd with EPOLLEXCLUSIVE can be paused and modified", async (t) => {
  const [left, right] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const loop = new Loop();
  let n = 0;
  const ready = () => {
    n++;
    if (n === 1) loop.pause(left, 20);
    else loop.stop();
  };
  loop.add(left, EPOLLIN | EPOLLEXCLUSIVE, { ready });
  write(right, BYTE, 1);
  loop.run();
  t.equal(n, 2);
  loop.modify(left, EPOLLIN);
  loop.modify(left, EPOLLIN | EPOLLEXCLUSIVE);
  loop.run();
  t.equal(n, 3);
  loop.close();
});

leavesNoFd(t);
