/** A value of any type in a dump: the number of its type, and what is written behind it. */

import type { Settings } from "../config.ts";
import type { Keyspace, Ref } from "../keyspace/keyspace.ts";
import { HASH, LIST, SET, STREAM, STRING, type ValueType, ZSET } from "../keyspace/types.ts";
import type { HashValue } from "../types/hash.ts";
import type { ListValue } from "../types/list.ts";
import type { SetValue } from "../types/set.ts";
import type { SortedSetValue } from "../types/sorted-set.ts";
import type { StreamValue } from "../types/stream.ts";
import type { TypedValue } from "../types/value.ts";
import * as encoding from "./encoding.ts";
import {
  hashType,
  readListpackHash,
  readPlainHash,
  readZiplistHash,
  readZipmapHash,
  writeHash,
} from "./hash.ts";
import {
  readPlainList,
  readQuicklist,
  readQuicklist2,
  readZiplistList,
  writeList,
} from "./list.ts";
import { CorruptDump, type RdbReader } from "./reader.ts";
import { readIntset, readPlainSet, setType, writeSet } from "./set.ts";
import {
  readListpackSortedSet,
  readPlainSortedSet,
  readSortedSet2,
  readZiplistSortedSet,
  sortedSetType,
  writeSortedSet,
} from "./sorted-set.ts";
import { readStream, writeStream } from "./stream.ts";
import type { RdbWriter } from "./writer.ts";

/** Writes the type and the value of a key. */
export function writeValue(writer: RdbWriter, db: Keyspace, ref: Ref, settings: Settings): void {
  if (db.type(ref) === STRING) {
    writer.number(encoding.TYPE_STRING);
    db.readString(ref);
    writer.string(db.buffer, db.offset, db.length);
    return;
  }
  WRITERS[db.type(ref)]?.(writer, db.object(ref), settings);
}

type ValueWriter = (writer: RdbWriter, value: object, settings: Settings) => void;

const WRITERS: Partial<Record<ValueType, ValueWriter>> = {
  [LIST]: (writer, value, settings) => {
    writer.number(encoding.TYPE_LIST_QUICKLIST_2);
    writeList(writer, value as ListValue, settings);
  },
  [SET]: (writer, value) => {
    writer.number(setType(value as SetValue));
    writeSet(writer, value as SetValue);
  },
  [ZSET]: (writer, value) => {
    writer.number(sortedSetType(value as SortedSetValue));
    writeSortedSet(writer, value as SortedSetValue);
  },
  [HASH]: (writer, value) => {
    writer.number(hashType(value as HashValue));
    writeHash(writer, value as HashValue);
  },
  [STREAM]: (writer, value) => {
    writer.number(encoding.TYPE_STREAM_LISTPACKS_2);
    writeStream(writer, value as StreamValue);
  },
};

type ValueReader = (reader: RdbReader, settings: Settings) => TypedValue;

const READERS = new Map<number, readonly [ValueType, ValueReader]>([
  [encoding.TYPE_LIST, [LIST, readPlainList]],
  [encoding.TYPE_LIST_ZIPLIST, [LIST, readZiplistList]],
  [encoding.TYPE_LIST_QUICKLIST, [LIST, readQuicklist]],
  [encoding.TYPE_LIST_QUICKLIST_2, [LIST, readQuicklist2]],
  [encoding.TYPE_SET, [SET, readPlainSet]],
  [encoding.TYPE_SET_INTSET, [SET, readIntset]],
  [encoding.TYPE_ZSET, [ZSET, readPlainSortedSet]],
  [encoding.TYPE_ZSET_2, [ZSET, readSortedSet2]],
  [encoding.TYPE_ZSET_ZIPLIST, [ZSET, readZiplistSortedSet]],
  [encoding.TYPE_ZSET_LISTPACK, [ZSET, readListpackSortedSet]],
  [encoding.TYPE_HASH, [HASH, readPlainHash]],
  [encoding.TYPE_HASH_ZIPMAP, [HASH, readZipmapHash]],
  [encoding.TYPE_HASH_ZIPLIST, [HASH, readZiplistHash]],
  [encoding.TYPE_HASH_LISTPACK, [HASH, readListpackHash]],
  [encoding.TYPE_STREAM_LISTPACKS, [STREAM, (reader) => readStream(reader, 1)]],
  [encoding.TYPE_STREAM_LISTPACKS_2, [STREAM, (reader) => readStream(reader, 2)]],
]);

/** What was read: the bytes of a string, or a value of another type. */
export type ReadValue =
  | { readonly type: typeof STRING; readonly bytes: Buffer }
  | { readonly type: Exclude<ValueType, typeof STRING>; readonly value: TypedValue };

/** Reads a type and a value; throws a CorruptDump for what is none, and for those of modules. */
export function readValue(reader: RdbReader, settings: Settings): ReadValue {
  const number = reader.byte();
  if (number === encoding.TYPE_STRING) return { type: STRING, bytes: reader.string() };
  const row = READERS.get(number);
  if (row === undefined) throw new CorruptDump("an unknown type of value");
  const [type, read] = row;
  return { type: type as Exclude<ValueType, typeof STRING>, value: read(reader, settings) };
}
