/**
 * 11-idle: a client that says nothing for half a second is to be closed; one that goes on speaking
 * stays. loop.after(ms, fn) gives a timer, and timer.cancel() takes it back.
 *
 * npm run exercise 11    tells what is right, and what is missing yet
 * See also: ../11-loop.ts, lib/timers.ts */
import { acceptConnections, close, EPOLLIN, Loop, listenTcp, read, writeAll } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(1024);
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  acceptConnections(listenfd, 16, (connfd) => loop.add(connfd, EPOLLIN, { ready }));
}

function ready(connfd: number): void {
  const n = read(connfd, buffer, buffer.length);
  if (n > 0) writeAll(connfd, buffer.subarray(0, n));
  if (n === 0) goodbye(connfd);
}

function goodbye(connfd: number): void {
  loop.remove(connfd);
  close(connfd);
}
