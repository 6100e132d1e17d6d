/**
 * 07-unix-client: 01-client on a unix socket. Two words of it differ: the family, and the address.
 *
 *   fd = socket(AF_UNIX); connect(fd, name); do_something_with(fd); close(fd)
 *
 * node dist/examples/07-unix-client.js [name]    its partner: 07-unix.ts
 * Man pages: unix(7), connect(2) */
import { AF_UNIX, close, connect, read, SOCK_STREAM, socket, write } from "fdkit";

const name = process.argv[2] ?? "fdkit";

const fd = socket(AF_UNIX, SOCK_STREAM, 0);
connect(fd, { family: AF_UNIX, abstract: Buffer.from(name) });
doSomethingWith(fd);
close(fd);

function doSomethingWith(connfd: number): void {
  const hello = Buffer.from("hello");
  write(connfd, hello, hello.length);
  const buffer = Buffer.alloc(1024);
  const n = read(connfd, buffer, buffer.length); // it may bring less: see 04-stream
  console.log("the server answers:", buffer.toString("utf8", 0, n));
}
