/** Memory that no database uses any more; whoever has the system's ear gives it back. */

/** Smaller buffers share their pages with others, and cost the garbage collector little. */
const SMALLEST = 64 * 1024;

export const leftovers: Uint8Array[] = [];

/** Nobody may read or write the bytes any more. */
export function leave(bytes: Uint8Array): void {
  if (bytes.length >= SMALLEST) leftovers.push(bytes);
}
