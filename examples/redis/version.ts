/** What this server is, and which Redis it behaves as. */

import { readFileSync } from "node:fs";

export const REDIS_VERSION = "7.0.15";

/**
 * The nearest package.json upwards is the package's: the sources and dist/ lie at different depths.
 */
function packageVersion(): string {
  for (
    let url = new URL("./package.json", import.meta.url);
    ;
    url = new URL("../package.json", url)
  ) {
    try {
      return (JSON.parse(readFileSync(url, "utf8")) as { version: string }).version;
    } catch {
      if (url.pathname === "/package.json") return "unknown";
    }
  }
}

export const FDKIT_VERSION = packageVersion();
