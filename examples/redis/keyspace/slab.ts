/**
 * Memory for records: blocks of fixed sizes cut from large ArrayBuffers, given and taken back
 * without a JavaScript object. The garbage collector sees a handful of buffers, whatever they hold.
 *
 * A chunk is 32 MB, cut into pages of 64 kB; a page holds blocks of one size class. A page whose
 * last block is freed serves any class again, and a chunk whose last page is freed goes back to the
 * system: pages are taken from the lowest chunk that has one, so that the others can run empty.
 * See Bonwick, "The Slab Allocator" (1994).
 */

import { leave } from "./leftovers.ts";

/** An address counts units of 8 bytes, so that an int32 reaches 16 GB. 0 is no address. */
const UNIT = 8;
const PAGE_BITS = 13;
const PAGE_UNITS = 1 << PAGE_BITS;
const CHUNK_PAGES = 512;
const CHUNK_UNIT_BITS = 22;
const CHUNK_BYTES = CHUNK_PAGES * PAGE_UNITS * UNIT;
const MAX_CHUNKS = 2 ** 31 / (CHUNK_PAGES * PAGE_UNITS);
export const LARGEST_BLOCK = 8192;

/** Four sizes per doubling: a block wastes a fifth of itself at most. */
const SIZES: number[] = [];
for (let size = 16; size < 64; size += UNIT) SIZES.push(size);
for (let base = 64; base < LARGEST_BLOCK; base *= 2) {
  for (let quarter = 4; quarter < 8; quarter++) SIZES.push((base / 4) * quarter);
}
SIZES.push(LARGEST_BLOCK);

/** The class for a number of units. */
const CLASS_OF = new Uint8Array(LARGEST_BLOCK / UNIT + 1);
for (let units = 1, at = 0; units < CLASS_OF.length; units++) {
  if (units * UNIT > (SIZES[at] as number)) at++;
  CLASS_OF[units] = at;
}

const NO_PAGE = -1;
const NO_MEMORY = new ArrayBuffer(0);

export class Slab {
  /** By chunk: the same memory as bytes, as 32-bit integers, as doubles; empty where given back. */
  readonly bytes: Buffer[] = [];
  readonly ints: Int32Array[] = [];
  readonly doubles: Float64Array[] = [];
  /** Bytes of the blocks that are in use. */
  used = 0;

  // By chunk: pages ever cut, pages in use, the first page freed and not taken again.
  private readonly cut: number[] = [];
  private readonly busy: number[] = [];
  private readonly freedPage: number[] = [];
  /** No chunk below has a page to give. */
  private lowest = 0;
  /** Pages that hold blocks. */
  private pages = 0;
  /** Chunks with memory and no page in use: one is kept, lest it comes and goes all the time. */
  private idle = 0;
  // By page: its class, blocks in use, blocks ever given, the first block freed and not given
  // again.
  private classes = new Uint8Array(0);
  private inUse = new Uint16Array(0);
  private touched = new Uint16Array(0);
  private freed = new Int32Array(0);
  // The pages of a class that have room, linked both ways; freed pages of a chunk by `nextOpen`.
  private readonly open = new Int32Array(SIZES.length).fill(NO_PAGE);
  private nextOpen = new Int32Array(0);
  private previousOpen = new Int32Array(0);

  /** Bytes of the pages that hold blocks; what `used` leaves of them is fragmentation. */
  get reserved(): number {
    return this.pages * PAGE_UNITS * UNIT;
  }

  /**
   * The address of a block of at least `size` bytes, 1 to LARGEST_BLOCK; its content is anything.
   */
  allocate(size: number): number {
    const sizeClass = CLASS_OF[(size + UNIT - 1) >>> 3] as number;
    let page = this.open[sizeClass] as number;
    if (page === NO_PAGE) page = this.openPage(sizeClass);
    const blockBytes = SIZES[sizeClass] as number;
    let address = this.freed[page] as number;
    if (address !== 0) {
      this.freed[page] = this.linkOf(address);
    } else {
      address = page * PAGE_UNITS + ((this.touched[page]++ as number) * blockBytes) / UNIT;
    }
    this.inUse[page]++;
    this.used += blockBytes;
    if (this.inUse[page] === capacityOf(sizeClass)) this.unlinkPage(page, sizeClass);
    return address;
  }

  /** Takes a block back. */
  free(address: number): void {
    const page = address >>> PAGE_BITS;
    const sizeClass = this.classes[page] as number;
    const wasFull = this.inUse[page] === capacityOf(sizeClass);
    const { ints } = this;
    (ints[chunkOf(address)] as Int32Array)[wordOf(address)] = this.freed[page] as number;
    this.freed[page] = address;
    this.inUse[page]--;
    this.used -= SIZES[sizeClass] as number;
    if (wasFull) this.linkPage(page, sizeClass);
    if (this.inUse[page] === 0) this.retirePage(page, sizeClass);
  }

