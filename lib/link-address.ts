// Socket addresses of the families below and beside the internet: netlink, packet, vsock, CAN.
//
// Numbers are in the machine's byte order, only sll_protocol is in the network's. Man pages:
// netlink(7), packet(7), vsock(7); Documentation/networking/can.rst of Linux. See also sockaddr.ts.
import { endianness } from "node:os";
import { AF_CAN, AF_NETLINK, AF_PACKET, AF_VSOCK } from "./constants.ts";
import {
  OFFSETOF_CAN_ADDR,
  OFFSETOF_CAN_IFINDEX,
  OFFSETOF_NL_GROUPS,
  OFFSETOF_NL_PID,
  OFFSETOF_SA_FAMILY,
  OFFSETOF_SLL_ADDR,
  OFFSETOF_SLL_HALEN,
  OFFSETOF_SLL_HATYPE,
  OFFSETOF_SLL_IFINDEX,
  OFFSETOF_SLL_PKTTYPE,
  OFFSETOF_SLL_PROTOCOL,
  OFFSETOF_SVM_CID,
  OFFSETOF_SVM_PORT,
  SIZEOF_SOCKADDR_CAN,
  SIZEOF_SOCKADDR_LL,
  SIZEOF_SOCKADDR_NL,
  SIZEOF_SOCKADDR_VM,
} from "./structs.ts";

/** AF_NETLINK: `pid` 0 is the kernel, or to bind(2): choose one. `groups` are bits. netlink(7). */
export interface NetlinkAddress {
  family: number;
  pid: number;
  groups: number;
}

/** AF_PACKET: `protocol` as 0x0800, not swapped; bind(2) looks at it and `ifindex`. packet(7). */
export interface PacketAddress {
  family: number;
  protocol: number;
  /** The interface; 0 for any. */
  ifindex: number;
  /** ARPHRD_ETHER, ARPHRD_LOOPBACK, ... */
  hatype?: number;
  /** PACKET_HOST, PACKET_BROADCAST, PACKET_OUTGOING, ... */
  pkttype?: number;
  /** At most 8 bytes. */
  hardware?: Uint8Array;
}

/** AF_VSOCK: `cid` is VMADDR_CID_HOST, VMADDR_CID_LOCAL, ... or a guest's number. vsock(7). */
export interface VsockAddress {
  family: number;
  cid: number;
  port: number;
}

/** AF_CAN: the interface, 0 for any; the two identifiers are ISO-TP's. */
export interface CanAddress {
  family: number;
  ifindex: number;
  rxId?: number;
  txId?: number;
}

/** An address of the netlink, packet, vsock or CAN family. */
export type LinkAddress = NetlinkAddress | PacketAddress | VsockAddress | CanAddress;

interface Format {
  readonly size: number;
  /** What the kernel may leave off: the rest of a hardware address, unused identifiers. */
  readonly least: number;
  readonly encode: (view: DataView, address: never) => void;
  readonly decode: (view: DataView) => LinkAddress;
  readonly format: (address: never) => string;
}

const LITTLE_ENDIAN = endianness() === "LE";
const HARDWARE_ROOM = SIZEOF_SOCKADDR_LL - OFFSETOF_SLL_ADDR;
const OFFSETOF_RX_ID = OFFSETOF_CAN_ADDR;
const OFFSETOF_TX_ID = OFFSETOF_CAN_ADDR + Uint32Array.BYTES_PER_ELEMENT;

function put(view: DataView, offset: number, what: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(
      `${what} must be an integer from 0 to ${0xffffffff}, not ${String(value)}`,
    );
  }
  view.setUint32(offset, value, LITTLE_ENDIAN);
}

const take = (view: DataView, offset: number) => view.getUint32(offset, LITTLE_ENDIAN);

const netlink: Format = {
  size: SIZEOF_SOCKADDR_NL,
  least: SIZEOF_SOCKADDR_NL,
  encode(view, { pid, groups }: NetlinkAddress) {
    put(view, OFFSETOF_NL_PID, "pid", pid);
    put(view, OFFSETOF_NL_GROUPS, "groups", groups);
  },
  decode: (view) => ({
    family: AF_NETLINK,
    pid: take(view, OFFSETOF_NL_PID),
    groups: take(view, OFFSETOF_NL_GROUPS),
  }),
  format: ({ pid, groups }: NetlinkAddress) => `netlink ${pid} groups 0x${groups.toString(16)}`,
};

