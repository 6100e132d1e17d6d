/**
 * 09-epoll: many clients, one thread. The kernel says which fds are ready, and sleeps meanwhile;
 * each gets one read and one write per turn, so that nobody waits for anybody.
 *
 *   for fd in epoll_wait(epfd): accept if it is the listening socket, do_something_with it if not
 * node dist/examples/09-epoll.js [port]    its partner: 01-client.ts, or any number of nc
 * Man pages: epoll(7), epoll_create1(2), epoll_ctl(2), epoll_wait(2) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, EPOLL_CTL_ADD, EPOLLIN, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { EPOLL_CTL_MOD, SOCK_NONBLOCK, EpollEvents, SyscallError } from "fdkit";
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
  close(connfd); // which takes it out of epfd as well
  if (isFull) epoll_ctl(epfd, EPOLL_CTL_MOD, fd, EPOLLIN);
  isFull = false;
}

/** One read and its answer; false at the end of the file, and when the client has broken off. */
function doSomethingWith(connfd: number): boolean {
  try {
    const n = read(connfd, buffer, buffer.length);
    if (n < 0) return true; // -EAGAIN: nothing yet
    // A client that doesn't read what it is answered is dropped here; 10 keeps it.
    return n > 0 && write(connfd, buffer, n) === n;
  } catch (error) {
    if (error instanceof SyscallError) return false; // ECONNRESET, EPIPE: its affair, not ours
    throw error;
  }
}
