/**
 * 05-lost: count what the net has lost. A datagram of four bytes or more begins with its number,
 * in network order: 1, 2, 3 … for each sender. An empty datagram asks; answer "3 came, 1 lost",
 * where lost is what is missing up to the highest number. One may come late, or twice.
 *
 * npm run exercise 05    tells what is right, and what is missing yet
 * See also: ../05-datagram.ts */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SOCK_DGRAM, SockaddrStorage } from "fdkit";
import { bind, recvfrom, sendto, socket } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_DGRAM, 0);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
console.log(`bound to 127.0.0.1:${port}`);

const peer = new SockaddrStorage();
const buffer = Buffer.alloc(2048);
let came = 0;
while (true) {
  const n = recvfrom(fd, buffer, buffer.length, 0, peer);
  if (n >= 4) came++;
  if (n === 0) {
    const answer = Buffer.from(`${came} came, 0 lost`);
    sendto(fd, answer, answer.length, 0, peer.decode());
  }
}
