/**
 * The request parser: RESP arrays and inline commands, from bytes to `Args`.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 * "Not enough yet" is an ordinary answer. A request cut anywhere is resumed where it was cut; what
 * was understood so far waits in a `CutRequest` of the client. Every length has a limit before a
 * single byte is reserved for it. See also reply.ts.
 */

import { Args } from "./args.ts";
import { byteString } from "./bytes.ts";
import { splitInline } from "./inline.ts";
import { parseInteger } from "./number.ts";

/** A header line or an inline command longer than this is refused (PROTO_INLINE_MAX_SIZE). */
const MAX_LINE = 64 * 1024;
const MAX_ARGUMENTS = 2 ** 31 - 1;
const MAX_ARGUMENTS_BEFORE_AUTH = 10;
const MAX_BULK_BEFORE_AUTH = 16 * 1024;

const CR = 13;
const LF = 10;
const ASTERISK = 42;
const DOLLAR = 36;

/** The end of the input came first. */
export const INCOMPLETE = 0;
/** `args` holds a request; `next` is where the following one begins. */
const COMPLETE = 1;
/** `error` says what is wrong; the connection can't be understood any longer. */
export const MALFORMED = 2;
export type ParseResult = typeof INCOMPLETE | typeof COMPLETE | typeof MALFORMED;

/** What is known of a request whose end has not arrived. */
export class CutRequest {
  readonly args = new Args();
  expected = 0;
  bulkLength = -1;
  /** Where to go on, counted from the request's start. */
  resumeAt = 0;
}

/** The limits that hold for the client whose bytes are parsed. */
export interface ParseLimits {
  maxBulkLength: number;
  authenticated: boolean;
}

export class RequestParser {
  args = new Args();
  next = 0;
  error = "";
  readonly limits: ParseLimits = { maxBulkLength: 512 * 1024 * 1024, authenticated: true };
  private readonly shared = this.args;

  /** Set while a request is cut; hand it back to the next call for the same client. */
  cut: CutRequest | null = null;

  private buffer: Buffer = this.args.buffer;
  private start = 0;
  private at = 0;
  private end = 0;
  private expected = 0;
  private bulkLength = -1;

  /**
   * Reads one request from `buffer[start, end)`. With `cut`, `start` is that request's first byte.
   */
  parse(buffer: Buffer, start: number, end: number, cut: CutRequest | null): ParseResult {
    this.buffer = buffer;
    this.start = start;
    this.end = end;
    if (cut === null) this.begin();
    else this.resume(cut);
    this.args.buffer = buffer;
    this.args.start = start;
    if (this.expected === 0) {
      if (buffer[start] !== ASTERISK) return this.inline();
      const result = this.multibulkHeader();
      if (result !== COMPLETE || this.expected === 0) return result;
    }
    return this.bulks();
  }

  private begin(): void {
    this.cut = null;
    this.args = this.shared;
    this.args.clear();
    this.at = this.start;
    this.expected = 0;
    this.bulkLength = -1;
  }

  private resume(cut: CutRequest): void {
    this.cut = cut;
    this.args = cut.args;
    this.at = this.start + cut.resumeAt;
    this.expected = cut.expected;
    this.bulkLength = cut.bulkLength;
  }

  private multibulkHeader(): ParseResult {
    const cr = this.lineEnd("mbulk count");
    if (cr < 0) return cr === -1 ? INCOMPLETE : MALFORMED;
    const count = parseInteger(this.buffer, this.start + 1, cr - this.start - 1);
    if (!(count <= MAX_ARGUMENTS)) return this.malformed("invalid multibulk length");
    if (count > MAX_ARGUMENTS_BEFORE_AUTH && !this.limits.authenticated) {
      return this.malformed("unauthenticated multibulk length");
    }
    this.at = cr + 2;
    this.next = this.at;
    this.expected = Math.max(count, 0);
    return COMPLETE;
  }

