/**
 * 04-stream-client: writes five messages, first as they are, then each behind its length.
 *
 *   write(fd, message), five times; the stream keeps the bytes, and forgets the five
 *
 * node dist/examples/04-stream-client.js [port]    its partner: 04-stream.ts
 * Man pages: tcp(7), write(2) */
import { AF_INET, close, connect, SOCK_STREAM, socket, writeAll } from "fdkit";

const port = Number(process.argv[2] ?? 7001);
const messages = ["one", "two", "three", "four", "five"];

send(messages.map((message) => Buffer.from(message)));
send(messages.map((message) => Buffer.from([message.length, ...Buffer.from(message)])));

function send(pieces: Buffer[]): void {
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  connect(fd, { family: AF_INET, address: "127.0.0.1", port });
  for (const piece of pieces) writeAll(fd, piece);
  close(fd);
}
