/**
 * SORT and SORT_RO: the elements of a list, a set or a sorted set, by number or by bytes, of
 * themselves or of other keys.
 * https://redis.io/docs/latest/commands/sort/
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR, WRONG_TYPE } from "../errors.ts";
import { KeyPattern } from "../key-pattern.ts";
import { type Keyspace, NONE } from "../keyspace/keyspace.ts";
import { LIST, SET, ZSET } from "../keyspace/types.ts";
import { GENERIC_EVENT, LIST_EVENT, notify } from "../keyspace-events.ts";
import { lookupRead } from "../lookup.ts";
import { parseDouble } from "../number.ts";
import { ListValue } from "../types/list.ts";
import type { SetValue } from "../types/set.ts";
import type { SortedSetValue } from "../types/sorted-set.ts";

// biome-ignore format: a table is read by its columns
export const sortCommands: CommandGroup = { group: "generic", rows: [
  ["sort",    -2, "write denyoom movablekeys", 1, 1, 1, sort,   "1.0.0", "Sorts; may store"],
  ["sort_ro", -2, "readonly movablekeys",      1, 1, 1, sortRo, "7.0.0", "Sorts a collection"],
] };

const BY_DENIED = replyError("ERR BY option of SORT denied due to insufficient ACL permissions");
const GET_DENIED = replyError("ERR GET option of SORT denied due to insufficient ACL permissions");
const NOT_A_NUMBER = replyError("ERR One or more scores can't be converted into double");

interface SortOptions {
  by: KeyPattern | undefined;
  isDescending: boolean;
  isAlpha: boolean;
  start: number;
  /** Negative for all. */
  count: number;
  gets: KeyPattern[];
  store: string | undefined;
}

function sort(call: Call): void {
  const options = parseOptions(call);
  const sorted = sortElements(call, options);
  if (options.store === undefined) replySorted(call, sorted, options);
  else storeSorted(call, options.store, found(call.db, sorted, options));
}

function sortRo(call: Call): void {
  const options = parseOptions(call);
  if (options.store !== undefined) throw SYNTAX_ERROR;
  replySorted(call, sortElements(call, options), options);
}

/** [BY pattern] [LIMIT start count] [GET pattern ...] [ASC|DESC] [ALPHA] [STORE key] */
function parseOptions(call: Call): SortOptions {
  const { args } = call;
  const options: SortOptions = {
    by: undefined,
    isDescending: false,
    isAlpha: false,
    start: 0,
    count: -1,
    gets: [],
    store: undefined,
  };
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    if (args.is(i, "asc")) options.isDescending = false;
    else if (args.is(i, "desc")) options.isDescending = true;
    else if (args.is(i, "alpha")) options.isAlpha = true;
    else if (args.is(i, "limit") && left >= 2) {
      options.start = args.integer(++i);
      options.count = args.integer(++i);
    } else if (args.is(i, "store") && left >= 1) options.store = args.string(++i);
    else if (args.is(i, "by") && left >= 1) options.by = parseBy(call, ++i);
    else if (args.is(i, "get") && left >= 1) options.gets.push(parseGet(call, ++i));
    else throw SYNTAX_ERROR;
  }
  return options;
}

/** It names keys that no rule can look at: only who may read all of them may use it. */
function parseBy(call: Call, i: number): KeyPattern {
  const pattern = new KeyPattern(call.args.string(i));
  if (!pattern.isConstant && !readsAllKeys(call)) throw BY_DENIED;
  return pattern;
}

function parseGet(call: Call, i: number): KeyPattern {
  const pattern = new KeyPattern(call.args.string(i));
  if (call.args.string(i) !== "#" && !readsAllKeys(call)) throw GET_DENIED;
  return pattern;
}

function readsAllKeys({ args, command, session }: Call): boolean {
  return session.user.readsAllKeys(command, args);
}

/** The elements that are asked for, in order. */
function sortElements(call: Call, options: SortOptions): string[] {
  const elements = elementsOf(call, options);
  const size = elements.length;
  const start = Math.min(Math.max(options.start, 0), size);
  const count = Math.min(Math.max(options.count, -1), size);
  const end = count < 0 ? size : Math.min(start + count, size);
  return inOrder(call.db, elements, options).slice(start, end);
}

