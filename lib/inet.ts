// Internet addresses as text: what inet_pton(3) and inet_ntop(3) of the C library accept and
// print, no more. RFC 4291 section 2.2 describes the notation of IPv6 addresses.
// See also sockaddr.ts.

import { AF_INET, AF_INET6 } from "./constants.ts";

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const IPV6_GROUPS = IPV6_BYTES / 2;

/**
 * The bytes of an address in network byte order, 4 or 16, or undefined if the text is none.
 * No octal, no leading zeros, no shortened IPv4, no zone. TypeError for a family without addresses.
 */
export function inetPton(family: number, text: string): Uint8Array | undefined {
  if (typeof text !== "string") throw new TypeError("an address is a string");
  if (family === AF_INET) return parseIpv4(text);
  if (family === AF_INET6) return parseIpv6(text);
  throw new TypeError(`address family ${family} has no text form`);
}

/** The text of an address of 4 or 16 bytes, in its shortest form. */
export function inetNtop(family: number, bytes: Uint8Array): string {
  const size = family === AF_INET ? IPV4_BYTES : family === AF_INET6 ? IPV6_BYTES : 0;
  if (size === 0) throw new TypeError(`address family ${family} has no text form`);
  if (bytes.length !== size) {
    throw new RangeError(`an address of this family has ${size} bytes, not ${bytes.length}`);
  }
  return family === AF_INET ? bytes.join(".") : formatIpv6(bytes);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".", IPV4_BYTES + 1);
  if (parts.length !== IPV4_BYTES) return undefined;
  const bytes = new Uint8Array(IPV4_BYTES);
  for (let i = 0; i < IPV4_BYTES; i++) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(parts[i]) || Number(parts[i]) > 255) return undefined;
    bytes[i] = Number(parts[i]);
  }
  return bytes;
}

/** `::` is at least one group of zeros, once; the last two groups may be an IPv4 address. */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::", 3);
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0], halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1], true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const zeros = IPV6_BYTES - head.length - tail.length;
  if (halves.length === 1 ? zeros !== 0 : zeros < 2) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(zeros).fill(0), ...tail]);
}

/** The bytes of `1:2:3`, or of `1:2:10.0.0.1` where the address may end; nothing for nothing. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":", IPV6_GROUPS + 1);
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i];
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const ipv4 = isEnd && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    bytes.push(...ipv4);
  }
  return bytes;
}

/** The longest run of two or more zero groups becomes `::`; the first of them if two are equal. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: IPV6_GROUPS },
    (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1],
  );
  const run = longestZeroRun(groups);
  const texts = groups.map((group) => group.toString(16));
  if (endsInIpv4(groups, run)) texts.splice(6, 2, bytes.subarray(12).join("."));
  if (run.length < 2) return texts.join(":");
  return `${texts.slice(0, run.start).join(":")}::${texts.slice(run.start + run.length).join(":")}`;
}

interface Run {
  start: number;
  length: number;
}

function longestZeroRun(groups: number[]): Run {
  let best: Run = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}

/** The C library prints `::ffff:1.2.3.4` and `::1.2.3.4`, but `::1` and `::ffff` in hexadecimal. */
function endsInIpv4(groups: number[], run: Run): boolean {
  if (run.start !== 0) return false;
  return run.length === 6 || (run.length === 5 && groups[5] === 0xffff);
}