  /** How many bytes the block at `address` has. */
  sizeOf(address: number): number {
    return SIZES[this.classes[address >>> PAGE_BITS] as number] as number;
  }

  /** The end of the slab: all of its memory goes back. */
  dispose(): void {
    for (const bytes of this.bytes) leave(bytes);
  }

  private linkOf(address: number): number {
    return (this.ints[chunkOf(address)] as Int32Array)[wordOf(address)] as number;
  }

  private openPage(sizeClass: number): number {
    const page = this.takePage();
    this.classes[page] = sizeClass;
    this.inUse[page] = 0;
    this.touched[page] = 0;
    this.freed[page] = 0;
    this.linkPage(page, sizeClass);
    return page;
  }

  private takePage(): number {
    const chunk = this.chunkWithRoom();
    let page = this.freedPage[chunk] as number;
    if (page === NO_PAGE) page = chunk * CHUNK_PAGES + (this.cut[chunk]++ as number);
    else this.freedPage[chunk] = this.nextOpen[page] as number;
    if (this.busy[chunk]++ === 0) this.idle--;
    this.pages++;
    return page;
  }

  private retirePage(page: number, sizeClass: number): void {
    this.unlinkPage(page, sizeClass);
    const chunk = Math.floor(page / CHUNK_PAGES);
    this.nextOpen[page] = this.freedPage[chunk] as number;
    this.freedPage[chunk] = page;
    this.lowest = Math.min(this.lowest, chunk);
    this.pages--;
    if (--this.busy[chunk] > 0) return;
    if (this.idle === 0) {
      this.idle++;
    } else {
      leave(this.bytes[chunk]);
      this.setMemory(chunk, NO_MEMORY);
    }
  }

  private chunkWithRoom(): number {
    for (; this.lowest < this.bytes.length; this.lowest++) {
      const chunk = this.lowest;
      const hasPage = this.freedPage[chunk] !== NO_PAGE || this.cut[chunk] < CHUNK_PAGES;
      if (hasPage && this.bytes[chunk].length > 0) return chunk;
    }
    return this.addChunk();
  }

  /** Where a chunk was given back, or behind the last. Throws when there is no memory. */
  private addChunk(): number {
    const gap = this.bytes.findIndex(({ length }) => length === 0);
    const chunk = gap < 0 ? this.bytes.length : gap;
    if (chunk === MAX_CHUNKS) throw new RangeError("the keyspace is full: 16 GB");
    this.growPages((chunk + 1) * CHUNK_PAGES);
    this.setMemory(chunk, new ArrayBuffer(CHUNK_BYTES));
    // The first page of all stays unused, so that no block has the address 0.
    this.cut[chunk] = chunk === 0 ? 1 : 0;
    this.busy[chunk] = 0;
    this.freedPage[chunk] = NO_PAGE;
    this.lowest = chunk;
    this.idle++;
    return chunk;
  }

  private setMemory(chunk: number, memory: ArrayBuffer): void {
    this.bytes[chunk] = Buffer.from(memory);
    this.ints[chunk] = new Int32Array(memory);
    this.doubles[chunk] = new Float64Array(memory);
  }

  private growPages(pages: number): void {
    this.classes = grown(this.classes, pages);
    this.inUse = grown(this.inUse, pages);
    this.touched = grown(this.touched, pages);
    this.freed = grown(this.freed, pages);
    this.nextOpen = grown(this.nextOpen, pages);
    this.previousOpen = grown(this.previousOpen, pages);
  }

  private linkPage(page: number, sizeClass: number): void {
    const next = this.open[sizeClass] as number;
    this.nextOpen[page] = next;
    this.previousOpen[page] = NO_PAGE;
    if (next !== NO_PAGE) this.previousOpen[next] = page;
    this.open[sizeClass] = page;
  }

  private unlinkPage(page: number, sizeClass: number): void {
    const next = this.nextOpen[page] as number;
    const previous = this.previousOpen[page] as number;
    if (previous === NO_PAGE) this.open[sizeClass] = next;
    else this.nextOpen[previous] = next;
    if (next !== NO_PAGE) this.previousOpen[next] = previous;
  }
}

function capacityOf(sizeClass: number): number {
  return Math.floor((PAGE_UNITS * UNIT) / (SIZES[sizeClass] as number));
}

/** Where an address is in its chunk, counted in 32-bit integers. */
export function wordOf(address: number): number {
  return (address & (CHUNK_PAGES * PAGE_UNITS - 1)) << 1;
}

export function chunkOf(address: number): number {
  return address >>> CHUNK_UNIT_BITS;
}

function grown<T extends Uint8Array | Uint16Array | Int32Array>(array: T, length: number): T {
  if (array.length >= length) return array;
  const larger = new (array.constructor as new (length: number) => T)(length * 2);
  larger.set(array);
  return larger;
}
