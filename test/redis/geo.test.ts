/** Places: how they are kept, asked for and searched. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import {
  NO_REFEREE,
  type Request,
  sameReplies,
  sameScripts,
  startReferee,
} from "../helpers/referee.ts";

const SICILY = "geoadd Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

t.test("places are scores of a sorted set", async (t) => {
  const { send } = testCore();
  const words = SICILY.split(" ");
  t.equal(send(words), ":2\r\n");
  t.equal(send(["zscore", "Sicily", "Palermo"]), "$16\r\n3479099956230698\r\n");
  t.equal(send(["geodist", "Sicily", "Palermo", "Catania", "km"]), "$8\r\n166.2742\r\n");
  t.equal(send(["geohash", "Sicily", "Palermo", "none"]), "*2\r\n$11\r\nsqc8b49rny0\r\n$-1\r\n");
  t.equal(
    send(["geopos", "Sicily", "Palermo", "none"]),
    "*2\r\n*2\r\n$20\r\n13.36138933897018433\r\n$20\r\n38.11555639549629859\r\n*-1\r\n",
  );
  send(["hello", "3"]);
  t.equal(
    send(["geopos", "Sicily", "Palermo"]),
    "*1\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n",
  );
});

t.test("what is near is found, the nearest first when they are counted", async (t) => {
  const { send } = testCore();
  send(SICILY.split(" "));
  const around = ["geosearch", "Sicily", "fromlonlat", "15", "37", "byradius", "200", "km"];
  t.equal(send([...around, "count", "1"]), "*1\r\n$7\r\nCatania\r\n");
  t.equal(send([...around, "desc"]), "*2\r\n$7\r\nPalermo\r\n$7\r\nCatania\r\n");
  t.equal(
    send([...around, "asc", "withdist", "withhash", "count", "1"]),
    "*1\r\n*3\r\n$7\r\nCatania\r\n$7\r\n56.4413\r\n:3479447370796909\r\n",
  );
  t.equal(send(["geosearchstore", "to", ...around.slice(1), "storedist"]), ":2\r\n");
  t.match(send(["zrange", "to", "0", "-1", "withscores"]), /Catania\r\n\$\d+\r\n56\.441/);
  t.equal(send(["geosearchstore", "to", "none", ...around.slice(2)]), ":0\r\n");
  t.equal(send(["exists", "to"]), ":0\r\n");
});

// biome-ignore format: a script is read line by line
const ADDING: readonly Request[] = [
  SICILY, "geoadd", "geoadd g", "geoadd g 1", "geoadd g 1 2", "geoadd g 1 2 a 3",
  "geoadd g 181 2 a", "geoadd g -181 2 a", "geoadd g 1 86 a", "geoadd g 1 -86 a",
  "geoadd g 180 85.05112878 edge", "geoadd g -180 -85.05112878 corner", "geoadd g x 2 a",
  "geoadd g 1 x a", "geoadd g nan 2 a", "geoadd g inf 2 a", "geoadd g 1e300 2 a",
  "geoadd g -0 100 a", "geoadd g -1e22 1 a", "geoadd g 200.0078125 1 a", "geoadd g 200.0234375 1 a",
  "geoadd g -1e-9 100 a", "geoadd g 0 0 zero", "geoadd g nx 1 1 zero 2 2 new",
  "geoadd g xx 1 1 zero 2 2 none", "geoadd g xx ch 3 3 zero 4 4 new", "geoadd g ch nx 3 3 a 4 4 b",
  "geoadd g nx xx 1 1 a", "geoadd g nx", "geoadd g nx ch xx", "geoadd g incr 1 1 a", "set s x",
  "geoadd s 1 1 a", "geopos g edge corner zero new none", "geohash g edge corner zero new none",
  "geopos none a b", "geohash none a b", "geopos g", "geohash g", "geopos none", "geopos s a",
  "geohash s a", "geodist g zero new", "geodist g zero new m", "geodist g zero new KM",
  "geodist g zero new ft", "geodist g zero new mi", "geodist g zero new xx",
  "geodist g zero new xx m", "geodist g zero none", "geodist none a b", "geodist none a b xx",
  "geodist g zero new m m", "geodist s a b", "geodist g edge corner", "zrange g 0 -1 withscores",
  "type g", "object encoding g", "zadd z 1.5 a -3 b inf c 4503599627370496 d 9007199254740993 e",
  "geopos z a b c d", "geohash z a b", "geodist z a d",
];

// biome-ignore format: a script is read line by line
const SEARCHING: readonly Request[] = [
  SICILY, "geoadd Sicily 12.758489 38.788135 edge1 17.241510 38.788135 edge2",
  "geosearch Sicily fromlonlat 15 37 bybox 400 400 km asc withcoord withdist",
  "geosearch Sicily fromlonlat 15 37 byradius 200 km asc withcoord withdist withhash",
  "geosearch Sicily frommember Palermo byradius 200 km",
  "geosearch Sicily frommember none byradius 1 m",
  "geosearch Sicily frommember Palermo fromlonlat 1 1 byradius 1 m",
  "geosearch Sicily fromlonlat 1 1 frommember Palermo byradius 1 m",
  "geosearch Sicily frommember Palermo frommember Catania byradius 1 km",
  "geosearch Sicily fromlonlat 1 1 fromlonlat 15 37 byradius 100 km",
  "geosearch Sicily byradius 1 m asc desc asc", "geosearch Sicily fromlonlat 1 1 asc desc asc asc",
  "GEOSEARCH Sicily byradius 1 m asc desc asc",
  "geosearch Sicily fromlonlat 1 1 byradius 1 m bybox 1 1 m",
  "geosearch Sicily fromlonlat 1 1 bybox 1 1 m byradius 1 m",
  "geosearch Sicily fromlonlat 200 1 byradius 1 m",
  "geosearch Sicily fromlonlat 15 37 byradius 500 km count 2 any",
  "geosearch Sicily fromlonlat 15 37 byradius 500 km any",
  "geosearch Sicily fromlonlat 15 37 byradius 500 km count 0",
  "geosearch Sicily fromlonlat 15 37 byradius 500 km count -1",
  "geosearch Sicily fromlonlat 15 37 byradius 500 km count x",
  "geosearch Sicily fromlonlat 15 37 byradius 500 km count",
  "geosearch Sicily fromlonlat 15 37 byradius x km",
  "geosearch Sicily fromlonlat 15 37 byradius -1 km",
  "geosearch Sicily fromlonlat 15 37 byradius 1 yd",
  "geosearch Sicily fromlonlat 15 37 bybox x 1 km",
  "geosearch Sicily fromlonlat 15 37 bybox 1 x km",
  "geosearch Sicily fromlonlat 15 37 bybox -1 1 km",
  "geosearch Sicily fromlonlat 15 37 bybox 1 1 yd", "geosearch Sicily fromlonlat 15 37 bybox 1 1",
  "geosearch Sicily fromlonlat 15 37 byradius 1", "geosearch none frommember a byradius 1 m",
  "geosearch none fromlonlat 1 1 byradius 1 m foo",
  "geosearch Sicily fromlonlat 15 37 byradius 1 m store x",
  "geosearch Sicily fromlonlat 15 37 byradius 1 m storedist", "set s x",
  "geosearch s fromlonlat 1 1 byradius 1 m",
  "geosearchstore to Sicily fromlonlat 15 37 byradius 200 km", "zrange to 0 -1 withscores",
  "geosearchstore to Sicily fromlonlat 15 37 byradius 200 km storedist",
  "zrange to 0 -1 withscores",
  "geosearchstore to Sicily fromlonlat 15 37 byradius 200 mi asc count 1 storedist",
  "zrange to 0 -1 withscores", "geosearchstore to Sicily fromlonlat 15 37 byradius 200 km withdist",
  "geosearchstore to Sicily fromlonlat 15 37 asc asc asc",
  "geosearchstore to none fromlonlat 15 37 byradius 200 km", "exists to",
  "geosearchstore s Sicily fromlonlat 15 37 byradius 200 km", "type s",
  "geosearchstore Sicily2 Sicily fromlonlat 0 0 byradius 1 m",
  "geosearch Sicily frommember Palermo byradius 0 m", "georadius Sicily 15 37 200 km",
  "georadius Sicily 15 37 200 km withdist withcoord withhash asc",
  "georadius Sicily 15 37 200 km count 1", "georadius Sicily 15 37 200 km desc count 1",
  "georadius Sicily 15 37 200", "georadius Sicily 15 37 x km", "georadius Sicily 15 37 -1 km",
  "georadius Sicily x 37 1 km", "georadius Sicily 15 37 1 yd",
  "georadius Sicily 15 37 200 km store to", "zrange to 0 -1 withscores",
  "georadius Sicily 15 37 200 km storedist to", "zrange to 0 -1 withscores",
  "georadius Sicily 15 37 200 km store", "georadius Sicily 15 37 200 km store a storedist b",
  "exists a b", "georadius Sicily 15 37 200 km store to withdist",
  "georadius_ro Sicily 15 37 200 km asc", "georadius_ro Sicily 15 37 200 km store to",
  "georadius none 15 37 200 km", "georadius none 15 37 200 km store to", "exists to",
  "georadius none x 37 200 km", "georadius none 15 37 200 km foo",
  "georadiusbymember Sicily Palermo 200 km asc withdist", "georadiusbymember Sicily none 200 km",
  "georadiusbymember none Palermo x yd", "georadiusbymember none Palermo x yd foo",
  "georadiusbymember Sicily Palermo x km", "georadiusbymember Sicily Palermo 200 km store to",
  "exists to", "georadiusbymember_ro Sicily Palermo 200 km desc",
  "georadiusbymember_ro Sicily Palermo 200 km store to", "geosearch Sicily", "georadius Sicily",
  "georadius s 1 1 1 m",
  "geodist none a b km x", "geodist none a b x",
  "geoadd edge 13.361389 85.05112878 north 180 0 east",
  "geosearch edge frommember north byradius 9 km asc",
  "geosearch edge frommember east bybox 9 9 km asc", "georadius edge 180 85.05112878 9999 km",
  "geoadd edges 180 85.05112878 ne -180 -85.05112878 sw 180 0 e 0 85.05112878 n",
  "georadius edges 180 85.05112878 1 m", "georadius edges -180 -85.05112878 1 m",
  "geosearch edges frommember e byradius 1 km", "geosearch edges frommember n bybox 1 1 km",
  "geosearch edges fromlonlat 180 0 byradius 20000 km withhash",
];

t.test("the real server answers the same", async (t) => {
  await sameScripts(t, { adding: ADDING, searching: SEARCHING });
});

const SEED = Number(process.env.FDKIT_SEED ?? 20261123);

/** Places all over the map, and searches of all sizes, those that cross an edge included. */
function randomRequests(random: Random): Request[] {
  const degrees = (limit: number) => (random.below(2 * limit * 1e6) / 1e6 - limit).toFixed(6);
  const place = () => [degrees(180), degrees(85)];
  const unit = () => random.pick(["m", "km", "ft", "mi"]);
  const size = () => `${random.below(10 ** random.pick([2, 3, 4, 5, 7]))}`;
  const requests: Request[] = [];
  for (let i = 0; i < 400; i++) requests.push(["geoadd", "g", ...place(), `m${i}`]);
  for (let i = 0; i < 100; i++)
    requests.push(["geoadd", "g", `${i / 50}`, `${i / 70}`, `near${i}`]);
  for (let i = 0; i < 300; i++) {
    const by = random.pick([
      ["byradius", size(), unit()],
      ["bybox", size(), size(), unit()],
    ]);
    const from = random.pick([
      ["fromlonlat", ...place()],
      ["frommember", `near${random.below(100)}`],
    ]);
    const options = random.pick([
      [],
      ["withdist"],
      ["withcoord", "withhash"],
      ["count", "7", "any"],
    ]);
    requests.push(["geosearch", "g", ...from, ...by, ...options]);
    requests.push(["geodist", "g", `m${random.below(400)}`, `m${random.below(400)}`, unit()]);
  }
  return requests;
}