  private bulks(): ParseResult {
    const { args } = this;
    while (args.count < this.expected) {
      if (this.bulkLength < 0) {
        const result = this.bulkHeader();
        if (result !== COMPLETE) return result === INCOMPLETE ? this.suspend() : result;
      }
      if (this.end - this.at < this.bulkLength + 2) return this.suspend();
      args.push(this.at - this.start, this.bulkLength);
      this.at += this.bulkLength + 2;
      this.bulkLength = -1;
    }
    this.next = this.at;
    this.cut = null;
    return COMPLETE;
  }

  private bulkHeader(): ParseResult {
    const { buffer, at, end } = this;
    // The usual case, a length of one or two digits, without a search for the line's end.
    if (end - at > 5 && buffer[at] === DOLLAR && this.shortLength(buffer, at)) return COMPLETE;
    const cr = this.lineEnd("bulk count");
    if (cr < 0) return cr === -1 ? INCOMPLETE : MALFORMED;
    if (buffer[at] !== DOLLAR) {
      return this.malformed(`expected '$', got '${String.fromCharCode(buffer[at] as number)}'`);
    }
    const length = parseInteger(buffer, at + 1, cr - at - 1);
    if (!(length >= 0 && length <= this.limits.maxBulkLength)) {
      return this.malformed("invalid bulk length");
    }
    if (length > MAX_BULK_BEFORE_AUTH && !this.limits.authenticated) {
      return this.malformed("unauthenticated bulk length");
    }
    this.bulkLength = length;
    this.at = cr + 2;
    return COMPLETE;
  }

  private shortLength(buffer: Buffer, at: number): boolean {
    const first = (buffer[at + 1] as number) - 48;
    if (first < 0 || first > 9) return false;
    if (buffer[at + 2] === CR) {
      this.bulkLength = first;
      this.at = at + 4;
      return true;
    }
    const second = (buffer[at + 2] as number) - 48;
    if (first === 0 || second < 0 || second > 9 || buffer[at + 3] !== CR) return false;
    this.bulkLength = first * 10 + second;
    this.at = at + 5;
    return true;
  }

  private inline(): ParseResult {
    const { buffer, start, end } = this;
    const lf = indexOf(buffer, LF, start, end);
    if (lf < 0) {
      return end - start > MAX_LINE ? this.malformed("too big inline request") : INCOMPLETE;
    }
    const lineEnd = lf > start && buffer[lf - 1] === CR ? lf - 1 : lf;
    this.next = lf + 1;
    const words = splitInline(byteString(buffer, start, lineEnd - start));
    if (words === undefined) return this.malformed("unbalanced quotes in request");
    this.args.buffer = Buffer.from(words.join(""), "latin1");
    this.args.start = 0;
    let offset = 0;
    for (const word of words) {
      this.args.push(offset, word.length);
      offset += word.length;
    }
    return COMPLETE;
  }

  /** Where the CR of the line at `at` stands; -1: not here yet, -2: malformed. */
  private lineEnd(what: string): number {
    const cr = indexOf(this.buffer, CR, this.at, this.end);
    if (cr >= 0) return cr + 1 < this.end ? cr : -1;
    if (this.end - this.at <= MAX_LINE) return -1;
    this.malformed(`too big ${what} string`);
    return -2;
  }

  private suspend(): ParseResult {
    if (this.cut === null) {
      this.cut = new CutRequest();
      this.cut.args.copyFrom(this.args);
      this.cut.expected = this.expected;
    }
    this.cut.resumeAt = this.at - this.start;
    this.cut.bulkLength = this.bulkLength;
    return INCOMPLETE;
  }

  private malformed(error: string): ParseResult {
    this.error = error;
    this.cut = null;
    return MALFORMED;
  }
}

function indexOf(buffer: Buffer, byte: number, start: number, end: number): number {
  // Lines are short: a loop beats the call unless the line is long.
  const near = Math.min(start + 64, end);
  for (let i = start; i < near; i++) if (buffer[i] === byte) return i;
  if (near === end) return -1;
  const far = buffer.subarray(near, end).indexOf(byte);
  return far < 0 ? -1 : near + far;
}
