/** Arguments and replies that the geo commands share: places, units, distances. */

import type { Args } from "./args.ts";
import { replyError } from "./errors.ts";
import { formatFixed } from "./number.ts";
import type { Reply } from "./reply.ts";
import { MAX_LATITUDE, MAX_LONGITUDE, type Point } from "./types/geohash.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["m", 1],
  ["km", 1000],
  ["ft", 0.3048],
  ["mi", 1609.34],
]);
const BAD_UNIT = replyError("ERR unsupported unit provided. please use M, KM, FT, MI");
/** Decimals of a distance, and most of a coordinate. */
const DISTANCE_DECIMALS = 4;
const COORDINATE_DECIMALS = 17;

/** Meters in the unit that argument `i` names. */
export function metersPer(args: Args, i: number): number {
  const meters = UNITS.get(args.word(i));
  if (meters === undefined) throw BAD_UNIT;
  return meters;
}

/** The place in arguments `i` and `i + 1`. */
export function pointArgument(args: Args, i: number): Point {
  const longitude = args.double(i);
  const latitude = args.double(i + 1);
  if (Math.abs(longitude) <= MAX_LONGITUDE && Math.abs(latitude) <= MAX_LATITUDE) {
    return { longitude, latitude };
  }
  const pair = `${formatFixed(longitude, 6)},${formatFixed(latitude, 6)}`;
  throw replyError(`ERR invalid longitude,latitude pair ${pair}`);
}

export function writeDistance(reply: Reply, value: number): void {
  reply.bulkString(formatFixed(value, DISTANCE_DECIMALS));
}

export function writeCoordinates(reply: Reply, { latitude, longitude }: Point): void {
  reply.array(2);
  writeCoordinate(reply, longitude);
  writeCoordinate(reply, latitude);
}

/** `%.17Lf` without the zeros at its end, in RESP3 as a double. */
function writeCoordinate(reply: Reply, value: number): void {
  reply.doubleText(formatFixed(value, COORDINATE_DECIMALS).replace(/\.?0+$/, ""));
}
