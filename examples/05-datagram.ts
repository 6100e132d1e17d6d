/**
 * 05-datagram: UDP keeps the boundaries, and nothing else. No connection, no listen, no accept: one
 * socket hears everyone. What is longer than the buffer is cut, and the sender never learns it.
 *
 *   fd = socket(SOCK_DGRAM); bind(fd, address); while True: n, peer = recvfrom(fd, buffer)
 * node dist/examples/05-datagram.js [port]    its partner: 05-datagram-client.ts
 * Man pages: udp(7), recvfrom(2) */
import {
  AF_INET,
  bind,
  formatAddress,
  MSG_TRUNC,
  recvfrom,
  SOCK_DGRAM,
  SockaddrStorage,
  socket,
} from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_DGRAM, 0);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
console.log(`bound to 127.0.0.1:${port}`);

const peer = new SockaddrStorage();
const buffer = Buffer.alloc(8);
while (true) {
  // With MSG_TRUNC the answer is the datagram's true length, also where the buffer is shorter.
  const size = recvfrom(fd, buffer, buffer.length, MSG_TRUNC, peer);
  const n = Math.min(size, buffer.length);
  const text = buffer.toString("utf8", 0, n);
  console.log(`${formatAddress(peer.decode())} sent ${size} bytes, ${n} arrived: ${text}`);
}
