/**
 * 15-http: a small web server with keep-alive. Here is what knows the fd; what knows the protocol,
 * a parser with named states that never sees one, is http/conversation.ts.
 *
 *   conversation.hear(what was read); write(conn_fd, what it answers)
 * node dist/examples/15-http.js [port]    its partner: curl -v http://127.0.0.1:7001/, or a browser
 * Man pages: shutdown(2), tcp(7); RFC 9112; see also 11-loop.ts */
// biome-ignore assist/source/organizeImports: the helpers, and the calls
import { acceptConnections, EPOLLIN, EPOLLOUT, listenTcp, Loop, SyscallError } from "fdkit";
import { close, read, SHUT_WR, shutdown, write } from "fdkit";
import { Conversation } from "./http/conversation.ts";

const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(4096);
const conversations = new Map<number, Conversation>();
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on http://127.0.0.1:${port}/`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  const n = acceptConnections(listenfd, 16, (connfd) => {
    conversations.set(connfd, new Conversation());
    loop.add(connfd, EPOLLIN, { ready });
  });
  if (n < 0) loop.pause(listenfd, 100);
}

function ready(connfd: number): void {
  const conversation = conversations.get(connfd);
  if (conversation === undefined || doSomethingWith(connfd, conversation)) return;
  conversations.delete(connfd);
  loop.remove(connfd);
  close(connfd);
}

/** Reads when nothing is left to write, as in 10; false at the end of the conversation. */
function doSomethingWith(connfd: number, conversation: Conversation): boolean {
  const isSlow = conversation.output.length > 0;
  try {
    if (!isSlow) {
      const n = read(connfd, buffer, buffer.length);
      if (n <= 0) return n < 0;
      conversation.hear(buffer.subarray(0, n));
    }
    if (conversation.output.length > 0) answer(connfd, conversation, isSlow);
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false; // ECONNRESET, EPIPE: its affair, not ours
    throw error;
  }
}

/** After the last answer only our half is closed: to close all, with bytes unread, would reset. */
function answer(connfd: number, conversation: Conversation, wasSlow: boolean): void {
  const { output } = conversation;
  const n = Math.max(write(connfd, output, output.length), 0); // -EAGAIN: nothing was taken
  conversation.output = output.subarray(n);
  const isSlow = n < output.length;
  if (isSlow !== wasSlow) loop.modify(connfd, isSlow ? EPOLLOUT : EPOLLIN);
  if (!isSlow && conversation.state === "over") shutdown(connfd, SHUT_WR);
}