function small(what: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${what} must be an integer from 0 to ${max}, not ${String(value)}`);
}

function encodePacket(view: DataView, address: PacketAddress): void {
  const { protocol, ifindex, hatype = 0, pkttype = 0, hardware = new Uint8Array(0) } = address;
  if (!(hardware instanceof Uint8Array)) throw new TypeError("hardware must be a Uint8Array");
  view.setUint16(OFFSETOF_SLL_PROTOCOL, small("protocol", protocol, 0xffff));
  put(view, OFFSETOF_SLL_IFINDEX, "ifindex", ifindex);
  view.setUint16(OFFSETOF_SLL_HATYPE, small("hatype", hatype, 0xffff), LITTLE_ENDIAN);
  view.setUint8(OFFSETOF_SLL_PKTTYPE, small("pkttype", pkttype, 0xff));
  const halen = small("the length of hardware", hardware.length, HARDWARE_ROOM);
  view.setUint8(OFFSETOF_SLL_HALEN, halen);
  new Uint8Array(view.buffer).set(hardware, OFFSETOF_SLL_ADDR);
}

function decodePacket(view: DataView): PacketAddress {
  const room = Math.min(view.byteLength - OFFSETOF_SLL_ADDR, HARDWARE_ROOM);
  const halen = Math.min(view.getUint8(OFFSETOF_SLL_HALEN), room);
  const start = view.byteOffset + OFFSETOF_SLL_ADDR;
  return {
    family: AF_PACKET,
    protocol: view.getUint16(OFFSETOF_SLL_PROTOCOL),
    ifindex: take(view, OFFSETOF_SLL_IFINDEX),
    hatype: view.getUint16(OFFSETOF_SLL_HATYPE, LITTLE_ENDIAN),
    pkttype: view.getUint8(OFFSETOF_SLL_PKTTYPE),
    hardware: new Uint8Array(view.buffer, start, halen).slice(),
  };
}

function formatPacket({ protocol, ifindex, hardware = new Uint8Array(0) }: PacketAddress): string {
  const bytes = Array.from(hardware, (byte) => byte.toString(16).padStart(2, "0"));
  return `packet 0x${protocol.toString(16)}%${ifindex} ${bytes.join(":")}`.trimEnd();
}

const packet: Format = {
  size: SIZEOF_SOCKADDR_LL,
  least: OFFSETOF_SLL_ADDR,
  encode: encodePacket,
  decode: decodePacket,
  format: formatPacket,
};

const vsock: Format = {
  size: SIZEOF_SOCKADDR_VM,
  least: SIZEOF_SOCKADDR_VM,
  encode(view, { cid, port }: VsockAddress) {
    put(view, OFFSETOF_SVM_CID, "cid", cid);
    put(view, OFFSETOF_SVM_PORT, "port", port);
  },
  decode: (view) => ({
    family: AF_VSOCK,
    cid: take(view, OFFSETOF_SVM_CID),
    port: take(view, OFFSETOF_SVM_PORT),
  }),
  format: ({ cid, port }: VsockAddress) => `vsock ${cid}:${port}`,
};

const can: Format = {
  size: SIZEOF_SOCKADDR_CAN,
  least: OFFSETOF_CAN_ADDR,
  encode(view, { ifindex, rxId = 0, txId = 0 }: CanAddress) {
    put(view, OFFSETOF_CAN_IFINDEX, "ifindex", ifindex);
    put(view, OFFSETOF_RX_ID, "rxId", rxId);
    put(view, OFFSETOF_TX_ID, "txId", txId);
  },
  decode: (view) => ({
    family: AF_CAN,
    ifindex: take(view, OFFSETOF_CAN_IFINDEX),
    rxId: view.byteLength < SIZEOF_SOCKADDR_CAN ? 0 : take(view, OFFSETOF_RX_ID),
    txId: view.byteLength < SIZEOF_SOCKADDR_CAN ? 0 : take(view, OFFSETOF_TX_ID),
  }),
  format: ({ ifindex }: CanAddress) => `can%${ifindex}`,
};

const FORMATS = new Map<number, Format>([
  [AF_NETLINK, netlink],
  [AF_PACKET, packet],
  [AF_VSOCK, vsock],
  [AF_CAN, can],
]);

/** The sockaddr, or undefined if the family is none of these. */
export function encodeLink(address: { family: number }): Uint8Array | undefined {
  const format = FORMATS.get(address.family);
  if (format === undefined) return undefined;
  const view = new DataView(new ArrayBuffer(format.size));
  view.setUint16(OFFSETOF_SA_FAMILY, address.family, LITTLE_ENDIAN);
  format.encode(view, address as never);
  return new Uint8Array(view.buffer);
}

/** What a sockaddr says, or undefined if it is too short. */
export function decodeLink(family: number, view: DataView): LinkAddress | undefined {
  const format = FORMATS.get(family);
  return format === undefined || view.byteLength < format.least ? undefined : format.decode(view);
}

/** For messages: `netlink 7 groups 0x1`, `packet 0x800%2 02:00:...`, `vsock 2:1024`, `can%3`. */
export function formatLink(address: { family: number }): string | undefined {
  return FORMATS.get(address.family)?.format(address as never);
}
