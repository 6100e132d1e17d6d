/**
 * Geohashes of 52 bits, which a score of a sorted set holds exactly: 26 bits of longitude and of
 * latitude, interleaved, so that points with the first bits in common are in one cell of a grid.
 * https://en.wikipedia.org/wiki/Geohash
 *
 * Latitudes end where the square map of Web Mercator does (EPSG:3857). See also geo-search.ts.
 */

import type { Trigonometry } from "./trigonometry.ts";

export const STEPS = 26;
export const MAX_LONGITUDE = 180;
export const MAX_LATITUDE = 85.05112878;
/** The mean radius, in meters, by which all distances are reckoned. */
export const EARTH_RADIUS = 6372797.560856;
const RADIANS = Math.PI / 180;

export interface Point {
  readonly longitude: number;
  readonly latitude: number;
}

/** A cell of the grid that has 2^steps columns and rows. */
export interface Cell {
  readonly column: number;
  readonly row: number;
  readonly steps: number;
}

export interface Area {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export function cellOf(
  { longitude, latitude }: Point,
  steps: number,
  maxLatitude = MAX_LATITUDE,
): Cell {
  const x = (longitude + MAX_LONGITUDE) / (2 * MAX_LONGITUDE);
  const y = (latitude + maxLatitude) / (2 * maxLatitude);
  return { column: Math.floor(x * 2 ** steps), row: Math.floor(y * 2 ** steps), steps };
}

/** The lowest score in the cell; the scores of the next one begin `scoresIn(cell)` above. */
export function firstScore({ column, row, steps }: Cell): number {
  const shift = STEPS - steps;
  const high = interleave((row << shift) >>> 13, (column << shift) >>> 13);
  const low = interleave((row << shift) & 0x1fff, (column << shift) & 0x1fff);
  return high * 2 ** 26 + low;
}

export function scoresIn({ steps }: Cell): number {
  return 4 ** (STEPS - steps);
}

export function scoreOf(point: Point): number {
  return firstScore(cellOf(point, STEPS));
}

/** What the cell covers. */
export function areaOf({ column, row, steps }: Cell): Area {
  const size = 2 ** steps;
  return {
    west: -MAX_LONGITUDE + (column / size) * (2 * MAX_LONGITUDE),
    south: -MAX_LATITUDE + (row / size) * (2 * MAX_LATITUDE),
    east: -MAX_LONGITUDE + ((column + 1) / size) * (2 * MAX_LONGITUDE),
    north: -MAX_LATITUDE + ((row + 1) / size) * (2 * MAX_LATITUDE),
  };
}

/** The middle of the smallest cell; what was encoded is at most a meter away. */
export function pointOf(score: number): Point {
  // The upper part is beyond the geohash; but a point on the edge of the map has a bit there.
  const [upper, low] = score >= 0 && score < 2 ** 53 ? halves(score) : strangeHalves(score);
  const middle = upper % 2 ** 26;
  const high = Math.floor(upper / 2 ** 26);
  const column = join(everySecond(high >>> 1), everySecond(middle >>> 1), everySecond(low >>> 1));
  const row = join(everySecond(high), everySecond(middle), everySecond(low));
  const { east, north, south, west } = areaOf({ column, row, steps: STEPS });
  return {
    longitude: clamp((west + east) / 2, MAX_LONGITUDE),
    latitude: clamp((south + north) / 2, MAX_LATITUDE),
  };
}

/** All but the lower 26 bits, and these. */
function halves(score: number): [upper: number, lower: number] {
  const bits = Math.floor(score);
  return [Math.floor(bits / 2 ** 26), bits % 2 ** 26];
}

/** A sorted set may hold any score: what x86-64 makes of it as an unsigned integer of 64 bits. */
function strangeHalves(score: number): [upper: number, lower: number] {
  let bits = 0n;
  if (score <= -(2 ** 63)) bits = 2n ** 63n;
  else if (score < 2 ** 64) bits = BigInt.asUintN(64, BigInt(Math.trunc(score)));
  return [Number(bits >> 26n), Number(bits & 0x3ffffffn)];
}

/** A coordinate from its upper bits and twice 13 lower ones. */
function join(high: number, middle: number, low: number): number {
  return high * 2 ** 26 + middle * 2 ** 13 + low;
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

/** Puts the lower 13 bits of `even` and of `odd` into the even and odd bits of the result. */
function interleave(even: number, odd: number): number {
  return spread(even) | (spread(odd) << 1);
}

/** Moves bit i to bit 2i: the halves apart, then the quarters, and so on. */
function spread(bits: number): number {
  let x = bits;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** The inverse of `spread`: the even bits, close together. */
function everySecond(bits: number): number {
  let x = bits & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0xffff;
}

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const POLE = 90;
const CHARACTERS = 10;

/** The usual text of eleven characters; its grid reaches the poles. The last one has no bits. */
export function geohashText(point: Point): string {
  const score = firstScore(cellOf(point, STEPS, POLE));
  let text = "";
  for (let i = 1; i <= CHARACTERS; i++) {
    text += ALPHABET[Math.floor(score / 2 ** (52 - i * 5)) % ALPHABET.length];
  }
  return `${text}0`;
}

/** Meters between two points on a sphere, by the haversine formula. */
export function distance(a: Point, b: Point, math: Trigonometry = Math): number {
  const v = math.sin((b.longitude * RADIANS - a.longitude * RADIANS) / 2);
  // Redis does the same: it is less work, and not the same in the last digit.
  if (v === 0) return latitudeDistance(a.latitude, b.latitude);
  const u = math.sin((b.latitude * RADIANS - a.latitude * RADIANS) / 2);
  const cosines = math.cos(a.latitude * RADIANS) * math.cos(b.latitude * RADIANS);
  return 2 * EARTH_RADIUS * math.asin(Math.sqrt(u * u + cosines * v * v));
}

/** Meters between two latitudes. */
export function latitudeDistance(a: number, b: number): number {
  return EARTH_RADIUS * Math.abs(b * RADIANS - a * RADIANS);
}

export function degrees(radians: number): number {
  return radians / RADIANS;
}

export function radians(degrees: number): number {
  return degrees * RADIANS;
}
