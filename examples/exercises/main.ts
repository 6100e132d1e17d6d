/**
 * The exercises of the tour: lists them, or tries the solution of one as a process.
 *
 * npm run exercise            lists them
 * npm run exercise 04         tells what is right about 04-two-bytes.ts, and what is missing yet
 * npm run exercise 04 FILE    the same for a program that lies elsewhere
 * See also: exercises.ts, check/stage.ts; docs/tour.md */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Missing } from "./check/missing.ts";
import { type Exercise, Stage } from "./check/stage.ts";
import { EXERCISES } from "./exercises.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

function list(): number {
  const width = Math.max(...EXERCISES.map(({ name }) => name.length));
  for (const { name, task } of EXERCISES) console.log(`${name.padEnd(width)}  ${task}`);
  console.log(
    "\nEdit examples/exercises/NAME.ts; npm run exercise 04 tells whether you solved 04.",
  );
  return 0;
}

/** Resolves to the exit status: 0 when nothing is missing. */
async function tryOut(exercise: Exercise, file: string): Promise<number> {
  console.log(`${exercise.name}: ${exercise.task}`);
  const stage = new Stage(exercise, file);
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
  const program = file === undefined ? `${HERE}${exercise?.name}.js` : resolve(file);
  if (exercise !== undefined && existsSync(program)) return tryOut(exercise, program);
  console.error(
    exercise === undefined
      ? `There is no exercise ${wanted}; npm run exercise lists them.`
      : `${program}: no file.`,
  );
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
