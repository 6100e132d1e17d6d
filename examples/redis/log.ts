/** Log lines in Redis's form: `pid:role day time level message`. */

import { appendFileSync } from "node:fs";
import { write } from "fdkit";
import { type Settings, UsageError } from "./config.ts";
import type { LogLevel } from "./host.ts";

const MARKS: Record<LogLevel, string> = { debug: ".", verbose: "-", notice: "*", warning: "#" };
const LEVELS: LogLevel[] = ["debug", "verbose", "notice", "warning"];
const STDOUT = 1;

export type Log = (level: LogLevel, message: string) => void;

/** Writes to `logfile`, or to standard output when that is empty; a UsageError if it can't. */
export function createLog(settings: Settings): Log {
  openLogfile(settings.logfile);
  return (level, message) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(settings.loglevel as LogLevel)) return;
    writeLine(settings.logfile, `${process.pid}:M ${timestamp()} ${MARKS[level]} ${message}\n`);
  };
}

function openLogfile(logfile: string): void {
  try {
    if (logfile !== "") appendFileSync(logfile, "");
  } catch (error) {
    throw new UsageError(`Can't open the log file: ${(error as Error).message}`);
  }
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
