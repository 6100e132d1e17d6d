/** Each exercise tells its starting file from its solution, and says what is missing. */

import { readdirSync } from "node:fs";
import t from "tap";
import { difference } from "../../examples/exercises/check/missing.ts";
import { EXERCISES } from "../../examples/exercises/exercises.ts";
import { ours, run } from "../helpers/run.ts";

/** How many are tried at once: they wait more than they work. */
const AT_ONCE = 4;

const exercise = (...args: string[]) => ours("examples/exercises/main.js", ...args);
const solution = (name: string) => ours(`test/exercises/solutions/${name}.js`)[1] as string;

t.test("without a number they are listed, in the order of their files", async (t) => {
  const { ending, output } = await run(t, exercise());
  t.strictSame(ending, [0, null]);
  const names = output.split("\n").flatMap((line) => /^(\d\d-\S+) +\S/.exec(line)?.[1] ?? []);
  const files = (folder: string) => {
    const found = readdirSync(new URL(folder, import.meta.url)).filter((file) => /^\d/.test(file));
    return found.sort().map((file) => file.slice(0, -3));
  };
  t.strictSame(names, files("../../examples/exercises"));
  t.strictSame(names, files("../../examples/exercises/checks"));
  t.strictSame(names, files("solutions"));
});

t.test("what is not there is said, with status 2", async (t) => {
  const unknown = await run(t, exercise("99"));
  t.strictSame(
    [unknown.ending, unknown.errors],
    [[2, null], "There is no exercise 99; npm run exercise lists them.\n"],
  );
  const noFile = await run(t, exercise("1", "/nowhere.js"));
  t.strictSame([noFile.ending, noFile.errors], [[2, null], "/nowhere.js: no file.\n"]);
});

t.test("what they are given to begin with is no solution", { jobs: AT_ONCE }, async (t) => {
  await run(t, exercise("01")); // which translates them all, so that the others need not
  for (const { name } of EXERCISES) {
    t.test(name, { buffered: true }, async (t) => {
      const { ending, output, errors } = await run(t, exercise(name.slice(0, 2)));
      t.strictSame([ending, errors], [[1, null], ""]);
      const text = Buffer.from(output, "latin1").toString();
      t.match(text, /^✓ it starts, and says so\n/m);
      t.match(text, /^✗ .+\n {2}.+\n(.*\n)*Not solved yet\.\n$/m);
      t.equal(text.match(/^✗/gm)?.length, 1);
    });
  }
});

t.test("the solutions are", { jobs: AT_ONCE }, async (t) => {
  for (const { name } of EXERCISES) {
    t.test(name, { buffered: true }, async (t) => {
      const { ending, output, errors } = await run(t, exercise(name, solution(name)));
      const text = Buffer.from(output, "latin1").toString();
      t.strictSame([ending, errors], [[0, null], ""], text);
      t.match(text, /^(✓ .+\n){3,}Solved\.\n$/m);
    });
  }
});

t.test("a program that ends at once is told so, with its last words", async (t) => {
  const folder = t.testdir({ "broken.js": 'console.error("no idea");\nprocess.exit(3);\n' });
  const { ending, output } = await run(t, exercise("01", `${folder}/broken.js`));
  t.strictSame(ending, [1, null]);
  t.match(Buffer.from(output, "latin1").toString(), /✗ it starts/);
  t.match(output, /The program has ended; it said:\nno idea\nNot solved yet\.\n$/);
});

t.test("an error that nobody caught comes with a line of the source", async (t) => {
  const nowhere = ours("examples/01-client.js")[1] as string;
  const { output } = await run(t, exercise("01", nowhere));
  t.match(output, /SyscallError: connect: ECONNREFUSED .*\n {4}at examples\/01-client\.ts:\d+\n/);
  t.notMatch(output, /dist\/|node:internal|Node\.js v/);
});

t.test("an answer that is wrong is told where", async (t) => {
  const long = "0123456789".repeat(10);
  t.equal(difference("hello", "hel"), 'only 3 bytes come, it is cut at byte 3: "hel"');
  t.equal(difference("hello", "hello!"), '1 bytes too many: "!"');
  t.equal(difference("hello", "HELLO"), '"HELLO" comes');
  t.equal(
    difference(long, long.replace("9", "x")),
    `byte 10 is another, from there on comes "x${long.slice(0, 39)}…" (91 bytes)`,
  );
});
