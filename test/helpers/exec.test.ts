/** Programs of a test end with its process, whatever ends that. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import t from "tap";
import { EXEC } from "./exec.ts";
import { eventually } from "./redis-server.ts";

const PARENT = `
const { spawn } = require("node:child_process");
const { pid } = spawn("sh", ["-c", process.argv[1]], { stdio: "ignore" });
console.log(pid);
`;

/** A dead one may stay as a zombie, where nobody asks how it ended; proc(5). */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

t.test("the program of a killed process dies as well", async (t) => {
  if (EXEC === "exec") return t.pass("killed", { skip: "no setpriv with --pdeathsig" });
  const parent = spawn(process.execPath, ["-e", PARENT, `${EXEC} sleep 1000`]);
  t.teardown(() => parent.kill("SIGKILL"));
  const [pid] = await once(parent.stdout, "data");
  t.ok(isAlive(Number(pid)));
  parent.kill("SIGKILL");
  t.ok(await eventually(() => !isAlive(Number(pid))));
});
