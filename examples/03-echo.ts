/**
 * 03-echo: a conversation instead of one answer. read() answers 0 at the end of the file, which is
 * the client's close or shutdown; write() may take fewer bytes than it was given. A client that
 * breaks off instead (ECONNRESET) ends this server too; from 09 on it outlives that.
 *
 *   while (n = read(conn_fd, buffer)) != 0: write all n bytes
 * node dist/examples/03-echo.js [port]    its partner: 01-client.ts, or nc 127.0.0.1 7001
 * Man pages: read(2), write(2), shutdown(2) */
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
  while (true) {
    const n = read(connfd, buffer, buffer.length);
    if (n === 0) return;
    // Math.max, since -EINTR is less: a signal came before a byte was taken.
    for (let sent = 0; sent < n; ) sent += Math.max(write(connfd, buffer, n - sent, sent), 0);
  }
}
