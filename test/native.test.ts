// The swappable table, several environments, and what their end closes.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";
import { AF_UNIX, EBADF, F_GETFD, O_CLOEXEC, SOCK_STREAM } from "../lib/constants.ts";
import { calls } from "../lib/native.ts";
import { close, fcntl, pipe2, read, write } from "../lib/sys/file.ts";
import { socketpair } from "../lib/sys/socket.ts";
import { closing, leavesNoFd, openFds } from "./helpers/fds.ts";
import { endWorker, startWorker } from "./helpers/workers.ts";

t.test("a call swapped in the table is swapped for lib/sys", async (t) => {
  const original = calls.read;
  t.teardown(() => {
    calls.read = original;
  });
  calls.read = (fd, buffer, size, offset) => fd + buffer.length + size + offset;
  t.equal(read(1000, new Uint8Array(200), 30, 4), 1234);
  calls.read = () => -EBADF;
  t.throws(() => read(5, new Uint8Array(1), 1), { code: "EBADF" });
});

t.test("every call has the name it has in the table", async (t) => {
  for (const [name, call] of Object.entries(calls)) t.equal(call.name, name);
});

t.test("docs/syscalls.md has every call, and where it is", async (t) => {
  const script = fileURLToPath(new URL("../scripts/syscalls.cjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  t.equal(stderr, "");
  t.equal(status, 0);
});

t.test("several workers use the addon at once", async (t) => {
  const body = `
    const fds = new Int32Array(2);
    const bytes = new Uint8Array(8);
    let sum = 0;
    for (let i = 0; i < 2000; i++) {
      calls.socketpair(constants.AF_UNIX, constants.SOCK_STREAM, 0, fds);
      bytes[0] = i;
      sum += calls.send(fds[0], bytes, 8, 0, 0) + calls.recv(fds[1], bytes, 8, 0, 0) + bytes[0];
      sum += calls.close(fds[0]) + calls.close(fds[1]);
    }
    post(sum);`;
  let expected = 0;
  for (let i = 0; i < 2000; i++) expected += 16 + (i & 0xff);
  const workers = await Promise.all([1, 2, 3, 4].map(() => startWorker(body)));
  for (const [worker, sum] of workers) {
    t.equal(sum, expected);
    await endWorker(worker);
  }
});

const everyKindOfFd = `
  const { AF_UNIX, AF_INET, SOCK_STREAM, F_DUPFD, EPOLL_CTL_ADD, EPOLLIN } = constants;
  const fds = new Int32Array(2);
  calls.socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
  calls.pipe2(fds, 0);
  calls.dup(fds[0]);
  calls.fcntl(fds[0], F_DUPFD, 0);
  calls.dup3(fds[0], calls.dup(fds[1]), 0);
  calls.eventfd(0, 0);
  calls.timerfd_create(constants.CLOCK_MONOTONIC, 0);
  calls.close(calls.dup(fds[0]));
  const listenfd = calls.socket(AF_UNIX, SOCK_STREAM, 0);
  calls.bind(listenfd, Uint8Array.of(AF_UNIX, 0));
  calls.listen(listenfd, 1);
  const name = new Uint8Array(128);
  const length = new Int32Array(1);
  calls.getsockname(listenfd, name, length);
  calls.connect(calls.socket(AF_UNIX, SOCK_STREAM, 0), name.subarray(0, length[0]));
  calls.accept(listenfd, null, null);
  const epfd = calls.epoll_create1(0);
  calls.epoll_ctl(epfd, EPOLL_CTL_ADD, fds[0], EPOLLIN, 0, 0);`;

t.test("a worker's end closes the fds it left open", async (t) => {
  const before = openFds().length;
  const workers = await Promise.all(
    [1, 2, 3, 4].map(() => startWorker(`${everyKindOfFd} post(epfd);`)),
  );
  t.ok(openFds().length >= before + 4 * 13);
  for (const [worker] of workers.slice(0, 2)) await endWorker(worker);
  for (const [worker] of workers.slice(2)) await worker.terminate();
  t.equal(openFds().length, before);
});

t.test("terminate() while a worker is blocked in epoll_wait leaves no fd", async (t) => {
  const before = openFds().length;
  const body = `${everyKindOfFd}
    post(epfd);
    calls.epoll_wait(epfd, new Uint8Array(64), 1, 300);`;
  const [worker] = await startWorker(body);
  t.ok(openFds().length > before);
  await worker.terminate();
  t.equal(openFds().length, before);
});

t.test("a fd closed by another thread is not closed again at the worker's end", async (t) => {
  const [worker, fd] = await startWorker("post(calls.eventfd(0, 0));");
  close(fd as number);
  const pair = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  t.ok(pair.includes(fd as number), "the number is in use again");
  await worker.terminate();
  t.equal(fcntl(fd as number, F_GETFD), 0);
});

t.test("a disowned fd outlives its worker", async (t) => {
  const [readfd, writefd] = closing(t, ...pipe2(O_CLOEXEC));
  const body = "const fd = calls.dup(workerData); calls.disownFd(fd); post(fd);";
  const [worker, fd] = await startWorker(body, writefd);
  await worker.terminate();
  t.equal(write(fd as number, new Uint8Array(3), 3), 3);
  t.equal(read(readfd, new Uint8Array(8), 8), 3);
  close(fd as number);
});

leavesNoFd(t);
