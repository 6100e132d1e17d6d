// What the kernel's failures are called, and the one place that tells answers from failures.
//
// A native call returns -errno. -EAGAIN, -EINPROGRESS and -EINTR are answers: a loop lives on them.
// Anything else is thrown as a SyscallError. See errno(3).
import { EAGAIN, EINPROGRESS, EINTR } from "./constants.ts";
import { errnos } from "./native.ts";

const names = new Map(errnos.map(({ errno, name }) => [errno, name]));
const texts = new Map(errnos.map(({ errno, text }) => [errno, decapitalise(text)]));

/** "Address already in use" -> "address already in use", but "RFS specific error" as it is. */
function decapitalise(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** "EADDRINUSE" for 98 or -98; "errno 4095" for a number that the C library does not know. */
export function errnoName(errno: number): string {
  return names.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;
}

/** "address already in use" for 98 or -98: strerror(3), in lower case. */
export function errnoText(errno: number): string {
  return texts.get(Math.abs(errno)) ?? "unknown error";
}

/** A system call that failed: `bind: EADDRINUSE (address already in use) 127.0.0.1:6379`. */
export class SyscallError extends Error {
  /** The errno's name: "EADDRINUSE". */
  readonly code: string;
  /** The errno as Node has it: negative. */
  readonly errno: number;
  /** The C name of the call: "bind". */
  readonly syscall: string;

  /** `errno` may have either sign; `subject` says what the call was about: an address, an fd. */
  constructor(syscall: string, errno: number, subject?: string) {
    const code = errnoName(errno);
    const what = subject === undefined ? "" : ` ${subject}`;
    super(`${syscall}: ${code} (${errnoText(errno)})${what}`);
    this.name = "SyscallError";
    this.code = code;
    this.errno = -Math.abs(errno);
    this.syscall = syscall;
  }
}

/**
 * What a native call returned, if it is an answer: a result, -EAGAIN, -EINPROGRESS or -EINTR.
 * Throws a SyscallError otherwise. `subject` is an fd, an address in words, or nothing.
 */
export function answer(result: number, syscall: string, subject?: number | string): number {
  return result >= 0 ? result : negative(result, syscall, subject);
}

function negative(result: number, syscall: string, subject?: number | string): number {
  if (result === -EAGAIN || result === -EINPROGRESS || result === -EINTR) return result;
  throw new SyscallError(syscall, result, typeof subject === "number" ? `fd ${subject}` : subject);
}
