/** What the subcommands share on a terminal: colours, and what the user got wrong. */

import { styleText } from "node:util";

/** A wrong command line; its message is all the user is told. */
export class CommandLineError extends Error {}

export type Style = "bold" | "dim" | "cyan" | "yellow";

/** Colours are for a terminal, and not for all: https://no-color.org */
const hasColours = process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";

export function styled(style: Style, text: string): string {
  return hasColours ? styleText(style, text) : text;
}
