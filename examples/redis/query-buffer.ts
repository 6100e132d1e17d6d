/**
 * The bytes of a request whose end has not arrived. Most clients never need one: they are read into
 * a buffer that all clients share, and only what is left over after a turn comes here.
 */

const INITIAL_CAPACITY = 1024;
const NOTHING = Buffer.alloc(0);

export class QueryBuffer {
  buffer: Buffer = NOTHING;
  /** The unused bytes are `buffer[start, end)`. */
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  get free(): number {
    return this.buffer.length - this.end;
  }

  /** As much again is likely to follow: room for that saves a copy of what is here. */
  append(source: Buffer, start: number, end: number): void {
    this.reserve((end - start) * 2);
    source.copy(this.buffer, this.end, start, end);
    this.end += end - start;
  }

  /**
   * Makes room for `size` more bytes. Doubling keeps the copying of a long value that arrives in
   * pieces proportional to its length, and memory to what has arrived, not to what was announced.
   */
  reserve(size: number): void {
    if (this.free >= size) return;
    const { length } = this;
    const needed = length + size;
    if (needed <= this.buffer.length / 2) {
      this.buffer.copy(this.buffer, 0, this.start, this.end);
    } else {
      const larger = allocate(Math.max(needed, this.buffer.length * 2, INITIAL_CAPACITY));
      this.buffer.copy(larger, 0, this.start, this.end);
      this.buffer = larger;
    }
    this.start = 0;
    this.end = length;
  }

  /** Everything before `start` is used up; an empty buffer gives its memory back. */
  consume(start: number): void {
    this.start = start;
    if (start < this.end) return;
    release(this.buffer);
    this.buffer = NOTHING;
    this.start = 0;
    this.end = 0;
  }
}

/** The buffer of the last large request, for the next one, whoever sends it. */
let spare: Buffer = NOTHING;
const SMALLEST_SPARE = 64 * 1024;
const LARGEST_SPARE = 1024 * 1024;

function allocate(size: number): Buffer {
  if (size < SMALLEST_SPARE || size > spare.length) return Buffer.allocUnsafeSlow(size);
  const buffer = spare;
  spare = NOTHING;
  return buffer;
}

function release(buffer: Buffer): void {
  if (buffer.length >= SMALLEST_SPARE && buffer.length <= LARGEST_SPARE) spare = buffer;
}
