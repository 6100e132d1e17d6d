// The value of a socket option: an int, one of the structs that are met daily, or bytes.
// Man pages: socket(7), tcp(7). See also signatures.ts.
import { endianness } from "node:os";
import { scmCredentials } from "../cmsg-types.ts";
import {
  SO_BINDTODEVICE,
  SO_LINGER,
  SO_PEERCRED,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CONGESTION,
} from "../constants.ts";
import { SIZEOF_UCRED } from "../structs.ts";
import { quote } from "./format.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const INT = Int32Array.BYTES_PER_ELEMENT;

/** `[1]` for an int, `{l_onoff=1, l_linger=0}`, `"cubic"`, or the bytes. */
export function signatureOption(
  level: number,
  optname: unknown,
  value: Uint8Array,
  limit: number,
): string {
  const isText =
    (level === SOL_SOCKET && optname === SO_BINDTODEVICE) ||
    (level === SOL_TCP && optname === TCP_CONGESTION);
  if (isText) return quote(value, limit);
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (value.length === INT) return `[${view.getInt32(0, LITTLE_ENDIAN)}]`;
  if (level === SOL_SOCKET && optname === SO_LINGER && value.length >= 2 * INT) {
    const [onoff, linger] = [view.getInt32(0, LITTLE_ENDIAN), view.getInt32(INT, LITTLE_ENDIAN)];
    return `{l_onoff=${onoff}, l_linger=${linger}}`;
  }
  if (level === SOL_SOCKET && optname === SO_PEERCRED && value.length === SIZEOF_UCRED) {
    const { pid, uid, gid } = scmCredentials.decode(value);
    return `{pid=${pid}, uid=${uid}, gid=${gid}}`;
  }
  return quote(value, limit);
}
