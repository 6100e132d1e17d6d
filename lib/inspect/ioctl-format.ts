// What an ioctl(2) was given or has filled, as strace(1) writes it: an int, or a struct ifreq.
// See netdevice(7).
import { endianness } from "node:os";
import { IFNAMSIZ } from "../constants.ts";
import {
  OFFSETOF_IFR_ADDR,
  OFFSETOF_SUN_PATH,
  SIZEOF_IFREQ,
  SIZEOF_SOCKADDR_IN,
} from "../structs.ts";
import { type Made, quote } from "./format.ts";
import { sockaddr } from "./sockaddr-format.ts";
import { flags, HARDWARE_TYPES, hex, INTERFACE_FLAGS, REQUESTS, symbol } from "./symbols.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const HARDWARE_BYTES = 6;

const DIRECTIONS = ["_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"];

/** Its name, or the four parts of a number that has none; ioctl(2), <asm-generic/ioctl.h>. */
export function ioctlRequest({ args }: Made): string {
  const request = Number(args[1]);
  const parts = [(request >> 8) & 0xff, request & 0xff, (request >> 16) & 0x3fff].map(hex);
  return REQUESTS.get(request) ?? `_IOC(${DIRECTIONS[request >>> 30]}, ${parts.join(", ")})`;
}

export function ioctlArgument({ args, result }: Made): string {
  const request = REQUESTS.get(Number(args[1])) ?? "";
  const arg = args[2] as Uint8Array | null;
  if (arg === null) return "";
  const field = FIELDS[request.replace(/^SIOC[GS]/, "")];
  if (arg.length === SIZEOF_IFREQ && field !== undefined) {
    const isKnown = result >= 0 || request.startsWith("SIOCS");
    return interfaceRequest(request, arg, isKnown ? field(arg) : undefined);
  }
  if (result < 0 || arg.length !== Int32Array.BYTES_PER_ELEMENT) return "...";
  return `[${viewOn(arg).getInt32(0, LITTLE_ENDIAN)}]`;
}

/** Of SIOCGIFNAME the index is the question and the name the answer. */
function interfaceRequest(request: string, arg: Uint8Array, field: string | undefined): string {
  const end = arg.subarray(0, IFNAMSIZ).indexOf(0);
  const name = `ifr_name=${quote(arg.subarray(0, end === -1 ? IFNAMSIZ : end), IFNAMSIZ)}`;
  if (request === "SIOCGIFNAME") {
    const index = number("ifr_ifindex")(arg);
    return field === undefined ? `{${index}}` : `{${index}, ${name}}`;
  }
  return field === undefined ? `{${name}}` : `{${name}, ${field}}`;
}

type Field = (ifreq: Uint8Array) => string;

function viewOn(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const number =
  (name: string): Field =>
  (ifreq) =>
    `${name}=${viewOn(ifreq).getInt32(OFFSETOF_IFR_ADDR, LITTLE_ENDIAN)}`;

const address =
  (name: string): Field =>
  (ifreq) => {
    const bytes = ifreq.subarray(OFFSETOF_IFR_ADDR);
    return `${name}=${sockaddr(bytes, SIZEOF_SOCKADDR_IN, bytes.length)}`;
  };

const interfaceFlags: Field = (ifreq) => {
  const bits = viewOn(ifreq).getUint16(OFFSETOF_IFR_ADDR, LITTLE_ENDIAN);
  return `ifr_flags=${flags(bits, INTERFACE_FLAGS)}`;
};

/** An address whose family is the kind of hardware. */
const hardwareAddress: Field = (ifreq) => {
  const kind = symbol(viewOn(ifreq).getUint16(OFFSETOF_IFR_ADDR, LITTLE_ENDIAN), HARDWARE_TYPES);
  const at = OFFSETOF_IFR_ADDR + OFFSETOF_SUN_PATH;
  const bytes = Array.from(ifreq.subarray(at, at + HARDWARE_BYTES));
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return `ifr_hwaddr={sa_family=${kind}, sa_data=${digits}}`;
};

/** By what the names of the requests end in. */
const FIELDS: Record<string, Field> = {
  IFNAME: number("ifr_ifindex"),
  IFINDEX: number("ifr_ifindex"),
  IFMTU: number("ifr_mtu"),
  IFMETRIC: number("ifr_metric"),
  IFTXQLEN: number("ifr_qlen"),
  IFFLAGS: interfaceFlags,
  IFADDR: address("ifr_addr"),
  IFDSTADDR: address("ifr_dstaddr"),
  IFBRDADDR: address("ifr_broadaddr"),
  IFNETMASK: address("ifr_netmask"),
  IFHWADDR: hardwareAddress,
};
