/**
 * Places on earth: sorted sets whose scores are geohashes.
 * https://redis.io/docs/latest/commands/?group=geo
 *
 * See also geo-search.ts, and types/geohash.ts.
 */

import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { metersPer, pointArgument, writeCoordinates, writeDistance } from "../geo-args.ts";
import { ZSET } from "../keyspace/types.ts";
import { notify, ZSET_EVENT } from "../keyspace-events.ts";
import { readObject, signalModified, writeObject } from "../lookup.ts";
import { distance, geohashText, pointOf, scoreOf } from "../types/geohash.ts";
import { SortedSetValue } from "../types/sorted-set.ts";

// biome-ignore format: a table is read by its columns
export const geoCommands: CommandGroup = { group: "geo", rows: [
  ["geoadd",  -5, "write denyoom", 1, 1, 1, geoadd,  "3.2.0", "Sets places of members"],
  ["geodist", -4, "readonly",      1, 1, 1, geodist, "3.2.0", "How far two members are apart"],
  ["geohash", -2, "readonly",      1, 1, 1, geohash, "3.2.0", "Places of members, as text"],
  ["geopos",  -2, "readonly",      1, 1, 1, geopos,  "3.2.0", "Places of members"],
] };

/** GEOADD key [NX|XX] [CH] longitude latitude member [longitude latitude member …] */
function geoadd(call: Call): void {
  const { args, db, reply } = call;
  const options = { nx: false, xx: false, ch: false };
  let first = 2;
  for (; first < args.count; first++) {
    if (args.is(first, "nx")) options.nx = true;
    else if (args.is(first, "xx")) options.xx = true;
    else if (args.is(first, "ch")) options.ch = true;
    else break;
  }
  if ((args.count - first) % 3 !== 0 || (options.nx && options.xx)) throw SYNTAX_ERROR;
  const scores: number[] = [];
  for (let i = first; i < args.count; i += 3) scores.push(scoreOf(pointArgument(args, i)));
  if (scores.length === 0) throw SYNTAX_ERROR;
  const found = writeObject<SortedSetValue>(call, 1, ZSET);
  const set = found ?? new SortedSetValue();
  let added = 0;
  let moved = 0;
  for (const [i, score] of scores.entries()) {
    const member = args.string(first + i * 3 + 2);
    const old = set.score(member);
    if (old === score || (old === undefined ? options.xx : options.nx)) continue;
    set.set(member, score, call.core.settings);
    if (old === undefined) added++;
    else moved++;
  }
  if (found === undefined && added > 0) db.setObject(args.string(1), ZSET, set);
  else if (added + moved > 0) signalModified(call, 1, set);
  if (added + moved > 0) notify(call, ZSET_EVENT, "zadd", 1);
  reply.integer(added + (options.ch ? moved : 0));
}

/** GEODIST key member1 member2 [M|KM|FT|MI] */
function geodist(call: Call): void {
  const { args, reply } = call;
  if (args.count > 5) throw SYNTAX_ERROR;
  const unit = args.count > 4 ? metersPer(args, 4) : 1;
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  const from = set?.score(args.string(2));
  const to = set?.score(args.string(3));
  if (from === undefined || to === undefined) reply.null();
  else writeDistance(reply, distance(pointOf(from), pointOf(to)) / unit);
}

function geohash(call: Call): void {
  const { reply } = call;
  eachScore(call, (score) => {
    if (score === undefined) reply.null();
    else reply.bulkString(geohashText(pointOf(score)));
  });
}

function geopos(call: Call): void {
  const { reply } = call;
  eachScore(call, (score) => {
    if (score === undefined) reply.nullArray();
    else writeCoordinates(reply, pointOf(score));
  });
}

/** An array with what `write` writes for each member that was asked for. */
function eachScore(call: Call, write: (score: number | undefined) => void): void {
  const { args, reply } = call;
  const set = readObject<SortedSetValue>(call, 1, ZSET);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) write(set?.score(args.string(i)));
}
