// The garbage collector on demand, without a flag on the command line.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Collects everything that nothing refers to, and moves the rest. */
export const gc = runInNewContext("gc") as () => void;
