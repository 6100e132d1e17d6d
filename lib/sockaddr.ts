// Socket addresses: objects for people, bytes for the kernel.
//
// Offsets and sizes come from the C headers. Ports and addresses are in network byte order, the
// rest is in the machine's. A family that is not modelled here stays what it is: bytes.
// Man pages: ip(7), ipv6(7), unix(7), sockaddr(3type). See also inet.ts, link-address.ts.

import { endianness } from "node:os";
import { AF_INET, AF_INET6, AF_UNIX } from "./constants.ts";
import { inetNtop, inetPton } from "./inet.ts";
import { decodeLink, encodeLink, formatLink, type LinkAddress } from "./link-address.ts";
import {
  OFFSETOF_SA_FAMILY,
  OFFSETOF_SIN_ADDR,
  OFFSETOF_SIN_PORT,
  OFFSETOF_SIN6_ADDR,
  OFFSETOF_SIN6_FLOWINFO,
  OFFSETOF_SIN6_PORT,
  OFFSETOF_SIN6_SCOPE_ID,
  OFFSETOF_SUN_PATH,
  SIZEOF_SOCKADDR_IN,
  SIZEOF_SOCKADDR_IN6,
  SIZEOF_SOCKADDR_STORAGE,
  SIZEOF_SOCKADDR_UN,
} from "./structs.ts";

export type * from "./link-address.ts";
export { inetNtop, inetPton };

/** AF_INET: `address` as "127.0.0.1". ip(7). */
export interface InetAddress {
  family: number;
  address: string;
  port: number;
}

/** AF_INET6: `address` as "::1"; scopeId is the index of the interface of a link-local address. */
export interface Inet6Address extends InetAddress {
  scopeId?: number;
  flowInfo?: number;
}

/** AF_UNIX with a name in the file system. unix(7). */
export interface UnixAddress {
  family: number;
  path: string;
}

/** AF_UNIX in Linux's abstract namespace: any bytes, without the leading NUL. unix(7). */
export interface AbstractAddress {
  family: number;
  abstract: Uint8Array;
}

/** AF_UNIX of a socket that was never bound; to bind(2) it means: choose an abstract name. */
export interface UnnamedAddress {
  family: number;
}

/** An address in the form of an object, with the family that says what else it has. */
export type Address =
  | InetAddress
  | Inet6Address
  | UnixAddress
  | AbstractAddress
  | UnnamedAddress
  | LinkAddress;

const LITTLE_ENDIAN = endianness() === "LE";
const SUN_PATH_SIZE = SIZEOF_SOCKADDR_UN - OFFSETOF_SUN_PATH;

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The sockaddr of `address`, as long as the kernel wants it. Bytes are taken as they are.
 * A TypeError or RangeError says what is wrong with an address.
 */
export function encodeAddress(address: Address | Uint8Array): Uint8Array {
  if (address instanceof Uint8Array) return address;
  if (address.family === AF_INET) return encodeInet(address as InetAddress);
  if (address.family === AF_INET6) return encodeInet6(address as Inet6Address);
  if (address.family === AF_UNIX) return encodeUnix(address);
  const link = encodeLink(address);
  if (link !== undefined) return link;
  throw new TypeError(`address family ${address.family} has no object form: pass its bytes`);
}

