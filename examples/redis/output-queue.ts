/**
 * Reply bytes the kernel has not taken yet, in order: copies, in blocks from a pool which all have
 * in common, and references to messages that many clients get. See also client.ts, publish.ts.
 */

/** Blocks of this length are of the pool; all others are full, or somebody else's. */
const BLOCK = 16 * 1024;
/** How many empty blocks wait for the next client that needs one. */
const MAX_SPARE = 256;
const spare: Buffer[] = [];

export class OutputQueue {
  /** Bytes queued. */
  length = 0;
  /** What is to be sent is `blocks[i][starts[i], ends[i])`, for each i. */
  private readonly blocks: Buffer[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Queues a copy of the bytes: small pieces share a block. */
  append(bytes: Uint8Array): void {
    const last = this.blocks.length - 1;
    const fits = Math.min(this.free, bytes.length);
    if (fits > 0) {
      (this.blocks[last] as Buffer).set(bytes.subarray(0, fits), this.ends[last]);
      (this.ends[last] as number) += fits;
      this.length += fits;
    }
    const rest = bytes.length - fits;
    if (rest === 0) return;
    const block = rest > BLOCK ? Buffer.allocUnsafeSlow(rest) : takeBlock();
    block.set(bytes.subarray(fits));
    this.refer(block, 0, rest);
  }

  /** Room in the last block. */
  private get free(): number {
    const last = this.blocks.length - 1;
    if (last < 0 || (this.blocks[last] as Buffer).length !== BLOCK) return 0;
    return BLOCK - (this.ends[last] as number);
  }

  /**
   * Queues `bytes[start, end)`, which nobody changes any more. Nothing is copied where that spares
   * work: when these bytes follow the last ones, when they are the only ones, or many, or when
   * many may follow them.
   */
  share(bytes: Buffer, start: number, end: number): void {
    const last = this.blocks.length - 1;
    const size = end - start;
    if (last >= 0 && this.blocks[last] === bytes && this.ends[last] === start) {
      this.ends[last] = end;
      this.length += size;
    } else if (bytes.length !== BLOCK && (last < 0 || size > BLOCK || beginsPage(bytes, start))) {
      this.refer(bytes, start, end);
    } else {
      this.append(bytes.subarray(start, end));
    }
  }

  private refer(bytes: Buffer, start: number, end: number): void {
    this.blocks.push(bytes);
    this.starts.push(start);
    this.ends.push(end);
    this.length += end - start;
  }

  /** What is to be sent first: `block[start, start + size)`. */
  get block(): Buffer {
    return this.blocks[0] as Buffer;
  }

  get start(): number {
    return this.starts[0] as number;
  }

  get size(): number {
    return (this.ends[0] as number) - this.start;
  }

  /** The kernel has taken the first `n` bytes of the first block. */
  consume(n: number): void {
    this.length -= n;
    (this.starts[0] as number) += n;
    if (this.size > 0) return;
    const block = this.blocks.shift() as Buffer;
    this.starts.shift();
    this.ends.shift();
    if (block.length === BLOCK && spare.length < MAX_SPARE) spare.push(block);
  }
}

function beginsPage(bytes: Buffer, start: number): boolean {
  return start === 0 && bytes.length > BLOCK;
}

function takeBlock(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
}
