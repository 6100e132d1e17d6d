/**
 * 11-loop: 10 on Loop. It keeps the dictionary fd → handler, drops events of an fd that was closed
 * in the same batch, and gives accept a rest when no descriptors are left.
 *
 *   loop.add(fd, EPOLLIN, handler); loop.run()
 * node dist/examples/11-loop.js [port]    its partner: any number of nc
 * Man pages: epoll(7); see also lib/loop.ts, lib/net.ts */
// biome-ignore assist/source/organizeImports: the helpers, and the calls
import { acceptConnections, EPOLLIN, EPOLLOUT, type Handler, Loop, listenTcp } from "fdkit";
import { close, read, SyscallError, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(1024);
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  const n = acceptConnections(listenfd, 16, (connfd) => loop.add(connfd, EPOLLIN, connection()));
  if (n < 0) loop.pause(listenfd, 100);
}

/** One client: what it has still to be sent is in the handler's own variable. */
function connection(): Handler {
  let left = Buffer.alloc(0);

  function ready(connfd: number): void {
    if (doSomethingWith(connfd)) return;
    loop.remove(connfd);
    close(connfd);
  }

  function doSomethingWith(connfd: number): boolean {
    try {
      if (left.length > 0) return answer(connfd, left);
      const n = read(connfd, buffer, buffer.length);
      if (n < 0) return true;
      return n > 0 && answer(connfd, buffer.subarray(0, n));
    } catch (error) {
      if (error instanceof SyscallError) return false; // ECONNRESET, EPIPE: its affair, not ours
      throw error;
    }
  }

  function answer(connfd: number, bytes: Buffer): boolean {
    const n = Math.max(write(connfd, bytes, bytes.length), 0); // -EAGAIN: nothing was taken
    const wasSlow = left.length > 0;
    left = Buffer.from(bytes.subarray(n));
    const isSlow = left.length > 0;
    if (isSlow !== wasSlow) loop.modify(connfd, isSlow ? EPOLLOUT : EPOLLIN);
    return true;
  }

  return { ready };
}
