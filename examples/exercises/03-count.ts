/**
 * 03-count: count what the client sends until it says, with shutdown(), that this was all. Then
 * answer with one line, such as "5 bytes\n", and close the connection.
 *
 * npm run exercise 03    tells what is right, and what is missing yet
 * See also: ../03-echo.ts */
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
  const answer = Buffer.from(`${n} bytes\n`);
  write(connfd, answer, answer.length);
}
