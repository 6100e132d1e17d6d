// madvise: pages whose bytes nobody needs.
import t from "tap";
import { MADV_DONTNEED, MADV_NORMAL } from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { madvise } from "../../lib/sys/memory.ts";
import { failsWith } from "../helpers/errors.ts";

const MB = 2 ** 20;

t.test("pages wholly within the bytes become zeros, and their neighbours stay", async (t) => {
  const buffer = Buffer.alloc(4 * MB, 1);
  t.equal(madvise(buffer, 2 * MB, MADV_DONTNEED, MB), 0);
  t.ok(buffer.subarray(0, MB).every((byte) => byte === 1));
  t.ok(buffer.subarray(3 * MB).every((byte) => byte === 1));
  const zeros = buffer.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  t.ok(zeros > 2 * MB - 8192 && zeros <= 2 * MB);
  t.equal(zeros % 4096, 0);
  buffer.fill(2);
  t.ok(
    buffer.every((byte) => byte === 2),
    "and can be used again",
  );
});

t.test("the memory goes back to the system", async (t) => {
  const buffer = Buffer.alloc(64 * MB, 1);
  const before = process.memoryUsage().rss;
  madvise(buffer, buffer.length, MADV_DONTNEED);
  t.ok(before - process.memoryUsage().rss > 32 * MB);
});

t.test("less than a page is nothing", async (t) => {
  const buffer = Buffer.alloc(100, 1);
  t.equal(madvise(buffer, 100, MADV_DONTNEED), 0);
  t.equal(madvise(buffer, 0, MADV_NORMAL), 0);
  t.ok(buffer.every((byte) => byte === 1));
});

t.test("advice that is none, or that would end the process, is refused", async (t) => {
  const buffer = Buffer.alloc(MB, 1);
  for (const advice of [-1, 1000, 9, 100, 101, 102]) {
    failsWith(t, "EINVAL", "", () => madvise(buffer, MB, advice));
  }
  t.ok(buffer.every((byte) => byte === 1));
});

t.test("bad arguments are refused before the kernel is asked", async (t) => {
  const buffer = Buffer.alloc(10);
  t.throws(() => madvise(buffer, 11, MADV_NORMAL), RangeError);
  t.throws(() => madvise(buffer, 5, MADV_NORMAL, 6), RangeError);
  t.throws(() => calls.madvise([] as never, 0, 0, 0), TypeError);
  t.throws(() => calls.madvise(buffer, 1, "x" as never, 0), TypeError);
});
