// Bad arguments for every binding: each kind of argument has one good value and many bad ones.
//
// A row names the kinds that a call takes. Each argument in turn is replaced by each bad value of
// its kind; what must come out is a TypeError or RangeError that names the call. The good fd is not
// open, so a call that does ask the kernel gives itself away by its EBADF.
import type { Test } from "tap";
import { CLOSED_FD } from "./fds.ts";

interface Kind {
  good: unknown;
  bad: () => unknown[];
}

const BUFFER_BYTES = 16;
const notNumbers: unknown[] = ["3", 3n, null, {}, [], true, Symbol("3"), { valueOf: () => 3 }];
const notInt32 = [NaN, Infinity, 2 ** 31, 2 ** 32, -(2 ** 31) - 1, 1.5, ...notNumbers];
const notBits = [NaN, Infinity, 2 ** 32, -(2 ** 31) - 1, 1.5, ...notNumbers];
const notViews = ["abc", 3, null, {}, [1, 2], new DataView(new ArrayBuffer(BUFFER_BYTES))];
const otherViews = [new ArrayBuffer(BUFFER_BYTES), new Float64Array(2), new Uint8ClampedArray(16)];

/** Gives the view's memory away. */
export function detach(view: Uint8Array): void {
  structuredClone(view, { transfer: [view.buffer as ArrayBuffer] });
}

/** A view whose memory went to someone else. */
export function detached(): Uint8Array {
  const view = new Uint8Array(BUFFER_BYTES);
  detach(view);
  return view;
}

/** A view whose buffer shrank to `length` bytes: of fixed length, so now out of bounds. */
export function resized(length: number): Uint8Array {
  // The ES2023 library has no type for a resizable buffer.
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  const buffer = new Resizable(BUFFER_BYTES, { maxByteLength: 2 * BUFFER_BYTES });
  const view = new Uint8Array(buffer, 0, BUFFER_BYTES);
  (buffer as unknown as { resize(length: number): void }).resize(length);
  return view;
}

/** The kinds of argument. `size` and `offset` stand beside a `buffer` of 16 bytes. */
export const kinds = {
  fd: { good: CLOSED_FD, bad: () => [undefined, -1, ...notInt32] },
  int: { good: 0, bad: () => notInt32 },
  bits: { good: 0, bad: () => notBits },
  view: { good: new Uint8Array(BUFFER_BYTES), bad: () => [...notViews, ...otherViews] },
  buffer: {
    good: new Uint8Array(BUFFER_BYTES),
    bad: () => [...notViews, ...otherViews, detached(), resized(8), new Uint8Array(15)],
  },
  size: { good: BUFFER_BYTES, bad: () => [undefined, -1, 17, 2 ** 53, ...notInt32] },
  offset: { good: 0, bad: () => [-1, 1, 17, 2 ** 53, ...notInt32] },
} satisfies Record<string, Kind>;

/** Asserts what the head of this file says for one call. */
export function rejectsBadArguments(
  t: Test,
  call: (...args: never[]) => unknown,
  args: readonly Kind[],
): void {
  t.test(`${call.name} rejects bad arguments`, async (t) => {
    for (const [i, kind] of args.entries()) {
      const accepted = kind.bad().filter((bad) => {
        const values = args.map(({ good }, j) => (i === j ? bad : good));
        return !rejects(call, values);
      });
      t.strictSame(accepted.map(show), [], `argument ${i}`);
    }
  });
}

function rejects(call: (...args: never[]) => unknown, values: unknown[]): boolean {
  try {
    call(...(values as never[]));
    return false;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) return false;
    return error.message.startsWith(`${call.name}: `);
  }
}

function show(value: unknown): string {
  return ArrayBuffer.isView(value) ? `${value.byteLength} bytes` : String(value);
}
