/** For each sender: which numbers came, and the highest of them. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SOCK_DGRAM, SockaddrStorage } from "fdkit";
import { bind, formatAddress, recvfrom, sendto, socket } from "fdkit";

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_DGRAM, 0);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
console.log(`bound to 127.0.0.1:${port}`);

const peer = new SockaddrStorage();
const buffer = Buffer.alloc(2048);
const senders = new Map<string, Set<number>>();
while (true) {
  const n = recvfrom(fd, buffer, buffer.length, 0, peer);
  const came = numbersOf(formatAddress(peer.decode()));
  if (n >= 4) came.add(buffer.readUInt32BE(0));
  if (n === 0) {
    const lost = Math.max(0, ...came) - came.size;
    const answer = Buffer.from(`${came.size} came, ${lost} lost`);
    sendto(fd, answer, answer.length, 0, peer.decode());
  }
}

function numbersOf(sender: string): Set<number> {
  const numbers = senders.get(sender) ?? new Set();
  senders.set(sender, numbers);
  return numbers;
}
