// What the kernel should know of our memory. Answers and errors as in socket.ts.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";

/**
 * `int madvise(void *addr, size_t length, int advice)`: 0. It is about the pages that lie wholly in
 * `size` bytes of `buffer` from `offset` on; the ends of a buffer share their pages with others.
 * After MADV_DONTNEED they are zeros, and no memory stands behind them until they are written to.
 * EINVAL (advice after which the bytes can't be used is refused, too). See madvise(2).
 */
export function madvise(buffer: Uint8Array, size: number, advice: number, offset = 0): number {
  return answer(calls.madvise(buffer, size, advice, offset), "madvise");
}
