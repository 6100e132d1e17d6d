/**
 * The ladder's READMEs show steps as the diff from the one before: here they are kept true.
 * LADDER=write npx tap test/examples/readme.test.ts writes the diffs anew. The README of the Redis
 * server quotes its source, and names functions: the quotes and the names are its own.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));

/** Of each folder, the steps that its README shows. */
const LADDERS = {
  "": [
    ["01-server", "02-server-loop"],
    ["02-server-loop", "03-echo"],
    ["01-client", "07-unix-client"],
    ["03-echo", "08-nonblocking"],
    ["03-echo", "09-epoll"],
    ["09-epoll", "10-backpressure"],
  ],
  "/redis-steps": [
    ["01-framing", "02-get-set-del"],
    ["03-event-loop", "04-hash-table"],
    ["04-hash-table", "05-sorted-set"],
    ["05-sorted-set", "06-idle-timers"],
    ["06-idle-timers", "07-ttl-heap"],
    ["07-ttl-heap", "08-lazy-free"],
  ],
};

/** What changes from one program to the next, their headers aside. */
function difference(folder: string, from: string, to: string): string {
  const args = ["-U1", `${from}.ts`, `${to}.ts`];
  const { stdout } = spawnSync("diff", args, { cwd: folder, encoding: "utf8" });
  const [, , ...lines] = stdout.trimEnd().split("\n");
  const shown = lines.filter((line) => !/^[ +-](\/\*\*$| \*)/.test(line));
  return shown.map((line) => line.replace(/^@@.*/, "@@").trimEnd()).join("\n");
}

const MARK = "## The steps as diffs\n\n";

for (const [name, steps] of Object.entries(LADDERS)) {
  t.test(`every step of examples${name} is printed as it is`, async (t) => {
    const folder = EXAMPLES + name;
    const readme = `${folder}/README.md`;
    const diffs = steps.map(([from, to]) => {
      return `### From ${from} to ${to}\n\n\`\`\`diff\n${difference(folder, from, to)}\n\`\`\`\n`;
    });
    const [before, behind = ""] = readFileSync(readme, "utf8").split(MARK);
    const [, after = ""] = /^(\n## [\s\S]*)/m.exec(behind) ?? [];
    const expected = `${before}${MARK}${diffs.join("\n")}${after}`;
    if (process.env.LADDER === "write") writeFileSync(readme, expected);
    t.equal(readFileSync(readme, "utf8"), expected);
    for (const diff of diffs) t.match(diff, /\n\+.+\n/);
  });
}

const REDIS = `${EXAMPLES}/redis`;
const tour = readFileSync(`${REDIS}/README.md`, "utf8");

t.test("every function and file that the tour names is there", async (t) => {
  const named = [...tour.matchAll(/`(\w+(?:\.\w+)?)`\s+(?:\(|in\s+)`([\w/-]+\.ts)`/g)];
  t.ok(named.length >= 25, `${named.length} names`);
  for (const [, name, file] of named) {
    const text = readFileSync(`${REDIS}/${file}`, "utf8");
    const [member] = name.split(".").slice(-1);
    const isThere = new RegExp(`(function |^  (private )?)${member}[<(]`, "m").test(text);
    t.ok(isThere, `${name} is in ${file}`);
  }
  const files = [...tour.matchAll(/`([\w/-]+(?:\.ts|\/))`/g)].map(([, file]) => file);
  for (const file of files) t.ok(existsSync(`${REDIS}/${file}`), file);
});
