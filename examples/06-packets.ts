/**
 * 06-packets: what travels under both. A packet socket on `lo` is handed every IP packet: run 01
 * beside it, and see SYN, ACK, data and FIN with their addresses; run 05, and see bare datagrams.
 *
 *   fd = socket(AF_PACKET); bind(fd, lo); while True: n = recvfrom(fd, packet)
 * sudo node dist/examples/06-packets.js [port]    beside it: 01-server.ts, 01-client.ts; or 05
 * It needs root, or CAP_NET_RAW: who sees every packet sees everyone's.
 * Man pages: packet(7), ip(7), tcp(7), udp(7); RFC 791, RFC 9293 (3.1) and RFC 768 for the bytes */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, AF_PACKET, ETH_P_IP, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM } from "fdkit";
import { bind, inetNtop, recv, socket } from "fdkit";

const LOOPBACK_INDEX = 1; // every machine's first interface is `lo`
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK"]; // the lowest bit first

const port = Number(process.argv[2] ?? 7001);

const htons = (u16: number) => new DataView(Uint16Array.of(u16).buffer).getUint16(0);
const fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
bind(fd, { family: AF_PACKET, protocol: ETH_P_IP, ifindex: LOOPBACK_INDEX });
console.log(`watching port ${port} on lo`);

const packet = Buffer.alloc(65536);
while (true) {
  const n = recv(fd, packet, packet.length, 0);
  const line = describe(packet.subarray(0, n));
  if (line !== undefined) console.log(line);
}

/** An IP packet of our port as a line; its header tells where the header of TCP or UDP begins. */
function describe(ip: Buffer): string | undefined {
  const protocol = ip[9];
  if (protocol !== IPPROTO_TCP && protocol !== IPPROTO_UDP) return undefined;
  const inner = ip.subarray((ip[0] & 15) * 4, ip.readUInt16BE(2));
  const [from, to] = [inner.readUInt16BE(0), inner.readUInt16BE(2)];
  if (from !== port && to !== port) return undefined;
  const source = `${inetNtop(AF_INET, ip.subarray(12, 16))}:${from}`;
  const target = `${inetNtop(AF_INET, ip.subarray(16, 20))}:${to}`;
  return `${source} > ${target} ${protocol === IPPROTO_TCP ? segment(inner) : datagram(inner)}`;
}

function segment(tcp: Buffer): string {
  const flags = FLAGS.filter((_, bit) => tcp[13] & (1 << bit));
  return `TCP ${flags.join(" ")}${payload(tcp.subarray((tcp[12] >> 4) * 4))}`;
}

function datagram(udp: Buffer): string {
  return `UDP${payload(udp.subarray(8))}`;
}

function payload(bytes: Buffer): string {
  return bytes.length > 0 ? `, ${bytes.length} bytes: ${JSON.stringify(bytes.toString())}` : "";
}
