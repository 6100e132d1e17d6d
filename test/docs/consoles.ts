/**
 * Sessions on a terminal, as documents show them: `$ command`, and what it prints. They are run
 * with ports and names that nobody else has. `command &` runs beside the next ones; a line `^C`
 * ends a command that doesn't end by itself, once the lines above it are there.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "tap";
import { freePort, ours, Run } from "../helpers/run.ts";

/** What the documents say, and every program takes that is told nothing else. */
const [PORT, NAME] = ["7001", "fdkit"];
/** How long to wait for lines before ^C; that fewer came is then seen in the comparison. */
const PATIENCE_MS = 20_000;
/** Steps of the ladder that are told a name. */
const NAMED = /^0?(7|13)/;

interface Session {
  readonly command: string;
  readonly output: string;
}

export function sessionsOf(text: string): Session[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((session) => {
      const end = session.indexOf("\n");
      return { command: session.slice(0, end), output: session.slice(end + 1) };
    });
}

/** Runs a block again, and gives the text that it has now. */
export async function replay(t: Test, text: string): Promise<string> {
  const port = `${await freePort()}`;
  const name = `${NAME}-docs-${process.pid}-${port}`;
  const parts: string[] = [];
  for (const { command, output } of sessionsOf(text)) {
    const run = new Run(t, programOf(command, port, name));
    const printed = await outputOf(run, command, output);
    parts.push(`$ ${command}\n${printed.replaceAll(name, NAME).replaceAll(port, PORT)}`);
  }
  return parts.join("");
}

async function outputOf(run: Run, command: string, shown: string): Promise<string> {
  if (command.endsWith("&")) {
    await run.printed(/\n/);
    return shown;
  }
  if (!shown.includes("^C\n")) return decoded((await run.ended()).output);
  const lines = shown.slice(0, shown.indexOf("^C\n")).split("\n").length - 1;
  const isThere = run.printed(new RegExp(`^(.*\\n){${lines}}`)).catch(() => {});
  await Promise.race([isThere, sleep(PATIENCE_MS, undefined, { ref: false })]);
  const printed = decoded((await run.stop("SIGINT")).output).split(/(?<=\n)/);
  return [...printed.slice(0, lines), "^C\n", ...printed.slice(lines)].join("");
}

function decoded(output: string): string {
  return Buffer.from(output, "latin1").toString();
}

/** A command line without the shell: what a reader types, and what is run for it. */
function programOf(line: string, port: string, name: string): string[] {
  const [command, ...words] = line.replace(/^sudo | &$/g, "").split(" ");
  const args = words.map((word) => word.replace(PORT, port));
  if (command === "npx" && args[0] === "fdkit") {
    const own = NAMED.test(args[2] ?? "") ? name : port;
    return ours("examples/cli/main.js", ...args.slice(1), ...(args.length === 3 ? [own] : []));
  }
  if (command === "npm" && args[2] === "exercise") {
    return ours("examples/exercises/main.js", ...args.slice(3));
  }
  if (command === "npm" && args[2] === "example") {
    return ours(`examples/${args[3]}.js`, ...args.slice(4));
  }
  if (command === "redis-cli" || command === "curl") return [command, ...args];
  throw new Error(`a document may not run ${JSON.stringify(line)}`);
}

/**
 * What two runs of the same programs have in common. The kernel chooses the clients' ports; two
 * programs print side by side in any order; a stream is cut anywhere; how often one asks in vain
 * or hears a clock, which datagrams find room, and which segments acknowledge nothing else, is
 * anybody's guess.
 */
export function comparable(text: string): string {
  const lines = text
    .replace(/127\.0\.0\.1:(?!7001)\d+/g, "127.0.0.1:PORT")
    .replace(/\d+ reads: .*/g, (reads) => reads.replace(/^\d+| \|/g, "").replaceAll(" ", ""))
    .replace(/asked \d+ times/g, "asked N times")
    .replace(/(tick\nwoken, with 3\n)+/g, "ticks\n")
    .split("\n");
  const label = (line: string) => /^(\S+) +│/.exec(line)?.[1] ?? "";
  const isCertain = (line: string) => !/\d+ arrived: (?!one|a longer)|TCP ACK$/.test(line);
  const labels = [...new Set(lines.map(label))].sort();
  return labels
    .flatMap((name) => lines.filter((line) => label(line) === name && isCertain(line)))
    .join("\n");
}
