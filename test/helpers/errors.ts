// Assertions on failed system calls.
import type { Test } from "tap";
import { errnoText, SyscallError } from "../../lib/errno.ts";
import { constants } from "../../lib/native.ts";

/** `run` must throw the SyscallError `code`, and its message must end with `subject`. */
export function failsWith(t: Test, code: string, subject: string, run: () => unknown): void {
  try {
    t.fail(`expected ${code}, got ${String(run())}`);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const errno = constants[code];
    const text = `${error.syscall}: ${code} (${errnoText(errno)})`;
    t.equal(error.message, subject === "" ? text : `${text} ${subject}`);
    t.equal(error.code, code);
    t.equal(error.errno, -errno);
  }
}
