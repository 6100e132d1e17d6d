/** Before it asks again it sleeps in poll(), until asking makes sense. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import {
  AF_INET,
  EAGAIN,
  POLLIN,
  POLLOUT,
  PollFds,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "fdkit";
import { accept4, bind, close, listen, poll, read, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

const fds = new PollFds(1);
while (true) {
  const connfd = insist(fd, POLLIN, () => accept4(fd, null, SOCK_NONBLOCK));
  doSomethingWith(connfd);
  close(connfd);
}

function doSomethingWith(connfd: number): void {
  const buffer = Buffer.alloc(1024);
  while (true) {
    const n = insist(connfd, POLLIN, () => read(connfd, buffer, buffer.length));
    if (n === 0) return;
    for (let sent = 0; sent < n; ) {
      sent += insist(connfd, POLLOUT, () => write(connfd, buffer, n - sent, sent));
    }
  }
}

function insist(waitfd: number, events: number, call: () => number): number {
  for (;;) {
    const n = call();
    if (n !== -EAGAIN) return n;
    fds.set(0, waitfd, events);
    poll(fds, 1, -1);
  }
}
