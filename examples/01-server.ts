/**
 * 01-server: the textbook's server. One client after another is told what it said.
 *
 *   fd = socket(); bind(fd, address); listen(fd)
 *   while True: conn_fd = accept(fd); do_something_with(conn_fd); close(conn_fd)
 * node dist/examples/01-server.js [port]    its partner: 01-client.ts
 * Man pages: socket(2) bind(2) listen(2) accept(2) read(2) write(2) close(2), ip(7), socket(7) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1); // or bind would fail for a minute after Ctrl-C
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
  write(connfd, buffer, n); // it may take less: see 03-echo
}
