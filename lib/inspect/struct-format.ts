// The structs of fcntl(2) and ioctl(2) as strace(1) writes them, in the machine's byte order.
import { endianness } from "node:os";
import { F_GETLK, F_OFD_GETLK, IFNAMSIZ } from "../constants.ts";
import {
  OFFSETOF_IFR_ADDR,
  OFFSETOF_L_LEN,
  OFFSETOF_L_PID,
  OFFSETOF_L_START,
  OFFSETOF_L_TYPE,
  OFFSETOF_L_WHENCE,
  SIZEOF_FLOCK,
  SIZEOF_IFREQ,
} from "../structs.ts";
import { quote } from "./format.ts";
import { LOCK_TYPES, OWNERS, symbol, WHENCES } from "./symbols.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const OWNER_COMMANDS = /^F_[GS]ETOWN_EX$/;

function viewOn(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The struct that the command `cmd`, called `name`, takes. */
export function fcntlStruct(cmd: number, name: string, bytes: Uint8Array): string {
  const view = viewOn(bytes);
  if (OWNER_COMMANDS.test(name)) {
    const type = symbol(view.getInt32(0, LITTLE_ENDIAN), OWNERS);
    return `{type=${type}, pid=${view.getInt32(4, LITTLE_ENDIAN)}}`;
  }
  if (bytes.length < SIZEOF_FLOCK) return "...";
  const type = symbol(view.getInt16(OFFSETOF_L_TYPE, LITTLE_ENDIAN), LOCK_TYPES);
  const whence = symbol(view.getInt16(OFFSETOF_L_WHENCE, LITTLE_ENDIAN), WHENCES);
  const start = view.getBigInt64(OFFSETOF_L_START, LITTLE_ENDIAN);
  const length = view.getBigInt64(OFFSETOF_L_LEN, LITTLE_ENDIAN);
  const asks = cmd === F_GETLK || cmd === F_OFD_GETLK;
  const pid = asks ? `, l_pid=${view.getInt32(OFFSETOF_L_PID, LITTLE_ENDIAN)}` : "";
  return `{l_type=${type}, l_whence=${whence}, l_start=${start}, l_len=${length}${pid}}`;
}

/** What the request `name` was given or has filled: an int, or of an interface its number. */
export function ioctlArgument(name: string, arg: Uint8Array | null): string {
  if (arg === null) return "";
  const view = viewOn(arg);
  if (arg.length === Int32Array.BYTES_PER_ELEMENT) return `[${view.getInt32(0, LITTLE_ENDIAN)}]`;
  const field = { SIOCGIFINDEX: "ifr_ifindex", SIOCGIFMTU: "ifr_mtu" }[name];
  if (field === undefined || arg.length !== SIZEOF_IFREQ) return "...";
  const end = arg.indexOf(0);
  const ifr = quote(arg.subarray(0, end === -1 ? IFNAMSIZ : end), IFNAMSIZ);
  return `{ifr_name=${ifr}, ${field}=${view.getInt32(OFFSETOF_IFR_ADDR, LITTLE_ENDIAN)}}`;
}
