/** Each header says how long it is, and IP says how long the packet is. */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, SOCK_DGRAM, SockaddrStorage } from "fdkit";
import { bind, recvfrom, sendto, socket } from "fdkit";

const IPPROTO_TCP = 6;
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK"]; // the lowest bit first

const port = Number(process.argv[2] ?? 7001);

const fd = socket(AF_INET, SOCK_DGRAM, 0);
bind(fd, { family: AF_INET, address: "127.0.0.1", port });
console.log(`bound to 127.0.0.1:${port}`);

const peer = new SockaddrStorage();
const buffer = Buffer.alloc(65536);
while (true) {
  const n = recvfrom(fd, buffer, buffer.length, 0, peer);
  const answer = Buffer.from(describe(buffer.subarray(0, n)));
  sendto(fd, answer, answer.length, 0, peer.decode());
}

function describe(ip: Buffer): string {
  const inner = ip.subarray((ip[0] & 15) * 4, ip.readUInt16BE(2));
  const ports = `${inner.readUInt16BE(0)} > ${inner.readUInt16BE(2)}`;
  if (ip[9] !== IPPROTO_TCP) return `UDP ${ports}, ${inner.length - 8} bytes`;
  const flags = FLAGS.filter((_, bit) => inner[13] & (1 << bit));
  return `TCP ${ports} ${flags.join(" ")}, ${inner.length - (inner[12] >> 4) * 4} bytes`;
}
