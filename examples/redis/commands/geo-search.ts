/**
 * Places within a circle or a box: GEOSEARCH, GEOSEARCHSTORE, and the older GEORADIUS family.
 * https://redis.io/docs/latest/commands/geosearch/
 *
 * See also types/geo-search.ts, for where they are looked for.
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { type ReplyError, replyError, SYNTAX_ERROR } from "../errors.ts";
import { metersPer, pointArgument, writeCoordinates, writeDistance } from "../geo-args.ts";
import { ZSET } from "../keyspace/types.ts";
import { readObject } from "../lookup.ts";
import { parseDouble } from "../number.ts";
import { sortFirst } from "../partial-sort.ts";
import { cellsToSearch, distanceWithin, type Shape } from "../types/geo-search.ts";
import { distance, firstScore, type Point, pointOf, scoresIn } from "../types/geohash.ts";
import type { Entry, SortedSetValue } from "../types/sorted-set.ts";
import { EXACT } from "../types/trigonometry.ts";
import { storeEntries } from "./sorted-set-range.ts";

const STORE_ANY = "write denyoom movablekeys";
const STORE = "write denyoom";

// biome-ignore format: a table is read by its columns
export const geoSearchCommands: CommandGroup = { group: "geo", rows: [
  ["geosearch",            -7, "readonly", 1, 1, 1, geosearch,         "6.2.0", "Members inside"],
  ["geosearchstore",       -8, STORE,      1, 2, 1, geosearchstore,    "6.2.0", "Stores them"],
  ["georadius",            -6, STORE_ANY,  1, 1, 1, georadius,         "3.2.0", "Members around"],
  ["georadius_ro",         -6, "readonly", 1, 1, 1, georadius,         "3.2.10", "Reads"],
  ["georadiusbymember",    -5, STORE_ANY,  1, 1, 1, georadiusbymember, "3.2.0", "Around a member"],
  ["georadiusbymember_ro", -5, "readonly", 1, 1, 1, georadiusbymember, "3.2.10", "Reads"],
] };

const NO_MEMBER = replyError("ERR could not decode requested zset member");
const NEGATIVE_RADIUS = replyError("ERR radius cannot be negative");
const NEGATIVE_BOX = replyError("ERR height or width cannot be negative");
const COUNT_NOT_POSITIVE = replyError("ERR COUNT must be > 0");
const ANY_ALONE = replyError("ERR the ANY argument requires COUNT argument");

/** What is found: a member, its place, and how far it is from the centre in meters. */
interface Found extends Point {
  readonly member: string;
  readonly score: number;
  readonly distance: number;
}

/** The area, in parts as the arguments bring them. */
type Radius = { radius: number };
type Box = { width: number; height: number };

interface Query {
  readonly set: SortedSetValue | undefined;
  /** How the centre was named; the place is missing when the set is. */
  from: "member" | "place" | undefined;
  center: Point;
  area: Radius | Box | undefined;
  /** Meters in the unit of the reply. */
  unit: number;
  count: number;
  isAny: boolean;
  order: "asc" | "desc" | undefined;
  withDistance: boolean;
  withHash: boolean;
  withCoordinates: boolean;
  /** The key to store in. */
  target: string | undefined;
  storesDistance: boolean;
}

function newQuery(call: Call, keyIndex: number): Query {
  return {
    set: readObject<SortedSetValue>(call, keyIndex, ZSET),
    from: undefined,
    center: { longitude: 0, latitude: 0 },
    area: undefined,
    unit: 1,
    count: 0,
    isAny: false,
    order: undefined,
    withDistance: false,
    withHash: false,
    withCoordinates: false,
    target: undefined,
    storesDistance: false,
  };
}

/** GEOSEARCH key FROMMEMBER m|FROMLONLAT x y BYRADIUS r unit|BYBOX w h unit [option …] */
function geosearch(call: Call): void {
  const query = newQuery(call, 1);
  readOptions(call, query, 2, readSearchOption);
  answer(call, query);
}

/** GEOSEARCHSTORE destination source … [STOREDIST] */
function geosearchstore(call: Call): void {
  const query = newQuery(call, 2);
  query.target = call.args.string(1);
  readOptions(call, query, 3, readSearchOption);
  answer(call, query);
}

