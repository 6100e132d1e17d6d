// What fstat(2) says as strace(1) writes it in short: type and permissions, and the size, or which
// device it is.
import { S_IFBLK, S_IFCHR, S_IFMT } from "../constants.ts";
import { Stat } from "../sys/path.ts";
import { type Made, octal } from "./format.ts";
import { FILE_BITS, FILE_TYPES, flags, hex, symbol } from "./symbols.ts";

const PERMISSIONS = 0o777;

/** `{st_mode=S_IFREG|0644, st_size=1024, ...}` */
export function filledStat({ args, result }: Made): string {
  if (result < 0) return "...";
  const stat = new Stat();
  stat.bytes.set((args[1] as Uint8Array).subarray(0, stat.bytes.length));
  const type = stat.mode & S_IFMT;
  const bits = flags(stat.mode & ~S_IFMT & ~PERMISSIONS, FILE_BITS, "");
  const parts = [symbol(type, FILE_TYPES), bits, octal(stat.mode & PERMISSIONS)];
  const mode = parts.filter((part) => part !== "").join("|");
  const isDevice = type === S_IFCHR || type === S_IFBLK;
  const what = isDevice ? `st_rdev=${device(stat.rdev)}` : `st_size=${stat.size}`;
  return `{st_mode=${mode}, ${what}, ...}`;
}

/** The C library's makedev(3): 12 bits and 8, then the upper halves of both. */
function device(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return `makedev(${hex(Number(major))}, ${hex(Number(minor))})`;
}
