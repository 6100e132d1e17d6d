/** A length of two bytes, and reads until all is there. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, writeAll } from "fdkit";

const NEWLINE = 10;
const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

while (true) {
  const connfd = accept(fd);
  doSomethingWith(connfd);
  close(connfd);
}

function doSomethingWith(connfd: number): void {
  const buffer = Buffer.alloc(65536);
  while (readAll(connfd, buffer, 2)) {
    const size = buffer.readUInt16BE(0);
    if (!readAll(connfd, buffer, size)) return;
    buffer[size] = NEWLINE;
    writeAll(connfd, buffer.subarray(0, size + 1));
  }
}

/** Reads until `size` bytes are there; false when the stream ends before. */
function readAll(connfd: number, buffer: Buffer, size: number): boolean {
  for (let received = 0; received < size; ) {
    const n = read(connfd, buffer, size - received, received);
    if (n === 0) return false;
    received += n;
  }
  return true;
}
