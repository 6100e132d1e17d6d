/**
 * A mistake in a file that a reader is working on is told by the exercise it belongs to, and stops
 * nothing else. It is made in a copy of the project, where nobody else comes by.
 */

import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { type Outcome, run } from "../helpers/run.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Without a lock file and native/ there is nothing to install and nothing to compile. */
const COPIED = [
  ...["package.json", "tsconfig.json", "tsconfig.build.json", "scripts/setup.cjs"],
  ...["lib", "examples/cli", "examples/exercises"],
];
const LINKED = ["node_modules", "build"];
/** Exercises that are not tried here. */
const OTHERS = /exercises\/(0[4-9]|1\d)-[a-z-]+\.ts$/;

function copyOfProject(t: Test): string {
  const copy = t.testdir({});
  const filter = (path: string) => !OTHERS.test(path);
  for (const path of COPIED) cpSync(ROOT + path, `${copy}/${path}`, { recursive: true, filter });
  for (const path of LINKED) symlinkSync(ROOT + path, `${copy}/${path}`);
  return copy;
}

t.test("a mistake is told where it is, and stops nothing else", async (t) => {
  const copy = copyOfProject(t);
  const node = (...args: string[]) => run(t, [process.execPath, ...args]);
  const setup = () => node(`${copy}/scripts/setup.cjs`);
  const exercise = (number: string) => node(`${copy}/dist/examples/exercises/main.js`, number);
  const source = (name: string) => `${copy}/examples/exercises/${name}.ts`;
  const text = ({ output }: Outcome) => Buffer.from(output, "latin1").toString();

  const before = readFileSync(source("02-who"), "utf8");
  const lines = before.split("\n").length;
  appendFileSync(source("02-who"), 'const wrong: number = "two";\n');
  appendFileSync(source("03-count"), "const = 3;\n");

  await t.test("all that the build makes is made", async (t) => {
    const { ending, output, errors } = await setup();
    t.strictSame([ending, output], [[0, null], ""]);
    t.equal(Buffer.from(errors, "latin1").toString(), "fdkit: translating the TypeScript …\n");
  });

  await t.test("an edited exercise is no reason to make anything", async (t) => {
    appendFileSync(source("03-count"), "\n");
    const { ending, output, errors } = await setup();
    t.strictSame([ending, output, errors], [[0, null], "", ""]);
  });

  await t.test("the exercise itself names the file and the line", async (t) => {
    const outcome = await exercise("02");
    t.strictSame([outcome.ending, outcome.errors], [[1, null], ""]);
    t.match(text(outcome), /^02-who: .+\n✗ TypeScript accepts it\n/);
    const place = `examples/exercises/02-who.ts:${lines}:7`;
    const what = "Type 'string' is not assignable to type 'number'.";
    t.equal(
      text(outcome).split("\n").slice(2).join("\n"),
      `  ${place}: ${what}\nNot solved yet.\n`,
    );
  });

  await t.test("also where it is no TypeScript at all", async (t) => {
    const outcome = await exercise("03");
    t.strictSame([outcome.ending, outcome.errors], [[1, null], ""]);
    t.match(
      text(outcome),
      /^ {2}examples\/exercises\/03-count\.ts:\d+:\d+: .+\nNot solved yet\.$/m,
    );
  });

  await t.test("without the mistake it is tried as ever, though another one has one", async (t) => {
    writeFileSync(source("02-who"), before.replace("you are somebody", "you are nobody"));
    t.match(text(await exercise("02")), /✓ it starts, and says so\n✗ .+\n.*nobody/);
  });
});
