/**
 * 12-goodbye: end in order. When SIGTERM comes, accept nobody any more, tell every client "bye\n",
 * close all that is open, and let the program end by itself, with status 0.
 *
 * npm run exercise 12    tells what is right, and what is missing yet
 * Man pages: signal(7); see also ../12-wakeups.ts */
import { acceptConnections, close, EPOLLIN, Loop, listenTcp, read, writeAll } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(1024);
const clients = new Set<number>();
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  acceptConnections(listenfd, 16, (connfd) => {
    clients.add(connfd);
    loop.add(connfd, EPOLLIN, { ready });
  });
}

function ready(connfd: number): void {
  const n = read(connfd, buffer, buffer.length);
  if (n > 0) writeAll(connfd, buffer.subarray(0, n));
  if (n === 0) goodbye(connfd);
}

function goodbye(connfd: number): void {
  clients.delete(connfd);
  loop.remove(connfd);
  close(connfd);
}
