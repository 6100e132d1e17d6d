/**
 * HyperLogLog: how many different elements were added, about, in 12 kB at most. Byte for byte the
 * string that Redis keeps: a header, then 16384 registers of 6 bits ("dense"), or runs of equal
 * registers while most of them are 0 ("sparse", see sparse-registers.ts).
 *
 *   "HYLL" | encoding: 0 dense, 1 sparse | 3 bytes, 0 | the count as it was told last, 8 bytes
 *
 * Heule et al., "HyperLogLog in Practice" (2013); Ertl, "New cardinality estimation" (2017).
 */

import { Murmur64 } from "../murmur.ts";
import { LARGEST_SPARSE, type RunVisitor, SparseRegisters } from "./sparse-registers.ts";

const MAGIC = Buffer.from("HYLL");
const ENCODING = 4;
const DENSE = 0;
const SPARSE = 1;
const COUNT = 8;
/** Its highest bit says that the count is out of date. */
const COUNT_END = 15;
const OUTDATED = 0x80;
const HEADER = 16;

const INDEX_BITS = 14;
export const REGISTERS = 1 << INDEX_BITS;
/** Bits of a hash that are left for the run of zeros. */
const PATTERN_BITS = 64 - INDEX_BITS;
const REGISTER_BITS = 6;
const LARGEST_DENSE = 2 ** REGISTER_BITS - 1;
const DENSE_SIZE = HEADER + (REGISTERS * REGISTER_BITS) / 8;
const SEED = 0xadc83b19;
/** 0.5 / ln 2 */
const ALPHA = 0.7213475204444817;
const INT64_MIN = -(2n ** 63n);

/** What became of a register: it holds more now, it held enough, or the bytes make no sense. */
export type Raised = "raised" | "same" | "corrupt";

const murmur = new Murmur64();

export class HyperLogLog {
  /** The string, in its first `length` bytes. */
  bytes: Buffer;
  length: number;

  /** Works in `bytes` as long as nothing has to become longer. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  /** Without elements, and with an empty count that is valid. */
  static empty(): HyperLogLog {
    const bytes = Buffer.alloc(HEADER + 2);
    MAGIC.copy(bytes);
    bytes[ENCODING] = SPARSE;
    SparseRegisters.writeEmpty(bytes, HEADER);
    return new HyperLogLog(bytes);
  }

