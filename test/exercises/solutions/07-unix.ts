/** The family, the address, and who it is that calls. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_UNIX, peerCredentials, SOCK_STREAM } from "fdkit";
import { accept, bind, close, listen, socket, writeAll } from "fdkit";

const name = process.argv[2] ?? "fdkit";

const fd = socket(AF_UNIX, SOCK_STREAM, 0);
bind(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
listen(fd, 16);
console.log(`listening on @${name}`);

while (true) {
  const connfd = accept(fd);
  writeAll(connfd, Buffer.from(`hello, process ${peerCredentials(connfd).pid}\n`));
  close(connfd);
}
