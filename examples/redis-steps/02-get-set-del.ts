/**
 * 02-get-set-del: 01 with an answer for each command: a table of commands over a Map. It is a
 * Redis already, for one client after another, in two hundred lines with all that it imports.
 *
 *   reply = commands[name](args)
 * node dist/examples/redis-steps/02-get-set-del.js [port]    its partner: redis-cli -p 7001
 * See also: commands.ts, strings.ts */
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
import { runCommand } from "./commands.ts";
import { error, ProtocolError, parseRequest } from "./resp.ts";
import { stringCommands } from "./strings.ts";

const port = Number(process.argv[2] ?? 7001);
const commands = stringCommands(new Map());

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
        writeAll(connfd, Buffer.from(runCommand(commands, found.args), "latin1"));
        input = input.subarray(found.end);
      }
    } catch (failure) {
      if (!(failure instanceof ProtocolError)) throw failure;
      writeAll(connfd, Buffer.from(error(`Protocol error: ${failure.message}`), "latin1"));
      return;
    }
  }
}
