// What each type of control message carries, typed both ways: for controlMessage(), findControl().
//
// A socket option turns each on for receiving, named in its comment. Some may be sent as well.
// Man pages: unix(7), ip(7), ipv6(7), udp(7), socket(7); timestamping.rst and msg_zerocopy.rst in
// Linux's Documentation/networking.
import { endianness } from "node:os";
import type { ControlType } from "./cmsg.ts";
import * as C from "./constants.ts";
import { type Address, decodeAddress, encodeAddress, inetNtop, inetPton } from "./sockaddr.ts";
import * as S from "./structs.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const INT = Int32Array.BYTES_PER_ELEMENT;

/** The credentials of a process: struct ucred. */
export interface Credentials {
  pid: number;
  uid: number;
  gid: number;
}

/** struct in_pktinfo: the interface, our address (`specDst`), the header's destination (`addr`). */
export interface PacketInfo {
  ifindex: number;
  specDst: string;
  addr: string;
}

/** struct in6_pktinfo. */
export interface PacketInfo6 {
  ifindex: number;
  addr: string;
}

/** struct sock_extended_err, and who reported the error where the kernel knows. ip(7). */
export interface ExtendedError {
  /** A positive errno. */
  errno: number;
  /** SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ZEROCOPY, ... */
  origin: number;
  type: number;
  code: number;
  info: number;
  data: number;
  offender?: Address | Uint8Array;
}

/** A time since 1970. */
export interface Timestamp {
  seconds: number;
  nanoseconds: number;
}

/** Which sends with MSG_ZEROCOPY are done: those numbered `first` to `last`, counting from 0. */
export interface ZerocopyCompletion {
  first: number;
  last: number;
  /** The kernel copied after all: zero copy gained nothing here. */
  copied: boolean;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A field that is a C int. */
function intField(data: Uint8Array, offset: number): number {
  return viewOf(data).getInt32(offset, LITTLE_ENDIAN);
}

function uintField(data: Uint8Array, offset: number): number {
  return viewOf(data).getUint32(offset, LITTLE_ENDIAN);
}

/** A field that is a C long, or a 64-bit time where a long has 32 bits. */
function longField(data: Uint8Array, offset: number, size: number): number {
  if (size === INT) return intField(data, offset);
  return Number(viewOf(data).getBigInt64(offset, LITTLE_ENDIAN));
}

function setInt(bytes: Uint8Array, offset: number, value: number): void {
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32) {
    throw new RangeError(`control message: ${value} is not an integer of 32 bits`);
  }
  viewOf(bytes).setInt32(offset, value, LITTLE_ENDIAN);
}

function parse(family: number, text: string): Uint8Array {
  const bytes = inetPton(family, text);
  if (bytes !== undefined) return bytes;
  throw new RangeError(`control message: ${JSON.stringify(text)} is not an address`);
}

/** A type whose data is one C int. Traffic classes of IPv4 arrive as a single byte. */
function intType(level: number, type: number, size = INT): ControlType<number> {
  return {
    level,
    type,
    size,
    encode(value) {
      const bytes = new Uint8Array(INT);
      setInt(bytes, 0, value);
      return bytes;
    },
    decode: (data) => (data.length < INT ? data[0] : intField(data, 0)),
  };
}

/**
 * Open files: sent as fds of ours, received as new fds. Who decodes them does not own them:
 * takeFds() of the header does, and closes none twice. At most 253 in a message. unix(7).
 */
export const scmRights: ControlType<readonly number[]> = {
  level: C.SOL_SOCKET,
  type: C.SCM_RIGHTS,
  size: 0,
  encode(fds) {
    const bytes = new Uint8Array(fds.length * INT);
    for (const [i, fd] of fds.entries()) setInt(bytes, i * INT, fd);
    return bytes;
  },
  decode(data) {
    const count = Math.floor(data.length / INT);
    return Array.from({ length: count }, (_, i) => intField(data, i * INT));
  },
};

/** The sender's credentials: SO_PASSCRED. Only root may send others than its own. unix(7). */
export const scmCredentials: ControlType<Credentials> = {
  level: C.SOL_SOCKET,
  type: C.SCM_CREDENTIALS,
  size: S.SIZEOF_UCRED,
  encode({ pid, uid, gid }) {
    const bytes = new Uint8Array(S.SIZEOF_UCRED);
    setInt(bytes, S.OFFSETOF_UCRED_PID, pid);
    setInt(bytes, S.OFFSETOF_UCRED_UID, uid);
    setInt(bytes, S.OFFSETOF_UCRED_GID, gid);
    return bytes;
  },
  decode: (data) => ({
    pid: intField(data, S.OFFSETOF_UCRED_PID),
    uid: uintField(data, S.OFFSETOF_UCRED_UID),
    gid: uintField(data, S.OFFSETOF_UCRED_GID),
  }),
};

