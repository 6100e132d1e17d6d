/**
 * 08-poll: stop spinning. The calls shall go on never waiting; but between two of them this server
 * asks again and again. Let the kernel wake it up, with poll(), once there is something to do.
 *
 *   const fds = new PollFds(1); fds.set(0, fd, POLLIN); poll(fds, 1, -1);
 * npm run exercise 08    tells what is right, and what is missing yet
 * Man pages: poll(2); see also ../08-nonblocking.ts, lib/sys/poll.ts */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, EAGAIN, SO_REUSEADDR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept4, bind, close, listen, read, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

while (true) {
  const connfd = insist(() => accept4(fd, null, SOCK_NONBLOCK));
  doSomethingWith(connfd);
  close(connfd);
}

function doSomethingWith(connfd: number): void {
  const buffer = Buffer.alloc(1024);
  while (true) {
    const n = insist(() => read(connfd, buffer, buffer.length));
    if (n === 0) return;
    for (let sent = 0; sent < n; ) {
      sent += insist(() => write(connfd, buffer, n - sent, sent));
    }
  }
}

function insist(call: () => number): number {
  for (;;) {
    const n = call();
    if (n !== -EAGAIN) return n;
  }
}