/** Places that lie north and south of each other, and their distances with all digits. */
function meridianRequests(random: Random): Request[] {
  const requests: Request[] = [];
  for (let i = 0; i < 50; i++) {
    requests.push(["geoadd", "line", "10", `${random.below(80e6) / 1e6}`, `m${i}`]);
  }
  for (let i = 0; i < 10; i++) {
    const around = ["line", "frommember", `m${i}`, "byradius", "3000", "km"];
    requests.push(["geosearchstore", "far", ...around, "storedist"], "zrange far 0 -1 withscores");
  }
  return requests;
}

/** Many places at few points, so that many are equally far. */
function crowdedRequests(random: Random): Request[] {
  const requests: Request[] = [];
  const place = () => [`${random.below(5)}`, `${random.below(4)}`];
  for (let i = 0; i < 300; i++) requests.push(["geoadd", "crowd", ...place(), `m${i}`]);
  for (let i = 0; i < 200; i++) {
    const radius = random.pick(["1", "200", "300", "1000"]);
    const around = ["geosearch", "crowd", "fromlonlat", ...place(), "byradius", radius, "km"];
    const count = ["count", `${1 + random.below(random.pick([10, 350]))}`];
    const order = random.pick([[], ["asc"], ["desc"], ["any"], ["any", "desc"]]);
    requests.push([...around, ...count, ...order, "withdist"]);
    requests.push([...around, ...random.pick([[], ["asc"], ["desc"]])]);
  }
  return requests;
}

t.test(`replies are in the same order, with seed ${SEED}`, async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  const random = new Random(SEED);
  const requests = [...crowdedRequests(random), ...meridianRequests(random)];
  await sameReplies(t, referee, testCore(), requests);
});

t.test(`unsorted replies are in the same order, with seed ${SEED}`, async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  await sameReplies(t, referee, testCore(), randomRequests(new Random(SEED)));
});
