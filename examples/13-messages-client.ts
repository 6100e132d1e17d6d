/**
 * 13-messages-client: passes the writing end of a pipe, and reads what the other process writes.
 *
 *   sendmsg(fd, [two, buffers], the pipe's fd as control data); read(pipe)
 * node dist/examples/13-messages-client.js [name]    its partner: 13-messages.ts
 * Man pages: sendmsg(2), cmsg(3), pipe2(2), unix(7) on SCM_RIGHTS */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_UNIX, controlMessage, encodeControl, SOCK_STREAM, scmRights } from "fdkit";
import { close, connect, pipe2, read, sendmsg, socket } from "fdkit";

const name = process.argv[2] ?? "fdkit";

const [readfd, writefd] = pipe2(0);
const fd = socket(AF_UNIX, SOCK_STREAM, 0);
connect(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
const control = encodeControl(controlMessage(scmRights, [writefd]));
sendmsg(fd, { buffers: [Buffer.from("to"), Buffer.from("gether")], control }, 0);
close(writefd); // the other process has its own by now
close(fd);

const buffer = Buffer.alloc(64);
let text = "";
for (let n = 1; n !== 0; ) {
  n = read(readfd, buffer, buffer.length);
  if (n > 0) text += buffer.toString("utf8", 0, n);
}
console.log(text);
close(readfd);
