/**
 * The checksum behind dumps: CRC-64 with the polynomial of Jones, reflected, beginning with 0.
 * A register of 64 bits is two of 32 here, the low one and the high one.
 */

/** 0xad93d23594c935a9 with its bits in reverse order. */
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;

const LOW = new Int32Array(256);
const HIGH = new Int32Array(256);

for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) !== 0;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}

/** A checksum that is fed in pieces. */
export class Crc64 {
  private low = 0;
  private high = 0;

  update(bytes: Uint8Array, start: number, end: number): void {
    let { low, high } = this;
    for (let i = start; i < end; i++) {
      const at = (low ^ (bytes[i] as number)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[at] as number);
      high = (high >>> 8) ^ (HIGH[at] as number);
    }
    this.low = low;
    this.high = high;
  }

  /** Writes the checksum, little-endian. */
  write(target: Buffer, offset: number): void {
    target.writeInt32LE(this.low, offset);
    target.writeInt32LE(this.high, offset + 4);
  }

  /** Whether the eight bytes at `offset` are the checksum. */
  matches(bytes: Buffer, offset: number): boolean {
    return bytes.readInt32LE(offset) === this.low && bytes.readInt32LE(offset + 4) === this.high;
  }
}
