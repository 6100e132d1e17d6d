/**
 * 07-unix: 03 on a unix socket: only the address changes. An abstract name is no file, so nothing
 * has to be unlinked. Before, a socketpair: two connected ends, with no name and no server.
 *
 *   fd = socket(AF_UNIX); bind(fd, name); …; fd1, fd2 = socketpair(AF_UNIX)
 * node dist/examples/07-unix.js [name]    its partner: 07-unix-client.ts
 * Man pages: unix(7), socketpair(2) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_UNIX, SOCK_STREAM } from "fdkit";
import { accept, bind, close, listen, read, socket, socketpair, write } from "fdkit";

const name = process.argv[2] ?? "fdkit";

const [left, right] = socketpair(AF_UNIX, SOCK_STREAM, 0);
const hello = Buffer.from("hello");
write(left, hello, hello.length);
close(left);
console.log(`${read(right, Buffer.alloc(1024), 1024)} bytes through a socketpair`);
close(right);

const fd = socket(AF_UNIX, SOCK_STREAM, 0);
bind(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
listen(fd, 16);
console.log(`listening on @${name}`);

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
    // Math.max, since -EINTR is less: a signal came before a byte was taken.
    for (let sent = 0; sent < n; ) sent += Math.max(write(connfd, buffer, n - sent, sent), 0);
  }
}
