/** Sorted sets in dumps: a listpack of members and scores in turn, or the same one by one. */

import type { Settings } from "../config.ts";
import { formatPackedScore, parseDouble } from "../number.ts";
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

type Limits = Pick<Settings, "zset-max-listpack-entries" | "zset-max-listpack-value">;

/** What is in a listpack stays packed, however long its members are. */
function anyLength(settings: Settings): Limits {
  return {
    "zset-max-listpack-entries": settings["zset-max-listpack-entries"],
    "zset-max-listpack-value": Number.POSITIVE_INFINITY,
  };
}

export function sortedSetType(set: SortedSetValue): number {
  return set.encoding() === "listpack" ? TYPE_ZSET_LISTPACK : TYPE_ZSET_2;
}

export function writeSortedSet(writer: RdbWriter, set: SortedSetValue): void {
  if (sortedSetType(set) === TYPE_ZSET_LISTPACK) {
    const listpack = new ListpackWriter();
    set.visit(0, set.size, (buffer, offset, length, score) => {
      listpack.push(buffer, offset, length);
      listpack.pushText(formatPackedScore(score));
    });
    const bytes = listpack.finish();
    writer.string(bytes, 0, bytes.length);
    return;
  }
  writer.number(set.size);
  // From the greatest on, so that whoever reads it inserts each at the front.
  set.visitBack(0, set.size, (buffer, offset, length, score) => {
    writer.string(buffer, offset, length);
    writer.double(score);
  });
}

export function readSortedSet2(reader: RdbReader, settings: Settings): SortedSetValue {
  const entries: Entry[] = [];
  for (let left = reader.someCount(9); left > 0; left--) {
    entries.push({ member: reader.text(), score: reader.double() });
  }
  return checked(entries, settings);
}

/** The oldest form, with scores in digits. */
export function readPlainSortedSet(reader: RdbReader, settings: Settings): SortedSetValue {
  const entries: Entry[] = [];
  for (let left = reader.someCount(2); left > 0; left--) {
    entries.push({ member: reader.text(), score: readDigits(reader) });
  }
  return checked(entries, settings);
}

function readDigits(reader: RdbReader): number {
  const length = reader.byte();
  if (length === NOT_A_NUMBER) return Number.NaN;
  if (length === INFINITE) return Number.POSITIVE_INFINITY;
  if (length === MINUS_INFINITE) return Number.NEGATIVE_INFINITY;
  return parseDouble(reader.characters(length));
}

export function readListpackSortedSet(reader: RdbReader, settings: Settings): SortedSetValue {
  return fromPairs(listpackElements(reader.string()), anyLength(settings));
}

export function readZiplistSortedSet(reader: RdbReader, settings: Settings): SortedSetValue {
  return fromPairs(ziplistElements(reader.string()), anyLength(settings));
}

function fromPairs(elements: readonly string[], limits: Limits): SortedSetValue {
  if (elements.length === 0) throw new CorruptDump("an empty sorted set");
  if (elements.length % 2 !== 0) throw new CorruptDump("a member without a score");
  const entries: Entry[] = [];
  for (let i = 0; i < elements.length; i += 2) {
    const score = parseDouble(elements[i + 1] as string);
    entries.push({ member: elements[i] as string, score });
  }
  return checked(entries, limits);
}

function checked(entries: readonly Entry[], limits: Limits): SortedSetValue {
  if (entries.some(({ score }) => Number.isNaN(score))) {
    throw new CorruptDump("a score that is no number");
  }
  const set = SortedSetValue.from(entries, limits);
  if (set.size !== entries.length) throw new CorruptDump("a member that is there twice");
  return set;
}
