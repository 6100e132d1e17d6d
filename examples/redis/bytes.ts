/**
 * Byte strings: JavaScript strings in which every character is one byte (latin1), so that any bytes
 * survive the way there and back. For everything off the hot path, where strings are handy.
 */

/** Node has these two since its beginning; its type declarations leave them out. */
interface Latin1Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number): number;
}

/** `buffer[offset, offset + length)` as a byte string. */
export function byteString(buffer: Buffer, offset: number, length: number): string {
  return (buffer as unknown as Latin1Buffer).latin1Slice(offset, offset + length);
}

/** Writes a byte string at `offset`; returns the number of bytes written. */
export function writeByteString(buffer: Buffer, text: string, offset: number): number {
  return (buffer as unknown as Latin1Buffer).latin1Write(text, offset);
}

/** The bytes of a byte string. */
export function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length);
  writeByteString(bytes, text, 0);
  return bytes;
}
