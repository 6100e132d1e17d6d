/** The line that MONITOR shows for a command: `1700000000.123456 [0 127.0.0.1:5] "get" "key"`. */

import type { Call } from "./call.ts";

/**
 * What is shown of an argument, and about how long a line becomes. A value may be longer than any
 * string, and to escape its bytes would hold up everybody else.
 */
const MAX_ARGUMENT_LENGTH = 64 * 1024;
const MAX_LINE_LENGTH = 1024 * 1024;

const NAMED: Record<string, string> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\x07": "\\a",
  '"': '\\"',
  "\\": "\\\\",
};

export function formatMonitorLine({ core, session, args }: Call): Buffer {
  const seconds = (core.clock.now / 1000).toFixed(6);
  const { address } = session;
  const peer = address.endsWith(":0") ? `unix:${address.slice(0, -2)}` : address;
  let line = `+${seconds} [${session.dbIndex} ${peer}]`;
  let i = 0;
  for (; i < args.count && line.length < MAX_LINE_LENGTH; i++) {
    line += ` ${quote(args.shown(i, MAX_ARGUMENT_LENGTH))}`;
  }
  if (i < args.count) line += ` ... (${args.count - i} more arguments)`;
  return Buffer.from(`${line}\r\n`, "latin1");
}

/** A byte string in double quotes, with the bytes that are not printable escaped. */
export function quote(text: string): string {
  const escaped = text.replace(/["\\]|[^ -~]/g, (char) => {
    return NAMED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}
