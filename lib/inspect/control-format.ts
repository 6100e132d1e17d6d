// The control data of sendmsg and recvmsg: `[{cmsg_len=20, cmsg_level=SOL_SOCKET,
// cmsg_type=SCM_RIGHTS, cmsg_data=[4]}]`. See cmsg(3), and signatures.ts.
import { endianness } from "node:os";
import { type ControlMessage, cmsgLen, controlMessages } from "../cmsg.ts";
import { SCM_RIGHTS, SOL_SOCKET } from "../constants.ts";
import { list, quote } from "./format.ts";
import { CONTROL_TYPES, LEVELS, optionName, symbol } from "./symbols.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const INT = Int32Array.BYTES_PER_ELEMENT;

/** The messages in `control`; bytes that make none are shown as a string. */
export function controlData(control: Uint8Array, limit: number): string {
  const messages = controlMessages(control);
  if (messages.length === 0) return quote(control, limit);
  return list(messages.map((message) => controlMessage(message, limit)));
}

function controlMessage({ level, type, data }: ControlMessage, limit: number): string {
  // What is no SCM_… has the name of the option that asks for it: IP_PKTINFO, SO_TIMESTAMP.
  const isScm = level === SOL_SOCKET && CONTROL_TYPES.has(type);
  const name = isScm ? symbol(type, CONTROL_TYPES) : optionName(level, type);
  const isFds = level === SOL_SOCKET && type === SCM_RIGHTS;
  return (
    `{cmsg_len=${cmsgLen(data.length)}, cmsg_level=${symbol(level, LEVELS)}, ` +
    `cmsg_type=${name}, cmsg_data=${isFds ? fds(data) : quote(data, limit)}}`
  );
}

function fds(data: Uint8Array): string {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const count = Math.floor(data.length / INT);
  const numbers = Array.from({ length: count }, (_, i) => view.getInt32(i * INT, LITTLE_ENDIAN));
  return list(numbers.map(String));
}
