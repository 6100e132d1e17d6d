/**
 * What DEBUG DIGEST says of a data set: equal data, equal digest, whatever their order in memory.
 * Byte for byte that of Redis, so that a copy made by other means can be compared.
 *
 * What has an order is mixed into the digest (the digest of all so far), what has none is xored.
 */

import { createHash } from "node:crypto";
import type { Keyspace, Ref } from "./keyspace/keyspace.ts";
import { HASH, LIST, SET, STREAM, STRING, ZSET } from "./keyspace/types.ts";
import { formatDouble } from "./number.ts";
import type { HashValue } from "./types/hash.ts";
import type { ListValue } from "./types/list.ts";
import type { SetValue } from "./types/set.ts";
import type { SortedSetValue } from "./types/sorted-set.ts";
import type { StreamValue } from "./types/stream.ts";
import { MAX_ID, MIN_ID } from "./types/stream-id.ts";

/** SHA-1. */
const LENGTH = 20;

class Digest {
  readonly bytes = Buffer.alloc(LENGTH);

  xor(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    const other = createHash("sha1").update(bytes).digest();
    for (let i = 0; i < LENGTH; i++) this.bytes[i] ^= other[i];
  }

  mix(data: string | Uint8Array): void {
    this.xor(data);
    createHash("sha1").update(this.bytes).digest().copy(this.bytes);
  }

  /** A 32-bit number, in network byte order. */
  mixInteger(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    this.mix(bytes);
  }

  /** Words that belong together, among others of which the order does not matter. */
  xorTogether(...words: string[]): void {
    const together = new Digest();
    for (const word of words) together.mix(word);
    this.xor(together.bytes);
  }
}

/** The digest of all databases, in hex. */
export function digestOfAll(databases: readonly Keyspace[]): string {
  const digest = new Digest();
  for (const [i, db] of databases.entries()) {
    if (db.size === 0) continue;
    digest.mixInteger(i);
    db.each((ref) => {
      const own = new Digest();
      own.mix(db.keyName(ref));
      addValue(own, db, ref);
      digest.xor(own.bytes);
    });
  }
  return digest.bytes.toString("hex");
}

/** The digest of a value and its expiry, without the key. */
export function digestOfValue(db: Keyspace, ref: Ref): string {
  const digest = new Digest();
  addValue(digest, db, ref);
  return digest.bytes.toString("hex");
}

export const NO_DIGEST = "0".repeat(2 * LENGTH);

function addValue(digest: Digest, db: Keyspace, ref: Ref): void {
  const type = db.type(ref);
  digest.mixInteger(type);
  if (type === STRING) digest.mix(db.stringValue(ref));
  else ADD[type]?.(digest, db.object(ref));
  if (db.expiry(ref) > 0) digest.xor("!!expire!!");
}

const ADD: Record<number, (digest: Digest, value: object) => void> = {
  [LIST]: (digest, value) => {
    const list = value as ListValue;
    for (let i = 0; i < list.length; i++) digest.mix(list.at(i));
  },
  [SET]: (digest, value) => {
    for (const member of (value as SetValue).values()) digest.xor(member);
  },
  [ZSET]: (digest, value) => {
    for (const { member, score } of (value as SortedSetValue).entries()) {
      digest.xorTogether(member, formatDouble(score));
    }
  },
  [HASH]: (digest, value) => {
    for (const { name, value: text } of (value as HashValue).entries()) {
      digest.xorTogether(name, text);
    }
  },
  [STREAM]: (digest, value) => {
    for (const { node, index } of (value as StreamValue).range(MIN_ID, MAX_ID)) {
      const { ms, seq } = node.id(index);
      digest.mix(`${ms}.${seq}`);
      node.items(index, (buffer, offset, length) => {
        digest.mix(buffer.subarray(offset, offset + length));
      });
    }
  },
};
