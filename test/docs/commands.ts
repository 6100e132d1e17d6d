/**
 * The commands that documents show: what is run for a line that a reader types. The programs are
 * ours, and few others; ports and names are such as nobody else has.
 */

import { spawnSync } from "node:child_process";
import type { Test } from "tap";
import { reservePort } from "../helpers/ports.ts";
import { ours } from "../helpers/run.ts";

/** What the documents say, and every program takes that is told nothing else. */
const [PORT, NEXT_PORT, NAME] = ["7001", "7002", "fdkit"];
/** Steps of the ladder that are told a name. */
const NAMED = /^0?(7|13)/;
/** Programs of others, and an option that those have that the documents mean. */
const PARTNERS: Readonly<Record<string, string>> = { nc: "-N", curl: "-s", "redis-cli": "-p" };
/** What every shell has to feed a partner, and to look at what comes out of it. */
const PLUMBING = ["echo", "head", "printf", "seq", "sleep", "tail", "wc"];

/** Where the programs of one session are. */
export class Place {
  readonly port: number;
  private readonly name: string;

  private constructor(port: number) {
    this.port = port;
    this.name = `${NAME}-docs-${process.pid}-${port}`;
  }

  static reserve(t: Test): Place {
    return new Place(reservePort(t));
  }

  /** What is run for a line. A pipeline is for the shell, the rest is started without one. */
  programOf(line: string): string[] {
    const command = line
      .replace(/^sudo /, "")
      .replaceAll(PORT, `${this.port}`)
      .replaceAll(NEXT_PORT, `${this.port + 1}`);
    const [program, ...args] = command.split(" ") as [string, ...string[]];
    if (program === "npx" && args[0] === "fdkit") {
      const own = NAMED.test(args[2] ?? "") ? this.name : `${this.port}`;
      return ours("examples/cli/main.js", ...args.slice(1), ...(args.length === 3 ? [own] : []));
    }
    if (program === "npm" && args[2] === "exercise") {
      return ours("examples/exercises/main.js", ...args.slice(3));
    }
    if (program === "npm" && args[2] === "example") {
      return ours(`examples/${args[3]}.js`, ...args.slice(4));
    }
    const others = programsIn(line).filter((each) => !PLUMBING.includes(each));
    if (others.length === 1 && (others[0] as string) in PARTNERS) {
      return command.includes("|") ? ["sh", "-c", command] : [program, ...args];
    }
    throw new Error(`a document may not run ${JSON.stringify(line)}`);
  }

  /** What was printed here, as it would be printed anywhere. */
  anywhere(output: string): string {
    return output
      .replaceAll(this.name, NAME)
      .replaceAll(`${this.port + 1}`, NEXT_PORT)
      .replaceAll(`${this.port}`, PORT);
  }
}

/** The first words of the commands in a pipeline. */
function programsIn(line: string): string[] {
  const commands = line.split(/[|;()]/).map((command) => command.trim());
  return commands.flatMap((command) => (command === "" ? [] : [command.split(" ")[0] as string]));
}

/** What a line needs and this machine does not have. */
export function lackOf(line: string): string | undefined {
  const program = programsIn(line).find((each) => each in PARTNERS && !isThere(each));
  return program && `${program} with ${PARTNERS[program]}`;
}

const known = new Map<string, boolean>();

function isThere(program: string): boolean {
  const found = known.get(program);
  if (found !== undefined) return found;
  const { stdout, stderr } = spawnSync(program, ["-h"], { encoding: "utf8" });
  const is = new RegExp(`\\s${PARTNERS[program]}\\b`).test(`${stdout}${stderr}`);
  known.set(program, is);
  return is;
}
