/**
 * npm run bench:picture FILE: the picture of the README from what `npm run bench -- --json FILE`
 * has written. It goes to docs/benchmark.svg, or where a second argument says.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { formatPicture } from "./report/picture.ts";

const [from, to = "docs/benchmark.svg"] = process.argv.slice(2);
if (from === undefined) {
  console.error("Usage: npm run bench:picture RESULTS.json [PICTURE.svg]");
  process.exitCode = 1;
} else {
  writeFileSync(to, formatPicture(JSON.parse(readFileSync(from, "utf8"))));
}
