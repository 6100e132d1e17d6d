/** docs/commands.md, which a script makes from what both servers answer to COMMAND. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";
import { NO_REFEREE, startReferee } from "../helpers/referee.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/commands.cjs", import.meta.url));

t.test("docs/commands.md tells what is so", async (t) => {
  if ((await startReferee(t)) === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const { NODE_OPTIONS, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, "--check"], {
    encoding: "utf8",
    env,
  });
  t.equal(stderr, "");
  t.equal(status, 0);
});
