/**
 * LZF, the compression of long strings in dumps: runs of literal bytes, and references to what
 * stood up to 8 kB before. The same input gives the same output as liblzf in Redis, whose search
 * takes one candidate per hash and nothing else.
 * http://oldhome.schmorp.de/marc/liblzf.html
 */

const HASH_BITS = 16;
const MAX_LITERALS = 32;
const MAX_DISTANCE = 8192;
const MAX_MATCH = 264;
/** A control byte below this begins a run of literals. */
const REFERENCE = 32;
/** The length that says: one more byte belongs to it. */
const LONG = 7;
/** Bytes that a reference can stand for, for each byte of its own. */
const BEST_RATIO = MAX_MATCH / 3;
/** How many comparisons liblzf unrolls, in which it does not look at the limit of a match. */
const UNROLLED = 16;

/** Where each hash of three bytes was seen last, from the begin of the input. */
const seen = new Int32Array(1 << HASH_BITS);

function hashAt(bytes: Uint8Array, at: number): number {
  const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
  return ((three >>> (24 - HASH_BITS)) - three * 5) & ((1 << HASH_BITS) - 1);
}

class Compressor {
  private readonly input: Uint8Array;
  private readonly output: Uint8Array;
  private readonly limit: number;
  private at = 0;
  /** Where the next byte goes; before the literals of a run one byte is free for their number. */
  private out = 1;
  private literals = 0;

  constructor(input: Uint8Array, output: Uint8Array, limit: number) {
    this.input = input;
    this.output = output;
    this.limit = limit;
  }

  run(): number {
    const { input } = this;
    seen.fill(0);
    while (this.at < input.length - 2) {
      const slot = hashAt(input, this.at);
      const candidate = seen[slot] as number;
      seen[slot] = this.at;
      const isMatch = this.isMatch(candidate);
      if (isMatch ? !this.reference(candidate) : this.out >= this.limit) return 0;
      if (!isMatch) this.literal();
      else if (this.at >= input.length - 2) break;
      else this.remember();
    }
    if (this.out + 3 > this.limit) return 0;
    while (this.at < input.length) this.literal();
    this.endRun();
    return this.out;
  }

  private isMatch(candidate: number): boolean {
    const { at, input } = this;
    return (
      candidate > 0 &&
      candidate < at &&
      at - candidate - 1 < MAX_DISTANCE &&
      input[candidate] === input[at] &&
      input[candidate + 1] === input[at + 1] &&
      input[candidate + 2] === input[at + 2]
    );
  }

  private literal(): void {
    this.output[this.out++] = this.input[this.at++] as number;
    this.literals++;
    if (this.literals < MAX_LITERALS) return;
    this.endRun();
    this.out++;
  }

  /** Writes how many literals there are; without any, the free byte before them is taken back. */
  private endRun(): void {
    if (this.literals === 0) this.out--;
    else this.output[this.out - this.literals - 1] = this.literals - 1;
    this.literals = 0;
  }

  /** Writes a reference to `candidate`; false when there is no room. */
  private reference(candidate: number): boolean {
    const { output } = this;
    if (this.out - (this.literals === 0 ? 1 : 0) + 4 >= this.limit) return false;
    this.endRun();
    const distance = this.at - candidate - 1;
    const length = this.matchLength(candidate);
    const written = length - 2;
    output[this.out++] = (distance >> 8) + (Math.min(written, LONG) << 5);
    if (written >= LONG) output[this.out++] = written - LONG;
    output[this.out++] = distance & 0xff;
    this.out++;
    this.at += length;
    return true;
  }

  private matchLength(candidate: number): number {
    const { at, input } = this;
    const limit = Math.min(input.length - at - 2, MAX_MATCH);
    let length = 2;
    if (limit > UNROLLED) {
      for (let i = 0; i < UNROLLED; i++) {
        length++;
        if (input[candidate + length] !== input[at + length]) return length;
      }
    }
    do length++;
    while (length < limit && input[candidate + length] === input[at + length]);
    return length;
  }

  /** Of what a match covered, only the last two places can be referred to. */
  private remember(): void {
    for (const place of [this.at - 2, this.at - 1]) seen[hashAt(this.input, place)] = place;
  }
}

/** The compressed bytes; undefined when they would not be at least four bytes fewer. */
export function compress(input: Uint8Array): Buffer | undefined {
  const limit = input.length - 4;
  if (limit <= 0) return undefined;
  // A run of literals ends within a byte of the limit, and begins the next one.
  const output = Buffer.allocUnsafe(input.length + 4);
  const length = new Compressor(input, output, limit).run();
  return length === 0 ? undefined : output.subarray(0, length);
}

/** Bytes of which the decompressed ones are `size`; undefined when they are not. */
export function decompress(input: Uint8Array, size: number): Buffer | undefined {
  if (size > input.length * BEST_RATIO) return undefined;
  const output = Buffer.allocUnsafeSlow(size);
  let at = 0;
  let out = 0;
  while (at < input.length) {
    const control = input[at++] as number;
    if (control < REFERENCE) {
      const count = control + 1;
      if (at + count > input.length || out + count > size) return undefined;
      output.set(input.subarray(at, at + count), out);
      at += count;
      out += count;
    } else {
      let length = control >> 5;
      if (length === LONG) length += input[at++] ?? Number.NaN;
      length += 2;
      const from = out - (((control & 31) << 8) | (input[at++] ?? Number.NaN)) - 1;
      if (!(from >= 0 && at <= input.length && out + length <= size)) return undefined;
      // Byte by byte: what is copied may reach into what it is copied to.
      for (let i = 0; i < length; i++) output[out + i] = output[from + i] as number;
      out += length;
    }
  }
  return out === size ? output : undefined;
}
