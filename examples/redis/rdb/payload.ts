/**
 * What DUMP gives and RESTORE takes: one value, the version of the format, a checksum over both.
 * https://redis.io/docs/latest/commands/dump/
 */

import { Crc64 } from "./crc64.ts";
import { RDB_VERSION } from "./encoding.ts";
import { RdbReader } from "./reader.ts";
import type { RdbWriter } from "./writer.ts";

const VERSION_BYTES = 2;
const FOOTER_BYTES = VERSION_BYTES + 8;

/** The payload of the value that was written. */
export function sealPayload(writer: RdbWriter): Buffer {
  writer.byte(RDB_VERSION & 0xff);
  writer.byte(RDB_VERSION >> 8);
  const { length } = writer;
  const crc = new Crc64();
  crc.update(writer.buffer, 0, length);
  const footer = Buffer.allocUnsafe(8);
  crc.write(footer, 0);
  writer.bytes(footer, 0, footer.length);
  return writer.buffer.subarray(0, writer.length);
}

/** A reader of the value in `buffer[start, end)`; undefined when version or checksum are wrong. */
export function openPayload(buffer: Buffer, start: number, end: number): RdbReader | undefined {
  const footer = end - FOOTER_BYTES;
  if (footer < start || buffer.readUInt16LE(footer) > RDB_VERSION) return undefined;
  const crc = new Crc64();
  crc.update(buffer, start, footer + VERSION_BYTES);
  if (!crc.matches(buffer, footer + VERSION_BYTES)) return undefined;
  return new RdbReader(buffer, start, footer);
}
