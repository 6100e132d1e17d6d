/**
 * 01-upper: answer in capital letters: what comes as "hello" goes back as "HELLO". Bytes that are
 * no letters from a to z go back as they are, also those that are no text at all.
 *
 * npm run exercise 01    tells what is right, and what is missing yet
 * See also: ../01-server.ts, which this is a copy of */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, write } from "fdkit";

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
  const buffer = Buffer.alloc(1024);
  const n = read(connfd, buffer, buffer.length);
  write(connfd, buffer, n);
}
