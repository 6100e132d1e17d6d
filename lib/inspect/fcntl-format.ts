// The arguments and answers of fcntl(2) as strace(1) writes them, in the machine's byte order.
import { endianness } from "node:os";
import {
  F_ADD_SEALS,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_GETLEASE,
  F_GETLK,
  F_GETSIG,
  F_NOTIFY,
  F_OFD_GETLK,
  F_SETFD,
  F_SETFL,
  F_SETLEASE,
  F_SETSIG,
} from "../constants.ts";
import {
  OFFSETOF_L_LEN,
  OFFSETOF_L_PID,
  OFFSETOF_L_START,
  OFFSETOF_L_TYPE,
  OFFSETOF_L_WHENCE,
  SIZEOF_FLOCK,
} from "../structs.ts";
import { type Made, signalText } from "./format.ts";
import * as S from "./symbols.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const OWNER_COMMANDS = /^F_[GS]ETOWN_EX$/;
const WITHOUT_ARGUMENT = /^F_GET/;

/** "" for a command that takes none. */
export function fcntlArgument({ args }: Made): string {
  const [cmd, arg] = [Number(args[1]), args[2]];
  const name = S.symbol(cmd, S.FCNTL_COMMANDS);
  if (arg instanceof Uint8Array) return struct(cmd, name, arg);
  if (WITHOUT_ARGUMENT.test(name)) return "";
  const value = Number(arg);
  switch (cmd) {
    case F_SETSIG:
      return signalText(value);
    case F_ADD_SEALS:
      return S.flags(value, S.SEALS);
    case F_SETFL:
      return S.openFlags(value);
    case F_SETLEASE:
      return S.symbol(value, S.LOCK_TYPES);
    case F_NOTIFY:
      return S.flags(value, S.NOTIFICATIONS);
    case F_SETFD:
      return S.flags(value, S.FD_FLAGS);
    default:
      return String(arg);
  }
}

/** The answer, with what it means where it is more than a number: `0x2 (flags O_RDWR)`. */
export function fcntlResult({ args, result }: Made): string {
  const cmd = args[1];
  if (cmd === F_GETFL) return `${S.hex(result)} (flags ${S.openFlags(result)})`;
  if (cmd === F_GETLEASE) return `${S.hex(result)} (${S.symbol(result, S.LOCK_TYPES)})`;
  if (result === 0) return "0";
  if (cmd === F_GETFD) return `${S.hex(result)} (flags FD_CLOEXEC)`;
  if (cmd === F_GET_SEALS) return `${S.hex(result)} (seals ${S.flags(result, S.SEALS)})`;
  return cmd === F_GETSIG ? `${result} (${signalText(result)})` : String(result);
}

function struct(cmd: number, name: string, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (OWNER_COMMANDS.test(name)) {
    const type = S.symbol(view.getInt32(0, LITTLE_ENDIAN), S.OWNERS);
    return `{type=${type}, pid=${view.getInt32(4, LITTLE_ENDIAN)}}`;
  }
  if (bytes.length < SIZEOF_FLOCK) return "...";
  const type = S.symbol(view.getInt16(OFFSETOF_L_TYPE, LITTLE_ENDIAN), S.LOCK_TYPES);
  const whence = S.symbol(view.getInt16(OFFSETOF_L_WHENCE, LITTLE_ENDIAN), S.WHENCES);
  const start = view.getBigInt64(OFFSETOF_L_START, LITTLE_ENDIAN);
  const length = view.getBigInt64(OFFSETOF_L_LEN, LITTLE_ENDIAN);
  const asks = cmd === F_GETLK || cmd === F_OFD_GETLK;
  const pid = asks ? `, l_pid=${view.getInt32(OFFSETOF_L_PID, LITTLE_ENDIAN)}` : "";
  return `{l_type=${type}, l_whence=${whence}, l_start=${start}, l_len=${length}${pid}}`;
}
