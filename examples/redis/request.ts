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

/** `$1`, CRLF, a byte, CRLF: with so many bytes left, the digits below can be read unchecked. */
const SHORTEST_ARGUMENT = 7;
/** Digits of a length that is within every limit. */
const SHORT_DIGITS = 4;

const CR = 13;
const LF = 10;
const ZERO = 48;
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
    if (cut === null && this.parseWhole(buffer, start, end)) return COMPLETE;
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

  /**
   * The usual case, a short request that is all there, in local variables only. False for anything
   * else: nothing has happened then, and the long way tells what is the matter.
   */
  private parseWhole(buffer: Buffer, start: number, end: number): boolean {
    if (end - start < SHORTEST_ARGUMENT || buffer[start] !== ASTERISK) return false;
    const count = buffer[start + 1] - ZERO;
    if (!(count > 0 && count < 10) || buffer[start + 2] !== CR) return false;
    const args = this.shared;
    args.clear();
    let at = start + 4;
    for (let i = 0; i < count; i++) {
      if (end - at < SHORTEST_ARGUMENT || buffer[at] !== DOLLAR) return false;
      let length = buffer[at + 1] - ZERO;
      if (!(length > 0 && length < 10)) return false;
      at += 2;
      for (let digits = 1; buffer[at] !== CR; digits++) {
        const digit = buffer[at++] - ZERO;
        if (!(digit >= 0 && digit < 10) || digits === SHORT_DIGITS) return false;
        length = length * 10 + digit;
      }
      at += 2;
      args.push(at - start, length);
      at += length + 2;
    }
    if (at > end) return false;
    args.buffer = buffer;
    args.start = start;
    this.args = args;
    this.cut = null;
    this.next = at;
    return true;
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
    const { buffer, at } = this;
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
