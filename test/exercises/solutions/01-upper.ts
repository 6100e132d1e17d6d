/** Capital letters, byte by byte: what comes need not be text. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "fdkit";
import { accept, bind, close, listen, read, setsockopt, socket, write } from "fdkit";

const CAPITAL_A = 65;
const SMALL_A = 97;
const SMALL_Z = 122;
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
  const n = read(connfd, buffer, buffer.length);
  for (let i = 0; i < n; i++) {
    if (buffer[i] >= SMALL_A && buffer[i] <= SMALL_Z) buffer[i] -= SMALL_A - CAPITAL_A;
  }
  write(connfd, buffer, n);
}
