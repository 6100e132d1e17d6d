/** Four threads, each with a loop of its own, and one listening socket in all of them. */
import { isMainThread, Worker, workerData } from "node:worker_threads";
import {
  acceptConnections,
  close,
  EPOLLEXCLUSIVE,
  EPOLLIN,
  Loop,
  listenTcp,
  read,
  writeAll,
} from "fdkit";

const BUSY_MS = 600;
const THREADS = 4;

if (isMainThread) direct(Number(process.argv[2] ?? 7001));
else serve(workerData as number);

function direct(port: number): void {
  const listenfd = listenTcp("127.0.0.1", port);
  for (let i = 0; i < THREADS; i++) new Worker(new URL(import.meta.url), { workerData: listenfd });
  console.log(`listening on 127.0.0.1:${port}`);
}

function serve(listenfd: number): void {
  const loop = new Loop();
  const buffer = Buffer.alloc(1024);
  loop.add(listenfd, EPOLLIN | EPOLLEXCLUSIVE, { ready: welcome });
  loop.run();

  function welcome(): void {
    acceptConnections(listenfd, 1, (connfd) => loop.add(connfd, EPOLLIN, { ready }));
  }

  function ready(connfd: number): void {
    const n = read(connfd, buffer, buffer.length);
    if (n < 0) return;
    if (n === 0) {
      loop.remove(connfd);
      close(connfd);
    } else if (buffer.toString("latin1", 0, n) === "work\n") {
      work();
      writeAll(connfd, Buffer.from("done\n"));
    } else {
      writeAll(connfd, Buffer.from("pong\n"));
    }
  }
}

function work(): void {
  const end = performance.now() + BUSY_MS;
  while (performance.now() < end);
}
