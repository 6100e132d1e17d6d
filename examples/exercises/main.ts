/**
 * The exercises of the tour: lists them, or tries the solution of one as a process.
 *
 * npm run exercise            lists them
 * npm run exercise 04         tells what is right about 04-two-bytes.ts, and what is missing yet
 * npm run exercise 04 FILE    the same for a program in JavaScript that lies elsewhere
 * See also: exercises.ts, check/stage.ts; docs/tour.md */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Missing } from "./check/missing.ts";
import { productOf, sourceOf, translate } from "./check/own-file.ts";
import { type Exercise, Stage } from "./check/stage.ts";
import { EXERCISES } from "./exercises.ts";

function list(): number {
  const width = Math.max(...EXERCISES.map(({ name }) => name.length));
  for (const { name, task } of EXERCISES) console.log(`${name.padEnd(width)}  ${task}`);
  console.log(
    "\nEdit examples/exercises/NAME.ts; npm run exercise 04 tells whether you solved 04.",
  );
  return 0;
}

/** Tries what the learner has written. Resolves to the exit status: 0 when nothing is missing. */
async function tryOwn(exercise: Exercise): Promise<number> {
  const mistakes = await translate(exercise.name);
  if (mistakes.length === 0) return tryOut(exercise, productOf(exercise.name));
  console.log(`✗ TypeScript accepts it\n  ${mistakes.join("\n  ")}\nNot solved yet.`);
  return 1;
}

/** Tries a program that is there. */
async function tryOut(exercise: Exercise, program: string): Promise<number> {
  const stage = new Stage(exercise, program);
  try {
    await stage.step("it starts, and says so", () => stage.program.printed(/listening|bound/));
    await exercise.check(stage);
    console.log("Solved.");
    return 0;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.log("Not solved yet.");
    return 1;
  } finally {
    await stage.close();
  }
}

async function main([wanted, file]: readonly string[]): Promise<number> {
  if (wanted === undefined) return list();
  const number = wanted.replace(/^\d$/, "0$&");
  const exercise = EXERCISES.find(({ name }) => name === number || name.startsWith(`${number}-`));
  if (exercise === undefined) {
    console.error(`There is no exercise ${wanted}; npm run exercise lists them.`);
    return 2;
  }
  const source = file === undefined ? sourceOf(exercise.name) : resolve(file);
  if (!existsSync(source)) {
    console.error(`${source}: no file.`);
    return 2;
  }
  console.log(`${exercise.name}: ${exercise.task}`);
  return file === undefined ? tryOwn(exercise) : tryOut(exercise, source);
}

process.exitCode = await main(process.argv.slice(2));
