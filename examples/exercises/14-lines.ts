/**
 * 14-lines: send back whole lines only, each as soon as its newline is there. A line may have 64
 * bytes, its newline not counted; to who sends more, say "too long\n", and close. What has no
 * newline when the client has finished is no line. Here all that comes goes back as it comes.
 *
 * npm run exercise 14    tells what is right, and what is missing yet
 * See also: ../14-chat.ts */
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
