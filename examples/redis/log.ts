/** Log lines in Redis's form: `pid:role day time level message`. */

import { appendFileSync } from "node:fs";
import { write } from "fdkit";
import type { Settings } from "./config.ts";
import type { LogLevel } from "./host.ts";

const MARKS: Record<LogLevel, string> = { debug: ".", verbose: "-", notice: "*", warning: "#" };
const LEVELS: LogLevel[] = ["debug", "verbose", "notice", "warning"];
const STDOUT = 1;

export type Log = (level: LogLevel, message: string) => void;

/** Writes to `logfile`, or to standard output when that is empty. */
export function createLog(settings: Settings): Log {
  return (level, message) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(settings.loglevel as LogLevel)) return;
    writeLine(settings.logfile, `${process.pid}:M ${timestamp()} ${MARKS[level]} ${message}\n`);
  };
}

function writeLine(logfile: string, line: string): void {
  try {
    if (logfile !== "") appendFileSync(logfile, line);
    else writeStdout(Buffer.from(line));
  } catch {
    // A full disk or a closed terminal must not take the server down, and there is nobody to tell.
  }
}

function writeStdout(line: Buffer): void {
  let at = 0;
  while (at < line.length) {
    const n = write(STDOUT, line, line.length - at, at);
    // A terminal that does not keep up loses lines; the server does not wait for it.
    if (n < 0) return;
    at += n;
  }
}

function timestamp(): string {
  const now = new Date();
  const [, month, day, year, time] = now.toString().split(" ");
  return `${day} ${month} ${year} ${time}.${String(now.getMilliseconds()).padStart(3, "0")}`;
}
