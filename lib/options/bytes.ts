// The bytes of the C structs that options are: fields in the machine's order, at the offsets that
// the C headers gave (../structs.ts).
import { endianness } from "node:os";
import { AF_INET, AF_INET6 } from "../constants.ts";
import { inetPton } from "../inet.ts";

export const LITTLE_ENDIAN = endianness() === "LE";
export const INT = Int32Array.BYTES_PER_ELEMENT;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** An integer from 0 to `max`, or a RangeError that names it. */
export function unsigned(what: string, value: number, max = 2 ** 32 - 1): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${what} must be an integer from 0 to ${max}, not ${String(value)}`);
}

export function setUint(bytes: Uint8Array, offset: number, what: string, value: number): void {
  viewOf(bytes).setUint32(offset, unsigned(what, value), LITTLE_ENDIAN);
}

export function uintAt(bytes: Uint8Array, offset: number): number {
  return viewOf(bytes).getUint32(offset, LITTLE_ENDIAN);
}

/** The family of an IPv4 or IPv6 address, and its bytes. */
export function parseAddress(text: string): { family: number; bytes: Uint8Array } {
  for (const family of [AF_INET, AF_INET6]) {
    const bytes = inetPton(family, text);
    if (bytes !== undefined) return { family, bytes };
  }
  throw new RangeError(`${JSON.stringify(text)} is not an IPv4 or IPv6 address`);
}

const utf8 = new TextEncoder();

/** A name as the kernel wants it; `max` bytes are all it has room for. */
export function encodeName(what: string, name: string, max: number): Uint8Array {
  const bytes = utf8.encode(name);
  if (bytes.length <= max && !bytes.includes(0)) return bytes;
  throw new RangeError(`${what} has at most ${max} bytes and no NUL, not ${JSON.stringify(name)}`);
}

/** A name up to its NUL. */
export function decodeName(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}
