/**
 * 04-two-bytes: send each message back, followed by a newline. A message has its length in front,
 * in two bytes, the higher one first. This one expects one byte, as 04-stream does, and believes
 * that a read brings all it was asked for.
 *
 * npm run exercise 04    tells what is right, and what is missing yet
 * See also: ../04-stream.ts; writeAll, a helper of ours that writes until all is taken */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, writeAll } from "fdkit";

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
  const buffer = Buffer.alloc(255);
  while (read(connfd, buffer, 1) > 0) {
    const n = read(connfd, buffer, buffer[0]);
    writeAll(connfd, Buffer.concat([buffer.subarray(0, n), Buffer.from("\n")]));
  }
}
