/** accept() puts the address of the client where it is told to. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SockaddrStorage } from "fdkit";
import { accept, bind, close, formatAddress, listen, setsockopt, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
listen(fd, 16);
console.log(`listening on 127.0.0.1:${port}`);

const peer = new SockaddrStorage();
for (let client = 1; ; client++) {
  const connfd = accept(fd, peer);
  const answer = Buffer.from(`you are ${formatAddress(peer.decode())}, client ${client}\n`);
  write(connfd, answer, answer.length);
  close(connfd);
}
