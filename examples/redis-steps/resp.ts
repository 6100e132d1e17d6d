/**
 * Redis's protocol, RESP2: a request is an array of byte strings, each behind its length. The
 * parser looks at the bytes that are there, and says "not yet" when they are no whole request.
 *
 * redis.io/docs/reference/protocol-spec; see also 01-framing.ts. */

const COUNT_LIMIT = 1024;
const BULK_LIMIT_BYTES = 16 << 20;
const REQUEST_LIMIT_BYTES = 32 << 20;
/** A mark, nine digits and the end of the line. */
const LINE_LIMIT_BYTES = 12;

/** What the bytes say is no request at all: the connection can't go on. */
export class ProtocolError extends Error {}

/** The request that begins at `start`, and where it ends; undefined while it is not all there. */
export function parseRequest(input: Buffer, start: number) {
  const count = parseLength(input, start, "*", COUNT_LIMIT);
  if (count === undefined) return undefined;
  const args: Buffer[] = [];
  let { end } = count;
  while (args.length < count.value) {
    const length = parseLength(input, end, "$", BULK_LIMIT_BYTES);
    if (length === undefined) return undefined;
    end = length.end + length.value + 2;
    if (end - start > REQUEST_LIMIT_BYTES) throw new ProtocolError("too long a request");
    if (input.length < end) return undefined;
    args.push(input.subarray(length.end, end - 2));
  }
  return { args, end };
}

/** A line such as `*3` or `$5`. */
function parseLength(input: Buffer, start: number, mark: string, limit: number) {
  const size = input.subarray(start, start + LINE_LIMIT_BYTES).indexOf("\r\n");
  if (size < 0 && input.length - start < LINE_LIMIT_BYTES) return undefined;
  const line = size < 0 ? "" : input.toString("latin1", start, start + size);
  const value = Number(line.slice(1));
  if (line[0] !== mark || !/^\d+$/.test(line.slice(1)) || value > limit) {
    throw new ProtocolError(`expected ${mark} and a length`);
  }
  return { value, end: start + size + 2 };
}

// A reply is a byte string: each character is one byte.
export const OK = "+OK\r\n";
export const NIL = "$-1\r\n";
export const error = (text: string) => `-ERR ${text}\r\n`;
export const integer = (value: number) => `:${value}\r\n`;
export const bulk = (bytes: string) => `$${bytes.length}\r\n${bytes}\r\n`;
export const array = (replies: string[]) => `*${replies.length}\r\n${replies.join("")}`;
