/**
 * 13-pump: each client passes two descriptors in one message: one to read from, one to write to.
 * Copy all bytes from the first to the second until the end of file, then close both. Here they
 * are closed at once.
 *
 * npm run exercise 13    tells what is right, and what is missing yet
 * Man pages: recvmsg(2), unix(7) on SCM_RIGHTS; see also ../13-messages.ts */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_UNIX, cmsgSpace, MessageHeader, SOCK_STREAM } from "fdkit";
import { accept, bind, close, listen, recvmsg, socket } from "fdkit";

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
  const message = new MessageHeader([Buffer.alloc(1)], Buffer.alloc(cmsgSpace(INT_BYTES)));
  recvmsg(connfd, message, 0);
  for (const passedfd of message.takeFds()) close(passedfd);
}