/** Where an IPv4 datagram arrived, or is to be sent from: IP_PKTINFO. ip(7). */
export const ipPktinfo: ControlType<PacketInfo> = {
  level: C.IPPROTO_IP,
  type: C.IP_PKTINFO,
  size: S.SIZEOF_IN_PKTINFO,
  encode({ ifindex, specDst, addr }) {
    const bytes = new Uint8Array(S.SIZEOF_IN_PKTINFO);
    setInt(bytes, S.OFFSETOF_IPI_IFINDEX, ifindex);
    bytes.set(parse(C.AF_INET, specDst), S.OFFSETOF_IPI_SPEC_DST);
    bytes.set(parse(C.AF_INET, addr), S.OFFSETOF_IPI_ADDR);
    return bytes;
  },
  decode: (data) => ({
    ifindex: intField(data, S.OFFSETOF_IPI_IFINDEX),
    specDst: ntop(C.AF_INET, data, S.OFFSETOF_IPI_SPEC_DST),
    addr: ntop(C.AF_INET, data, S.OFFSETOF_IPI_ADDR),
  }),
};

/** Where an IPv6 datagram arrived, or is to be sent from: IPV6_RECVPKTINFO. ipv6(7). */
export const ipv6Pktinfo: ControlType<PacketInfo6> = {
  level: C.IPPROTO_IPV6,
  type: C.IPV6_PKTINFO,
  size: S.SIZEOF_IN6_PKTINFO,
  encode({ ifindex, addr }) {
    const bytes = new Uint8Array(S.SIZEOF_IN6_PKTINFO);
    bytes.set(parse(C.AF_INET6, addr), S.OFFSETOF_IPI6_ADDR);
    setInt(bytes, S.OFFSETOF_IPI6_IFINDEX, ifindex);
    return bytes;
  },
  decode: (data) => ({
    ifindex: intField(data, S.OFFSETOF_IPI6_IFINDEX),
    addr: ntop(C.AF_INET6, data, S.OFFSETOF_IPI6_ADDR),
  }),
};

function ntop(family: number, data: Uint8Array, offset: number): string {
  return inetNtop(family, data.subarray(offset, offset + (family === C.AF_INET ? 4 : 16)));
}

/** The type of service: IP_RECVTOS; may be sent. ip(7). */
export const ipTos = intType(C.IPPROTO_IP, C.IP_TOS, 1);
/** The time to live: IP_RECVTTL; may be sent. ip(7). */
export const ipTtl = intType(C.IPPROTO_IP, C.IP_TTL);
/** The hop limit: IPV6_RECVHOPLIMIT; may be sent. ipv6(7). */
export const ipv6Hoplimit = intType(C.IPPROTO_IPV6, C.IPV6_HOPLIMIT);
/** The traffic class: IPV6_RECVTCLASS; may be sent. ipv6(7). */
export const ipv6Tclass = intType(C.IPPROTO_IPV6, C.IPV6_TCLASS);
/** The size of the datagrams that were joined into this one: UDP_GRO. udp(7). */
export const udpGro = intType(C.IPPROTO_UDP, C.UDP_GRO);
/** How many datagrams were dropped so far for want of room: SO_RXQ_OVFL. socket(7). */
export const soRxqOvfl = intType(C.SOL_SOCKET, C.SO_RXQ_OVFL);

/** How many bytes of the stream are left to read after this recvmsg: TCP_INQ. tcp(7). */
export const tcpInq = intType(C.SOL_TCP, C.TCP_CM_INQ);

/** For sending: cut the bytes into datagrams of this size. udp(7). */
export const udpSegment: ControlType<number> = {
  level: C.IPPROTO_UDP,
  type: C.UDP_SEGMENT,
  size: Uint16Array.BYTES_PER_ELEMENT,
  encode(size) {
    if (!Number.isInteger(size) || size < 0 || size > 0xffff) {
      throw new RangeError(`control message: ${size} is not an integer of 16 bits`);
    }
    const bytes = new Uint8Array(Uint16Array.BYTES_PER_ELEMENT);
    viewOf(bytes).setUint16(0, size, LITTLE_ENDIAN);
    return bytes;
  },
  decode: (data) => viewOf(data).getUint16(0, LITTLE_ENDIAN),
};

function addressType(level: number, type: number, size: number): ControlType<Address | Uint8Array> {
  return { level, type, size, encode: encodeAddress, decode: (data) => decodeAddress(data) };
}

/** Where a redirected datagram was meant to go: IP_RECVORIGDSTADDR. ip(7). */
export const ipOrigdstaddr = addressType(C.IPPROTO_IP, C.IP_ORIGDSTADDR, S.SIZEOF_SOCKADDR_IN);
/** The same for IPv6: IPV6_RECVORIGDSTADDR. */
export const ipv6Origdstaddr = addressType(
  C.IPPROTO_IPV6,
  C.IPV6_ORIGDSTADDR,
  S.SIZEOF_SOCKADDR_IN6,
);

