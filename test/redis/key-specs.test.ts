/** Keys that depend on the options of a command. */

import t from "tap";
import { Command } from "../../examples/redis/command.ts";
import { findKeys } from "../../examples/redis/key-specs.ts";
import { NO_REFEREE, startReferee } from "../helpers/referee.ts";

const sort = new Command(
  ["sort", -2, "write denyoom movablekeys", 1, 1, 1, () => {}, "1.0.0", "Sorts"],
  "generic",
);

const LINES = [
  "sort list",
  "sort list alpha desc store target",
  "sort list store one STORE two",
  "sort list by store get store store target",
  "sort list limit store store store target",
  "sort list get a get b store",
];

t.test("SORT: the list, and what STORE names", async (t) => {
  const keys = (line: string) => findKeys(sort, line.split(" "))?.map(({ key }) => key);
  t.same(keys("sort list by store get store store target"), ["list", "target"]);
  t.same(keys("sort list get store"), ["list"]);
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  for (const line of LINES) {
    const expected = await referee.send(`command getkeys ${line}`);
    const found = keys(line) ?? [];
    const reply = found.map((key) => `$${key.length}\r\n${key}\r\n`).join("");
    t.equal(`*${found.length}\r\n${reply}`, expected, line);
  }
});
