/**
 * 10-backpressure: 09 with a client that reads slowly. What write() doesn't take is kept, EPOLLOUT
 * is asked for while something is left, and nothing more is read from that client until then.
 *
 *   n = write(conn_fd, left): epoll_ctl(MOD, EPOLLOUT) if n is less, EPOLLIN once all is written
 * node dist/examples/10-backpressure.js [port]    its partner: any number of nc
 * Man pages: epoll(7), epoll_ctl(2), write(2) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, EPOLL_CTL_ADD, EPOLLIN, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { EPOLL_CTL_MOD, EPOLLOUT, SOCK_NONBLOCK, EpollEvents, SyscallError } from "fdkit";
import { accept4, bind, close, listen, read, setsockopt, socket, write } from "fdkit";
import { epoll_create1, epoll_ctl, epoll_wait } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1); // or bind would fail for a minute after Ctrl-C
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

const epfd = epoll_create1(0);
epoll_ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLIN);
const events = new EpollEvents(64);
const buffer = Buffer.alloc(1024);
let isFull = false;
const left = new Map<number, Buffer>(); // what each slow reader has still to be sent
while (true) {
  const n = epoll_wait(epfd, events, events.capacity, -1);
  for (let i = 0; i < n; i++) {
    const ready = events.data(i);
    if (ready === fd) welcome();
    else if (!doSomethingWith(ready)) goodbye(ready);
  }
}

/** When no descriptor is left, fd stays ready: it is not asked for until one is closed. */
function welcome(): void {
  try {
    const connfd = accept4(fd, null, SOCK_NONBLOCK);
    if (connfd >= 0) epoll_ctl(epfd, EPOLL_CTL_ADD, connfd, EPOLLIN); // -EAGAIN: nobody is there
  } catch (error) {
    if (!(error instanceof SyscallError) || error.code !== "EMFILE") throw error;
    epoll_ctl(epfd, EPOLL_CTL_MOD, fd, 0);
    isFull = true;
  }
}

function goodbye(connfd: number): void {
  left.delete(connfd);
  close(connfd); // which takes it out of epfd as well
  if (isFull) epoll_ctl(epfd, EPOLL_CTL_MOD, fd, EPOLLIN);
  isFull = false;
}

/** One write of what is left, or one read and its answer; false when the connection is over. */
function doSomethingWith(connfd: number): boolean {
  try {
    const waiting = left.get(connfd);
    if (waiting !== undefined) return answer(connfd, waiting);
    const n = read(connfd, buffer, buffer.length);
    if (n < 0) return true; // -EAGAIN: nothing yet
    return n > 0 && answer(connfd, buffer.subarray(0, n));
  } catch (error) {
    if (error instanceof SyscallError) return false; // ECONNRESET, EPIPE: its affair, not ours
    throw error;
  }
}

/** Writes what the kernel takes and keeps the rest, at most one buffer for each client. */
function answer(connfd: number, bytes: Buffer): boolean {
  const n = Math.max(write(connfd, bytes, bytes.length), 0); // -EAGAIN: nothing was taken
  const isSlow = left.has(connfd);
  if (n < bytes.length) {
    left.set(connfd, Buffer.from(bytes.subarray(n)));
    if (!isSlow) epoll_ctl(epfd, EPOLL_CTL_MOD, connfd, EPOLLOUT);
  } else if (isSlow) {
    left.delete(connfd);
    epoll_ctl(epfd, EPOLL_CTL_MOD, connfd, EPOLLIN);
  }
  return true;
}
