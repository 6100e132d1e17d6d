/**
 * Where two servers may answer differently and both be right. Everything else is compared byte for
 * byte; each exception is one line with its reason.
 */

import type { Words } from "./grammar.ts";
import { type Part, partsOf } from "./resp.ts";

type Comparison = (ours: Part, theirs: Part, words: Words) => boolean;
/** Of all that a command was answered with. */
type Comparisons = (ours: readonly Part[], theirs: readonly Part[], words: Words) => boolean;

// biome-ignore format: a table is read by its columns
const EXCEPTIONS: Readonly<Record<string, readonly [Comparisons, reason: string]>> = {
  smembers:    [each(sameMembers), "a set has no order"],
  sinter:      [each(sameMembers), "a set has no order"],
  sunion:      [each(sameMembers), "a set has no order"],
  sdiff:       [each(sameMembers), "a set has no order"],
  spop:        [each(sameMembers), "all of a set, which has no order"],
  sscan:       [each(sameScan), "a table is walked in an order of its own"],
  hgetall:     [each(samePairs), "a hash has no order once it is a table"],
  hkeys:       [each(sameMembers), "a hash has no order once it is a table"],
  hvals:       [each(sameMembers), "a hash has no order once it is a table"],
  hscan:       [each(sameScan), "a table is walked in an order of its own"],
  zscan:       [each(sameScan), "a table is walked in an order of its own"],
  scan:        [each(sameScan), "the keys are walked in an order of their own"],
  keys:        [each(sameMembers), "the keys have no order"],
  sort:        [each(sameWhenTied), "elements whose weights are equal come in any order"],
  sort_ro:     [each(sameWhenTied), "elements whose weights are equal come in any order"],
  lpos:        [hasSmallestRank, "C negates the smallest RANK, which is undefined"],
  randomkey:   [each(sameShape), "drawn by lot"],
  srandmember: [each(sameShape), "drawn by lot"],
  hrandfield:  [each(sameShape), "drawn by lot"],
  zrandmember: [each(sameShape), "drawn by lot"],
  config:      [each(samePairs), "CONFIG GET knows no order"],
  publish:     [sameTogether, "patterns that match have no order"],
  pubsub:      [each(sameMembers), "channels have no order"],
  unsubscribe: [sameFarewells, "without arguments it leaves all channels, which have no order"],
  punsubscribe: [sameFarewells, "as unsubscribe"],
  sunsubscribe: [sameFarewells, "as unsubscribe"],
  ttl:         [each(nearly), "time passes between two servers"],
  pttl:        [each(nearly), "time passes between two servers"],
  expiretime:  [each(nearly), "time passes between two servers"],
  pexpiretime: [each(nearly), "time passes between two servers"],
  xpending:    [each(nearly), "how long an entry waits depends on the clock"],
  xinfo:       [each(nearly), "how long a consumer waits depends on the clock"],
  object:      [each(nearly), "idle times depend on the clock"],
};

/** In milliseconds, and far more than in seconds. */
const NEAR = 3000;

/** Whether the replies to a command, and what was pushed with them, say the same. */
export function areSame(ours: string, theirs: string, words: Words): boolean {
  if (ours === theirs) return true;
  const exception = EXCEPTIONS[(words[0] ?? "").toLowerCase()];
  if (exception === undefined) return false;
  const left = partsOf(ours);
  const right = partsOf(theirs);
  return left.length === right.length && exception[0](left, right, words);
}

function each(comparison: Comparison): Comparisons {
  return (ours, theirs, words) => {
    return ours.every((part, i) => {
      const other = theirs[i] as Part;
      if (part.raw === other.raw) return true;
      return part.type === other.type && part.type !== "-" && comparison(part, other, words);
    });
  };
}

/** The same replies and messages in any order. */
function sameTogether(ours: readonly Part[], theirs: readonly Part[]): boolean {
  return sorted(ours, 1) === sorted(theirs, 1);
}

/** Each message has its kind, a channel, how many are left: only channels may be swapped. */
function sameFarewells(ours: readonly Part[], theirs: readonly Part[]): boolean {
  const channels = (parts: readonly Part[]) => {
    return parts
      .map(({ items }) => items[1]?.raw)
      .sort()
      .join();
  };
  const rest = (parts: readonly Part[]) => {
    return parts.map(({ type, items }) => `${type}${items[0]?.raw}${items[2]?.raw}`).join();
  };
  const isMessage = ({ items }: Part) => items.length === 3;
  if (!ours.every(isMessage) || !theirs.every(isMessage)) return false;
  return channels(ours) === channels(theirs) && rest(ours) === rest(theirs);
}

function hasSmallestRank(_ours: readonly Part[], _theirs: readonly Part[], words: Words): boolean {
  return words.includes(`${-(2n ** 63n)}`);
}

function sameMembers(ours: Part, theirs: Part): boolean {
  return sorted(ours.items, 1) === sorted(theirs.items, 1);
}

function samePairs(ours: Part, theirs: Part): boolean {
  return sorted(ours.items, 2) === sorted(theirs.items, 2);
}

/** The items, in the order of their bytes; `width` of them belong together. */
function sorted(items: readonly Part[], width: 1 | 2): string {
  const groups: string[] = [];
  for (let i = 0; i < items.length; i += width) {
    groups.push(
      items
        .slice(i, i + width)
        .map(({ raw }) => raw)
        .join(""),
    );
  }
  return groups.sort().join("");
}

/** Cursors of two servers mean nothing to each other; from 0 to the end, all elements are there. */
function sameScan(ours: Part, theirs: Part, words: Words): boolean {
  const begin = words[0] === "scan" ? words[1] : words[2];
  if (Number(begin) !== 0) return true;
  const width = words[0] === "hscan" || words[0] === "zscan" ? 2 : 1;
  const [cursor, found] = ours.items as [Part, Part];
  const [otherCursor, otherFound] = theirs.items as [Part, Part];
  const isWhole = cursor.raw === "$1\r\n0\r\n" && otherCursor.raw === cursor.raw;
  return !isWhole || sorted(found.items, width) === sorted(otherFound.items, width);
}

/** Of two strings, ALPHA compares what strcoll(3) sees of them: all before the first NUL. */
function sameWhenTied(ours: Part, theirs: Part, words: Words): boolean {
  const has = (option: string) => words.some((word) => word.toLowerCase() === option);
  if (has("by")) return ours.items.length === theirs.items.length;
  const seen = ({ items }: Part) =>
    items.map(({ raw }) => raw.replace(/^\$\d+\r\n/, "").replace(/(\0.*|\r\n)$/s, ""));
  return has("alpha") && seen(ours).join("\0") === seen(theirs).join("\0");
}

function sameShape(ours: Part, theirs: Part): boolean {
  return ours.items.length === theirs.items.length;
}

function nearly(ours: Part, theirs: Part): boolean {
  if (ours.raw === theirs.raw) return true;
  if (ours.type !== theirs.type || ours.items.length !== theirs.items.length) return false;
  if (ours.type !== ":") {
    return (
      ours.items.length > 0 && ours.items.every((item, i) => nearly(item, theirs.items[i] as Part))
    );
  }
  const [left, right] = [Number(ours.raw.slice(1)), Number(theirs.raw.slice(1))];
  return left >= 0 && right >= 0 && Math.abs(left - right) <= NEAR;
}
