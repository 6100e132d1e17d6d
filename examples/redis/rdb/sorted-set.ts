/** Sorted sets in dumps: a listpack of members and scores in turn, or the same one by one. */

import type { Settings } from "../config.ts";
import { formatDouble, parseDouble } from "../number.ts";
import { type Entry, SortedSetValue } from "../types/sorted-set.ts";
import { TYPE_ZSET_2, TYPE_ZSET_LISTPACK } from "./encoding.ts";
import { ListpackWriter, listpackElements } from "./listpack.ts";
import { CorruptDump, type RdbReader } from "./reader.ts";
import type { RdbWriter } from "./writer.ts";
import { ziplistElements } from "./ziplist.ts";

// A score in digits has its length before it, or one of these is all there is.
const NOT_A_NUMBER = 253;
const INFINITE = 254;
const MINUS_INFINITE = 255;

export function sortedSetType(set: SortedSetValue): number {
  return set.encoding() === "listpack" ? TYPE_ZSET_LISTPACK : TYPE_ZSET_2;
}

export function writeSortedSet(writer: RdbWriter, set: SortedSetValue): void {
  if (sortedSetType(set) === TYPE_ZSET_LISTPACK) {
    const listpack = new ListpackWriter();
    for (const { member, score } of set.entries()) {
      listpack.pushText(member);
      listpack.pushText(formatDouble(score));
    }
    const bytes = listpack.finish();
    writer.string(bytes, 0, bytes.length);
    return;
  }
  writer.number(set.size);
  // From the greatest on, so that whoever reads it inserts each at the front.
  for (const { member, score } of entriesReversed(set)) {
    writer.text(member);
    writer.double(score);
  }
}

function entriesReversed(set: SortedSetValue): Entry[] {
  return set.entries().reverse();
}

export function readSortedSet2(reader: RdbReader, settings: Settings): SortedSetValue {
  const set = new SortedSetValue();
  for (let left = reader.someCount(9); left > 0; left--) {
    add(set, reader.text(), reader.double(), settings);
  }
  return set;
}

/** The oldest form, with scores in digits. */
export function readPlainSortedSet(reader: RdbReader, settings: Settings): SortedSetValue {
  const set = new SortedSetValue();
  for (let left = reader.someCount(2); left > 0; left--) {
    add(set, reader.text(), readDigits(reader), settings);
  }
  return set;
}

function readDigits(reader: RdbReader): number {
  const length = reader.byte();
  if (length === NOT_A_NUMBER) return Number.NaN;
  if (length === INFINITE) return Number.POSITIVE_INFINITY;
  if (length === MINUS_INFINITE) return Number.NEGATIVE_INFINITY;
  return parseDouble(reader.characters(length));
}

export function readListpackSortedSet(reader: RdbReader, settings: Settings): SortedSetValue {
  return fromPairs(listpackElements(reader.string()), settings);
}

export function readZiplistSortedSet(reader: RdbReader, settings: Settings): SortedSetValue {
  return fromPairs(ziplistElements(reader.string()), settings);
}

function fromPairs(elements: readonly string[], settings: Settings): SortedSetValue {
  if (elements.length === 0) throw new CorruptDump("an empty sorted set");
  if (elements.length % 2 !== 0) throw new CorruptDump("a member without a score");
  const set = new SortedSetValue();
  for (let i = 0; i < elements.length; i += 2) {
    add(set, elements[i] as string, parseDouble(elements[i + 1] as string), settings);
  }
  return set;
}

function add(set: SortedSetValue, member: string, score: number, settings: Settings): void {
  if (Number.isNaN(score)) throw new CorruptDump("a score that is no number");
  if (set.score(member) !== undefined) throw new CorruptDump("a member that is there twice");
  set.set(member, score, settings);
}
