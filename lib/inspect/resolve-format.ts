// Questions to the resolver and its answers, in the manner of strace(1), which does not know them:
// they are calls of the C library.
import type { AddrinfoRow } from "../native.ts";
import { list, type Made, quote } from "./format.ts";
import { sockaddr } from "./sockaddr-format.ts";
import { AI_FLAGS, FAMILIES, flags, NI_FLAGS, SOCKET_TYPES, symbol } from "./symbols.ts";

/** A name in full, or NULL for none. */
export function nameOrNull(name: unknown): string {
  return name instanceof Uint8Array ? quote(name, name.length) : "NULL";
}

/** What was written into `room` up to its NUL. */
export function filledName(room: unknown, result: number): string {
  if (!(room instanceof Uint8Array)) return "NULL";
  const end = room.indexOf(0);
  return result < 0 ? "..." : nameOrNull(end === -1 ? room : room.subarray(0, end));
}

/** `{ai_flags=AI_PASSIVE, ai_family=AF_INET, ai_socktype=SOCK_STREAM, ai_protocol=0}` */
export function addrinfoHints({ args }: Made): string {
  if (args[2] === null) return "NULL";
  return `{ai_flags=${flags(Number(args[2]), AI_FLAGS)}, ${kind(args[3], args[4], args[5])}}`;
}

function kind(family: unknown, socktype: unknown, protocol: unknown): string {
  const type = socktype === 0 ? "0" : symbol(Number(socktype), SOCKET_TYPES);
  const domain = symbol(Number(family), FAMILIES);
  return `ai_family=${domain}, ai_socktype=${type}, ai_protocol=${protocol}`;
}

export function addrinfoList({ args, result, limit }: Made): string {
  if (result < 0) return "...";
  const rows = (args[6] as AddrinfoRow[]).map(
    ({ family, socktype, protocol, address, canonname }) => {
      const name = canonname === null ? "" : `, ai_canonname=${nameOrNull(canonname)}`;
      const to = sockaddr(address, address.length, limit);
      return `{${kind(family, socktype, protocol)}, ai_addr=${to}${name}}`;
    },
  );
  return list(rows);
}

export function nameinfoFlags({ args }: Made): string {
  return flags(Number(args[3]), NI_FLAGS);
}

/** `[{if_index=1, if_name="lo"}]` */
export function interfaceList({ args, result }: Made): string {
  if (result < 0) return "...";
  const rows = args[0] as { index: number; name: Uint8Array }[];
  return list(rows.map(({ index, name }) => `{if_index=${index}, if_name=${nameOrNull(name)}}`));
}
