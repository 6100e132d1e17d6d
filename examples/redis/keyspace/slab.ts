/**
 * Memory for records: blocks of fixed sizes cut from large ArrayBuffers, given and taken back
 * without a JavaScript object. The garbage collector sees a handful of buffers, whatever they hold.
 *
 * A chunk is 32 MB, cut into pages of 64 kB; a page holds blocks of one size class. A page whose
 * last block is freed serves any class again. See Bonwick, "The Slab Allocator" (1994).
 */

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

export class Slab {
  /** By chunk: the same memory as bytes, as 32-bit integers, as doubles. */
  readonly bytes: Buffer[] = [];
  readonly ints: Int32Array[] = [];
  readonly doubles: Float64Array[] = [];
  /** Bytes of the blocks that are in use. */
  used = 0;

  /** Pages ever cut; the first is never used, so that no block has the address 0. */
  private pages = 1;
  private readonly freePages: number[] = [];
  // By page: its class, blocks in use, blocks ever given, the first block freed and not given
  // again.
  private classes = new Uint8Array(0);
  private inUse = new Uint16Array(0);
  private touched = new Uint16Array(0);
  private freed = new Int32Array(0);
  // The pages of a class that have room, linked both ways.
  private readonly open = new Int32Array(SIZES.length).fill(NO_PAGE);
  private nextOpen = new Int32Array(0);
  private previousOpen = new Int32Array(0);

  /** Bytes of the pages that hold blocks; what `used` leaves of them is fragmentation. */
  get reserved(): number {
    return (this.pages - 1 - this.freePages.length) * PAGE_UNITS * UNIT;
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

  private linkOf(address: number): number {
    return (this.ints[chunkOf(address)] as Int32Array)[wordOf(address)] as number;
  }

  private openPage(sizeClass: number): number {
    const page = this.freePages.pop() ?? this.newPage();
    this.classes[page] = sizeClass;
    this.inUse[page] = 0;
    this.touched[page] = 0;
    this.freed[page] = 0;
    this.linkPage(page, sizeClass);
    return page;
  }

  private newPage(): number {
    const page = this.pages;
    if (page >= this.bytes.length * CHUNK_PAGES) this.addChunk();
    this.pages++;
    return page;
  }

  /** The kernel gives the memory only when a page is written to. Throws when there is none. */
  private addChunk(): void {
    if (this.bytes.length === MAX_CHUNKS) throw new RangeError("the keyspace is full: 16 GB");
    const memory = new ArrayBuffer(CHUNK_BYTES);
    this.bytes.push(Buffer.from(memory));
    this.ints.push(new Int32Array(memory));
    this.doubles.push(new Float64Array(memory));
    const pages = this.bytes.length * CHUNK_PAGES;
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

  private retirePage(page: number, sizeClass: number): void {
    this.unlinkPage(page, sizeClass);
    this.freePages.push(page);
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
