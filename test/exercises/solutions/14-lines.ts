/** What is no whole line yet is kept, up to a limit, for each client. */
import { acceptConnections, close, EPOLLIN, Loop, listenTcp, read, writeAll } from "fdkit";

const LIMIT_BYTES = 64;
const NEWLINE = 10;
const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const halves = new Map<number, Buffer>();
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
  if (n < 0) return;
  if (n === 0 || !hear(connfd, buffer.subarray(0, n))) goodbye(connfd);
}

/** Answers the lines that are whole; false when one is too long. */
function hear(connfd: number, bytes: Buffer): boolean {
  let heard = Buffer.concat([halves.get(connfd) ?? Buffer.alloc(0), bytes]);
  for (;;) {
    const end = heard.indexOf(NEWLINE);
    if ((end < 0 ? heard.length : end) > LIMIT_BYTES) {
      writeAll(connfd, Buffer.from("too long\n"));
      return false;
    }
    if (end < 0) break;
    writeAll(connfd, heard.subarray(0, end + 1));
    heard = heard.subarray(end + 1);
  }
  halves.set(connfd, heard);
  return true;
}

function goodbye(connfd: number): void {
  halves.delete(connfd);
  loop.remove(connfd);
  close(connfd);
}
