// Whether the environment asks for a trace, for faults or for counters: FDKIT_TRACE, FDKIT_FAULT,
// FDKIT_COUNTERS. If so, lib/inspect/ is loaded before the program's first call; if not, none of it
// is. The one place in lib/ that knows of it, by name only: no file here may import it.
// See also inspect/variables.ts for what the variables say.
import { createRequire } from "node:module";

const VARIABLES = ["FDKIT_TRACE", "FDKIT_FAULT", "FDKIT_COUNTERS"];

if (VARIABLES.some((name) => (process.env[name] ?? "") !== "")) {
  // import() would let the program begin meanwhile. Since 20.19 Node can require() a module.
  createRequire(import.meta.url)("./inspect/variables.js");
}
