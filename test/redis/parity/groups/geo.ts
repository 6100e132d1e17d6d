/**
 * Places, which are members of sorted sets. What STOREDIST stores is left out: once in two hundred
 * distances the last digit is another one, that of the C library's arcsine.
 */

import type { Group } from "./group.ts";

const FROM = "(frommember <place> | fromlonlat <longitude> <latitude>)";
const AREA = "(byradius <radius> <unit> | bybox <radius> <radius> <unit>)";
const WITH = "[withcoord] [withdist] [withhash]";
const SORTED = "[asc | desc] [count <count> [any]]";

export const geo: Group = {
  company: "joins",
  makes: [
    "geoadd <key> 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 2.349014 48.856613 Paris",
    "geoadd <key> { [nx | xx] [ch] } (<longitude> <latitude> <place>)...",
    `geosearchstore <key> <key> { ${FROM} ${AREA} ${SORTED} }`,
    "georadius <key> <longitude> <latitude> <radius> <unit> store <key>",
  ],
  uses: [
    "geopos <key> <place>...",
    "geodist <key> <place> <place> [<unit>]",
    "geohash <key> <place>...",
    `geosearch <key> { ${FROM} ${AREA} ${SORTED} ${WITH} }`,
    `(georadius | georadius_ro) <key> <longitude> <latitude> <radius> <unit> { ${WITH} ${SORTED} }`,
    `georadiusbymember <key> <place> <radius> <unit> { ${WITH} ${SORTED} }`,
    `georadiusbymember_ro <key> <place> <radius> <unit> { ${WITH} ${SORTED} }`,
    "zrange <key> 0 -1 withscores",
    "zrem <key> <place>",
  ],
};
