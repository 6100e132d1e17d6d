/**
 * 16-threads: four threads serve one port, each with a loop of its own. Either all have the same
 * listening socket, and EPOLLEXCLUSIVE wakes one of them for a connection: an fd number is good in
 * every thread, and each closes the duplicate it was given. Or each has a socket of its own on the
 * port, and SO_REUSEPORT spreads. wake() says what was served, and that it is over.
 *
 *   loop.add(listenfd, EPOLLIN | EPOLLEXCLUSIVE, …); token = loop.onWake(…); wake(token)
 * node dist/examples/16-threads.js [port] [exclusive|reuseport]    its partner: nc 127.0.0.1 7001
 * Man pages: epoll_ctl(2), socket(7), eventfd(2) */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import {
  AF_INET,
  acceptConnections,
  bind,
  close,
  EPOLLEXCLUSIVE,
  EPOLLIN,
  F_DUPFD_CLOEXEC,
  fcntl,
  Loop,
  listen,
  SIGINT,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  socket,
  type WakeToken,
  wake,
  writeAll,
} from "fdkit";

const THREADS = 4;
const loop = new Loop();
if (isMainThread) direct(Number(process.argv[2] ?? 7001), process.argv[3] === "reuseport");
else serve(workerData.number, workerData.port, workerData.dupfd);

function direct(port: number, isReusePort: boolean): void {
  const served = new Int32Array(new SharedArrayBuffer(THREADS * 4));
  const told = loop.onWake(() => console.log(`served by thread: ${served.join(" ")}`));
  const sharedfd = isReusePort ? -1 : listenTo(port, SO_REUSEADDR);
  const stops: WakeToken[] = [];
  for (let number = 0; number < THREADS; number++) {
    const dupfd = isReusePort ? -1 : fcntl(sharedfd, F_DUPFD_CLOEXEC, 0);
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { number, port, dupfd, served, told },
    });
    worker.on("message", (stop: WakeToken) => {
      if (stops.push(stop) === THREADS) console.log(`${THREADS} threads on 127.0.0.1:${port}`);
    });
  }
  if (!isReusePort) close(sharedfd);
  loop.onSignal(SIGINT, (signum) => {
    console.log(`signal ${signum}`);
    for (const stop of stops) wake(stop);
    loop.close();
  });
  loop.attach(); // beside Node's own loop, which brings the messages of the workers
}

function serve(number: number, port: number, dupfd: number): void {
  const { served, told } = workerData;
  const listenfd = dupfd >= 0 ? dupfd : listenTo(port, SO_REUSEPORT);
  const events = dupfd >= 0 ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN;
  loop.add(listenfd, events, { ready: welcome });
  parentPort?.postMessage(loop.onWake(() => loop.stop()));
  loop.run();
  close(listenfd);
  loop.close();

  function welcome(): void {
    const n = acceptConnections(listenfd, 1, (connfd) => {
      writeAll(connfd, Buffer.from(`thread ${number}\n`));
      close(connfd);
      Atomics.add(served, number, 1);
      wake(told);
    });
    if (n < 0) loop.pause(listenfd, 100);
  }
}

function listenTo(port: number, optname: number): number {
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, optname, 1);
  bind(fd, { family: AF_INET, address: "127.0.0.1", port });
  listen(fd, 64);
  return fd;
}
