// The arguments of a call as strace(1) writes them: strings in C's quotes, structs with the names
// of their fields. What the kernel writes is shown as it left it.
import { endianness } from "node:os";
import { errnos } from "../native.ts";
import { signalsIn } from "../sigset.ts";
import { OFFSETOF_IT_INTERVAL, OFFSETOF_IT_VALUE, OFFSETOF_TV_NSEC } from "../structs.ts";
import { hex, SIGNALS, symbol } from "./symbols.ts";

const LITTLE_ENDIAN = endianness() === "LE";
/** How many elements of an array are written, as with strace's -s. */
const MAX_ELEMENTS = 32;

const ESCAPES: Record<number, string> = {
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

/** The call that a printer looks at: its arguments, its result, and how long strings may be. */
export interface Made {
  readonly args: readonly unknown[];
  readonly result: number;
  readonly limit: number;
}

/** `"GET / HT"...`: at most `limit` bytes in quotes, dots if there are more. */
export function quote(bytes: Uint8Array, limit: number): string {
  const shown = Math.min(bytes.length, limit);
  let text = "";
  for (let i = 0; i < shown; i++) text += escapeByte(bytes[i], i + 1 < shown ? bytes[i + 1] : 0);
  return `"${text}"${bytes.length > shown ? "..." : ""}`;
}

/** In octal where it is not printable; in full before a digit, which would else belong to it. */
function escapeByte(byte: number, next: number): string {
  const short = ESCAPES[byte];
  if (short !== undefined) return short;
  if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
  const isBeforeDigit = next >= 48 && next <= 57;
  return `\\${byte.toString(8).padStart(isBeforeDigit ? 3 : 1, "0")}`;
}

/** A view's bytes from `offset` on, at most `size`; a view that lost its memory has none. */
export function slice(view: unknown, size: number, offset = 0): Uint8Array {
  if (!(view instanceof Uint8Array) || view.length === 0) return new Uint8Array(0);
  return view.subarray(offset, offset + Math.max(size, 0));
}

export function list(items: readonly string[]): string {
  const shown = items.slice(0, MAX_ELEMENTS);
  return `[${shown.join(", ")}${items.length > shown.length ? ", ..." : ""}]`;
}

/** Buffers as iovecs; `filled` bytes of them are worth showing, none after a failure. */
export function iovecs(buffers: unknown, limit: number, filled = Infinity): string {
  if (!Array.isArray(buffers)) return "...";
  let rest = filled;
  const items = (buffers as Uint8Array[]).map((buffer) => {
    const n = Math.max(Math.min(rest, buffer.length), 0);
    rest -= n;
    const base = filled < 0 ? "..." : quote(slice(buffer, n), limit);
    return `{iov_base=${base}, iov_len=${buffer.length}}`;
  });
  return list(items);
}

const SIGNAL_COUNT = 64;
const FIRST_REALTIME = 32;

/** `[INT TERM]`; of a set with most signals in it, `~[KILL]`: those that are not. */
export function signalSet(bytes: Uint8Array): string {
  const signals = signalsIn(bytes);
  if (signals.length < (SIGNAL_COUNT * 2) / 3) return `[${signals.map(signalName).join(" ")}]`;
  const all = Array.from({ length: SIGNAL_COUNT }, (_, i) => i + 1);
  const others = all.filter((signum) => !signals.includes(signum));
  return `~[${others.map(signalName).join(" ")}]`;
}

function signalName(signum: number): string {
  if (signum < FIRST_REALTIME) return symbol(signum, SIGNALS).replace(/^SIG/, "");
  return signum === FIRST_REALTIME ? "RTMIN" : `RT_${signum - FIRST_REALTIME}`;
}

/** `SIGTERM`, `SIGRT_2`, or the number where it is none. */
export function signalText(signum: number): string {
  const isSignal =
    SIGNALS.names.has(signum) || (signum >= FIRST_REALTIME && signum <= SIGNAL_COUNT);
  return isSignal ? `SIG${signalName(signum)}` : String(signum);
}

/** `0644`, in at least three digits. */
export function octal(value: number): string {
  return `0${value.toString(8)}`.padStart(3, "0");
}

export function timespec(nanoseconds: number): string {
  const seconds = Math.floor(nanoseconds / 1e9);
  return `{tv_sec=${seconds}, tv_nsec=${nanoseconds - seconds * 1e9}}`;
}

/** A struct itimerspec in the machine's byte order. */
export function itimerspec(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const time = (at: number) => {
    const seconds = view.getBigInt64(at, LITTLE_ENDIAN);
    return `{tv_sec=${seconds}, tv_nsec=${view.getBigInt64(at + OFFSETOF_TV_NSEC, LITTLE_ENDIAN)}}`;
  };
  return `{it_interval=${time(OFFSETOF_IT_INTERVAL)}, it_value=${time(OFFSETOF_IT_VALUE)}}`;
}

/** What a new binding gets until signatures.ts knows it: every value as what it is. */
export function anyValue(value: unknown, limit: number): string {
  if (value === null || value === undefined) return "NULL";
  if (value instanceof Uint8Array) return quote(value, limit);
  if (ArrayBuffer.isView(value)) return list(Array.from(value as Int32Array, String));
  if (Array.isArray(value)) return list(value.map((item) => anyValue(item, limit)));
  return typeof value === "object" || typeof value === "function" ? "..." : String(value);
}

const errnoTexts = new Map(errnos.map(({ errno, name, text }) => [errno, { name, text }]));

/** `-1 EAGAIN (Resource temporarily unavailable)`. */
export function failure(result: number): string {
  const { name, text } = errnoTexts.get(-result) ?? { name: hex(-result), text: "Unknown error" };
  return `-1 ${name} (${text})`;
}
