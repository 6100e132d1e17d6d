/** What several programs print on a terminal: side by side where there is room, else by name. */

import { type Style, styled, terminalWidth, wrapped } from "./terminal.ts";
import type { Line } from "./transcript.ts";

const STYLES: readonly Style[] = ["cyan", "yellow", "green"];
const GAP = " │ ";
/** The least columns for what a program says, and for the calls that it makes. */
const WIDTH_OF_WORDS = 36;
const WIDTH_OF_CALLS = 54;

/** Gives what prints a line of the programs with these names. */
export function printer(names: readonly string[], hasCalls: boolean): (line: Line) => void {
  const gaps = GAP.length * (names.length - 1);
  const width = Math.floor(((terminalWidth ?? 0) - gaps) / names.length);
  const hasRoom = width >= (hasCalls ? WIDTH_OF_CALLS : WIDTH_OF_WORDS);
  return hasRoom ? sideBySide(names, width, hasCalls) : byName(names, hasCalls);
}

function sideBySide(names: readonly string[], width: number, hasCalls: boolean) {
  const heads = names.map((name, i) => styled(STYLES[i] as Style, name.padEnd(width)));
  const rule = names.map(() => "─".repeat(width)).join("─┼─");
  process.stdout.write(`${heads.join(styled("dim", GAP)).trimEnd()}\n${styled("dim", rule)}\n`);
  return (line: Line) => {
    for (const text of wrapped(line.text, width, "    ")) {
      const cells = names.map((_, i) => {
        if (i !== line.program) return " ".repeat(width);
        const padding = " ".repeat(i + 1 < names.length ? width - text.length : 0);
        return emphasised(text, line, hasCalls) + padding;
      });
      process.stdout.write(`${cells.join(styled("dim", GAP)).trimEnd()}\n`);
    }
  };
}

function byName(names: readonly string[], hasCalls: boolean) {
  const width = Math.max(...names.map((name) => name.length));
  return (line: Line) => {
    const label = `${(names[line.program] as string).padEnd(width)} │`;
    const text = emphasised(line.text, line, hasCalls);
    process.stdout.write(`${styled(STYLES[line.program] as Style, label)} ${text}\n`);
  };
}

/** Among its calls, what a program says stands out. */
function emphasised(text: string, { isCall }: Line, hasCalls: boolean): string {
  return hasCalls && !isCall ? styled("bold", text) : text;
}