function elementsOf(call: Call, options: SortOptions): string[] {
  const { db } = call;
  const ref = lookupRead(call, 1);
  if (ref === NONE) return [];
  const value = db.object(ref);
  switch (db.type(ref)) {
    case LIST: {
      const list = value as ListValue;
      return asTheyAre(
        Array.from({ length: list.length }, (_, i) => list.at(i)),
        options,
      );
    }
    case SET:
      return (value as SetValue).values();
    case ZSET:
      // Redis does so to go through it faster, and OBJECT ENCODING tells.
      (value as SortedSetValue).convert();
      return asTheyAre(
        (value as SortedSetValue).entries().map(({ member }) => member),
        options,
      );
    default:
      throw WRONG_TYPE;
  }
}

/** Elements that have an order have another way round, too, where they are not sorted. */
function asTheyAre(elements: string[], options: SortOptions): string[] {
  return isUnsorted(options) && options.isDescending ? elements.reverse() : elements;
}

/** A BY that is the same for all means: as they are. */
function isUnsorted({ by }: SortOptions): boolean {
  return by?.isConstant === true;
}

function inOrder(db: Keyspace, elements: string[], options: SortOptions): string[] {
  const { by, isAlpha, isDescending, store } = options;
  if (isUnsorted(options)) return elements;
  const weighed = elements.map((element) => {
    const weight = by === undefined ? element : by.lookup(db, element);
    return { element, weight, score: isAlpha ? 0 : scoreOf(weight) };
  });
  const compare = isAlpha ? (store === undefined ? byText : byWeight) : byScore;
  weighed.sort(isDescending ? (a, b) => compare(b, a) : compare);
  return weighed.map(({ element }) => element);
}

interface Weighed {
  readonly element: string;
  readonly weight: string | undefined;
  readonly score: number;
}

/** An element whose key is not there has none. */
function byWeight({ weight: a }: Weighed, { weight: b }: Weighed): number {
  if (a !== undefined && b !== undefined) return compareBytes(a, b);
  return Number(a !== undefined) - Number(b !== undefined);
}

/** What is not stored is sorted for people, as strcoll(3) does: only up to a NUL. */
function byText(a: Weighed, b: Weighed): number {
  return byWeight(upToNul(a), upToNul(b));
}

function upToNul(weighed: Weighed): Weighed {
  return { ...weighed, weight: weighed.weight?.split("\0", 1)[0] };
}

function byScore(a: Weighed, b: Weighed): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return compareBytes(a.element, b.element);
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As strtod(3): nothing is zero, spaces may precede a number, a NUL ends it. */
function scoreOf(weight: string | undefined): number {
  const [digits = ""] = weight?.split("\0", 1) ?? [];
  if (digits === "") return 0;
  const score = parseDouble(digits.replace(/^[\t-\r ]+/, ""));
  if (Number.isNaN(score)) throw NOT_A_NUMBER;
  return score;
}

/** What the GETs find for each element, or the elements. */
function found(
  db: Keyspace,
  sorted: readonly string[],
  { gets }: SortOptions,
): (string | undefined)[] {
  if (gets.length === 0) return [...sorted];
  return sorted.flatMap((element) => gets.map((get) => get.lookup(db, element)));
}

function replySorted({ db, reply }: Call, sorted: string[], options: SortOptions): void {
  const values = found(db, sorted, options);
  reply.array(values.length);
  for (const value of values) {
    if (value === undefined) reply.null();
    else reply.bulkString(value);
  }
}

/** What was not found is stored as nothing. */
function storeSorted(call: Call, key: string, values: (string | undefined)[]): void {
  const { db, reply } = call;
  reply.integer(values.length);
  if (values.length === 0) {
    if (db.removeName(key)) notify(call, GENERIC_EVENT, "del", key);
    return;
  }
  const list = new ListValue();
  for (const value of values) list.push(value ?? "");
  db.setObject(key, LIST, list);
  notify(call, LIST_EVENT, "sortstore", key);
}
