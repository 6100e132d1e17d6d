/**
 * 04-stream: a byte stream has no boundaries. The first connection brings five messages as they
 * are: the reads cut them anywhere, and elsewhere the next time. The second brings each behind its
 * length: now they are found.
 *
 *   n = read(conn_fd, buffer), which is any part of what was written, and of the next message
 * node dist/examples/04-stream.js [port]    its partner: 04-stream-client.ts
 * Man pages: tcp(7), read(2) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1); // or bind would fail for a minute after Ctrl-C
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

serve(printReads);
serve(printFrames);
close(fd);

function serve(doSomethingWith: (connfd: number) => void): void {
  const connfd = accept(fd);
  doSomethingWith(connfd);
  close(connfd);
}

function printReads(connfd: number): void {
  const buffer = Buffer.alloc(4);
  const reads: string[] = [];
  for (let n = 1; n !== 0; ) {
    n = read(connfd, buffer, buffer.length);
    if (n > 0) reads.push(buffer.toString("utf8", 0, n));
  }
  console.log(`${reads.length} reads: ${reads.join(" | ")}`);
}

/** A frame is one byte, the length, and as many bytes as it says. */
function printFrames(connfd: number): void {
  const frames: string[] = [];
  const buffer = Buffer.alloc(255);
  while (readExactly(connfd, buffer, 1)) {
    const size = buffer[0];
    if (!readExactly(connfd, buffer, size)) break; // the stream ended within a frame
    frames.push(buffer.toString("utf8", 0, size));
  }
  console.log(`${frames.length} frames: ${frames.join(" | ")}`);
}

/** Reads until `size` bytes are there; false when the stream ends before. */
function readExactly(connfd: number, buffer: Buffer, size: number): boolean {
  for (let received = 0; received < size; ) {
    const n = read(connfd, buffer, size - received, received);
    if (n === 0) return false;
    received += Math.max(n, 0); // -EINTR: nothing yet
  }
  return true;
}