  /** Whether a string may be one: a sparse one can still turn out to be corrupt. */
  static isOne(bytes: Buffer): boolean {
    if (bytes.length < HEADER || MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return false;
    if (bytes[ENCODING] === DENSE) return bytes.length === DENSE_SIZE;
    return bytes[ENCODING] === SPARSE;
  }

  get isDense(): boolean {
    return this.bytes[ENCODING] === DENSE;
  }

  /** Adds an element; a sparse one that would exceed `sparseLimit` bytes becomes dense. */
  add(element: Uint8Array, offset: number, length: number, sparseLimit: number): Raised {
    murmur.hash(element, offset, length, SEED);
    const { low, high } = murmur;
    // A one behind the last bit ends the run of zeros.
    const lowPattern = (low >>> INDEX_BITS) | (high << (32 - INDEX_BITS));
    const highPattern = (high >>> INDEX_BITS) | (1 << (PATTERN_BITS - 32));
    const zeros = lowPattern === 0 ? 32 + trailingZeros(highPattern) : trailingZeros(lowPattern);
    return this.raise(low & (REGISTERS - 1), zeros + 1, sparseLimit);
  }

  /** Sees to it that a register holds `value` at least. */
  raise(index: number, value: number, sparseLimit: number): Raised {
    if (!this.isDense) {
      const raised = value > LARGEST_SPARSE ? "full" : this.raiseSparse(index, value, sparseLimit);
      if (raised !== "full") return raised;
      if (!this.makeDense()) return "corrupt";
    }
    if (denseRegister(this.bytes, index) >= value) return "same";
    setDenseRegister(this.bytes, index, value);
    return "raised";
  }

  private raiseSparse(index: number, value: number, limit: number): Raised | "full" {
    const sparse = new SparseRegisters(this.bytes, HEADER, this.length);
    const raised = sparse.raise(index, value, limit);
    this.bytes = sparse.bytes;
    this.length = sparse.end;
    if (raised === "raised") this.invalidate();
    return raised;
  }

  /** Makes it dense if it is not; false when it is corrupt. */
  makeDense(): boolean {
    if (this.isDense) return true;
    const dense = Buffer.alloc(DENSE_SIZE);
    this.bytes.copy(dense, 0, 0, HEADER);
    dense[ENCODING] = DENSE;
    const isWhole = this.eachSparse((value, from, to) => {
      for (let i = from; i < to; i++) setDenseRegister(dense, i, value);
    });
    if (!isWhole) return false;
    this.bytes = dense;
    this.length = DENSE_SIZE;
    return true;
  }

  /** Visits runs of registers that are not 0; false when there are too few or too many. */
  private eachSparse(visit: (value: number, from: number, to: number) => void): boolean {
    let index = 0;
    this.eachRun((value, count) => {
      const from = index;
      index += count;
      if (index > REGISTERS) return false;
      if (value > 0) visit(value, from, index);
      return true;
    });
    return index === REGISTERS;
  }

  /** Visits the runs of equal registers of a sparse one. */
  eachRun(visit: RunVisitor): void {
    new SparseRegisters(this.bytes, HEADER, this.length).each(visit);
  }

  /** All registers, a byte each. */
  registers(): Uint8Array | undefined {
    const registers = new Uint8Array(REGISTERS);
    return this.mergeInto(registers) ? registers : undefined;
  }

  /** Raises the registers in `target`, a byte each, to those here; false when these are corrupt. */
  mergeInto(target: Uint8Array): boolean {
    const raise = (value: number, from: number, to: number) => {
      for (let i = from; i < to; i++) if ((target[i] as number) < value) target[i] = value;
    };
    if (!this.isDense) return this.eachSparse(raise);
    for (let i = 0; i < REGISTERS; i++) raise(denseRegister(this.bytes, i), i, i + 1);
    return true;
  }

  /** The count of last time, or undefined when it is out of date. */
  get cachedCount(): bigint | undefined {
    if ((this.bytes[COUNT_END] as number) & OUTDATED) return undefined;
    return this.bytes.readBigUInt64LE(COUNT);
  }

  set cachedCount(count: bigint) {
    this.bytes.writeBigUInt64LE(BigInt.asUintN(64, count), COUNT);
  }

  /** Says that the cached count is out of date. */
  invalidate(): void {
    this.bytes[COUNT_END] |= OUTDATED;
  }

  /** How many elements there are, about; undefined when it is corrupt. */
  count(): bigint | undefined {
    const histogram = new Uint32Array(LARGEST_DENSE + 1);
    if (this.isDense) {
      for (let i = 0; i < REGISTERS; i++) histogram[denseRegister(this.bytes, i)]++;
      return estimate(histogram);
    }
    let total = 0;
    this.eachRun((value, count) => {
      histogram[value] += count;
      total += count;
      return true;
    });
    return total === REGISTERS ? estimate(histogram) : undefined;
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function denseRegister(bytes: Uint8Array, index: number): number {
  const at = HEADER + ((index * REGISTER_BITS) >>> 3);
  const shift = (index * REGISTER_BITS) & 7;
  // The last register ends with the last byte, and needs nothing of the one behind it.
  const pair = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8);
  return (pair >>> shift) & LARGEST_DENSE;
}

function setDenseRegister(bytes: Uint8Array, index: number, value: number): void {
  const at = HEADER + ((index * REGISTER_BITS) >>> 3);
  const shift = (index * REGISTER_BITS) & 7;
  const pair = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8);
  const written = (pair & ~(LARGEST_DENSE << shift)) | (value << shift);
  bytes[at] = written;
  if (shift > 8 - REGISTER_BITS) bytes[at + 1] = written >>> 8;
}

/** The count of registers with a byte each. */
export function countRegisters(registers: Uint8Array): bigint {
  const histogram = new Uint32Array(LARGEST_DENSE + 1);
  for (const value of registers) histogram[value]++;
  return estimate(histogram);
}

/** From how many registers hold which value: Ertl's improved raw estimator, his algorithm 6. */
function estimate(histogram: Uint32Array): bigint {
  const of = (value: number) => histogram[value] as number;
  let z = REGISTERS * tau((REGISTERS - of(PATTERN_BITS + 1)) / REGISTERS);
  for (let value = PATTERN_BITS; value >= 1; value--) z = (z + of(value)) * 0.5;
  z += REGISTERS * sigma(of(0) / REGISTERS);
  const count = Math.round((ALPHA * REGISTERS * REGISTERS) / z);
  // What C makes of a number that an int64 can't hold; only forged registers lead there.
  return count < 2 ** 63 ? BigInt(count) : INT64_MIN;
}

function sigma(fraction: number): number {
  if (fraction === 1) return Infinity;
  let x = fraction;
  let z = x;
  for (let y = 1, before = Number.NaN; z !== before; y += y) {
    x *= x;
    before = z;
    z += x * y;
  }
  return z;
}

function tau(fraction: number): number {
  if (fraction === 0 || fraction === 1) return 0;
  let x = fraction;
  let z = 1 - x;
  for (let y = 0.5, before = Number.NaN; z !== before; y *= 0.5) {
    x = Math.sqrt(x);
    before = z;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
