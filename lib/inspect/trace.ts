// Trace: every call of the toolkit as a line, as strace(1) would print it.
// From outside: node --import fdkit/trace app.js, and FDKIT_TRACE (environment.ts).
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { isMainThread, threadId } from "node:worker_threads";
import { fdsOf } from "./facts.ts";
import { failure, type Made } from "./format.ts";
import { addLayer, type Call, checkCallName, injected, systemCall } from "./layer.ts";
import { formatArguments, formatResult } from "./signatures.ts";

/** What startTrace() shows, and where: the items of FDKIT_TRACE. */
export interface TraceOptions {
  /** The calls to show, by name; one that begins with `!` is left out. Without it: all. */
  readonly trace?: readonly string[];
  /** Shows the calls on these fds only. */
  readonly fd?: readonly number[];
  /**
   * A file's path, an fd, or who takes the lines, each with its "\n". Without it: stderr. Lines are
   * added to a file, as of strace -A: the threads of a program, and its children, share one.
   */
  readonly output?: string | number | ((line: string) => void);
  /** "text" as strace has it, or "json": an object per line. */
  readonly format?: "text" | "json";
  /** What a line begins with: seconds since the one before (strace -r), or since 1970 (-ttt). */
  readonly timestamps?: "none" | "relative" | "absolute";
  /** How many bytes of a string are shown; 32 without it. */
  readonly strings?: number;
}

/** A trace that is on. */
export interface Trace {
  /** No further calls are shown, and the file is closed. Idempotent. */
  stop(): void;
}

const STDERR = 2;
const DEFAULT_STRINGS = 32;
/** How often a line is offered to a full pipe, a millisecond apart, before its rest is lost. */
const MAX_ATTEMPTS = 200;
/** Where the results stand, unless the call is too long: strace's -a. */
const RESULT_COLUMN = 40;
/** As strace -f tells who called; the main thread needs no name. */
const THREAD = isMainThread ? "" : `[thread ${threadId}] `;
/** Nobody wakes it: to wait on it is to sleep. */
const pause = new Int32Array(new SharedArrayBuffer(4));

/** One call, made. Times are in milliseconds of performance.now(). */
interface Event extends Made {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly isInjected: boolean;
}

type Formatter = (event: Event) => string;

/**
 * Shows calls from now on; those that a wrong argument kept from the kernel are not shown.
 *
 *     const trace = startTrace({ trace: ["accept4", "recv"], output: "/tmp/trace" });
 */
export function startTrace(options: TraceOptions = {}): Trace {
  const wants = nameFilter(options.trace ?? []);
  const fds = options.fd === undefined ? undefined : new Set(options.fd);
  const format = options.format === "json" ? jsonLine : textFormatter(options.timestamps);
  const sink = openSink(options.output ?? STDERR);
  const limit = options.strings ?? DEFAULT_STRINGS;

  const show = (event: Event) => {
    const { name, args, result } = event;
    if (fds !== undefined && !fdsOf(name, args, result).some((fd) => fds.has(fd))) return;
    sink.write(format(event));
  };
  const remove = addLayer("trace", (name, next) => {
    return wants(name) ? traced(name, next, limit, show) : next;
  });
  let isOn = true;
  return {
    stop() {
      if (!isOn) return;
      isOn = false;
      remove();
      sink.close();
    },
  };
}

function traced(name: string, next: Call, limit: number, show: (event: Event) => void): Call {
  return (...args) => {
    const before = injected.count;
    const start = performance.now();
    const result = next(...args);
    const end = performance.now();
    show({ name, args, result, limit, start, end, isInjected: injected.count !== before });
    return result;
  };
}

/** What is not a system call is shown only when it is named. */
function nameFilter(names: readonly string[]): (name: string) => boolean {
  for (const name of names) checkCallName(name.replace(/^!/, ""));
  const unwanted = new Set(names.filter((name) => name.startsWith("!")).map((n) => n.slice(1)));
  const wanted = new Set(names.filter((name) => !name.startsWith("!")));
  return (name) => {
    const inC = systemCall(name);
    const names = [name, inC ?? name];
    if (names.some((one) => unwanted.has(one))) return false;
    return wanted.size === 0 ? inC !== undefined : names.some((one) => wanted.has(one));
  };
}

function textFormatter(timestamps: TraceOptions["timestamps"]): Formatter {
  if (timestamps === "absolute") return (event) => `${seconds(epochMs(event))} ${textLine(event)}`;
  if (timestamps !== "relative") return textLine;
  let previous: number | undefined;
  return (event) => {
    const since = previous === undefined ? 0 : event.start - previous;
    previous = event.start;
    return `${seconds(since).padStart(12)} ${textLine(event)}`;
  };
}

function textLine(event: Event): string {
  const { name, result, start, end, isInjected } = event;
  const call = `${THREAD}${systemCall(name) ?? name}(${formatArguments(name, event).join(", ")}) `;
  const answer = result < 0 ? failure(result) : formatResult(name, event);
  const note = isInjected ? " (INJECTED)" : "";
  return `${call.padEnd(RESULT_COLUMN)}= ${answer}${note} <${seconds(end - start)}>\n`;
}

/** When the call began. */
function epochMs({ start }: Event): number {
  return performance.timeOrigin + start;
}

function jsonLine(event: Event): string {
  const { name, args, result, start, end, isInjected } = event;
  const line = {
    time: epochMs(event) / 1000,
    ...(isMainThread ? {} : { thread: threadId }),
    call: systemCall(name) ?? name,
    args: formatArguments(name, event),
    result: result < 0 ? -1 : result,
    ...(result < 0 ? { errno: failure(result).split(" ")[1] } : {}),
    fds: fdsOf(name, args, result),
    seconds: Number(seconds(end - start)),
    ...(isInjected ? { injected: true } : {}),
  };
  return `${JSON.stringify(line)}\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}

interface Sink {
  write(line: string): void;
  close(): void;
}

function openSink(output: NonNullable<TraceOptions["output"]>): Sink {
  if (typeof output === "function") return { write: output, close: () => {} };
  if (typeof output === "number") {
    fstatSync(output); // EBADF now: a line that can't be written is lost without a word
    return { write: (line) => writeLine(output, line), close: () => {} };
  }
  const fd = openSync(output, "a");
  return { write: (line) => writeLine(fd, line), close: () => closeSync(fd) };
}

/** Past the table, so that a trace does not trace itself. A reader that is gone is no error. */
function writeLine(fd: number, line: string): void {
  const bytes = Buffer.from(line, "latin1");
  for (let at = 0, attempt = 0; at < bytes.length && attempt < MAX_ATTEMPTS; attempt++) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
