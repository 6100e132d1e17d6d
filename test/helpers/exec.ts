// How sh becomes a program of a test: it dies with the test's process, also when tap kills that
// because it took too long. See PR_SET_PDEATHSIG in prctl(2), and setpriv(1).
import { spawnSync } from "node:child_process";

const isAble = spawnSync("setpriv", ["--pdeathsig", "KILL", "true"]).status === 0;

/** For scripts: `${EXEC} "$@"`. Without a setpriv(1) that can, a plain exec. */
export const EXEC = isAble ? "exec setpriv --pdeathsig KILL --" : "exec";
