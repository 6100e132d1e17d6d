/**
 * 16-threads: four threads serve. On one port all have the same listening socket (an fd is good in
 * every thread), and EPOLLEXCLUSIVE wakes one of them; on the next port each has a socket of its
 * own, and SO_REUSEPORT spreads. wake() says that a client was served, and that all is over.
 *
 *   loop.add(sharedfd, EPOLLIN | EPOLLEXCLUSIVE, …); token = loop.onWake(…); wake(token)
 * node dist/examples/16-threads.js [port]    its partner: nc 127.0.0.1 7001, and nc 127.0.0.1 7002
 * Man pages: epoll_ctl(2), socket(7), eventfd(2) */
// biome-ignore assist/source/organizeImports: the constants, the helpers and the calls
import { AF_INET, EPOLLEXCLUSIVE, EPOLLIN, SIGINT, SIGTERM } from "fdkit";
import { SO_REUSEADDR, SO_REUSEPORT, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { acceptConnections, Loop, SyscallError, type WakeToken, wake, writeAll } from "fdkit";
import { bind, close, dup, listen, setsockopt, socket } from "fdkit";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const THREADS = 4;
const loop = new Loop();
if (isMainThread) direct(Number(process.argv[2] ?? 7001));
else serve(workerData.number, workerData.port, workerData.sharedfd);

function direct(port: number): void {
  const served = new Int32Array(new SharedArrayBuffer(THREADS * 4));
  const told = loop.onWake(() => console.log(`served by thread: ${served.join(" ")}`));
  const listenfd = listenTo(port, SO_REUSEADDR);
  const stops: WakeToken[] = [];
  let isOver = false;
  for (let number = 0; number < THREADS; number++) {
    const sharedfd = dup(listenfd); // the same socket, and the thread's to close
    const data = { number, port, sharedfd, served, told };
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    worker.on("message", (stop: WakeToken) => {
      if (isOver) wake(stop); // a thread that was late
      if (stops.push(stop) < THREADS) return;
      console.log(`${THREADS} threads on 127.0.0.1:${port} and on 127.0.0.1:${port + 1}`);
    });
  }
  close(listenfd);
  for (const signal of [SIGINT, SIGTERM]) loop.onSignal(signal, end);
  loop.attach(); // beside Node's own loop, which brings the messages of the workers

  function end(): void {
    isOver = true;
    for (const stop of stops) wake(stop);
    loop.close();
  }
}

function serve(number: number, port: number, sharedfd: number): void {
  const ownfd = listenTo(port + 1, SO_REUSEPORT);
  loop.add(sharedfd, EPOLLIN | EPOLLEXCLUSIVE, { ready: welcome });
  loop.add(ownfd, EPOLLIN, { ready: welcome });
  parentPort?.postMessage(loop.onWake(() => loop.stop()));
  loop.run();
  close(sharedfd);
  close(ownfd);
  loop.close();

  function welcome(listenfd: number): void {
    const n = acceptConnections(listenfd, 1, (connfd) => {
      Atomics.add(workerData.served, number, 1);
      greet(connfd, `thread ${number}\n`);
      wake(workerData.told);
    });
    if (n < 0) loop.pause(listenfd, 100);
  }
}

function greet(connfd: number, text: string): void {
  try {
    writeAll(connfd, Buffer.from(text));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error; // ECONNRESET, EPIPE: its affair, not ours
  }
  close(connfd);
}

function listenTo(port: number, optname: number): number {
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(fd, SOL_SOCKET, optname, 1);
  bind(fd, { family: AF_INET, address: "127.0.0.1", port });
  listen(fd, 64);
  return fd;
}
