/** An echo server on `Loop`, for the comparison with echo-net.ts. Prints its port. */

import {
  accept4,
  close,
  EPOLLIN,
  getsockname,
  type Handler,
  Loop,
  listenTcp,
  recv,
  SOCK_NONBLOCK,
  send,
  setNonBlocking,
} from "fdkit";

const loop = new Loop();
const buffer = Buffer.allocUnsafeSlow(64 * 1024);

const echo: Handler = {
  ready(fd) {
    const n = recv(fd, buffer, buffer.length, 0);
    if (n > 0) {
      send(fd, buffer, n, 0);
    } else if (n === 0) {
      loop.remove(fd);
      close(fd);
    }
  },
};

const listenfd = listenTcp("127.0.0.1", 0, 128);
setNonBlocking(listenfd);
loop.add(listenfd, EPOLLIN, {
  ready() {
    const connfd = accept4(listenfd, null, SOCK_NONBLOCK);
    if (connfd >= 0) loop.add(connfd, EPOLLIN, echo);
  },
});
console.log((getsockname(listenfd) as { port: number }).port);
loop.run();