/** GEORADIUS key longitude latitude radius unit [option …] */
function georadius(call: Call): void {
  const query = newQuery(call, 1);
  query.center = pointArgument(call.args, 2);
  readRadius(call, query, 4);
  readOptions(call, query, 6, readStoreOption);
  answer(call, query);
}

/** GEORADIUSBYMEMBER key member radius unit [option …]; without the key, only options are read. */
function georadiusbymember(call: Call): void {
  const query = newQuery(call, 1);
  if (query.set !== undefined) {
    readMember(call, query, 2);
    readRadius(call, query, 3);
  }
  readOptions(call, query, 5, readStoreOption);
  answer(call, query);
}

/** Reads what is at argument `i`, if it is an option it knows; returns where the next one is. */
type OptionReader = (call: Call, query: Query, i: number) => number;

function readOptions(call: Call, query: Query, first: number, more: OptionReader): void {
  const { args } = call;
  for (let i = first; i < args.count; ) {
    const next = readOption(call, query, i) || more(call, query, i);
    if (next === 0) throw SYNTAX_ERROR;
    i = next;
  }
}

function readOption({ args }: Call, query: Query, i: number): number {
  if (args.is(i, "withdist")) query.withDistance = true;
  else if (args.is(i, "withhash")) query.withHash = true;
  else if (args.is(i, "withcoord")) query.withCoordinates = true;
  else if (args.is(i, "any")) query.isAny = true;
  else if (args.is(i, "asc")) query.order = "asc";
  else if (args.is(i, "desc")) query.order = "desc";
  else if (args.is(i, "count") && i + 1 < args.count) {
    query.count = args.integer(i + 1);
    if (query.count <= 0) throw COUNT_NOT_POSITIVE;
    return i + 2;
  } else return 0;
  return i + 1;
}

function readSearchOption(call: Call, query: Query, i: number): number {
  const { args } = call;
  const left = args.count - i - 1;
  if (args.is(i, "storedist") && query.target !== undefined) {
    query.storesDistance = true;
    return i + 1;
  }
  if (args.is(i, "frommember") && left >= 1 && query.from !== "place") {
    query.from = "member";
    if (query.set !== undefined) readMember(call, query, i + 1);
    return i + 2;
  }
  if (args.is(i, "fromlonlat") && left >= 2 && query.from !== "member") {
    query.from = "place";
    query.center = pointArgument(args, i + 1);
    return i + 3;
  }
  const { area } = query;
  if (args.is(i, "byradius") && left >= 2 && !(area && "width" in area)) {
    readRadius(call, query, i + 1);
    return i + 3;
  }
  if (args.is(i, "bybox") && left >= 3 && !(area && "radius" in area)) {
    readBox(call, query, i + 1);
    return i + 4;
  }
  return 0;
}

function readStoreOption({ args, command }: Call, query: Query, i: number): number {
  const storesDistance = args.is(i, "storedist");
  if (command.name.endsWith("_ro") || i + 1 >= args.count) return 0;
  if (!storesDistance && !args.is(i, "store")) return 0;
  query.target = args.string(i + 1);
  query.storesDistance = storesDistance;
  return i + 2;
}

function readMember({ args }: Call, query: Query, i: number): void {
  const score = query.set?.score(args.string(i));
  if (score === undefined) throw NO_MEMBER;
  query.center = pointOf(score);
}

function readRadius({ args }: Call, query: Query, i: number): void {
  const radius = size(args, i, "radius");
  if (radius < 0) throw NEGATIVE_RADIUS;
  query.unit = metersPer(args, i + 1);
  query.area = { radius: radius * query.unit };
}

function readBox({ args }: Call, query: Query, i: number): void {
  const width = size(args, i, "width");
  const height = size(args, i + 1, "height");
  if (width < 0 || height < 0) throw NEGATIVE_BOX;
  query.unit = metersPer(args, i + 2);
  query.area = { width: width * query.unit, height: height * query.unit };
}

