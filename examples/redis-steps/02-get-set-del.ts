/**
 * 02-get-set-del: 01 with an answer for each command: a table of commands over a Map. It is a Redis
 * already, for one client after another, in 120 lines with all that it imports; comments and blank
 * lines are not counted, and limits are not left out.
 *
 *   reply = commands[name](args)
 * node dist/examples/redis-steps/02-get-set-del.js [port]    its partner: redis-cli -p 7001
 * See also: commands.ts, strings.ts */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SyscallError } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, writeAll } from "fdkit";
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
        answer(runCommand(commands, found.args));
        input = input.subarray(found.end);
      }
    }
  } catch (failure) {
    if (!(failure instanceof ProtocolError)) throw failure;
    answer(error(`Protocol error: ${failure.message}`));
  }
}
