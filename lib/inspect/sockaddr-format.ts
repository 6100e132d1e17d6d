// Addresses as strace(1) writes them: {sa_family=AF_INET, sin_port=htons(80), ...}. Those of CAN,
// and of families that ../sockaddr.ts does not know, are bytes. See address_families(7).
import { endianness } from "node:os";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  VMADDR_PORT_ANY,
} from "../constants.ts";
import {
  type Address,
  decodeAddress,
  type Inet6Address,
  type NetlinkAddress,
  type PacketAddress,
  type VsockAddress,
} from "../sockaddr.ts";
import { OFFSETOF_SUN_PATH, OFFSETOF_SVM_CID } from "../structs.ts";
import { quote } from "./format.ts";
import { interfaceName } from "./interface-names.ts";
import {
  ETHER_TYPES,
  FAMILIES,
  flags,
  HARDWARE_TYPES,
  hex,
  PACKET_TYPES,
  symbol,
  VSOCK_CONTEXTS,
  VSOCK_FLAGS,
} from "./symbols.ts";

const LITTLE_ENDIAN = endianness() === "LE";

/** The first `length` bytes of a sockaddr. */
export function sockaddr(bytes: Uint8Array, length: number, limit: number): string {
  const address = decodeAddress(bytes, length);
  if (address instanceof Uint8Array) return rawSockaddr(address, limit);
  if (address.family === AF_UNIX) return unixSockaddr(bytes, length);
  if (address.family === AF_NETLINK) return netlinkSockaddr(address as NetlinkAddress);
  if (address.family === AF_PACKET) return packetSockaddr(address as PacketAddress);
  if (address.family === AF_VSOCK) return vsockSockaddr(address as VsockAddress, bytes);
  if (!("address" in address)) return rawSockaddr(bytes.subarray(0, length), limit);
  return inetSockaddr(address);
}

function rawSockaddr(bytes: Uint8Array, limit: number): string {
  if (bytes.length < OFFSETOF_SUN_PATH) return quote(bytes, limit);
  const family = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, LITTLE_ENDIAN);
  const data = quote(bytes.subarray(OFFSETOF_SUN_PATH), limit);
  return `{sa_family=${symbol(family, FAMILIES)}, sa_data=${data}}`;
}

function netlinkSockaddr({ pid, groups }: NetlinkAddress): string {
  // C's %#08x: eight columns, of which 0x takes two.
  const bits = groups === 0 ? "00000000" : `0x${groups.toString(16).padStart(6, "0")}`;
  return `{sa_family=AF_NETLINK, nl_pid=${pid}, nl_groups=${bits}}`;
}

function packetSockaddr(address: PacketAddress): string {
  const { protocol, ifindex, hatype = 0, pkttype = 0, hardware = new Uint8Array(0) } = address;
  const bytes = Array.from(hardware, (byte) => `0x${byte.toString(16).padStart(2, "0")}`);
  return (
    `{sa_family=AF_PACKET, sll_protocol=htons(${symbol(protocol, ETHER_TYPES)}), ` +
    `sll_ifindex=${interfaceName(ifindex)}, sll_hatype=${symbol(hatype, HARDWARE_TYPES)}, ` +
    `sll_pkttype=${symbol(pkttype, PACKET_TYPES)}, sll_halen=${hardware.length}` +
    `${bytes.length === 0 ? "" : `, sll_addr=[${bytes.join(", ")}]`}}`
  );
}

/** An address of ours has no flags; the kernel's are in the byte behind the context's number. */
function vsockSockaddr({ cid, port }: VsockAddress, bytes: Uint8Array): string {
  const bits = bytes[OFFSETOF_SVM_CID + Uint32Array.BYTES_PER_ELEMENT];
  return (
    `{sa_family=AF_VSOCK, svm_cid=${VSOCK_CONTEXTS.names.get(cid) ?? hex(cid)}, ` +
    `svm_port=${port === VMADDR_PORT_ANY ? "VMADDR_PORT_ANY" : hex(port)}, ` +
    `svm_flags=${flags(bits, VSOCK_FLAGS)}}`
  );
}

function inetSockaddr(address: Address): string {
  const { family, address: host, port, flowInfo = 0, scopeId = 0 } = address as Inet6Address;
  if (family === AF_INET) {
    return `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${host}")}`;
  }
  if (family !== AF_INET6) return "{...}";
  const flow = `sin6_flowinfo=htonl(${flowInfo})`;
  const name = `inet_pton(AF_INET6, "${host}", &sin6_addr)`;
  return (
    `{sa_family=AF_INET6, sin6_port=htons(${port}), ${flow}, ${name}, ` +
    `sin6_scope_id=${scopeId}}`
  );
}

/** Names in full: they are at most 108 bytes. */
function unixSockaddr(bytes: Uint8Array, length: number): string {
  const path = bytes.subarray(OFFSETOF_SUN_PATH, Math.min(length, bytes.length));
  if (path.length === 0) return "{sa_family=AF_UNIX}";
  const isAbstract = path[0] === 0;
  const end = path.indexOf(0);
  const name = isAbstract ? path.subarray(1) : path.subarray(0, end === -1 ? path.length : end);
  return `{sa_family=AF_UNIX, sun_path=${isAbstract ? "@" : ""}${quote(name, name.length)}}`;
}
