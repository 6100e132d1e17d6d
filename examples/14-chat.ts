/**
 * 14-chat: what one client says in a line, all others are told. A read may bring half a line, or
 * several: each client has a buffer, and only whole lines leave it. Both buffers have a limit.
 *
 *   append what was read; while there is a whole line: send it to everyone else
 * node dist/examples/14-chat.js [port]    its partner: nc 127.0.0.1 7001, in two terminals
 * Man pages: epoll(7), tcp(7), socket(7); see also 11-loop.ts */
// biome-ignore assist/source/organizeImports: the helpers, and the calls
import { acceptConnections, EPOLLIN, EPOLLOUT, listenTcp, Loop, SyscallError } from "fdkit";
import { close, read, SO_KEEPALIVE, SOL_SOCKET, setsockopt, write } from "fdkit";

interface Client {
  input: Buffer;
  output: Buffer;
  isSlow: boolean;
}

const LINE_LIMIT_BYTES = 1024;
const OUTPUT_LIMIT_BYTES = 64 * 1024;
const port = Number(process.argv[2] ?? 7001);

const loop = new Loop();
const buffer = Buffer.alloc(1024);
const clients = new Map<number, Client>();
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  const n = acceptConnections(listenfd, 16, (connfd) => {
    setsockopt(connfd, SOL_SOCKET, SO_KEEPALIVE, 1); // no idle limit: people are silent, not gone
    clients.set(connfd, { input: Buffer.alloc(0), output: Buffer.alloc(0), isSlow: false });
    loop.add(connfd, EPOLLIN, { ready });
  });
  if (n < 0) loop.pause(listenfd, 100);
}

function ready(connfd: number, events: number): void {
  if (events & EPOLLOUT) attempt(connfd, flush);
  if (events & ~EPOLLOUT) attempt(connfd, listenTo);
}

/** Runs `step` for a client that is still there; false or a failed call is its end. */
function attempt(connfd: number, step: (connfd: number, client: Client) => boolean): void {
  const client = clients.get(connfd);
  if (client === undefined) return;
  let goesOn = false;
  try {
    goesOn = step(connfd, client);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error; // ECONNRESET, EPIPE: its affair, not ours
  }
  if (!goesOn) goodbye(connfd);
}

function goodbye(connfd: number): void {
  clients.delete(connfd);
  loop.remove(connfd);
  close(connfd);
}

function listenTo(connfd: number, client: Client): boolean {
  const n = read(connfd, buffer, buffer.length);
  if (n <= 0) return n < 0;
  const heard = Buffer.concat([client.input, buffer.subarray(0, n)]);
  const end = heard.lastIndexOf("\n") + 1;
  client.input = heard.subarray(end);
  if (end > 0) tellOthers(connfd, heard.subarray(0, end));
  return client.input.length <= LINE_LIMIT_BYTES;
}

function tellOthers(speakerfd: number, lines: Buffer): void {
  for (const [connfd, client] of clients) {
    if (connfd === speakerfd) continue;
    client.output = Buffer.concat([client.output, lines]);
    attempt(connfd, flush);
  }
}

/** Writes what the kernel takes; who lets too much pile up is dropped. */
function flush(connfd: number, client: Client): boolean {
  const n = Math.max(write(connfd, client.output, client.output.length), 0);
  client.output = client.output.subarray(n);
  const isSlow = client.output.length > 0;
  if (isSlow !== client.isSlow) loop.modify(connfd, isSlow ? EPOLLIN | EPOLLOUT : EPOLLIN);
  client.isSlow = isSlow;
  return client.output.length <= OUTPUT_LIMIT_BYTES;
}
