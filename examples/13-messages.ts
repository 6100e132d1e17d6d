/**
 * 13-messages: a descriptor travels from one process to another. recvmsg scatters the bytes over
 * two buffers, and the kernel opens here what the control data brought; we write into it.
 *
 *   n = recvmsg(conn_fd, [head, body], control); writev(the fd that came, …)
 * node dist/examples/13-messages.js [name]    its partner: 13-messages-client.ts
 * Man pages: recvmsg(2), cmsg(3), unix(7) on SCM_RIGHTS, writev(2) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_UNIX, cmsgSpace, MessageHeader, SOCK_STREAM } from "fdkit";
import { accept, bind, close, listen, recvmsg, socket, writev } from "fdkit";

const INT_BYTES = 4;
const name = process.argv[2] ?? "fdkit";

const fd = socket(AF_UNIX, SOCK_STREAM, 0);
bind(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
listen(fd, 16);
console.log(`listening on @${name}`);

const connfd = accept(fd);
const head = Buffer.alloc(2);
const body = Buffer.alloc(64);
const message = new MessageHeader([head, body], Buffer.alloc(cmsgSpace(INT_BYTES)));
const n = recvmsg(connfd, message, 0);
console.log(`${n} bytes: ${head.toString()} | ${body.toString("utf8", 0, n - head.length)}`);
for (const passedfd of message.takeFds()) {
  writev(passedfd, [Buffer.from("written by "), Buffer.from("another process")]);
  close(passedfd);
}
close(connfd);
close(fd);
