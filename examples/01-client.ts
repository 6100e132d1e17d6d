/**
 * 01-client: the textbook's client. Says hello and prints the answer.
 *
 *   fd = socket(); connect(fd, address); do_something_with(fd); close(fd)
 *
 * node dist/examples/01-client.js [port]    its partner: 01-server.ts
 * Man pages: socket(2) connect(2) write(2) read(2) close(2), ip(7) */
import { AF_INET, close, connect, read, SOCK_STREAM, socket, write } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_STREAM, 0);
connect(fd, { family: AF_INET, address: "127.0.0.1", port });
doSomethingWith(fd);
close(fd);

function doSomethingWith(connfd: number): void {
  const hello = Buffer.from("hello");
  write(connfd, hello, hello.length);
  const buffer = Buffer.alloc(1024);
  const n = read(connfd, buffer, buffer.length); // it may bring less: see 04-stream
  console.log("the server answers:", buffer.toString("utf8", 0, n));
}
