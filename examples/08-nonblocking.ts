/**
 * 08-nonblocking: 03 with calls that never wait. EAGAIN is an answer, "nothing yet", and not a
 * failure. To ask again at once is to spin: look at the processor's load, and at the count.
 *
 *   while (n = read(conn_fd, buffer)) == -EAGAIN: ask again, and burn a processor: see 09-epoll
 * node dist/examples/08-nonblocking.js [port]    its partner: 01-client.ts, or nc 127.0.0.1 7001
 * Man pages: fcntl(2) on O_NONBLOCK, read(2), write(2), accept4(2) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept4, bind, close, listen, read, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1); // or bind would fail for a minute after Ctrl-C
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

let inVain = 0;
while (true) {
  const connfd = insist(() => accept4(fd, null, SOCK_NONBLOCK));
  doSomethingWith(connfd);
  close(connfd);
  console.log(`asked ${inVain} times in vain`);
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

/** What waiting looks like when the kernel doesn't do it: right, and wrong all the same. */
function insist(call: () => number): number {
  for (;;) {
    const n = call();
    if (n >= 0) return n; // less is -EAGAIN: not yet
    inVain++;
  }
}
