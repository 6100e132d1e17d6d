/** When nothing is left in the loop, run() returns, and the program is at its end. */
import { acceptConnections, close, EPOLLIN, Loop, listenTcp, read, SIGTERM, writeAll } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(1024);
const clients = new Set<number>();
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.onSignal(SIGTERM, () => {
  loop.remove(listenfd);
  close(listenfd);
  for (const connfd of clients) {
    writeAll(connfd, Buffer.from("bye\n"));
    goodbye(connfd);
  }
});
loop.run();
loop.close();

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
