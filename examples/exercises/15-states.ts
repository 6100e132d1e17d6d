/**
 * 15-states: a protocol of lines and lengths. "ADD 5\n" is followed by five bytes, whatever they
 * are, and answered "ok\n". "SUM\n" is answered with how many bytes this client has added: "5\n".
 * To any other line, and to one of more than 32 bytes, say "what?\n", and close. Here a read is
 * believed to be a request. A parser with named states would know better: "line", then "body".
 * npm run exercise 15    tells what is right, and what is missing yet
 * See also: ../15-http.ts, ../http/conversation.ts */
import { acceptConnections, close, EPOLLIN, Loop, listenTcp, read, writeAll } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(4096);
const sums = new Map<number, number>();
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  acceptConnections(listenfd, 16, (connfd) => {
    sums.set(connfd, 0);
    loop.add(connfd, EPOLLIN, { ready });
  });
}

function ready(connfd: number): void {
  const n = read(connfd, buffer, buffer.length);
  if (n < 0) return;
  if (n === 0 || !hear(connfd, buffer.toString("latin1", 0, n))) goodbye(connfd);
}

/** Answers a request; false when it is none. */
function hear(connfd: number, request: string): boolean {
  const sum = sums.get(connfd) ?? 0;
  const [, size] = /^ADD (\d+)\n/.exec(request) ?? [];
  if (size !== undefined) sums.set(connfd, sum + Number(size));
  const isSum = request === "SUM\n";
  writeAll(connfd, Buffer.from(size !== undefined ? "ok\n" : isSum ? `${sum}\n` : "what?\n"));
  return size !== undefined || isSum;
}

function goodbye(connfd: number): void {
  sums.delete(connfd);
  loop.remove(connfd);
  close(connfd);
}