function size(args: Args, i: number, name: string): number {
  const value = parseDouble(args.string(i));
  if (Number.isNaN(value)) throw replyError(`ERR need numeric ${name}`);
  return value;
}

/** What does not go together, in the order in which Redis finds it. */
function check({ args, command }: Call, query: Query): void {
  const { area, count, from, isAny, target } = query;
  const isSearch = command.name.startsWith("geosearch");
  if (target !== undefined && extrasOf(query) > 0) {
    const store = isSearch ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
    throw replyError(
      `ERR ${store} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`,
    );
  }
  if (isSearch && from === undefined) throw needsOne(args, "FROMMEMBER or FROMLONLAT");
  if (isSearch && area === undefined) throw needsOne(args, "BYRADIUS and BYBOX");
  if (isAny && count === 0) throw ANY_ALONE;
}

function needsOne(args: Args, choice: string): ReplyError {
  return replyError(`ERR exactly one of ${choice} can be specified for ${args.string(0)}`);
}

/** How many elements stand beside a member in the reply. */
function extrasOf({ withCoordinates, withDistance, withHash }: Query): number {
  return Number(withDistance) + Number(withHash) + Number(withCoordinates);
}

function answer(call: Call, query: Query): void {
  const { reply } = call;
  const { area, center, set, target } = query;
  check(call, query);
  const found =
    set === undefined || area === undefined ? [] : search(set, { center, ...area }, query);
  const chosen = inOrder(found, query);
  if (target === undefined) writeFound(call, query, chosen);
  else {
    const entries = chosen.map((one) => {
      const score = query.storesDistance ? storedDistance(query, one) : one.score;
      return { member: one.member, score };
    });
    const event = call.command.name === "geosearchstore" ? "geosearchstore" : "georadiusstore";
    storeEntries(call, target, entries, event);
    reply.integer(entries.length);
  }
}

/** A score has more digits than are told elsewhere. */
function storedDistance({ center, unit }: Query, point: Point): number {
  return distance(center, point, EXACT) / unit;
}

/** Entries that are looked at before it is asked whether they are enough. */
const BATCH = 100;

/** The members inside, cell by cell; with ANY the first ones that come along. */
function search(set: SortedSetValue, shape: Shape, { count, isAny }: Query): Found[] {
  const found: Found[] = [];
  const limit = isAny ? count : Number.POSITIVE_INFINITY;
  for (const cell of cellsToSearch(shape)) {
    const first = firstScore(cell);
    const last = first + scoresIn(cell);
    const end = set.countWhileScore((score) => score < last);
    let rank = set.countWhileScore((score) => score < first);
    for (; rank < end && found.length < limit; rank += BATCH) {
      findAmong(set.slice(rank, Math.min(rank + BATCH, end)), shape, found);
    }
  }
  return found.slice(0, limit);
}

function findAmong(entries: readonly Entry[], shape: Shape, found: Found[]): void {
  for (const { member, score } of entries) {
    const point = pointOf(score);
    const distance = distanceWithin(shape, point);
    if (distance !== undefined) found.push({ ...point, distance, member, score });
  }
}

/** COUNT means the nearest ones, unless ANY is said. */
function inOrder(found: Found[], { count, isAny, order }: Query): Found[] {
  const wanted = order ?? (count > 0 && !isAny ? "asc" : undefined);
  const sign = wanted === "desc" ? -1 : 1;
  const compare = (a: Found, b: Found) => sign * (a.distance - b.distance);
  const isPart = count > 0 && count < found.length;
  if (wanted !== undefined) {
    if (isPart) sortFirst(found, count, compare);
    else found.sort(compare);
  }
  return isPart ? found.slice(0, count) : found;
}

function writeFound({ reply }: Call, query: Query, found: readonly Found[]): void {
  const { unit, withCoordinates, withDistance, withHash } = query;
  const extras = extrasOf(query);
  reply.array(found.length);
  for (const one of found) {
    if (extras > 0) reply.array(1 + extras);
    reply.bulkString(one.member);
    if (withDistance) writeDistance(reply, one.distance / unit);
    if (withHash) reply.integer(Math.trunc(one.score));
    if (withCoordinates) writeCoordinates(reply, one);
  }
}
