import type { Peer } from "../check/peer.ts";
import type { Exercise } from "../check/stage.ts";

const PORTS = [0x0f, 0xa0, 0x1b, 0x59]; // 4000 and 7001
const [TCP, UDP] = [6, 17];

function ip(protocol: number, options: number, payload: readonly number[]): number[] {
  const headerBytes = 20 + options;
  const total = headerBytes + payload.length;
  const header = [0x40 | (headerBytes / 4), 0, total >> 8, total & 255, 0, 0, 0, 0, 64, protocol];
  const addresses = [0, 0, 127, 0, 0, 1, 127, 0, 0, 1];
  return [...header, ...addresses, ...new Array(options).fill(1), ...payload];
}

function tcp(flags: number, options: number, data: readonly number[]): number[] {
  const offset = ((20 + options) / 4) << 4;
  const rest = [offset, flags, 0xff, 0xff, 0, 0, 0, 0, ...new Array(options).fill(1)];
  return [...PORTS, 0, 0, 0, 1, 0, 0, 0, 0, ...rest, ...data];
}

function asks(peer: Peer, packet: readonly number[], expected: string): void {
  peer.say(String.fromCharCode(...packet));
  peer.receives(expected);
}

export const headers: Exercise = {
  name: "06-headers",
  task: "read the headers of IP, TCP and UDP",
  argument: "datagram port",
  async check(stage) {
    const peer = stage.connect();
    await stage.step("a SYN with short headers", () => {
      asks(peer, ip(TCP, 0, tcp(0x02, 0, [])), "TCP 4000 > 7001 SYN, 0 bytes");
    });
    await stage.step("a UDP datagram of three bytes", () => {
      const datagram = [...PORTS, 0, 11, 0, 0, 1, 2, 3];
      asks(peer, ip(UDP, 0, datagram), "UDP 4000 > 7001, 3 bytes");
    });
    await stage.step("a segment with 20 bytes of TCP options, as every real SYN has", () => {
      asks(peer, ip(TCP, 0, tcp(0x12, 20, [])), "TCP 4000 > 7001 SYN ACK, 0 bytes");
    });
    await stage.step("a segment behind an IP header with options", () => {
      asks(peer, ip(TCP, 8, tcp(0x18, 12, [1, 2, 3])), "TCP 4000 > 7001 PSH ACK, 3 bytes");
    });
    await stage.step("a short packet that Ethernet has filled up to its least size", () => {
      const packet = ip(TCP, 0, tcp(0x11, 0, []));
      const padded = [...packet, ...new Array(6).fill(0)];
      asks(peer, padded, "TCP 4000 > 7001 FIN ACK, 0 bytes");
    });
  },
};
