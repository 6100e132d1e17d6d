/**
 * The ladder's README shows each step as the diff from the one before: here it is kept true.
 * LADDER=write npx tap test/examples/readme.test.ts writes the diffs anew.
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";

const FOLDER = fileURLToPath(new URL("../../examples", import.meta.url));
const README = `${FOLDER}/README.md`;
const STEPS = [
  ["01-server", "02-server-loop"],
  ["02-server-loop", "03-echo"],
  ["03-echo", "08-nonblocking"],
  ["03-echo", "09-epoll"],
  ["09-epoll", "10-backpressure"],
] as const;

/** What changes from one program to the next, their headers aside. */
function difference(from: string, to: string): string {
  const args = ["-U1", `${from}.ts`, `${to}.ts`];
  const { stdout } = spawnSync("diff", args, { cwd: FOLDER, encoding: "utf8" });
  const [, , ...lines] = stdout.trimEnd().split("\n");
  const shown = lines.filter((line) => !/^[ +-](\/\*\*$| \*)/.test(line));
  return shown.map((line) => line.replace(/^@@.*/, "@@").trimEnd()).join("\n");
}

const diffs = STEPS.map(
  ([from, to]) => `### From ${from} to ${to}\n\n\`\`\`diff\n${difference(from, to)}\n\`\`\`\n`,
);
const MARK = "## The steps as diffs\n\n";

t.test("every step is printed as it is", async (t) => {
  const [text] = readFileSync(README, "utf8").split(MARK);
  const expected = `${text}${MARK}${diffs.join("\n")}`;
  if (process.env.LADDER === "write") writeFileSync(README, expected);
  t.equal(readFileSync(README, "utf8"), expected);
  for (const diff of diffs) t.match(diff, /\n\+.+\n/);
});
