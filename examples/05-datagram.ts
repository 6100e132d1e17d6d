/**
 * 05-datagram: UDP keeps the boundaries, and nothing else. No connection, no listen, no accept: one
 * socket hears everyone. What is longer than our buffer is cut, what finds the kernel's buffer full
 * is lost (here it is as small as can be, and we are slow), and the sender learns of neither.
 *
 *   fd = socket(SOCK_DGRAM); bind(fd, address); while True: n, peer = recvfrom(fd, buffer)
 * node dist/examples/05-datagram.js [port]    its partner: 05-datagram-client.ts
 * Man pages: udp(7), recvfrom(2), socket(7) on SO_RCVBUF */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, MSG_TRUNC, PollFds, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET } from "fdkit";
import { bind, formatAddress, poll, recvfrom, SockaddrStorage, setsockopt, socket } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_DGRAM, 0);
setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 1); // the kernel rounds up: to two short datagrams or so
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
console.log(`bound to 127.0.0.1:${port}`);

const peer = new SockaddrStorage();
const buffer = Buffer.alloc(8);
const nobody = new PollFds(1);
while (true) {
  // With MSG_TRUNC the answer is the datagram's true length, also where the buffer is shorter.
  const size = recvfrom(fd, buffer, buffer.length, MSG_TRUNC, peer);
  const n = Math.min(size, buffer.length);
  const text = buffer.toString("utf8", 0, n);
  console.log(`${formatAddress(peer.decode())} sent ${size} bytes, ${n} arrived: ${text}`);
  poll(nobody, 0, 50); // busy: to wait for no fd at all is to sleep
}
