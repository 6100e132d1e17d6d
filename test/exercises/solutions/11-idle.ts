/** A timer for each client, taken back and given anew with each word. */
import {
  acceptConnections,
  close,
  EPOLLIN,
  Loop,
  listenTcp,
  read,
  type Timer,
  writeAll,
} from "fdkit";

const IDLE_MS = 500;
const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const timers = new Map<number, Timer>();
const buffer = Buffer.alloc(1024);
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  acceptConnections(listenfd, 16, (connfd) => {
    loop.add(connfd, EPOLLIN, { ready });
    windUp(connfd);
  });
}

function ready(connfd: number): void {
  const n = read(connfd, buffer, buffer.length);
  if (n > 0) {
    writeAll(connfd, buffer.subarray(0, n));
    windUp(connfd);
  }
  if (n === 0) goodbye(connfd);
}

function windUp(connfd: number): void {
  timers.get(connfd)?.cancel();
  timers.set(
    connfd,
    loop.after(IDLE_MS, () => goodbye(connfd)),
  );
}

function goodbye(connfd: number): void {
  timers.get(connfd)?.cancel();
  timers.delete(connfd);
  loop.remove(connfd);
  close(connfd);
}