function errorType(level: number, type: number): ControlType<ExtendedError> {
  return {
    level,
    type,
    size: S.SIZEOF_SOCK_EXTENDED_ERR,
    encode: encodeExtendedError,
    decode: decodeExtendedError,
  };
}

function encodeExtendedError(error: ExtendedError): Uint8Array {
  const offender = error.offender === undefined ? [] : encodeAddress(error.offender);
  const bytes = new Uint8Array(S.SIZEOF_SOCK_EXTENDED_ERR + offender.length);
  setInt(bytes, S.OFFSETOF_EE_ERRNO, error.errno);
  bytes[S.OFFSETOF_EE_ORIGIN] = error.origin;
  bytes[S.OFFSETOF_EE_TYPE] = error.type;
  bytes[S.OFFSETOF_EE_CODE] = error.code;
  setInt(bytes, S.OFFSETOF_EE_INFO, error.info);
  setInt(bytes, S.OFFSETOF_EE_DATA, error.data);
  bytes.set(offender, S.SIZEOF_SOCK_EXTENDED_ERR);
  return bytes;
}

/** The kernel leaves a sockaddr of family AF_UNSPEC behind an error that nobody sent. */
function decodeExtendedError(data: Uint8Array): ExtendedError {
  const error: ExtendedError = {
    errno: uintField(data, S.OFFSETOF_EE_ERRNO),
    origin: data[S.OFFSETOF_EE_ORIGIN],
    type: data[S.OFFSETOF_EE_TYPE],
    code: data[S.OFFSETOF_EE_CODE],
    info: uintField(data, S.OFFSETOF_EE_INFO),
    data: uintField(data, S.OFFSETOF_EE_DATA),
  };
  const offender = decodeAddress(data.subarray(S.SIZEOF_SOCK_EXTENDED_ERR));
  return offender instanceof Uint8Array ? error : { ...error, offender };
}

/**
 * Why a datagram could not be sent, from the error queue (recvmsg with MSG_ERRQUEUE): IP_RECVERR.
 * Until the queue is empty, epoll reports EPOLLERR again and again. ip(7).
 */
export const ipRecverr = errorType(C.IPPROTO_IP, C.IP_RECVERR);
/** The same for IPv6: IPV6_RECVERR. ipv6(7). */
export const ipv6Recverr = errorType(C.IPPROTO_IPV6, C.IPV6_RECVERR);

/** What an entry of the error queue says of sends with MSG_ZEROCOPY; undefined of anything else. */
export function zerocopyCompletion(error: ExtendedError): ZerocopyCompletion | undefined {
  if (error.origin !== C.SO_EE_ORIGIN_ZEROCOPY || error.errno !== 0) return undefined;
  const copied = (error.code & C.SO_EE_CODE_ZEROCOPY_COPIED) !== 0;
  return { first: error.info, last: error.data, copied };
}

function decodeTimespec(data: Uint8Array, offset = 0): Timestamp {
  const tail = S.SIZEOF_TIMESPEC - S.OFFSETOF_TV_NSEC;
  return {
    seconds: longField(data, offset, S.OFFSETOF_TV_NSEC),
    nanoseconds: longField(data, offset + S.OFFSETOF_TV_NSEC, tail),
  };
}

function decodeTimeval(data: Uint8Array): Timestamp {
  const tail = S.SIZEOF_TIMEVAL - S.OFFSETOF_TV_USEC;
  return {
    seconds: longField(data, 0, S.OFFSETOF_TV_USEC),
    nanoseconds: longField(data, S.OFFSETOF_TV_USEC, tail) * 1000,
  };
}

/** A type that only the kernel writes. */
function received<T>(type: number, size: number, decode: (data: Uint8Array) => T): ControlType<T> {
  const encode = (): never => {
    throw new TypeError("control message: a time is received, not sent");
  };
  return { level: C.SOL_SOCKET, type, size, encode, decode };
}

/** When the packet arrived, to the microsecond: SO_TIMESTAMP. socket(7). */
export const soTimestamp = received(C.SCM_TIMESTAMP, S.SIZEOF_TIMEVAL, decodeTimeval);
/** When the packet arrived, to the nanosecond: SO_TIMESTAMPNS. socket(7). */
export const soTimestampns = received(C.SCM_TIMESTAMPNS, S.SIZEOF_TIMESPEC, decodeTimespec);
/** When it arrived or left: by the kernel, and by the hardware's own clock. SO_TIMESTAMPING. */
export const soTimestamping = received(
  C.SCM_TIMESTAMPING,
  3 * S.SIZEOF_TIMESPEC,
  (data): { software: Timestamp; hardware: Timestamp } => ({
    software: decodeTimespec(data),
    hardware: decodeTimespec(data, 2 * S.SIZEOF_TIMESPEC),
  }),
);
