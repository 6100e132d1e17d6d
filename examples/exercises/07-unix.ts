/**
 * 07-unix: move this server from TCP to a unix socket with the abstract name it is started with,
 * and greet each client with the number of its process, "hello, process 4711\n", before closing.
 * TCP doesn't know it; a unix socket does: peerCredentials(connfd).pid.
 *
 * npm run exercise 07    tells what is right, and what is missing yet
 * See also: ../07-unix.ts, unix(7) on SO_PEERCRED */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, setsockopt, socket, writeAll } from "fdkit";

const name = process.argv[2] ?? "fdkit";

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
listen(fd, 16);
console.log(`listening on a port that nobody knows, and not on @${name}`);

while (true) {
  const connfd = accept(fd);
  writeAll(connfd, Buffer.from("hello, process\n"));
  close(connfd);
}
