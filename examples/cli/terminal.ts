/** What the subcommands share on a terminal: its width, colours, and what the user got wrong. */

import { WriteStream } from "node:tty";
import { styleText } from "node:util";

/** A wrong command line; its message is all the user is told, and where there is help. */
export class CommandLineError extends Error {
  /** The subcommand whose `--help` says more. */
  readonly subcommand: string | undefined;

  constructor(message: string, subcommand?: string) {
    super(message);
    this.subcommand = subcommand;
  }
}

export type Style = "bold" | "dim" | "cyan" | "yellow" | "green";

const { stdout } = process;

/** The columns of the terminal, or undefined where there is none. */
export const terminalWidth = stdout.isTTY ? stdout.columns || 80 : undefined;

/** For a terminal or with FORCE_COLOR; never with NO_COLOR, or on a dumb terminal. */
const hasColours =
  (stdout.isTTY || process.env.FORCE_COLOR !== undefined) && WriteStream.prototype.hasColors();

export function styled(style: Style, text: string): string {
  return hasColours && text !== "" ? styleText(style, text, { validateStream: false }) : text;
}

/** No line is cut shorter, however narrow the terminal: it has to go on. */
const LEAST_WIDTH = 16;

/** Lines of at most `room` columns, cut at spaces where there are some; they go on indented. */
export function wrapped(text: string, room: number, indent: string): string[] {
  const width = Math.max(room, LEAST_WIDTH);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end).trimEnd());
    rest = indent + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
