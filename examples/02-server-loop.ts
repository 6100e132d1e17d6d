/**
 * 02-server-loop: 01, and it says whom it serves. Start two clients that keep silent: the second
 * is connected and may write, but it waits in the kernel's queue until the first one is closed.
 *
 *   while True: conn_fd = accept(fd, &peer); do_something_with(conn_fd); close(conn_fd)
 * node dist/examples/02-server-loop.js [port]    its partner: 01-client.ts, or nc 127.0.0.1 7001
 * Man pages: accept(2), listen(2) on the backlog */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SockaddrStorage } from "fdkit";
import { accept, bind, close, formatAddress, listen, read, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1); // or bind would fail for a minute after Ctrl-C
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

const peer = new SockaddrStorage();
while (true) {
  const connfd = accept(fd, peer);
  console.log(`serving ${formatAddress(peer.decode())}, everyone else waits`);
  doSomethingWith(connfd);
  close(connfd);
  console.log("closed");
}

function doSomethingWith(connfd: number): void {
  const buffer = Buffer.alloc(1024);
  const n = read(connfd, buffer, buffer.length);
  write(connfd, buffer, n); // it may take less: see 03-echo
}
