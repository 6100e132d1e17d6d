/** EPOLLOUT while something is left, EPOLLIN while nothing is. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import {
  EAGAIN,
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLLIN,
  EPOLLOUT,
  EpollEvents,
  SOCK_NONBLOCK,
} from "fdkit";
import { accept4, close, read, write } from "fdkit";
import { epoll_create1, epoll_ctl, epoll_wait, listenTcp } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

const epfd = epoll_create1(0);
epoll_ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLIN);
const events = new EpollEvents(64);
const buffer = Buffer.alloc(1024);
const left = new Map<number, Buffer>();
while (true) {
  const n = epoll_wait(epfd, events, events.capacity, -1);
  for (let i = 0; i < n; i++) {
    const ready = events.data(i);
    if (ready === fd) welcome(accept4(fd, null, SOCK_NONBLOCK));
    else doSomethingWith(ready);
  }
}

function welcome(connfd: number): void {
  if (connfd !== -EAGAIN) epoll_ctl(epfd, EPOLL_CTL_ADD, connfd, EPOLLIN);
}

function doSomethingWith(connfd: number): void {
  const wasSlow = left.has(connfd);
  const waiting = left.get(connfd) ?? heard(connfd);
  if (waiting === undefined) return;
  const n = Math.max(write(connfd, waiting, waiting.length), 0);
  if (n < waiting.length) left.set(connfd, Buffer.from(waiting.subarray(n)));
  else left.delete(connfd);
  const isSlow = left.has(connfd);
  if (isSlow !== wasSlow) epoll_ctl(epfd, EPOLL_CTL_MOD, connfd, isSlow ? EPOLLOUT : EPOLLIN);
}

function heard(connfd: number): Buffer | undefined {
  const n = read(connfd, buffer, buffer.length);
  if (n > 0) return buffer.subarray(0, n);
  if (n === 0) close(connfd);
  return undefined;
}
