/**
 * Which scores of a sorted set may be inside a circle or a box: those of the cell around its centre
 * and of the eight cells about that, in a grid just coarse enough for them to cover it.
 *
 * The order in which the cells are searched, and which of them are left out, is that of Redis: an
 * unsorted reply shows it. See also geohash.ts.
 */

import {
  type Area,
  areaOf,
  type Cell,
  cellOf,
  degrees,
  distance,
  EARTH_RADIUS,
  latitudeDistance,
  type Point,
  radians,
  STEPS,
} from "./geohash.ts";

/** What is searched, in meters. */
export type Shape = { readonly center: Point } & (
  | { readonly radius: number }
  | { readonly width: number; readonly height: number }
);

/** Half of the way around the equator, on the map. */
const MAP_EDGE = 20037726.37;

/** How far `point` is from the centre, in meters; undefined when it is outside. */
export function distanceWithin(shape: Shape, point: Point): number | undefined {
  const { center } = shape;
  if ("radius" in shape) {
    const meters = distance(center, point);
    return meters > shape.radius ? undefined : meters;
  }
  if (latitudeDistance(point.latitude, center.latitude) > shape.height / 2) return undefined;
  const beside = { longitude: center.longitude, latitude: point.latitude };
  if (distance(point, beside) > shape.width / 2) return undefined;
  return distance(center, point);
}

/** The cells to look into, in order, none of them twice in a row. */
export function cellsToSearch(shape: Shape): Cell[] {
  const bounds = boundsOf(shape);
  let steps = stepsFor(shape);
  let around = neighbours(cellOf(shape.center, steps));
  if (steps > 1 && !covers(around, bounds)) {
    steps--;
    around = neighbours(cellOf(shape.center, steps));
  }
  const cells = steps >= 2 ? withoutUseless(around, bounds) : around;
  return cells.filter((cell, i) => i === 0 || !isSame(cell, cells[i - 1] as Cell));
}

/** Where the shape ends, at the latitude where it is widest in degrees. */
function boundsOf(shape: Shape): Area {
  const { latitude, longitude } = shape.center;
  const height = "radius" in shape ? shape.radius : shape.height / 2;
  const width = "radius" in shape ? shape.radius : shape.width / 2;
  const high = degrees(height / EARTH_RADIUS);
  const widest = latitude < 0 ? latitude - high : latitude + high;
  const wide = degrees(width / EARTH_RADIUS / Math.cos(radians(widest)));
  return {
    west: longitude - wide,
    south: latitude - high,
    east: longitude + wide,
    north: latitude + high,
  };
}

/** The finest grid whose cells are larger than the shape, by estimate. */
function stepsFor(shape: Shape): number {
  const { latitude } = shape.center;
  let reach =
    "radius" in shape ? shape.radius : Math.sqrt((shape.width / 2) ** 2 + (shape.height / 2) ** 2);
  if (reach === 0) return STEPS;
  let steps = 1;
  for (; reach < MAP_EDGE; reach *= 2) steps++;
  steps -= 2;
  // Towards the poles a degree of longitude is shorter.
  if (Math.abs(latitude) > 66) steps--;
  if (Math.abs(latitude) > 80) steps--;
  return Math.max(1, Math.min(STEPS, steps));
}

const CENTER = [0, 0] as const;
const DIRECTIONS = [
  CENTER,
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
] as const;
const NORTH = 1;
const SOUTH = 2;
const EAST = 3;
const WEST = 4;

/**
 * The cell and the eight about it; beyond an edge of the map, the other edge. A point on the edge
 * itself is in a row or column beyond it, which stays what it is unless a step leads away from it.
 */
function neighbours({ column, row, steps }: Cell): Cell[] {
  const mask = 2 ** steps - 1;
  const move = (at: number, by: number) => (by === 0 ? at : (at + by) & mask);
  return DIRECTIONS.map(([x, y]) => ({ column: move(column, x), row: move(row, y), steps }));
}

function covers(around: readonly Cell[], bounds: Area): boolean {
  const at = (direction: number) => areaOf(around[direction] as Cell);
  return (
    at(NORTH).north >= bounds.north &&
    at(SOUTH).south <= bounds.south &&
    at(EAST).east >= bounds.east &&
    at(WEST).west <= bounds.west
  );
}

/** Leaves out the sides that the shape does not reach. */
function withoutUseless(around: readonly Cell[], bounds: Area): Cell[] {
  const area = areaOf(around[0] as Cell);
  return around.filter((_, i) => {
    const [x, y] = DIRECTIONS[i] as readonly [number, number];
    if (area.south < bounds.south && y < 0) return false;
    if (area.north > bounds.north && y > 0) return false;
    if (area.west < bounds.west && x < 0) return false;
    return !(area.east > bounds.east && x > 0);
  });
}

function isSame(a: Cell, b: Cell): boolean {
  return a.column === b.column && a.row === b.row;
}
