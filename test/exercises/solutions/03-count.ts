/** read() answers 0 at the end of the file; the other direction is still open. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, write } from "fdkit";

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
  const buffer = Buffer.alloc(1024);
  let bytes = 0;
  for (let n = 1; n > 0; bytes += n) n = read(connfd, buffer, buffer.length);
  const answer = Buffer.from(`${bytes} bytes\n`);
  write(connfd, answer, answer.length);
}
