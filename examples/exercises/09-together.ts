/**
 * 09-together: serve a second client while the first one is silent, and a fiftieth. This server
 * gives all its attention to one. A client may also break off; the others shall not notice.
 *
 * npm run exercise 09    tells what is right, and what is missing yet
 * Man pages: epoll(7); see also ../03-echo.ts, which this is a copy of, and ../09-epoll.ts */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 64);
console.log(`listening on 127.0.0.1:${port}`);

while (true) {
  const connfd = accept(fd);
  doSomethingWith(connfd);
  close(connfd);
}

function doSomethingWith(connfd: number): void {
  const buffer = Buffer.alloc(1024);
  while (true) {
    const n = read(connfd, buffer, buffer.length);
    if (n === 0) return;
    for (let sent = 0; sent < n; ) sent += write(connfd, buffer, n - sent, sent);
  }
}
