/** Hashes in dumps: a listpack of fields and values in turn, or the same one by one. */

import type { Settings } from "../config.ts";
import { HashValue } from "../types/hash.ts";
import { TYPE_HASH, TYPE_HASH_LISTPACK } from "./encoding.ts";
import { ListpackWriter, listpackElements } from "./listpack.ts";
import { CorruptDump, type RdbReader } from "./reader.ts";
import type { RdbWriter } from "./writer.ts";
import { ziplistElements, zipmapElements } from "./ziplist.ts";

type Limits = Pick<Settings, "hash-max-listpack-entries" | "hash-max-listpack-value">;

function anyLength(settings: Settings): Limits {
  return {
    "hash-max-listpack-entries": settings["hash-max-listpack-entries"],
    "hash-max-listpack-value": Number.POSITIVE_INFINITY,
  };
}

export function hashType(hash: HashValue): number {
  return hash.encoding() === "listpack" ? TYPE_HASH_LISTPACK : TYPE_HASH;
}

export function writeHash(writer: RdbWriter, hash: HashValue): void {
  if (hashType(hash) === TYPE_HASH_LISTPACK) {
    const listpack = new ListpackWriter();
    for (const { name, value } of hash.entries()) {
      listpack.pushText(name);
      listpack.pushText(value);
    }
    const bytes = listpack.finish();
    writer.string(bytes, 0, bytes.length);
    return;
  }
  // Those whose time has come are not among them, though they may still be counted.
  const fields = hash.entries();
  writer.number(fields.length);
  for (const { name, value } of fields) {
    writer.text(name);
    writer.text(value);
  }
}

export function readPlainHash(reader: RdbReader, settings: Settings): HashValue {
  const hash = new HashValue();
  for (let left = reader.someCount(2); left > 0; left--) {
    setNew(hash, reader.text(), reader.text(), settings);
  }
  return hash;
}

/** What is in a listpack stays packed, however long its strings are. */
export function readListpackHash(reader: RdbReader, settings: Settings): HashValue {
  return fromPairs(listpackElements(reader.string()), anyLength(settings));
}

export function readZiplistHash(reader: RdbReader, settings: Settings): HashValue {
  return fromPairs(ziplistElements(reader.string()), anyLength(settings));
}

export function readZipmapHash(reader: RdbReader, settings: Settings): HashValue {
  return fromPairs(zipmapElements(reader.string()), settings);
}

function fromPairs(elements: readonly string[], limits: Limits): HashValue {
  if (elements.length === 0) throw new CorruptDump("an empty hash");
  if (elements.length % 2 !== 0) throw new CorruptDump("a field without a value");
  const hash = new HashValue();
  for (let i = 0; i < elements.length; i += 2) {
    setNew(hash, elements[i] as string, elements[i + 1] as string, limits);
  }
  return hash;
}

function setNew(hash: HashValue, name: string, value: string, limits: Limits): void {
  if (!hash.set(name, value, limits)) throw new CorruptDump("a field that is there twice");
}
