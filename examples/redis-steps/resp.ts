/**
 * Redis's protocol, RESP2: a request is an array of byte strings, each behind its length. The
 * parser looks at the bytes that are there, and says "not yet" when they are no whole request.
 *
 * redis.io/docs/reference/protocol-spec; see also 01-framing.ts. */

const COUNT_LIMIT = 1024;
const BULK_LIMIT_BYTES = 16 << 20;
const LINE_LIMIT_BYTES = 32;
const REQUEST_LIMIT_BYTES = 32 << 20;

export interface Request {
  readonly args: Buffer[];
  /** Where in the input the next request begins. */
  readonly end: number;
}

/** What the bytes say is no request at all: the connection can't go on. */
export class ProtocolError extends Error {}

/** The request that begins at `start`, or undefined while it is not all there. */
export function parseRequest(input: Buffer, start: number): Request | undefined {
  const found = parseWhole(input, start);
  if (found !== undefined || input.length - start <= REQUEST_LIMIT_BYTES) return found;
  throw new ProtocolError("too long a request");
}

function parseWhole(input: Buffer, start: number): Request | undefined {
  const head = parseLength(input, start, "*", COUNT_LIMIT);
  if (head === undefined) return undefined;
  const args: Buffer[] = [];
  let end = head.end;
  for (let i = 0; i < head.value; i++) {
    const length = parseLength(input, end, "$", BULK_LIMIT_BYTES);
    if (length === undefined) return undefined;
    const bytesEnd = length.end + length.value;
    end = bytesEnd + 2;
    if (input.length < end) return undefined;
    args.push(input.subarray(length.end, bytesEnd));
  }
  return { args, end };
}

/** A line such as `*3` or `$5`. */
function parseLength(input: Buffer, start: number, mark: string, limit: number) {
  const lineEnd = input.subarray(start, start + LINE_LIMIT_BYTES).indexOf("\r\n");
  if (lineEnd < 0) {
    if (input.length - start < LINE_LIMIT_BYTES) return undefined;
    throw new ProtocolError("too long a length");
  }
  const line = input.toString("latin1", start, start + lineEnd);
  const value = Number(line.slice(1));
  if (line[0] !== mark || !/^\d+$/.test(line.slice(1)) || value > limit) {
    throw new ProtocolError(`expected ${mark} and a length`);
  }
  return { value, end: start + lineEnd + 2 };
}

// A reply is a byte string: each character is one byte.
export const OK = "+OK\r\n";
export const NIL = "$-1\r\n";
export const error = (text: string) => `-ERR ${text}\r\n`;
export const integer = (value: number) => `:${value}\r\n`;
export const bulk = (bytes: string) => `$${bytes.length}\r\n${bytes}\r\n`;
export const array = (replies: string[]) => `*${replies.length}\r\n${replies.join("")}`;
