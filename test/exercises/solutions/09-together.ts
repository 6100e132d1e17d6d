/** One epoll for all: whoever is ready gets one read, and one answer. */
import {
  acceptConnections,
  close,
  EPOLL_CTL_ADD,
  EPOLLIN,
  EpollEvents,
  epoll_create1,
  epoll_ctl,
  epoll_wait,
  listenTcp,
  read,
  SyscallError,
  write,
} from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

const epfd = epoll_create1(0);
epoll_ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLIN);
const events = new EpollEvents(64);
const buffer = Buffer.alloc(1024);
while (true) {
  const n = epoll_wait(epfd, events, events.capacity, -1);
  for (let i = 0; i < n; i++) {
    const ready = events.data(i);
    if (ready === fd) acceptConnections(fd, 16, welcome);
    else if (!doSomethingWith(ready)) close(ready);
  }
}

function welcome(connfd: number): void {
  epoll_ctl(epfd, EPOLL_CTL_ADD, connfd, EPOLLIN);
}

function doSomethingWith(connfd: number): boolean {
  try {
    const n = read(connfd, buffer, buffer.length);
    return n < 0 || (n > 0 && write(connfd, buffer, n) === n);
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}
