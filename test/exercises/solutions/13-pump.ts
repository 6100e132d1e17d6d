/** Room for two descriptors, a copy until the end of the file, and both closed. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_UNIX, cmsgSpace, MessageHeader, SOCK_STREAM } from "fdkit";
import { accept, bind, close, listen, read, recvmsg, socket, writeAll } from "fdkit";

const INT_BYTES = 4;
const name = process.argv[2] ?? "fdkit";

const fd = socket(AF_UNIX, SOCK_STREAM, 0);
bind(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
listen(fd, 16);
console.log(`listening on @${name}`);

while (true) {
  const connfd = accept(fd);
  doSomethingWith(connfd);
  close(connfd);
}

function doSomethingWith(connfd: number): void {
  const message = new MessageHeader([Buffer.alloc(1)], Buffer.alloc(cmsgSpace(2 * INT_BYTES)));
  recvmsg(connfd, message, 0);
  const [from, to] = message.takeFds();
  const buffer = Buffer.alloc(65536);
  for (let n = 1; n > 0; ) {
    n = read(from, buffer, buffer.length);
    writeAll(to, buffer.subarray(0, n));
  }
  close(from);
  close(to);
}
