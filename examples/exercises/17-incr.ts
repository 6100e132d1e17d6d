/**
 * 17-incr: a new command for the growing Redis. INCR key adds one to the number that the key holds
 * as text, and answers with the sum; a key that is not there counts as 0. A value that is no
 * integer is "ERR value is not an integer or out of range", and stays as it is.
 *
 * npm run exercise 17    tells what is right, and what is missing yet
 * See also: ../redis-steps/03-event-loop.ts, ../redis-steps/strings.ts */
import { Loop } from "fdkit";
import type { Commands } from "../redis-steps/commands.ts";
import { error } from "../redis-steps/resp.ts";
import { serve } from "../redis-steps/server.ts";
import { stringCommands } from "../redis-steps/strings.ts";

const keys = new Map<string, Buffer>();
const commands: Commands = {
  ...stringCommands(keys),
  incr: { arity: 2, run: () => error("nobody has taught me to count") },
};

const loop = new Loop();
serve(loop, Number(process.argv[2] ?? 7001), commands);
loop.run();
