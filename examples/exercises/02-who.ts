/**
 * 02-who: tell each client who it is, as soon as it is accepted, and close the connection:
 * "you are 127.0.0.1:54321, client 1\n" for the first one, "client 2" for the second.
 *
 * npm run exercise 02    tells what is right, and what is missing yet
 * See also: ../02-server-loop.ts, which prints the address */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

while (true) {
  const connfd = accept(fd);
  const answer = Buffer.from("you are somebody\n");
  write(connfd, answer, answer.length);
  close(connfd);
}
