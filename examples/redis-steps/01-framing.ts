/**
 * 01-framing: a server that understands redis-cli and says what it heard. 04-stream's lesson: the
 * stream has no boundaries, so requests say how long they are, and resp.ts finds them.
 *
 *   append what was read; while parse(input): answer the request, drop its bytes
 * node dist/examples/redis-steps/01-framing.js [port]    its partner: redis-cli -p 7001
 * See also: resp.ts, ../04-stream.ts */
import {
  AF_INET,
  accept,
  bind,
  close,
  listen,
  read,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  socket,
  writeAll,
} from "fdkit";
import { array, bulk, error, ProtocolError, parseRequest } from "./resp.ts";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

while (true) {
  const connfd = accept(fd);
  doSomethingWith(connfd);
  close(connfd);
}

function doSomethingWith(connfd: number): void {
  const buffer = Buffer.alloc(4096);
  let input = Buffer.alloc(0);
  while (true) {
    const n = read(connfd, buffer, buffer.length);
    if (n === 0) return;
    input = Buffer.concat([input, buffer.subarray(0, n)]);
    try {
      for (let found = parseRequest(input, 0); found; found = parseRequest(input, 0)) {
        const heard = found.args.map((arg) => bulk(arg.toString("latin1")));
        writeAll(connfd, Buffer.from(array(heard), "latin1"));
        input = input.subarray(found.end);
      }
    } catch (failure) {
      if (!(failure instanceof ProtocolError)) throw failure;
      writeAll(connfd, Buffer.from(error(`Protocol error: ${failure.message}`), "latin1"));
      return;
    }
  }
}
