// What the environment asks for, done before the program begins. ../environment.ts loads this file.
//
//   FDKIT_TRACE=1                    every call on stderr; or options, in any order, as in
//   FDKIT_TRACE=trace=recv,send:fd=7:output=/tmp/trace:strings=64
//   FDKIT_TRACE=trace=!epoll_wait:format=json:timestamps=relative
import { startTrace, type TraceOptions } from "./trace.ts";

const ON = new Set(["1", "on", "true", "all"]);

/** What a variable says, or undefined if it is not set. What it says wrongly ends the program. */
function variable<T>(name: string, parse: (text: string) => T): T | undefined {
  const text = process.env[name] ?? "";
  if (text === "") return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${name}=${text}: ${(error as Error).message}`);
  }
}

function integer(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new RangeError(`${JSON.stringify(text)} is not a number`);
}

function oneOf<T extends string>(text: string, ...choices: T[]): T {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new RangeError(`${JSON.stringify(text)} is not one of ${choices.join(", ")}`);
}

const TRACE_KEYS: Record<string, (text: string) => TraceOptions> = {
  trace: (text) => ({ trace: text.split(",") }),
  fd: (text) => ({ fd: text.split(",").map(integer) }),
  output: (text) => ({ output: text }),
  format: (text) => ({ format: oneOf(text, "text", "json") }),
  timestamps: (text) => ({ timestamps: oneOf(text, "none", "relative") }),
  strings: (text) => ({ strings: integer(text) }),
};

function parseTrace(text: string): TraceOptions {
  const options: TraceOptions = {};
  if (ON.has(text)) return options;
  for (const item of text.split(":")) {
    const [key = "", ...value] = item.split("=");
    const read = TRACE_KEYS[key];
    if (read === undefined || value.length === 0) {
      const known = Object.keys(TRACE_KEYS).join("=, ");
      throw new RangeError(`${JSON.stringify(item)} is neither 1 nor one of ${known}=`);
    }
    Object.assign(options, read(value.join("=")));
  }
  return options;
}

variable("FDKIT_TRACE", (text) => startTrace(parseTrace(text)));
