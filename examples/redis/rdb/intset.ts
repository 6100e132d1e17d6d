/** The intset, Redis's form of small sets of integers: their width, how many, and they, sorted. */

import { CorruptDump } from "./reader.ts";

const HEADER = 8;

/** The members, sorted integers of 64 bits, as an intset of the least width that holds them all. */
export function writeIntset(members: readonly bigint[]): Buffer {
  const first = members[0] ?? 0n;
  const last = members.at(-1) ?? 0n;
  const fits = (bits: bigint) => first >= -(1n << (bits - 1n)) && last < 1n << (bits - 1n);
  const width = fits(16n) ? 2 : fits(32n) ? 4 : 8;
  const bytes = Buffer.allocUnsafe(HEADER + members.length * width);
  bytes.writeUInt32LE(width, 0);
  bytes.writeUInt32LE(members.length, 4);
  for (const [i, member] of members.entries()) {
    const at = HEADER + i * width;
    if (width === 8) bytes.writeBigInt64LE(member, at);
    else bytes.writeIntLE(Number(member), at, width);
  }
  return bytes;
}

/** The members as byte strings. */
export function intsetMembers(bytes: Buffer): string[] {
  if (bytes.length < HEADER) throw new CorruptDump("an intset that ends too early");
  const width = bytes.readUInt32LE(0);
  const count = bytes.readUInt32LE(4);
  const isKnown = width === 2 || width === 4 || width === 8;
  if (!isKnown || count === 0 || bytes.length !== HEADER + count * width) {
    throw new CorruptDump("an intset of another length");
  }
  const members: string[] = [];
  let before: number | bigint = Number.NEGATIVE_INFINITY;
  for (let at = HEADER; at < bytes.length; at += width) {
    const member = width === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, width);
    if (member <= before) throw new CorruptDump("an intset out of order");
    members.push(String(member));
    before = member;
  }
  return members;
}
