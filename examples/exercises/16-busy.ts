/**
 * 16-busy: to "ping\n" this server answers "pong\n". To "work\n" it answers "done\n", after having
 * kept its thread busy for more than half a second; all others wait. Let four threads serve, so
 * that up to three may be busy, and a fourth client has its pong at once.
 *
 * npm run exercise 16    tells what is right, and what is missing yet
 * See also: ../16-threads.ts */
import { acceptConnections, close, EPOLLIN, Loop, listenTcp, read, writeAll } from "fdkit";

const BUSY_MS = 600;
const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(1024);
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
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

/** Something that takes the processor, and can't be cut into pieces. */
function work(): void {
  const end = performance.now() + BUSY_MS;
  while (performance.now() < end);
}
