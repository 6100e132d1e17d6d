/** Reply bytes the kernel has not taken yet, in blocks, in order. */

const BLOCK = 16 * 1024;

export class OutputQueue {
  /** Bytes queued. */
  length = 0;
  private readonly blocks: Buffer[] = [];
  /** Bytes of the first block that are sent, and of the last one that are filled. */
  private sent = 0;
  private filled = 0;

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Queues a copy of the bytes: small pieces share a block. */
  append(bytes: Uint8Array): void {
    const last = this.blocks[this.blocks.length - 1];
    const fits = last === undefined ? 0 : Math.min(last.length - this.filled, bytes.length);
    if (last !== undefined && fits > 0) {
      last.set(bytes.subarray(0, fits), this.filled);
      this.filled += fits;
      this.length += fits;
    }
    if (fits === bytes.length) return;
    const block = Buffer.allocUnsafeSlow(Math.max(BLOCK, bytes.length - fits));
    block.set(bytes.subarray(fits));
    this.adopt(block, bytes.length - fits);
  }

  /** Queues `block[0, length)` itself; nobody else may write to it any more. */
  adopt(block: Buffer, length: number): void {
    this.trimLast();
    this.blocks.push(block);
    this.filled = length;
    this.length += length;
  }

  /** The first bytes to send. */
  head(): Buffer {
    const first = this.blocks[0] as Buffer;
    const end = this.blocks.length === 1 ? this.filled : first.length;
    return first.subarray(this.sent, end);
  }

  /** The kernel has taken `n` bytes of `head()`. */
  consume(n: number): void {
    this.length -= n;
    this.sent += n;
    const first = this.blocks[0] as Buffer;
    const end = this.blocks.length === 1 ? this.filled : first.length;
    if (this.sent < end) return;
    this.blocks.shift();
    this.sent = 0;
    if (this.blocks.length === 0) this.filled = 0;
  }

  /** Only the last block may be partly filled. */
  private trimLast(): void {
    const last = this.blocks.length - 1;
    if (last >= 0) this.blocks[last] = (this.blocks[last] as Buffer).subarray(0, this.filled);
  }
}
