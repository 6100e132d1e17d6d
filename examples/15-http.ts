/**
 * 15-http: a small web server with keep-alive. Here is what knows the fd and the time; what knows
 * the protocol, a parser with named states that sees neither, is http/conversation.ts.
 *
 *   conversation.hear(what was read); write(conn_fd, what it answers); if nothing comes: give up
 * node dist/examples/15-http.js [port]    its partner: curl -v http://127.0.0.1:7001/, or a browser
 * Man pages: shutdown(2), tcp(7); RFC 9112, RFC 9110 (408); see also 11-loop.ts */
// biome-ignore assist/source/organizeImports: the helpers, and the calls
import { acceptConnections, EPOLLIN, EPOLLOUT, type Handler, listenTcp, Loop } from "fdkit";
import { close, read, SHUT_WR, SyscallError, shutdown, type Timer, write } from "fdkit";
import { Conversation } from "./http/conversation.ts";

const KEEP_ALIVE_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(4096);
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on http://127.0.0.1:${port}/`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  const n = acceptConnections(listenfd, 16, (connfd) => {
    loop.add(connfd, EPOLLIN, connection(connfd));
  });
  if (n < 0) loop.pause(listenfd, 100);
}

/** One client, with a time for whatever it does next. */
function connection(connfd: number): Handler {
  const conversation = new Conversation();
  let timer: Timer | undefined;

  /** False or a failed call is the end. */
  function attempt(step: () => boolean): void {
    try {
      if (step()) return;
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error; // ECONNRESET, EPIPE: its affair, not ours
    }
    timer?.cancel();
    loop.remove(connfd);
    close(connfd);
  }

  /** Reads when nothing is left to write, as in 10. More of a request gets no more time. */
  function converse(): boolean {
    const isSlow = conversation.output.length > 0;
    const wasUnfinished = conversation.isUnfinished;
    if (!isSlow) {
      const n = read(connfd, buffer, buffer.length);
      if (n <= 0) return n < 0;
      conversation.hear(buffer.subarray(0, n));
    }
    if (conversation.output.length > 0) answer(isSlow);
    else if (conversation.isUnfinished !== wasUnfinished) windUp();
    return true;
  }

  /** After the last answer our half is closed: to close all, with bytes unread, would reset. */
  function answer(wasSlow: boolean): void {
    const { output } = conversation;
    const n = Math.max(write(connfd, output, output.length), 0); // -EAGAIN: nothing was taken
    conversation.output = output.subarray(n);
    const isSlow = n < output.length;
    if (isSlow !== wasSlow) loop.modify(connfd, isSlow ? EPOLLOUT : EPOLLIN);
    if (!isSlow && conversation.state === "over") shutdown(connfd, SHUT_WR);
    windUp();
  }

  function windUp(): void {
    timer?.cancel();
    const timeoutMs = conversation.isUnfinished ? REQUEST_TIMEOUT_MS : KEEP_ALIVE_TIMEOUT_MS;
    timer = loop.after(timeoutMs, () => attempt(giveUp));
  }

  /** Who has begun with a request is told; who says nothing, or does not read, is not. */
  function giveUp(): boolean {
    if (!conversation.isUnfinished || conversation.output.length > 0) return false;
    conversation.giveUp();
    answer(false);
    return true;
  }

  windUp();
  return { ready: () => attempt(converse) };
}
