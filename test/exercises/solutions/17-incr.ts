/** One row: look the number up, check it, put it back. */
import { Loop } from "fdkit";
import { CommandError, type Commands } from "../../../examples/redis-steps/commands.ts";
import { integer } from "../../../examples/redis-steps/resp.ts";
import { serve } from "../../../examples/redis-steps/server.ts";
import { keyOf, stringCommands } from "../../../examples/redis-steps/strings.ts";

const keys = new Map<string, Buffer>();
const commands: Commands = {
  ...stringCommands(keys),
  incr: { arity: 2, run: ([, key]) => increment(keyOf(key)) },
};

const loop = new Loop();
serve(loop, Number(process.argv[2] ?? 7001), commands);
loop.run();

function increment(key: string): string {
  const text = keys.get(key)?.toString("latin1") ?? "0";
  const sum = Number(text) + 1;
  if (!/^(0|-?[1-9]\d*)$/.test(text) || !Number.isSafeInteger(sum)) {
    throw new CommandError("ERR value is not an integer or out of range");
  }
  keys.set(key, Buffer.from(`${sum}`));
  return integer(sum);
}
