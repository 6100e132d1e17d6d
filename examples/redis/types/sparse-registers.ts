/**
 * The registers of a HyperLogLog as runs of equal ones, in the bytes that Redis gives them:
 *
 *   00nnnnnn            n + 1 registers are 0          1vvvvvnn   n + 1 registers are v + 1
 *   01nnnnnn nnnnnnnn   n + 1 registers are 0
 *
 * To change a register is to split its run into three, and to join what is equal then.
 */

/** Larger values have no place in a run. */
export const LARGEST_SPARSE = 32;
const LONGEST_VALUES = 4;
const LONGEST_ZEROS = 64;
const LONGEST_FAR_ZEROS = 16384;
/** Runs that a change can have made equal to their neighbours, beginning with the one before. */
const JOINED = 5;
const VALUES = 0x80;
const FAR_ZEROS = 0x40;
const NONE = -1;
/** Room for changes to come. */
const SPARE = 64;

/** Told of `count` registers that are `value`, in so many bytes; false when that is enough. */
export type RunVisitor = (value: number, count: number, size: number) => boolean;

export class SparseRegisters {
  /** Runs from `start` to `end`; another buffer when that was too small. */
  bytes: Buffer;
  end: number;
  private readonly start: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** The run for registers that are all 0, two bytes. */
  static writeEmpty(bytes: Buffer, at: number): void {
    writeZeros(bytes, at, LONGEST_FAR_ZEROS);
  }

  each(visit: RunVisitor): void {
    for (let at = this.start; at < this.end; at += this.sizeAt(at)) {
      if (!visit(this.valueAt(at), this.countAt(at), this.sizeAt(at))) return;
    }
  }

  private sizeAt(at: number): number {
    return ((this.bytes[at] as number) & (VALUES | FAR_ZEROS)) === FAR_ZEROS ? 2 : 1;
  }

  /** 0 for zeros. */
  private valueAt(at: number): number {
    const byte = this.bytes[at] as number;
    return byte & VALUES ? ((byte >>> 2) & 0x1f) + 1 : 0;
  }

  private countAt(at: number): number {
    const byte = this.bytes[at] as number;
    if (byte & VALUES) return (byte & 3) + 1;
    if (!(byte & FAR_ZEROS)) return byte + 1;
    // Redis has a zero behind a string's end, should the second byte be missing.
    const second = at + 1 < this.end ? (this.bytes[at + 1] as number) : 0;
    return (((byte & 0x3f) << 8) | second) + 1;
  }

  /**
   * Sees to it that a register holds `value` at least; "full" when more than `limit` bytes, the
   * ones before `start` included, would be needed, and nothing was changed.
   */
  raise(index: number, value: number, limit: number): "raised" | "same" | "corrupt" | "full" {
    let before = NONE;
    let at = this.start;
    let first = 0;
    while (at < this.end && index >= first + this.countAt(at)) {
      before = at;
      first += this.countAt(at);
      at += this.sizeAt(at);
    }
    if (at >= this.end) return "corrupt";
    const old = this.valueAt(at);
    if (old >= value) return "same";
    if (this.countAt(at) === 1 && this.sizeAt(at) === 1) this.bytes[at] = values(value, 1);
    else if (!this.split(at, first, index, value, limit)) return "full";
    this.join(before === NONE ? this.start : before);
    return "raised";
  }

  /** Splits the run at `at`, whose first register is `first`, around `index`. */
  private split(at: number, first: number, index: number, value: number, limit: number): boolean {
    const old = this.valueAt(at);
    const oldSize = this.sizeAt(at);
    const count = this.countAt(at);
    let size = writeRun(split, 0, old, index - first);
    split[size++] = values(value, 1);
    size = writeRun(split, size, old, first + count - 1 - index);
    const growth = size - oldSize;
    if (growth > 0 && this.end + growth > limit) return false;
    this.reserve(at + size, growth);
    this.bytes.copyWithin(at + size, at + oldSize, this.end);
    this.bytes.set(split.subarray(0, size), at);
    this.end += growth;
    return true;
  }

  private reserve(least: number, growth: number): void {
    const needed = Math.max(least, this.end + growth);
    if (needed <= this.bytes.length) return;
    const larger = Buffer.alloc(needed + SPARE);
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }

  /** Joins runs of the same value, as far as one run can hold them. */
  private join(from: number): void {
    let at = from;
    for (let looks = JOINED; at < this.end && looks > 0; looks--) {
      const value = this.valueAt(at);
      const count = this.countAt(at) + (at + 1 < this.end ? this.countAt(at + 1) : 0);
      const canJoin = value > 0 && at + 1 < this.end && this.valueAt(at + 1) === value;
      if (canJoin && count <= LONGEST_VALUES) {
        this.bytes[at + 1] = values(value, count);
        this.bytes.copyWithin(at, at + 1, this.end);
        this.end--;
      } else {
        at += this.sizeAt(at);
      }
    }
  }
}

/** What `split` has written: three runs of at most two bytes. */
const split = Buffer.alloc(6);

function values(value: number, count: number): number {
  return VALUES | ((value - 1) << 2) | (count - 1);
}

/** Writes a run of `count` registers, if there are any; returns where it ends. */
function writeRun(bytes: Buffer, at: number, value: number, count: number): number {
  if (count === 0) return at;
  if (value === 0) return writeZeros(bytes, at, count);
  bytes[at] = values(value, count);
  return at + 1;
}

function writeZeros(bytes: Buffer, at: number, count: number): number {
  if (count <= LONGEST_ZEROS) {
    bytes[at] = count - 1;
    return at + 1;
  }
  bytes[at] = FAR_ZEROS | ((count - 1) >>> 8);
  bytes[at + 1] = (count - 1) & 0xff;
  return at + 2;
}
