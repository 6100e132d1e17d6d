/**
 * Sessions on a terminal, as documents show them: `$ command`, and what it prints; `^C` ends one
 * that doesn't end by itself. Where there are several terminals each line has the name of its own
 * in front, and the lines stand in the order of time: what is above a command is there before it.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "tap";
import { listFds } from "../../lib/inspect/fds.ts";
import { eventually } from "../helpers/redis-server.ts";
import { Run } from "../helpers/run.ts";
import { Place } from "./commands.ts";

/** How long to wait for a line, or an end; that it did not come is then seen in the comparison. */
const PATIENCE_MS = 20_000;
const ENDLESS = "(and goes on)";

interface Line {
  /** The name of its terminal; empty where there is only one. */
  readonly terminal: string;
  readonly text: string;
}

function linesOf(session: string): Line[] {
  const lines = session.trimEnd().split("\n");
  if (session.startsWith("$ ")) return lines.map((text) => ({ terminal: "", text }));
  return lines.map((line) => {
    const [, terminal, text] = /^(\S+) *│ ?(.*)$/.exec(line) ?? [];
    if (terminal === undefined) throw new Error(`of which terminal is ${JSON.stringify(line)}?`);
    return { terminal, text: text as string };
  });
}

function sessionOf(lines: readonly Line[]): string {
  const width = Math.max(...lines.map(({ terminal }) => terminal.length));
  const labelled = ({ terminal, text }: Line) =>
    terminal === "" ? text : `${terminal.padEnd(width)} │ ${text}`.trimEnd();
  return lines.map((line) => `${labelled(line)}\n`).join("");
}

/** The commands that are typed in a session. */
export function commandsIn(session: string): string[] {
  return linesOf(session).flatMap(({ text }) => (text.startsWith("$ ") ? text.slice(2) : []));
}

/** Runs a session again, and gives the text that it has now. */
export async function replay(t: Test, session: string): Promise<string> {
  const place = Place.reserve(t);
  const commands = new Map<string, Command>();
  const now: Line[] = [];
  const note = (terminal: string, texts: readonly string[] = []) => {
    for (const text of texts) now.push({ terminal, text: place.anywhere(text) });
  };
  for (const { terminal, text } of linesOf(session)) {
    const command = commands.get(terminal);
    if (text.startsWith("$ ")) {
      note(terminal, await command?.rest());
      note(terminal, [text]);
      commands.set(terminal, await Command.start(t, place.programOf(text.slice(2))));
    } else if (text === "^C") {
      note(terminal, await command?.interrupt());
    } else {
      note(terminal, await command?.nextLine());
    }
  }
  for (const [terminal, command] of commands) note(terminal, await command.rest());
  return sessionOf(now);
}

/** A command that was typed, and how much of its output was looked at. */
class Command {
  private readonly run: Run;
  private lines = 0;
  private isLate = false;

  private constructor(run: Run) {
    this.run = run;
  }

  /** A netcat that is typed alone says nothing when it is connected: the kernel is asked. */
  static async start(t: Test, program: readonly string[]): Promise<Command> {
    const run = new Run(t, program);
    if (program[0] === "nc") {
      const { pid } = run.process as { pid: number };
      await eventually(() => isConnectedOrOver(pid), PATIENCE_MS / 1000);
    }
    return new Command(run);
  }

  /** None, when it does not come. */
  async nextLine(): Promise<string[]> {
    if (this.isLate) return [];
    const found = this.run.printed(new RegExp(`^([^\n]*\n){${this.lines + 1}}`));
    const output = await Promise.race([found.then(([lines]) => lines).catch(() => ""), patience()]);
    this.isLate = output === undefined;
    return this.linesIn(output ?? "");
  }

  /** What it has printed up to now, and ^C. */
  async interrupt(): Promise<string[]> {
    const [output] = await this.run.printed(/^([^\n]*\n)*/);
    this.run.process.kill("SIGINT");
    return [...this.linesIn(output), "^C"];
  }

  /** What it still prints until it ends; no patience is left with one that was late before. */
  async rest(): Promise<string[]> {
    const limit = this.isLate ? undefined : patience();
    const outcome = await Promise.race([this.run.ended(), limit]);
    if (outcome !== undefined) return this.linesIn(outcome.output);
    this.run.process.kill("SIGKILL");
    return [ENDLESS];
  }

  /** Those lines of the output that are new, as a terminal shows them. */
  private linesIn(output: string): string[] {
    const text = Buffer.from(output, "latin1").toString();
    const lines = (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).slice(this.lines);
    this.lines += lines.length;
    return lines.map((line) => line.trimEnd());
  }
}

function patience(): Promise<undefined> {
  return sleep(PATIENCE_MS, undefined, { ref: false });
}

/** Has a connection, or has ended, so that nobody need wait for one. */
function isConnectedOrOver(pid: number): boolean {
  try {
    return listFds(pid).some(({ socket }) => socket?.state === "ESTABLISHED");
  } catch {
    return true;
  }
}

/**
 * What two runs of the same programs have in common. The kernel chooses the clients' ports, and the
 * thread; two programs print side by side in any order; a stream is cut anywhere; how often one
 * asks in vain or hears a clock, which datagrams find room, and which segments acknowledge nothing
 * else, is anybody's guess.
 */
export function comparable(text: string): string {
  const lines = text
    .replace(/127\.0\.0\.1:(?!7001)\d+/g, "127.0.0.1:PORT")
    .replace(/\d+ reads: .*/g, (reads) => reads.replace(/^\d+| \|/g, "").replaceAll(" ", ""))
    .replace(/asked \d+ times/g, "asked N times")
    .replace(/(tick\nwoken, with 3\n)+/g, "ticks\n")
    .replace(/thread \d$/gm, "thread N")
    .replace(/served by thread: .*/g, (counts) => [...counts].sort().join(""))
    .split("\n");
  const label = (line: string) => /^(\S+) +│/.exec(line)?.[1] ?? "";
  const isCertain = (line: string) => !/\d+ arrived: (?!one|a longer)|TCP ACK$/.test(line);
  const labels = [...new Set(lines.map(label))].sort();
  return labels
    .flatMap((name) => lines.filter((line) => label(line) === name && isCertain(line)))
    .join("\n");
}