/** What the first `length` bytes of a sockaddr say; a copy of them if the family is unknown. */
export function decodeAddress(bytes: Uint8Array, length = bytes.length): Address | Uint8Array {
  const size = Math.min(length, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const family = size >= OFFSETOF_SUN_PATH ? view.getUint16(OFFSETOF_SA_FAMILY, LITTLE_ENDIAN) : 0;
  if (family === AF_INET && size >= SIZEOF_SOCKADDR_IN) return decodeInet(view);
  if (family === AF_INET6 && size >= SIZEOF_SOCKADDR_IN6) return decodeInet6(view);
  if (family === AF_UNIX) return decodeUnix(bytes.subarray(OFFSETOF_SUN_PATH, size));
  return decodeLink(family, view) ?? bytes.slice(0, size);
}

/** For messages: `127.0.0.1:80`, `[::1]:80`, `[fe80::1%2]:80`, `/path`, `@abstract`, `unnamed`. */
export function formatAddress(address: Address | Uint8Array): string {
  if (address instanceof Uint8Array) return `sockaddr of ${address.length} bytes`;
  const link = formatLink(address);
  if (link !== undefined) return link;
  if ("path" in address) return printable(address.path);
  if ("abstract" in address)
    return `@${printable(Buffer.from(address.abstract).toString("latin1"))}`;
  if (!("address" in address)) return "unnamed";
  if (address.family !== AF_INET6) return `${address.address}:${address.port}`;
  const { scopeId } = address as Inet6Address;
  return `[${address.address}${scopeId ? `%${scopeId}` : ""}]:${address.port}`;
}

/** An out-parameter for accept and recvfrom: one for many calls, decoded only when asked. */
export class SockaddrStorage {
  /** Room for an address of any family. */
  readonly bytes = new Uint8Array(SIZEOF_SOCKADDR_STORAGE);
  /** How many bytes the kernel's address has; more than `bytes` if it was cut off. */
  length = 0;

  /** The address that was filled in; its bytes, if the family has no form of an object. */
  decode(): Address | Uint8Array {
    return decodeAddress(this.bytes, this.length);
  }
}

function newSockaddr(family: number, size: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint16(OFFSETOF_SA_FAMILY, family, LITTLE_ENDIAN);
  return view;
}

function bytesOf(view: DataView<ArrayBuffer>): Uint8Array {
  return new Uint8Array(view.buffer);
}

function encodeInet({ address, port }: InetAddress): Uint8Array {
  const view = newSockaddr(AF_INET, SIZEOF_SOCKADDR_IN);
  view.setUint16(OFFSETOF_SIN_PORT, unsigned("port", port, 0xffff));
  const bytes = bytesOf(view);
  bytes.set(parseAddress(AF_INET, address), OFFSETOF_SIN_ADDR);
  return bytes;
}

function encodeInet6({ address, port, scopeId = 0, flowInfo = 0 }: Inet6Address): Uint8Array {
  const view = newSockaddr(AF_INET6, SIZEOF_SOCKADDR_IN6);
  view.setUint16(OFFSETOF_SIN6_PORT, unsigned("port", port, 0xffff));
  view.setUint32(OFFSETOF_SIN6_FLOWINFO, unsigned("flowInfo", flowInfo, 0xffffffff));
  view.setUint32(OFFSETOF_SIN6_SCOPE_ID, unsigned("scopeId", scopeId, 0xffffffff), LITTLE_ENDIAN);
  const bytes = bytesOf(view);
  bytes.set(parseAddress(AF_INET6, address), OFFSETOF_SIN6_ADDR);
  return bytes;
}

function encodeUnix(address: Address): Uint8Array {
  if ("path" in address) return encodePath(address.path);
  if ("abstract" in address) return encodeAbstract(address.abstract);
  if ("address" in address) throw new TypeError("an AF_UNIX address has a path, not an address");
  return encodeName(new Uint8Array(0));
}

/** The NUL behind the path is counted, as unix(7) advises: it leaves room for one byte less. */
function encodePath(path: string): Uint8Array {
  if (typeof path !== "string") throw new TypeError("the path of an AF_UNIX address is a string");
  const name = utf8.encode(`${path}\0`);
  if (path === "") throw new RangeError("the path of an AF_UNIX address is not empty");
  if (path.includes("\0")) throw new RangeError("the path of an AF_UNIX address has no NUL in it");
  checkLength("path", name.length - 1);
  return encodeName(name);
}

function encodeAbstract(abstract: Uint8Array): Uint8Array {
  if (!(abstract instanceof Uint8Array)) throw new TypeError("an abstract name is a Uint8Array");
  checkLength("abstract name", abstract.length);
  const name = new Uint8Array(1 + abstract.length);
  name.set(abstract, 1);
  return encodeName(name);
}

function checkLength(what: string, length: number): void {
  if (length < SUN_PATH_SIZE) return;
  throw new RangeError(
    `the ${what} of an AF_UNIX address has at most ${SUN_PATH_SIZE - 1} bytes, not ${length}`,
  );
}

function encodeName(name: Uint8Array): Uint8Array {
  const bytes = bytesOf(newSockaddr(AF_UNIX, OFFSETOF_SUN_PATH + name.length));
  bytes.set(name, OFFSETOF_SUN_PATH);
  return bytes;
}

function decodeInet(view: DataView): InetAddress {
  const port = view.getUint16(OFFSETOF_SIN_PORT);
  return { family: AF_INET, address: ntopAt(AF_INET, view, OFFSETOF_SIN_ADDR, 4), port };
}

function decodeInet6(view: DataView): Inet6Address {
  return {
    family: AF_INET6,
    address: ntopAt(AF_INET6, view, OFFSETOF_SIN6_ADDR, 16),
    port: view.getUint16(OFFSETOF_SIN6_PORT),
    scopeId: view.getUint32(OFFSETOF_SIN6_SCOPE_ID, LITTLE_ENDIAN),
    flowInfo: view.getUint32(OFFSETOF_SIN6_FLOWINFO),
  };
}

function ntopAt(family: number, view: DataView, offset: number, size: number): string {
  return inetNtop(family, new Uint8Array(view.buffer, view.byteOffset + offset, size));
}

/**
 * A path that is not UTF-8 would not survive as a string, and one that fills sun_path to the last
 * byte is too long for encodePath(): then the sockaddr stays bytes.
 */
function decodeUnix(name: Uint8Array): Address | Uint8Array {
  if (name.length === 0) return { family: AF_UNIX };
  if (name[0] === 0) return { family: AF_UNIX, abstract: name.slice(1) };
  const end = name.indexOf(0);
  const path = end === -1 ? name : name.subarray(0, end);
  // The kernel puts a NUL behind every path, even where it is one byte more than it takes.
  if (path.length >= SUN_PATH_SIZE) return encodeName(path.subarray(0, SUN_PATH_SIZE));
  try {
    return { family: AF_UNIX, path: strictUtf8.decode(path) };
  } catch {
    return encodeName(name);
  }
}

function parseAddress(family: number, text: string): Uint8Array {
  const bytes = inetPton(family, text);
  if (bytes !== undefined) return bytes;
  const kind = family === AF_INET ? "IPv4" : "IPv6";
  throw new RangeError(`${JSON.stringify(text)} is not an ${kind} address`);
}

function unsigned(what: string, value: number, max: number): number {
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, not ${value}`);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${what} must be an integer from 0 to ${max}, not ${value}`);
}

/** Control bytes in hexadecimal: a name goes into messages and logs. */
function printable(name: string): string {
  return name.replace(
    /[\0-\x1f\x7f-\x9f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
