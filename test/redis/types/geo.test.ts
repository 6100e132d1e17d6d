/** Geohashes, and the cells in which a search looks. */

import fc from "fast-check";
import t from "tap";
import {
  cellsToSearch,
  distanceWithin,
  type Shape,
} from "../../../examples/redis/types/geo-search.ts";
import {
  areaOf,
  cellOf,
  distance,
  firstScore,
  geohashText,
  pointOf,
  scoreOf,
  scoresIn,
} from "../../../examples/redis/types/geohash.ts";

/** Degrees with six decimals, some ten centimeters; the limit itself is a case of its own. */
const degrees = (limit: number) => {
  return fc.integer({ min: -limit * 1e6, max: limit * 1e6 - 1 }).map((value) => value / 1e6);
};
const point = fc.record({ longitude: degrees(180), latitude: degrees(85) });

t.test("a point comes back at most a meter away, in the cell of its first bits", (t) => {
  fc.assert(
    fc.property(point, fc.integer({ min: 1, max: 26 }), (point, steps) => {
      const score = scoreOf(point);
      const cell = cellOf(point, steps);
      const { east, north, south, west } = areaOf(cell);
      const isInside = point.longitude >= west && point.longitude <= east;
      return (
        distance(point, pointOf(score)) < 1 &&
        isInside &&
        point.latitude >= south &&
        point.latitude <= north &&
        score >= firstScore(cell) &&
        score < firstScore(cell) + scoresIn(cell)
      );
    }),
    { numRuns: 2000 },
  );
  t.pass("2000 points");
  t.end();
});

t.test("the eastern edge of the map has a bit of its own, as in Redis", (t) => {
  t.equal(scoreOf({ longitude: 180, latitude: 0 }), 10133099161583616);
  t.equal(scoreOf({ longitude: 180, latitude: 85 }), 10508398856570128);
  t.equal(pointOf(10133099161583616).longitude, 180);
  t.end();
});

t.test("the text is the one that everybody knows", (t) => {
  t.equal(
    geohashText({ longitude: -5.60302734375, latitude: 42.60498046875 }).slice(0, 5),
    "ezs42",
  );
  t.equal(geohashText({ longitude: 10.40744, latitude: 57.64911 }), "u4pruydqqv0");
  t.end();
});

t.test("away from the edges of the map, what is near is in one of the cells", (t) => {
  const center = fc.record({ longitude: degrees(90), latitude: degrees(60) });
  const offset = fc.double({ min: -1, max: 1, noNaN: true });
  const size = fc.double({ min: 1, max: 1_000_000, noNaN: true });
  let inside = 0;
  fc.assert(
    fc.property(center, size, size, fc.boolean(), offset, offset, (center, a, b, isRound, x, y) => {
      const shape: Shape = isRound ? { center, radius: a } : { center, width: a, height: b };
      const reach = a / 111_000;
      const near = {
        longitude: center.longitude + x * reach,
        latitude: center.latitude + y * reach,
      };
      if (distanceWithin(shape, near) === undefined) return true;
      inside++;
      const score = scoreOf(near);
      return cellsToSearch(shape).some((cell) => {
        return score >= firstScore(cell) && score < firstScore(cell) + scoresIn(cell);
      });
    }),
    { numRuns: 3000 },
  );
  t.ok(inside > 500, `${inside} were inside`);
  t.end();
});
