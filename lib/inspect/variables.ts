// What the environment asks for, done before the program begins. ../environment.ts loads this file.
//
//   FDKIT_TRACE=1                    every call on stderr; or options, in any order, as in
//   FDKIT_TRACE=trace=recv,send:fd=7:output=/tmp/trace:strings=64
//   FDKIT_TRACE=trace=!epoll_wait:format=json:timestamps=relative:output=1
//     output=NUMBER is an fd; timestamps=absolute are the seconds since 1970
//   FDKIT_FAULT=accept4:error=EMFILE:when=3;send,recv:short=1:fd=7
//     error=ERRNO | short=BYTES | result=NUMBER; when=FIRST, FIRST+STEP, FIRST..LAST[+STEP]
//   FDKIT_COUNTERS=1                 a table of calls and fds on stderr when the program ends
// A value that can't be made out ends the program before it begins, with a line on stderr.
import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { constants, errnos } from "../native.ts";
import { formatCounters, startCounters } from "./counters.ts";
import { type Fault, injectFaults, type When } from "./fault.ts";
import { startTrace, type TraceOptions } from "./trace.ts";

const STDERR = 2;
const ON = ["1", "on", "true", "all"];
/** As of the command `fdkit` after a wrong command line. */
const USAGE_STATUS = 2;

/** Does what a variable asks for, if it is set. */
function variable(name: string, begin: (text: string) => void): void {
  const text = process.env[name] ?? "";
  if (text === "") return;
  try {
    begin(text);
  } catch (error) {
    refuse(`${name}=${text}: ${(error as Error).message}`);
  }
}

/**
 * Where the slip is the user's, a stack would only hide it. A worker has its variables from the
 * program, which hears of it as of whatever else fails there.
 */
function refuse(message: string): void {
  if (!isMainThread) throw new Error(message);
  process.stderr.write(`fdkit: ${message}\n`);
  process.exit(USAGE_STATUS);
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
  output: (text) => ({ output: /^\d+$/.test(text) ? integer(text) : text }),
  format: (text) => ({ format: oneOf(text, "text", "json") }),
  timestamps: (text) => ({ timestamps: oneOf(text, "none", "relative", "absolute") }),
  strings: (text) => ({ strings: integer(text) }),
};

function parseTrace(text: string): TraceOptions {
  return ON.includes(text) ? {} : parseItems(text.split(":"), TRACE_KEYS);
}

/** `key=value` items, each read by the function of its key. */
function parseItems<T extends object>(
  items: readonly string[],
  keys: Record<string, (text: string) => Partial<T>>,
): T {
  const options = {};
  for (const item of items) {
    const [key = "", ...value] = item.split("=");
    const read = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (read === undefined || value.length === 0) {
      const known = Object.keys(keys).join("=, ");
      throw new RangeError(`${JSON.stringify(item)} is not one of ${known}=`);
    }
    Object.assign(options, read(value.join("=")));
  }
  return options as T;
}

/** The failures of the resolver, whose numbers in C are those of errnos. */
const nameErrors = new Map(errnos.map(({ name, errno }) => [name, errno]));

function parseErrno(text: string): number {
  const errno = /^E[A-Z0-9]+$/.test(text) ? constants[text] : nameErrors.get(text);
  if (errno !== undefined) return errno;
  throw new RangeError(`no error is named ${JSON.stringify(text)}`);
}

/** strace's grammar: FIRST, FIRST+ and FIRST+STEP, each after ..LAST as well. */
function parseWhen(text: string): When {
  const match = /^(\d+)(?:\.\.(\d+))?(\+\d*)?$/.exec(text);
  if (match === null) throw new RangeError(`${JSON.stringify(text)} says no numbers of calls`);
  const [, first, last, step] = match;
  return {
    first: integer(first as string),
    ...(last === undefined ? {} : { last: integer(last) }),
    ...(step === undefined ? {} : { step: integer(step.slice(1) || "1") }),
  };
}

const FAULT_KEYS: Record<string, (text: string) => Partial<Omit<Fault, "calls">>> = {
  error: (text) => ({ error: parseErrno(text) }),
  short: (text) => ({ short: integer(text) }),
  result: (text) => ({ result: integer(text) }),
  when: (text) => ({ when: parseWhen(text) }),
  fd: (text) => ({ fd: integer(text) }),
};

function parseFaults(text: string): Fault[] {
  const specs = text.split(";").filter((spec) => spec !== "");
  return specs.map((spec) => {
    const [names = "", ...items] = spec.split(":");
    return { calls: names.split(","), ...parseItems<Omit<Fault, "calls">>(items, FAULT_KEYS) };
  });
}

variable("FDKIT_FAULT", (text) => injectFaults(...parseFaults(text)));
variable("FDKIT_TRACE", (text) => startTrace(parseTrace(text)));
variable("FDKIT_COUNTERS", (text) => {
  oneOf(text, ...ON);
  const counters = startCounters();
  process.on("exit", () => writeSync(STDERR, formatCounters(counters)));
});
