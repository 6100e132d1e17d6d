// The sockets of a network namespace as /proc shows them: /proc/PID/net/tcp and its like.
//
// Addresses there are words of the machine in hexadecimal, ports are numbers. See proc(5),
// proc_pid_net(5). A TCP socket that is neither bound nor connected is in none of the files.
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { AF_INET, AF_INET6 } from "../constants.ts";
import { formatAddress, inetNtop } from "../sockaddr.ts";
import { SOCKET_TYPES, symbol, TCP_STATES } from "./symbols.ts";

/** A socket. What the kernel does not tell is not there; addresses as formatAddress() has them. */
export interface SocketInfo {
  /** "AF_INET" */
  family: string;
  /** "SOCK_STREAM" */
  type: string;
  /** "IPPROTO_TCP" */
  protocol?: string;
  /** "LISTEN", "ESTABLISHED" …; of a unix socket "LISTEN", "UNCONNECTED", "CONNECTED" … */
  state?: string;
  local?: string;
  peer?: string;
  /** Bytes that arrived and were not read; of a TCP listener, connections not accepted yet. */
  receiveQueue?: number;
  /** Bytes sent and not acknowledged. */
  sendQueue?: number;
}

const LITTLE_ENDIAN = endianness() === "LE";
const WORD_BYTES = 4;
/** include/uapi/linux/net.h, __SO_ACCEPTCON: the socket listens. */
const ACCEPTCON = 0x10000;
const UNIX_STATES = ["FREE", "UNCONNECTED", "CONNECTING", "CONNECTED", "DISCONNECTING"];

interface Source {
  readonly file: string;
  readonly parse: (line: string) => [inode: string, socket: SocketInfo] | undefined;
}

const SOURCES: readonly Source[] = [
  { file: "tcp", parse: (line) => parseInet(line, "AF_INET", "SOCK_STREAM", "IPPROTO_TCP") },
  { file: "tcp6", parse: (line) => parseInet(line, "AF_INET6", "SOCK_STREAM", "IPPROTO_TCP") },
  { file: "udp", parse: (line) => parseInet(line, "AF_INET", "SOCK_DGRAM", "IPPROTO_UDP") },
  { file: "udp6", parse: (line) => parseInet(line, "AF_INET6", "SOCK_DGRAM", "IPPROTO_UDP") },
  { file: "raw", parse: (line) => parseInet(line, "AF_INET", "SOCK_RAW") },
  { file: "raw6", parse: (line) => parseInet(line, "AF_INET6", "SOCK_RAW") },
  { file: "unix", parse: parseUnix },
  { file: "netlink", parse: parseNetlink },
  { file: "packet", parse: parsePacket },
];

/** The sockets that `pid` ("self") shares a network namespace with, by the number of the inode. */
export function readSockets(pid: string): Map<string, SocketInfo> {
  const sockets = new Map<string, SocketInfo>();
  for (const { file, parse } of SOURCES) {
    for (const line of readLines(`/proc/${pid}/net/${file}`)) {
      const found = parse(line);
      if (found !== undefined) sockets.set(...found);
    }
  }
  return sockets;
}

/** Without the heading. A kernel without the protocol has no such file. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, "latin1").split("\n").slice(1, -1);
  } catch {
    return [];
  }
}

// sl: local remote st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
const ENDPOINT = "([0-9A-F]+):([0-9A-F]{4})";
const INET = new RegExp(
  `^\\s*\\d+: ${ENDPOINT} ${ENDPOINT} (..) ([0-9A-F]+):([0-9A-F]+) \\S+ +\\S+ +\\d+ +\\d+ (\\d+)`,
);

function parseInet(
  line: string,
  family: string,
  type: string,
  protocol?: string,
): [string, SocketInfo] | undefined {
  const match = INET.exec(line);
  if (match === null) return undefined;
  const [, host, port, peerHost, peerPort, state, sendQueue, receiveQueue, inode] =
    match as string[];
  const peer = { address: parseWords(peerHost), port: Number.parseInt(peerPort, 16) };
  const socket: SocketInfo = {
    family,
    type,
    ...(protocol === undefined ? {} : { protocol }),
    state: tcpState(Number.parseInt(state, 16)),
    local: format(parseWords(host), Number.parseInt(port, 16)),
    receiveQueue: Number.parseInt(receiveQueue, 16),
    sendQueue: Number.parseInt(sendQueue, 16),
  };
  if (peer.port !== 0) socket.peer = format(peer.address, peer.port);
  return [inode, socket];
}

/** "ESTABLISHED" for TCP_ESTABLISHED. UDP uses two of the states: that one, and CLOSE. */
export function tcpState(state: number): string {
  return symbol(state, TCP_STATES).replace(/^TCP_/, "");
}

function format(address: Uint8Array, port: number): string {
  const family = address.length === WORD_BYTES ? AF_INET : AF_INET6;
  return formatAddress({ family, address: inetNtop(family, address), port });
}

/** "0100007F" is 127.0.0.1 on a little-endian machine: each word is printed as a number. */
function parseWords(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += WORD_BYTES) {
    const word = Number.parseInt(hex.slice(at * 2, (at + WORD_BYTES) * 2), 16);
    view.setUint32(at, word, LITTLE_ENDIAN);
  }
  return bytes;
}

// Num: RefCount Protocol Flags Type St Inode Path
const UNIX = /^\S+: \S+ \S+ ([0-9A-F]{8}) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d+)(?: (.*))?$/;

function parseUnix(line: string): [string, SocketInfo] | undefined {
  const match = UNIX.exec(line);
  if (match === null) return undefined;
  const [, flags, type, state, inode, path] = match as string[];
  const listens = (Number.parseInt(flags, 16) & ACCEPTCON) !== 0;
  const socket: SocketInfo = {
    family: "AF_UNIX",
    type: symbol(Number.parseInt(type, 16), SOCKET_TYPES),
    state: listens ? "LISTEN" : (UNIX_STATES[Number.parseInt(state, 16)] ?? state),
  };
  if (path !== undefined) socket.local = path;
  return [inode, socket];
}

// sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
function parseNetlink(line: string): [string, SocketInfo] | undefined {
  const [, protocol, port, , received, sent, , , , inode] = line.trim().split(/\s+/);
  if (inode === undefined) return undefined;
  const socket = {
    family: "AF_NETLINK",
    type: "SOCK_RAW",
    protocol: `NETLINK ${protocol}`,
    local: `port ${port}`,
    receiveQueue: Number(received),
    sendQueue: Number(sent),
  };
  return [inode, socket];
}

// sk RefCnt Type Proto Iface R Rmem User Inode
function parsePacket(line: string): [string, SocketInfo] | undefined {
  const [, , type, protocol, ifindex, , received, , inode] = line.trim().split(/\s+/);
  if (inode === undefined) return undefined;
  const socket = {
    family: "AF_PACKET",
    type: symbol(Number(type), SOCKET_TYPES),
    protocol: `0x${protocol}`,
    local: `interface ${ifindex}`,
    receiveQueue: Number(received),
  };
  return [inode, socket];
}
