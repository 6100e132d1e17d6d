/**
 * 01-framing: a server that understands redis-cli and says what it heard. 04-stream's lesson: the
 * stream has no boundaries, so requests say how long they are, and resp.ts finds them.
 *
 *   append what was read; while parse(input): answer the request, drop its bytes
 * node dist/examples/redis-steps/01-framing.js [port]    its partner: redis-cli -p 7001
 * See also: resp.ts, ../04-stream.ts */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SyscallError } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, writeAll } from "fdkit";
import { bulk, error, ProtocolError, parseRequest } from "./resp.ts";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

while (true) {
  const connfd = accept(fd);
  try {
    doSomethingWith(connfd);
  } catch (failure) {
    if (!(failure instanceof SyscallError)) throw failure; // ECONNRESET, EPIPE: its affair
  }
  close(connfd);
}

function doSomethingWith(connfd: number): void {
  const answer = (reply: string) => writeAll(connfd, Buffer.from(reply, "latin1"));
  const buffer = Buffer.alloc(65536);
  let input = Buffer.alloc(0);
  try {
    for (let n = 1; n !== 0; ) {
      n = read(connfd, buffer, buffer.length);
      input = Buffer.concat([input, buffer.subarray(0, Math.max(n, 0))]); // -EINTR: nothing yet
      for (let found = parseRequest(input, 0); found; found = parseRequest(input, 0)) {
        answer(bulk(found.args.map((arg) => arg.toString("latin1")).join(" ")));
        input = input.subarray(found.end);
      }
    }
  } catch (failure) {
    if (!(failure instanceof ProtocolError)) throw failure;
    answer(error(`Protocol error: ${failure.message}`));
  }
}
