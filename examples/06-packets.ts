/**
 * 06-packets: what travels under both. A packet socket on `lo` is handed every IP packet: run 01
 * beside it, and see SYN, ACK, data and FIN with their addresses; run 05, and see bare datagrams.
 *
 *   fd = socket(AF_PACKET); setsockopt(filter); bind(fd, lo); while True: n = recvfrom(fd, packet)
 * sudo node dist/examples/06-packets.js [port]    beside it: 01-server.ts, 01-client.ts; or 05
 * It needs root, or CAP_NET_RAW: who sees every packet sees everyone's.
 * Man pages: packet(7), ip(7), tcp(7), udp(7); RFC 791, RFC 9293 (3.1) and RFC 768 for the bytes */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { AF_INET, AF_PACKET, ETH_P_IP, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM } from "fdkit";
import { BPF_ABS, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JMP } from "fdkit";
import { BPF_LD, BPF_LDX, BPF_MSH, BPF_RET } from "fdkit";
import { attachFilter, bind, type FilterInstruction, inetNtop, recv, socket } from "fdkit";

const LOOPBACK_INDEX = 1; // every machine's first interface is `lo`
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK"]; // the lowest bit first

const port = Number(process.argv[2] ?? 7001);

const packet = Buffer.alloc(65536);
const fd = socket(AF_PACKET, SOCK_DGRAM, 0); // no protocol: nothing comes until it is bound
attachFilter(fd, onlyPort(port));
bind(fd, { family: AF_PACKET, protocol: ETH_P_IP, ifindex: LOOPBACK_INDEX });
console.log(`watching port ${port} on lo`);

while (true) {
  const n = recv(fd, packet, packet.length, 0);
  console.log(describe(packet.subarray(0, n)));
}

/**
 * A program for the kernel, as `tcpdump -d` shows them: keep the packets from and to our port. What
 * comes while our buffer is full is lost, so the packets of everyone else must not get there. */
function onlyPort(port: number): FilterInstruction[] {
  const is = BPF_JMP | BPF_JEQ;
  return [
    [BPF_LD | BPF_B | BPF_ABS, 0, 0, 9], // the protocol
    [is, 1, 0, IPPROTO_TCP], // [is, how many lines to skip if so, how many if not, value]
    [is, 0, 6, IPPROTO_UDP],
    [BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0], // x = the length of the IP header
    [BPF_LD | BPF_H | BPF_IND, 0, 0, 0], // the source's port, at x + 0
    [is, 2, 0, port],
    [BPF_LD | BPF_H | BPF_IND, 0, 0, 2], // the target's
    [is, 0, 1, port],
    [BPF_RET, 0, 0, packet.length], // keep so many bytes
    [BPF_RET, 0, 0, 0],
  ];
}

/** An IP packet as a line; its header tells where the header of TCP or UDP begins. */
function describe(ip: Buffer): string {
  const inner = ip.subarray((ip[0] & 15) * 4, ip.readUInt16BE(2));
  const [from, to] = [inner.readUInt16BE(0), inner.readUInt16BE(2)];
  const source = `${inetNtop(AF_INET, ip.subarray(12, 16))}:${from}`;
  const target = `${inetNtop(AF_INET, ip.subarray(16, 20))}:${to}`;
  return `${source} > ${target} ${ip[9] === IPPROTO_TCP ? segment(inner) : datagram(inner)}`;
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
