/**
 * Errors a command answers with. A handler throws one; the core takes back what the handler had
 * already written and sends the error instead. They carry no stack: they are answers to a client,
 * not faults of the program, and capturing a stack would cost more than the command.
 */

export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

const { stackTraceLimit } = Error;

/** `text` begins with the error code, as on the wire but without the leading `-`. */
export function replyError(text: string): ReplyError {
  Error.stackTraceLimit = 0;
  const error = new ReplyError(text);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

export const SYNTAX_ERROR = replyError("ERR syntax error");
export const WRONG_TYPE = replyError(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
export const NOT_AN_INTEGER = replyError("ERR value is not an integer or out of range");
/** The same for an argument of 32 bits. */
export const NOT_AN_INT = replyError(
  "ERR value is out of range, value must between -2147483648 and 2147483647",
);
export const NOT_A_FLOAT = replyError("ERR value is not a valid float");
export const OUT_OF_RANGE = replyError("ERR value is out of range");
export const MUST_BE_POSITIVE = replyError("ERR value is out of range, must be positive");
export const NO_SUCH_KEY = replyError("ERR no such key");
export const INDEX_OUT_OF_RANGE = replyError("ERR index out of range");
export const DB_OUT_OF_RANGE = replyError("ERR DB index is out of range");
export const SAME_OBJECT = replyError("ERR source and destination objects are the same");
export const STRING_TOO_LONG = replyError(
  "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
);
export const INCREMENT_OVERFLOW = replyError("ERR increment or decrement would overflow");
export const INCREMENT_NOT_FINITE = replyError("ERR increment would produce NaN or Infinity");

export function wrongArity(command: string): ReplyError {
  return replyError(`ERR wrong number of arguments for '${command}' command`);
}

export function invalidExpireTime(command: string): ReplyError {
  return replyError(`ERR invalid expire time in '${command}' command`);
}
