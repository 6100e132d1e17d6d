/**
 * 05-datagram-client: sends six datagrams and ends. It says the same whether they arrive or not:
 * try it without the server.
 *
 *   fd = socket(SOCK_DGRAM); sendto(fd, message, address)
 * node dist/examples/05-datagram-client.js [port]    its partner: 05-datagram.ts
 * Man pages: udp(7), sendto(2) */
import { AF_INET, close, SOCK_DGRAM, sendto, socket } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_DGRAM, 0);
for (const message of ["one", "a longer one", "three", "four", "five", "six"]) {
  const bytes = Buffer.from(message);
  const n = sendto(fd, bytes, bytes.length, 0, { family: AF_INET, address: "127.0.0.1", port });
  console.log(`sent ${n} bytes: ${message}`);
}
close(fd);
