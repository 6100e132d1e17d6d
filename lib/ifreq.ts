// struct ifreq: the name of a network interface, and what ioctl(2) says of it. See netdevice(7).
import { endianness } from "node:os";
import { IFNAMSIZ } from "./constants.ts";
import { type Address, decodeAddress, encodeAddress } from "./sockaddr.ts";
import {
  OFFSETOF_IFR_ADDR,
  OFFSETOF_IFR_NAME,
  OFFSETOF_SA_FAMILY,
  SIZEOF_IFREQ,
  SIZEOF_SOCKADDR_IN,
} from "./structs.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const HARDWARE_BYTES = 6;
const utf8 = new TextEncoder();

/** `ioctl(fd, SIOCGIFMTU, request.bytes)`, then `request.number`: fields overlap as in C. */
export class InterfaceRequest {
  /** For ioctl(). */
  readonly bytes = new Uint8Array(SIZEOF_IFREQ);
  readonly #view = new DataView(this.bytes.buffer);

  constructor(name: string) {
    const encoded = utf8.encode(name);
    if (encoded.length >= IFNAMSIZ || name.includes("\0")) {
      throw new RangeError(`an interface's name has at most ${IFNAMSIZ - 1} bytes and no NUL`);
    }
    this.bytes.set(encoded, OFFSETOF_IFR_NAME);
  }

  get name(): string {
    const name = this.bytes.subarray(OFFSETOF_IFR_NAME, OFFSETOF_IFR_NAME + IFNAMSIZ);
    const end = name.indexOf(0);
    return new TextDecoder().decode(end === -1 ? name : name.subarray(0, end));
  }

  /** The index, MTU, metric or length of the queue: whatever was asked. */
  get number(): number {
    return this.#view.getInt32(OFFSETOF_IFR_ADDR, LITTLE_ENDIAN);
  }

  set number(value: number) {
    this.#view.setInt32(OFFSETOF_IFR_ADDR, value, LITTLE_ENDIAN);
  }

  /** IFF_UP, IFF_LOOPBACK, ... */
  get flags(): number {
    return this.#view.getUint16(OFFSETOF_IFR_ADDR, LITTLE_ENDIAN);
  }

  set flags(flags: number) {
    this.#view.setUint16(OFFSETOF_IFR_ADDR, flags, LITTLE_ENDIAN);
  }

  /** The address, netmask, broadcast address or that of the other end, of AF_INET. */
  get address(): Address | Uint8Array {
    return decodeAddress(this.bytes.subarray(OFFSETOF_IFR_ADDR), SIZEOF_SOCKADDR_IN);
  }

  set address(address: Address | Uint8Array) {
    const encoded = encodeAddress(address);
    this.bytes.set(encoded.subarray(0, SIZEOF_SOCKADDR_IN), OFFSETOF_IFR_ADDR);
  }

  /** ARPHRD_ETHER (1), ARPHRD_LOOPBACK (772), ... */
  get hardwareType(): number {
    return this.#view.getUint16(OFFSETOF_IFR_ADDR + OFFSETOF_SA_FAMILY, LITTLE_ENDIAN);
  }

  /** "02:fc:00:00:00:01" */
  get hardwareAddress(): string {
    const start = OFFSETOF_IFR_ADDR + Uint16Array.BYTES_PER_ELEMENT;
    const bytes = this.bytes.subarray(start, start + HARDWARE_BYTES);
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  }
}
