/**
 * 06-packets: what travels under both. A packet socket on `lo` is handed every IP packet: run 01
 * beside it, and see SYN, ACK, data and FIN with their addresses; run 05, and see bare datagrams.
 *
 *   fd = socket(AF_PACKET); bind(fd, lo); while True: n = recvfrom(fd, packet)
 * sudo node dist/examples/06-packets.js [port]    beside it: 01-server and 01-client, or 05
 * It needs root, or CAP_NET_RAW: who sees every packet sees everyone's.
 * Man pages: packet(7), ip(7), tcp(7), udp(7); RFC 791, RFC 9293 (3.1) and RFC 768 for the bytes */
import { AF_INET, AF_PACKET, bind, inetNtop, recv, SOCK_DGRAM, socket } from "fdkit";

const ETH_P_IP = 0x0800; // linux/if_ether.h: the frames that carry IP version 4
const LOOPBACK_INDEX = 1; // every machine's first interface is `lo`
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK"]; // the lowest bit first

const port = Number(process.argv[2] ?? 7001);

const networkOrder = (u16: number) => ((u16 & 0xff) << 8) | (u16 >> 8);
const fd = socket(AF_PACKET, SOCK_DGRAM, networkOrder(ETH_P_IP));
const lo = Buffer.alloc(20); // struct sockaddr_ll: family, protocol, interface, and no more of it
new Uint16Array(lo.buffer, lo.byteOffset, 1)[0] = AF_PACKET;
lo.writeUInt16BE(ETH_P_IP, 2);
new Int32Array(lo.buffer, lo.byteOffset + 4, 1)[0] = LOOPBACK_INDEX;
bind(fd, lo);
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
