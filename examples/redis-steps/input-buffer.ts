/**
 * The bytes that came and are no whole request yet. What comes is appended, what is used is dropped
 * from the front. The memory grows to twice its size, so that a long request which comes in small
 * pieces is copied a few times and not once for every piece.
 *
 * See also: server.ts; ../redis/query-buffer.ts. */

const EMPTY = Buffer.alloc(0);

export class InputBuffer {
  private memory = EMPTY;
  private start = 0;
  private end = 0;

  get bytes(): Buffer {
    return this.memory.subarray(this.start, this.end);
  }

  append(bytes: Buffer): void {
    if (this.end + bytes.length > this.memory.length) this.grow(bytes.length);
    this.end += bytes.copy(this.memory, this.end);
  }

  drop(size: number): void {
    this.start += size;
    if (this.start < this.end) return;
    this.memory = EMPTY; // an idle connection costs nothing
    this.start = 0;
    this.end = 0;
  }

  private grow(size: number): void {
    const memory = Buffer.allocUnsafe((this.end - this.start + size) * 2);
    this.end = this.bytes.copy(memory);
    this.start = 0;
    this.memory = memory;
  }
}
